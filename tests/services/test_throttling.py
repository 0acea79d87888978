"""Guessing: counted before it is judged, by account and by address, alike for names that nobody has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from engine.errors import NotSignedIn, TooOften
from engine.services.accounts import administering
from engine.services.identity import actor_of_session, sign_in, throttle
from engine.services.identity.policy import policy_of
from engine.storage.system.tables import ATTEMPT, JOURNAL
from tests.services.conftest import refused, said
from tests.services.test_identity import PASSWORD, user  # noqa: F401 - fixtures

_addresses = count(1)


@pytest.fixture
def address():
    return f"10.9.{next(_addresses)}.1"


def wrong(site, login, address="10.8.0.1"):
    return refused(lambda: sign_in(site, login, "бұл сөз емес мүлдем", address))


def test_five_wrong_passwords_pause_the_account_for_the_right_one_too(office, user, site, address):
    login = user.values["login"]
    answers = [wrong(site, login, address) for _ in range(5)]
    assert all(isinstance(a, NotSignedIn) for a in answers)
    held = refused(lambda: sign_in(site, login, PASSWORD, address))
    assert isinstance(held, TooOften) and held.status == 429 and said(held) == {("", "attempts.wait")}
    assert "1" in held.problems[0].text("kk")
    site.clock.moment += timedelta(seconds=61)
    assert actor_of_session(site, sign_in(site, login, PASSWORD, address)) is not None


def test_the_pause_grows_and_the_right_password_ends_the_row(office, user, site, address):
    login, pauses = user.values["login"], []
    for _ in range(9):
        wrong(site, login, address)
        with site.database.reading() as connection:
            until = connection.scalar(sa.select(ATTEMPT.c.until).where(
                ATTEMPT.c.kind == "password", ATTEMPT.c.subject == throttle.subject(login)))
        pauses.append((until - site.clock.moment).total_seconds() if until else 0)
        site.clock.moment = (until or site.clock.moment) + timedelta(seconds=1)
    assert pauses == [0, 0, 0, 0, 60, 120, 240, 480, 960]
    assert sign_in(site, login, PASSWORD, address)
    assert isinstance(wrong(site, login, address), NotSignedIn), "the next row begins with nothing"
    assert sign_in(site, login, PASSWORD, address)


def test_twenty_in_a_day_shut_the_account_until_an_administrator_opens_it(office, user, site, address):
    login = user.values["login"]
    site.clock.moment = site.clock.moment.replace(hour=19, minute=10)  # just after midnight where the school is
    for _ in range(20):
        assert isinstance(wrong(site, login, ""), NotSignedIn)
        with site.database.reading() as connection:
            until = connection.scalar(sa.select(ATTEMPT.c.until).where(
                ATTEMPT.c.kind == "password", ATTEMPT.c.subject == throttle.subject(login)))
        site.clock.moment = (until or site.clock.moment) + timedelta(seconds=1)
    held = refused(lambda: sign_in(site, login, PASSWORD, address))
    assert said(held) == {("", "attempts.shut")}
    site.clock.moment += timedelta(days=3)
    assert said(refused(lambda: sign_in(site, login, PASSWORD, address))) == {("", "attempts.shut")}
    found = office.read(office.system, lambda view: administering.standing(view, user.id))
    assert found.is_shut
    office.write(office.system, lambda uow: administering.open_again(uow, user.id))
    assert sign_in(site, login, PASSWORD, address)


def test_a_name_that_nobody_has_is_paused_and_shut_in_the_same_words(office, user, site, address):
    told = []
    for login in (user.values["login"], f"nobody.{address}"):
        told.append([(type(a), tuple(said(a)), a.problems[0].text("ru")) for a in (
            wrong(site, login, "") for _ in range(7))])
    assert told[0] == told[1]
    assert [t[0] for t in told[0]] == [NotSignedIn] * 5 + [TooOften] * 2


def test_a_hundred_attempts_at_one_moment_are_judged_no_more_often_than_five(office, user, site, monkeypatch):
    """The row is counted by one statement, so that attempts in parallel do not slip in between reading and writing."""
    from engine.services.identity import sessions

    judged = []
    monkeypatch.setattr(sessions, "verify", lambda stored, password: judged.append(password) or False)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: wrong(site, user.values["login"], ""), range(100)))
    assert len(judged) == 5


def test_the_race_is_lost_by_a_counter_that_reads_before_it_writes(office, site):
    """The canary of the test above: read, then write, as anybody would write it first."""
    counted, judged = {"failures": 0}, []

    def naive(n):
        import time

        seen = counted["failures"]
        time.sleep(0.001)
        if seen < 5:
            judged.append(n)
            counted["failures"] = seen + 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(naive, range(100)))
    assert len(judged) > 5


def test_one_address_cannot_go_through_all_accounts(office, site, address):
    policy = policy_of(site)
    answers = [wrong(site, f"name{n}.{address}", address) for n in range(policy.of_address + 3)]
    assert [type(a) for a in answers[: policy.of_address]] == [NotSignedIn] * policy.of_address
    assert {type(a) for a in answers[policy.of_address :]} == {TooOften}
    site.clock.moment += timedelta(seconds=61)
    assert isinstance(wrong(site, f"other.{address}", address), NotSignedIn)


def test_a_class_that_signs_in_from_one_address_is_not_held_back(office, user, site, address):
    for _ in range(policy_of(site).of_address + 5):
        assert sign_in(site, user.values["login"], PASSWORD, address)


def test_every_failure_is_in_the_journal_without_what_was_typed(office, user, site, address):
    wrong(site, user.values["login"], address)
    with site.database.reading() as connection:
        entries = connection.execute(sa.select(JOURNAL).where(JOURNAL.c.address == address)).all()
    assert [e.operation for e in entries] == ["sign-in refused"]
    assert "бұл сөз" not in repr(entries)


def test_attempts_while_paused_are_in_the_journal_too(office, user, site, address):
    for _ in range(7):
        wrong(site, user.values["login"], address)
    with site.database.reading() as connection:
        told = sa.select(JOURNAL.c.operation).where(JOURNAL.c.address == address)
        entries = connection.execute(told).scalars().all()
    assert sorted(entries) == ["sign-in held back"] * 2 + ["sign-in refused"] * 5
