"""Order 456, clause 5(11): who may leave the second factor out, by the shipped policy of state organisations."""

from __future__ import annotations

from itertools import count

import pytest

from engine.services import records
from engine.services.identity import actor_of_session, set_password, sign_in
from engine.services.identity.sessions import SET_UP
from tests.shipped.conftest import CATALOG

PASSWORD = "Тек сынақ үшін 1"
_numbers = count(1)
YOUNG, OLD = "2012-06-01", "2008-01-01"
"""Under sixteen on the Monday of the tests, and over."""


@pytest.fixture
def strict(school, monkeypatch):
    policy = CATALOG.policies["school.kz_state"]
    served = school.site.catalog.policies["school.kz_state"]
    assert served.exempt and policy.exempt
    monkeypatch.setitem(vars(school.site), "policy_name", "kz-state")


def pupil(school, born, consent):
    """(login, learner's record) of a child with an account."""
    number, given = next(_numbers), school.sampler.raw("school.learner")

    def make(uow):
        person, parent = (records.create(uow, "system.person", {
            "last_name": f"Бала{number}", "first_name": name, "birth_date": day}) for name, day in (
                ("Айша", born), ("Анар", "1985-01-01")))
        raw = dict(given)
        raw.update(person=str(person.id), file_number=f"E-{number}")
        if consent:
            raw.update(factor_consent_by=str(parent.id), factor_consent_on="2026-02-01")
        learner = records.create(uow, "school.learner", raw)
        user = records.create(uow, "system.user", {
            "login": f"pupil{number}", "active": True, "person": str(person.id), "roles": [{"role": "parent"}]})
        set_password(uow, user.id, PASSWORD)
        return f"pupil{number}", learner

    return school.site.write(school.system, make)


def pending(school, login):
    return actor_of_session(school.site, sign_in(school.site, login, PASSWORD)).pending


@pytest.mark.parametrize(("born", "consent", "wanted"), [
    (YOUNG, True, ""), (YOUNG, False, SET_UP), (OLD, True, SET_UP), (OLD, False, SET_UP)])
def test_only_a_child_under_sixteen_with_consent_is_let_in_without(school, strict, born, consent, wanted):
    login, _ = pupil(school, born, consent)
    assert pending(school, login) == wanted


def test_it_is_judged_anew_at_each_sign_in(school, strict):
    login, learner = pupil(school, YOUNG, True)
    assert pending(school, login) == ""

    def take_back(uow):
        now = records.read(uow, "school.learner", learner.id)
        return records.edit(uow, "school.learner", learner.id, {"factor_consent_by": None}, now.version)

    school.site.write(school.system, take_back)
    assert pending(school, login) == SET_UP


def test_the_consent_of_another_child_helps_nobody(school, strict):
    pupil(school, YOUNG, True)
    login, _ = pupil(school, YOUNG, False)
    assert pending(school, login) == SET_UP
