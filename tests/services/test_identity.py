"""Signing in, sessions, keys: what proves who it is, and what stops proving it."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotSignedIn
from engine.services import records
from engine.services.identity import (
    actor_of_key,
    actor_of_session,
    create_key,
    passwords,
    set_password,
    sign_in,
    sign_out,
)
from engine.services.identity.keys import revoke_key
from engine.services.identity.sessions import ABSOLUTE, IDLE, SEEN_EVERY
from engine.storage.system.tables import API_KEY, JOURNAL, SESSION
from tests.conftest import Statements
from tests.services.conftest import refused, said

_logins = count(1)
PASSWORD = "тек сынақ үшін 1"


@pytest.fixture
def user(office):
    """A new user with a password."""
    made = office.write(
        office.system,
        lambda uow: records.create(
            uow,
            "system.user",
            {
                "login": f"{office.code.lower()}.u{next(_logins)}",
                "active": True,
                "language": "ru",
                "roles": [{"role": "owner"}],
            },
        ),
    )
    office.write(office.system, lambda uow: set_password(uow, made.id, PASSWORD))
    return office.write(office.system, lambda uow: records.read(uow, "system.user", made.id))


def signed_in(office, user):
    return sign_in(office.site, user.values["login"], PASSWORD, "10.0.0.1", "a browser")


def test_a_session_is_its_user_by_one_statement(office, user):
    token = signed_in(office, user)
    with Statements(office.site.database.engine) as sql:
        actor = actor_of_session(office.site, token, "10.0.0.1")
    assert len(sql) == 1, sql.texts
    assert (actor.kind, actor.user_id, actor.login) == ("user", user.id, user.values["login"])
    assert actor.organisation_id == office.id and actor.roles == {"owner"} and actor.language == "ru"
    assert actor.address == "10.0.0.1" and token not in repr(actor)


def test_unknown_users_and_wrong_passwords_are_answered_alike(office, user):
    login = user.values["login"]
    answers = [
        refused(lambda a=a: sign_in(office.site, *a))
        for a in (
            (login, "бұл сөз емес"),
            ("nobody.at.all", PASSWORD),
            (login, ""),
            ("", ""),
            (login, PASSWORD * 20),
            (login.upper(), "бұл сөз емес"),
        )
    ]
    assert all(isinstance(a, NotSignedIn) and a.status == 401 for a in answers)
    assert len({(tuple(said(a)), a.problems[0].text("kk")) for a in answers}) == 1
    office.edit(
        office.write(office.system, lambda uow: records.read(uow, "system.user", user.id)),
        {"active": False},
        office.system,
    )
    closed = refused(lambda: signed_in(office, user))
    assert said(closed) == said(answers[0]), "a closed account looks like no account, even with the right password"


def test_an_unknown_user_costs_as_much_as_a_wrong_password(real_hashes, monkeypatch):
    """Counted, not timed: every answer runs argon2 exactly once, and with the parameters of security.md."""
    assert (passwords._hasher.time_cost, passwords._hasher.memory_cost) == (3, 64 * 1024)
    asked = []

    class Counting:
        def verify(self, stored, password):
            asked.append(stored)
            raise passwords.VerificationError

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert passwords.verify(None, "x") is False and passwords.verify("stored", "x") is False
    assert asked == [passwords._nobody, "stored"]
    assert passwords._nobody.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_the_password_of_nobody_opens_nothing(office):
    assert passwords.verify(None, "the password of nobody") is False


def test_signing_out_ends_the_session_for_good(office, user):
    token, other_one = signed_in(office, user), signed_in(office, user)
    sign_out(office.site, token)
    assert actor_of_session(office.site, token) is None
    assert actor_of_session(office.site, other_one) is not None, "only this one"
    sign_out(office.site, token)
    sign_out(office.site, "nonsense")


def test_a_session_idles_out(office, user, site):
    token = signed_in(office, user)
    site.clock.moment += IDLE - timedelta(seconds=1)
    assert actor_of_session(site, token) is not None, "and its last use is written down"
    site.clock.moment += IDLE - timedelta(seconds=1)
    assert actor_of_session(site, token) is not None
    site.clock.moment += IDLE + timedelta(seconds=1)
    assert actor_of_session(site, token) is None


def test_a_session_ends_absolutely_however_busy(office, user, site):
    token, began = signed_in(office, user), site.clock.moment
    while site.clock.moment < began + ABSOLUTE:
        assert actor_of_session(site, token) is not None
        site.clock.moment += timedelta(minutes=24)
    assert site.clock.moment == began + ABSOLUTE
    assert actor_of_session(site, token) is not None
    site.clock.moment += timedelta(seconds=1)
    assert actor_of_session(site, token) is None


def test_the_last_use_is_not_written_with_every_request(office, user, site):
    token = signed_in(office, user)
    with Statements(site.database.engine) as sql:
        for _ in range(5):
            actor_of_session(site, token)
        site.clock.moment += SEEN_EVERY + timedelta(seconds=1)
        actor_of_session(site, token)
        actor_of_session(site, token)
    # On SQLite it is written over a connection that does not wait for other writers.
    beside = site.database.dialect == "sqlite"
    assert [t.split()[0] for t in sql.texts].count("UPDATE") == 1 - beside and len(sql) == 8 - beside
    with site.database.reading() as connection:
        assert connection.scalar(sa.select(SESSION.c.seen_at).where(SESSION.c.user_id == user.id)) == site.clock.moment


@pytest.mark.parametrize("change", ["block", "archive", "password", "role"])
def test_a_change_of_the_account_is_felt_on_the_next_request(office, user, site, change):
    token = signed_in(office, user)
    assert actor_of_session(site, token).roles == {"owner"}
    user = office.get(user, office.system)
    if change == "block":
        office.edit(user, {"active": False}, office.system)
    elif change == "archive":
        office.do("archive", user, office.system)
    elif change == "password":
        office.write(office.system, lambda uow: set_password(uow, user.id, PASSWORD + "2"))
    else:
        office.edit(user, {"roles": [{"role": "reader"}]}, office.system)
    assert actor_of_session(site, token) is None


def test_new_rights_are_had_by_signing_in_again_and_by_keys_at_once(office, user, site):
    key = create_key(site, user.values["login"], "test")
    row = user.values["roles"][0]
    user = office.edit(user, {"roles": [{"id": str(row["id"]), "role": "owner", "until": "2026-03-02"}]}, office.system)
    assert actor_of_key(site, key).roles == {"owner"}, "the last day counts"
    assert actor_of_session(site, signed_in(office, user)).roles == {"owner"}
    site.clock.moment += timedelta(days=1)
    assert actor_of_key(site, key).roles == frozenset(), "no role is left the day after"
    office.edit(user, {"roles": [{"role": "reader"}, {"role": "medic", "since": "2026-03-04"}]}, office.system)
    assert actor_of_key(site, key).roles == {"reader"}, "a role to come is not held yet"
    site.clock.moment += timedelta(days=1)
    assert actor_of_key(site, key).roles == {"reader", "medic"}


@pytest.mark.parametrize("token", ["", "x", "x" * 101, "' or 1=1 --", "\x00", "қазақша"])
def test_a_token_that_is_none_is_nobody(office, token):
    assert actor_of_session(office.site, token) is None
    assert actor_of_key(office.site, token) is None
    assert actor_of_key(office.site, "qk_" + token) is None


def test_tokens_and_keys_are_stored_as_hashes_only(office, user):
    token, key = signed_in(office, user), create_key(office.site, user.values["login"], "test")
    with office.site.database.reading() as connection:
        stored = repr(connection.execute(sa.select(SESSION)).all()) + repr(connection.execute(sa.select(API_KEY)).all())
        stored += repr(connection.execute(sa.select(JOURNAL).where(JOURNAL.c.record_id == user.id)).all())
    assert (
        token not in stored and key not in stored and key.removeprefix("qk_") not in stored and PASSWORD not in stored
    )
    assert (
        office.get(user, office.system).values.get("password") in (None, "***")
        or "password" not in office.get(user, office.system).values
    )


def test_a_key_is_its_user_until_it_is_revoked(office, user):
    key = create_key(office.site, user.values["login"], "test")
    actor_of_key(office.site, key)  # the first use of a minute is written down
    with Statements(office.site.database.engine) as sql:
        actor = actor_of_key(office.site, key, "10.0.0.2")
    assert len(sql) == 1 and actor.kind == "key" and actor.user_id == user.id and actor.roles == {"owner"}
    with office.site.database.reading() as connection:
        id = connection.scalar(sa.select(API_KEY.c.id).where(API_KEY.c.user_id == user.id))
    office.write(office.system, lambda uow: revoke_key(uow, user.id, id))
    assert actor_of_key(office.site, key) is None


def test_a_key_of_a_blocked_user_is_useless(office, user):
    key = create_key(office.site, user.values["login"], "test")
    office.edit(office.get(user, office.system), {"active": False}, office.system)
    assert actor_of_key(office.site, key) is None
    assert isinstance(refused(lambda: create_key(office.site, "no.such.user", "x")), Invalid)


def test_a_login_left_by_an_archived_user_is_the_new_one_s(office, user):
    office.do("archive", user, office.system)
    new = office.write(
        office.system,
        lambda uow: records.create(
            uow, "system.user", {"login": user.values["login"], "active": True, "roles": [{"role": "reader"}]}
        ),
    )
    office.write(office.system, lambda uow: set_password(uow, new.id, PASSWORD))
    assert actor_of_session(office.site, signed_in(office, new)).user_id == new.id
    assert actor_of_key(office.site, create_key(office.site, user.values["login"], "test")).user_id == new.id
    assert isinstance(refused(lambda: office.do("restore", office.get(user, office.system), office.system)), Conflict)


def test_the_journal_tells_of_good_and_bad_sign_ins(office, user):
    refused(lambda: sign_in(office.site, user.values["login"], "бұл сөз емес", "10.0.0.9"))
    sign_out(office.site, signed_in(office, user))
    entries = [(e.operation, e.actor_kind, e.address) for e in office.journal(user)]
    assert entries[-3:] == [
        ("sign-in refused", "nobody", "10.0.0.9"),
        ("sign-in", "user", "10.0.0.1"),
        ("sign-out", "user", None),
    ]


@pytest.mark.parametrize("password", ["", "қысқа", "x" * 129])
def test_a_password_has_bounds(office, user, password):
    refusal = refused(lambda: office.write(office.system, lambda uow: set_password(uow, user.id, password)))
    assert said(refusal) == {("password", "password.length")}


def test_a_page_does_not_wait_for_a_long_write_of_somebody_else(site, office, user):
    """An import on SQLite holds the one write lock; noting when a session was used is left out meanwhile."""
    token = sign_in(site, user.values["login"], PASSWORD)
    site.clock.moment += SEEN_EVERY + timedelta(seconds=1)
    with site.database.writing():
        began = time.monotonic()
        assert actor_of_session(site, token) is not None
        assert time.monotonic() - began < 5
    with site.database.reading() as connection:
        seen = connection.scalar(sa.select(SESSION.c.seen_at).where(SESSION.c.user_id == user.id))
    assert (seen == site.clock.moment) == (site.database.dialect == "postgresql")
    actor_of_session(site, token)
    with site.database.reading() as connection:
        assert connection.scalar(sa.select(SESSION.c.seen_at).where(SESSION.c.user_id == user.id)) == site.clock.moment


def test_a_key_may_be_narrowed_to_roles_to_reading_and_to_some_days(office, user, site):
    login = user.values["login"]
    whole, other = create_key(site, login), create_key(site, login, roles=["reader"])
    assert actor_of_key(site, whole).roles == {"owner"} and actor_of_key(site, other).roles == frozenset()
    same = create_key(site, login, roles=["owner", "reader"], read_only=True, days=2)
    actor = actor_of_key(site, same)
    assert actor.roles == {"owner"} and actor.read_only and not actor_of_key(site, whole).read_only
    site.clock.moment += timedelta(days=2)
    assert actor_of_key(site, same) is None and actor_of_key(site, whole) is not None
    assert said(refused(lambda: create_key(site, login, roles=["ownr"]))) == {("roles", "role.unknown")}
