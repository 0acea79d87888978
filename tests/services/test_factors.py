"""The second factor: taken once, at its time, by its person - and who has to show one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from engine.errors import Invalid, TooOften
from engine.fields.cipher import Unreadable
from engine.model.policy import DEFAULT
from engine.services.accounts import administering
from engine.services.actor import Actor
from engine.services.identity import actor_of_session
from engine.services.identity.factors import secrets, setting_up, showing
from engine.services.identity.sessions import CODE, SET_UP
from engine.storage.system.tables import FACTOR, JOURNAL, RECOVERY_CODE
from tests.services.conftest import refused, said
from tests.services.test_identity import PASSWORD, signed_in, user  # noqa: F401 - fixtures

RACERS = 12


@pytest.fixture
def asked_for(monkeypatch):
    """A policy that asks the role of the test user for a second factor."""
    strict = replace(DEFAULT, roles=frozenset({"owner"}))
    for module in ("sessions", "own", "credentials"):
        monkeypatch.setattr(f"engine.services.identity.{module}.policy_of", lambda site: strict)
    return strict


def key_of(site, actor) -> pyotp.TOTP:
    offer = site.read(actor, lambda view: setting_up.offered(view, actor.user_id, actor.login, "School"))
    return pyotp.TOTP(offer["key"].replace(" ", ""))


def set_up(office, user):
    """(token of a session of level 2, the telephone, recovery codes)"""
    site, token = office.site, signed_in(office, user)
    actor = actor_of_session(site, token)
    site.write(actor, lambda uow: setting_up.begin(uow, actor.user_id))
    telephone = key_of(site, actor)
    token, codes = setting_up.confirm(site, actor, token, telephone.at(site.clock.moment))
    site.clock.moment += timedelta(seconds=30)
    return token, telephone, codes


def enter(office, user, code):
    token = signed_in(office, user)
    actor = actor_of_session(office.site, token)
    assert actor.pending == CODE
    return showing.show(office.site, actor, token, code)[0]


def test_a_role_that_needs_one_sets_it_up_before_anything_else(office, user, site, asked_for):
    token = signed_in(office, user)
    actor = actor_of_session(site, token)
    assert actor.pending == SET_UP
    site.write(actor, lambda uow: setting_up.begin(uow, actor.user_id))
    telephone = key_of(site, actor)
    assert actor_of_session(site, token).pending == SET_UP, "begun is not done"
    wrong = refused(lambda: setting_up.confirm(site, actor, token, "000000"))
    assert said(wrong) == {("code", "factor.wrong")}
    fresh, codes = setting_up.confirm(site, actor, token, telephone.at(site.clock.moment))
    assert actor_of_session(site, fresh).pending == "" and actor_of_session(site, token) is None
    assert len(set(codes)) == 10


def test_whoever_set_one_up_shows_it_at_each_sign_in(office, user, site):
    _, telephone, _ = set_up(office, user)
    token = signed_in(office, user)
    assert actor_of_session(site, token).pending == CODE
    fresh = showing.show(site, actor_of_session(site, token), token, telephone.at(site.clock.moment))[0]
    assert actor_of_session(site, fresh).pending == "" and actor_of_session(site, token) is None


def test_a_code_is_taken_once(office, user, site):
    """pyotp takes a code as often as it is shown: the step that was taken last is compared in the UPDATE."""
    _, telephone, _ = set_up(office, user)
    code = telephone.at(site.clock.moment)
    enter(office, user, code)
    assert said(refused(lambda: enter(office, user, code))) == {("code", "factor.wrong")}
    earlier = telephone.at(site.clock.moment - timedelta(seconds=30))
    assert said(refused(lambda: enter(office, user, earlier))) == {("code", "factor.wrong")}, "an older one neither"
    site.clock.moment += timedelta(seconds=30)
    assert enter(office, user, telephone.at(site.clock.moment))


@pytest.mark.parametrize(("seconds", "taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_clocks_may_differ_by_one_step(office, user, site, seconds, taken):
    _, telephone, _ = set_up(office, user)
    site.clock.moment += timedelta(minutes=5)
    code = telephone.at(site.clock.moment + timedelta(seconds=seconds))
    if taken:
        assert enter(office, user, code)
    else:
        assert isinstance(refused(lambda: enter(office, user, code)), Invalid)


def race(office, user, code):
    """How many of several sessions get in by the same code sent at one moment."""
    site = office.site
    tokens = [signed_in(office, user) for _ in range(RACERS)]
    actors = [actor_of_session(site, token) for token in tokens]

    def try_it(n):
        try:
            return showing.show(site, actors[n], tokens[n], code)[0]
        except (Invalid, TooOften):
            return None

    with ThreadPoolExecutor(RACERS) as pool:
        return sum(1 for one in pool.map(try_it, range(RACERS)) if one)


@pytest.fixture
def unhurried(monkeypatch):
    """Attempts are not counted, so that all racers reach the comparison of the step."""
    monkeypatch.setattr("engine.services.identity.throttle._count", lambda *asked: None)


@pytest.mark.parametrize("which", ["code", "recovery code"])
def test_of_many_at_one_moment_one_gets_in(office, user, site, unhurried, which):
    _, telephone, codes = set_up(office, user)
    assert race(office, user, telephone.at(site.clock.moment) if which == "code" else codes[0]) == 1


def test_the_race_is_lost_without_the_comparison(office, user, site, unhurried, monkeypatch):
    """The canary: a step that is read, judged and then written lets several in."""
    _, telephone, _ = set_up(office, user)
    code = telephone.at(site.clock.moment)
    monkeypatch.setattr(showing, "_accept", lambda uow, actor, typed: typed == code)
    assert race(office, user, code) > 1


def test_five_wrong_codes_pause_and_many_shut(office, user, site):
    _, telephone, _ = set_up(office, user)
    token = signed_in(office, user)
    actor = actor_of_session(site, token)
    answers = [refused(lambda: showing.show(site, actor, token, "123456")) for _ in range(7)]
    assert [type(a) for a in answers] == [Invalid] * 5 + [TooOften] * 2
    held = refused(lambda: showing.show(site, actor, token, telephone.at(site.clock.moment)))
    assert isinstance(held, TooOften), "the right code neither"
    with site.database.reading() as connection:
        told = connection.execute(sa.select(JOURNAL.c.operation).where(JOURNAL.c.record_id == user.id)).scalars().all()
    assert told.count("code refused") == 5 and told.count("code held back") == 3
    site.clock.moment += timedelta(seconds=61)
    assert showing.show(site, actor, token, telephone.at(site.clock.moment))


def test_signing_in_again_does_not_forgive_wrong_codes(office, user, site):
    set_up(office, user)
    for _ in range(5):
        assert isinstance(refused(lambda: enter(office, user, "123456")), Invalid)
    assert isinstance(refused(lambda: enter(office, user, "123456")), TooOften)


def test_recovery_codes_are_used_up_and_kept_as_hashes(office, user, site):
    _, _, codes = set_up(office, user)
    assert enter(office, user, codes[0].upper().replace("-", " "))
    assert isinstance(refused(lambda: enter(office, user, codes[0])), Invalid)
    assert enter(office, user, codes[1])
    with site.database.reading() as connection:
        kept = repr(connection.execute(sa.select(RECOVERY_CODE).where(RECOVERY_CODE.c.user_id == user.id)).all())
        kept += repr(connection.execute(sa.select(JOURNAL).where(JOURNAL.c.record_id == user.id)).all())
    assert not any(code in kept for code in codes)


def test_new_recovery_codes_need_the_password_and_replace_the_old(office, user, site):
    token, _, codes = set_up(office, user)
    me = actor_of_session(site, token)
    assert said(refused(lambda: setting_up.new_codes(site, me, "бұл емес"))) == {("password", "password.old")}
    fresh = setting_up.new_codes(site, me, PASSWORD)
    assert isinstance(refused(lambda: enter(office, user, codes[0])), Invalid)
    assert enter(office, user, fresh[0])


def test_the_seed_is_encrypted_and_bound_to_row_and_person(office, user, site):
    _, telephone, _ = set_up(office, user)
    with site.database.reading() as connection:
        row = connection.execute(sa.select(FACTOR).where(FACTOR.c.user_id == user.id)).one()
    assert telephone.secret.encode() not in bytes(row.sealed)
    assert secrets.opened(row.id, user.id, row.sealed) == telephone.secret
    stranger = office.person("reader").user_id
    for id, who in ((row.id, stranger), (stranger, user.id)):
        with pytest.raises(Unreadable):
            secrets.opened(id, who, row.sealed)
    with site.database.writing() as connection:  # somebody at the database gives their telephone to another account
        connection.execute(sa.update(FACTOR).where(FACTOR.c.id == row.id).values(user_id=stranger))
    actor = Actor("user", stranger, "x", "x", None, office.id, (), frozenset({"reader"}), "ru", address="10.7.7.7")
    found = site.write(actor, lambda uow: showing._accept(uow, actor, telephone.at(site.clock.moment)))
    assert found is False


def test_a_half_session_keeps_no_more_than_it_may_after_its_end(office, user, site):
    set_up(office, user)
    token = signed_in(office, user)
    actor = actor_of_session(site, token)
    office.write(office.system, lambda uow: administering.end_all_sessions(uow, user.id))
    assert actor_of_session(site, token) is None
    assert refused(lambda: showing.show(site, actor, token, "123456")).status in (401, 422)


def test_a_lost_telephone_is_taken_away_by_an_administrator(office, user, site, asked_for):
    token, *_ = set_up(office, user)
    office.write(office.system, lambda uow: administering.remove_factors(uow, user.id))
    assert actor_of_session(site, token) is None
    assert actor_of_session(site, signed_in(office, user)).pending == SET_UP


def test_a_new_telephone_replaces_the_old(office, user, site):
    token, old, _ = set_up(office, user)
    me = actor_of_session(site, token)
    site.write(me, lambda uow: setting_up.begin(uow, me.user_id))
    new = key_of(site, me)
    site.clock.moment += timedelta(seconds=60)
    setting_up.confirm(site, me, token, new.at(site.clock.moment))
    site.clock.moment += timedelta(seconds=60)
    assert isinstance(refused(lambda: enter(office, user, old.at(site.clock.moment))), Invalid)
    assert enter(office, user, new.at(site.clock.moment))


def test_a_role_given_meanwhile_asks_on_the_next_request(office, user, site, monkeypatch):
    token = signed_in(office, user)
    assert actor_of_session(site, token).pending == ""
    strict = replace(DEFAULT, everybody=True)
    monkeypatch.setattr("engine.services.identity.sessions.policy_of", lambda site: strict)
    assert actor_of_session(site, token).pending == SET_UP
