"""Accounts as administrators run them: first passwords, blocking, sessions, deletion - and what others cannot do."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from engine.services.accounts import administering
from engine.services.actor import Actor
from engine.services.identity import actor_of_key, actor_of_session, create_key, own, sign_in
from engine.services.identity.sessions import PASSWORD as CHANGE
from engine.storage.system.tables import ACCOUNT, JOURNAL, LINK, SESSION
from engine.storage.tables import tables_of
from tests.services.conftest import refused, said
from tests.services.test_identity import PASSWORD, signed_in, user  # noqa: F401 - fixtures

NEW = "жаңа ғана құпия сөз"


def first(office, user):
    return office.write(office.system, lambda uow: administering.first_password(uow, user.id))[1]


def change(site, token, old, new=NEW, again=None):
    actor = actor_of_session(site, token)
    return own.change_password(site, actor, token, old, new, new if again is None else again)


def test_a_first_password_opens_nothing_but_its_change(office, user, site):
    old_session = signed_in(office, user)
    password = first(office, user)
    assert actor_of_session(site, old_session) is None, "its sessions ended"
    token = sign_in(site, user.values["login"], password)
    assert actor_of_session(site, token).pending == CHANGE
    fresh = change(site, token, password)
    assert actor_of_session(site, token) is None, "the session goes on under a new token"
    assert actor_of_session(site, fresh).pending == ""
    assert isinstance(refused(lambda: sign_in(site, user.values["login"], password)), NotSignedIn), "used up"
    assert actor_of_session(site, sign_in(site, user.values["login"], NEW)).pending == ""


def test_a_first_password_is_good_for_a_day_only(office, user, site):
    password = first(office, user)
    token = sign_in(site, user.values["login"], password)
    site.clock.moment += timedelta(hours=24)
    assert isinstance(refused(lambda: sign_in(site, user.values["login"], password)), NotSignedIn)
    assert actor_of_session(site, token) is None


def test_first_passwords_are_random_and_only_hashes_are_kept(office, user, site):
    one, two = first(office, user), first(office, user)
    assert one != two and len(one) == 19
    with site.database.reading() as connection:
        table = tables_of(site.catalog).of("system.user")
        kept = repr(connection.execute(sa.select(table.c.password).where(table.c.id == user.id)).all())
        kept += repr(connection.execute(sa.select(JOURNAL).where(JOURNAL.c.record_id == user.id)).all())
        kept += repr(connection.execute(sa.select(ACCOUNT).where(ACCOUNT.c.user_id == user.id)).all())
    assert one not in kept and two not in kept


def test_changing_needs_the_old_password_and_ends_other_sessions(office, user, site):
    here, there = signed_in(office, user), signed_in(office, user)
    assert said(refused(lambda: change(site, here, "бұл сөз емес", NEW))) == {("old", "password.old")}
    assert actor_of_session(site, there) is not None
    fresh = change(site, here, PASSWORD)
    assert actor_of_session(site, fresh) is not None
    assert actor_of_session(site, here) is None and actor_of_session(site, there) is None


@pytest.mark.parametrize(("new", "again", "told"), [
    ("қысқа", None, {("new", "password.length"), }),
    ("password1234", None, {("new", "password.common")}),
    (NEW, NEW + "!", {("again", "password.again")}),
])
def test_a_bad_new_password_is_told_at_its_place(office, user, site, new, again, told):
    token = signed_in(office, user)
    found = said(refused(lambda: change(site, token, PASSWORD, new, again)))
    assert found >= told and actor_of_session(site, token) is not None


def test_blocking_is_felt_on_the_next_request_of_sessions_and_keys(office, user, site):
    token, key = signed_in(office, user), create_key(site, user.values["login"], "x")
    office.write(office.system, lambda uow: administering.block(uow, user.id, False))
    assert actor_of_session(site, token) is None and actor_of_key(site, key) is None
    assert isinstance(refused(lambda: signed_in(office, user)), NotSignedIn)
    office.write(office.system, lambda uow: administering.block(uow, user.id, True))
    assert actor_of_session(site, token) is None, "the old session stays ended"
    assert actor_of_session(site, signed_in(office, user)) is not None


def test_deleting_leaves_no_way_in_and_no_name(office, user, site):
    login, token, key = user.values["login"], signed_in(office, user), create_key(site, user.values["login"], "x")
    wrong = refused(lambda: office.write(office.system, lambda uow: administering.delete(uow, user.id, "other")))
    assert isinstance(wrong, Invalid) and actor_of_session(site, token) is not None
    office.write(office.system, lambda uow: administering.delete(uow, user.id, login))
    assert actor_of_session(site, token) is None and actor_of_key(site, key) is None
    assert isinstance(refused(lambda: sign_in(site, login, PASSWORD)), NotSignedIn)
    gone = office.get(user, office.system)
    assert gone.values["login"].startswith("deleted-") and gone.values["person"] is None
    assert gone.values["archived_at"] is not None
    assert "account deleted" in [e.operation for e in office.journal(user)]


def test_nobody_does_these_to_themselves(office, user):
    me = Actor("user", user.id, "x", "x", None, office.id, (), frozenset({"administrator"}), "ru")
    for act in (administering.first_password, lambda u, i: administering.block(u, i, False),
                lambda u, i: administering.delete(u, i, user.values["login"])):
        assert isinstance(refused(lambda act=act: office.write(me, lambda uow: act(uow, user.id))), Conflict)


ACTS = {
    "first password": lambda uow, id: administering.first_password(uow, id),
    "block": lambda uow, id: administering.block(uow, id, False),
    "open": lambda uow, id: administering.open_again(uow, id),
    "end sessions": lambda uow, id: administering.end_all_sessions(uow, id),
    "remove factors": lambda uow, id: administering.remove_factors(uow, id),
    "delete": lambda uow, id: administering.delete(uow, id, "x"),
    "look": lambda uow, id: administering.standing(uow, id),
}


@pytest.mark.parametrize("act", ACTS)
def test_whoever_may_not_edit_users_can_do_none_of_it(office, other, user, site, act):
    token = signed_in(office, user)
    for who in (office.person("reader"), office.person("director"), other.person("administrator"), other.system):
        refusal = refused(lambda who=who: site.write(who, lambda uow: ACTS[act](uow, user.id)))
        assert isinstance(refusal, NotFound | NotAllowed), (who.roles, refusal)
        if who.organisation_id != office.id:
            assert isinstance(refusal, NotFound), "a user of another organisation is not found"
    assert actor_of_session(site, token) is not None


def test_sessions_are_listed_and_ended_one_by_one(office, user, site):
    here, there = signed_in(office, user), signed_in(office, user)
    me = actor_of_session(site, here)
    found = site.read(me, lambda view: own.sessions_of(view, me.user_id, here))
    assert [s.is_this for s in found].count(True) == 1 and len(found) == 2
    assert found[0].address == "10.0.0.1" and found[0].agent == "a browser"
    strange = next(s for s in found if not s.is_this)
    other_user = office.person("owner")
    assert isinstance(refused(lambda: site.write(
        other_user, lambda uow: own.end_session(uow, uow.actor.user_id, strange.name))), NotFound)
    site.write(me, lambda uow: own.end_session(uow, uow.actor.user_id, strange.name))
    assert actor_of_session(site, there) is None and actor_of_session(site, here) is not None
    more = signed_in(office, user)
    assert site.write(me, lambda uow: own.end_others(uow, uow.actor.user_id, here)) == 1
    assert actor_of_session(site, more) is None and actor_of_session(site, here) is not None


def test_old_sessions_are_not_listed(office, user, site):
    signed_in(office, user)
    site.clock.moment += timedelta(minutes=31)
    token = signed_in(office, user)
    me = actor_of_session(site, token)
    assert len(site.read(me, lambda view: own.sessions_of(view, me.user_id, token))) == 1


def test_new_users_without_a_password_are_listed_for_their_administrator_alone(office, other, site):
    from engine.services import records

    made = office.write(office.system, lambda uow: records.create_many(uow, "system.user", [
        {"login": f"{office.code.lower()}.new{n}", "active": True, "roles": [{"role": "reader"}]} for n in range(3)]))
    ids = {m.id for m in made}
    chief = office.person("administrator")
    assert ids <= {row[0] for row in office.read(chief, administering.without_password)}
    assert not ids & {row[0] for row in other.read(other.person("administrator"), administering.without_password)}
    assert isinstance(refused(lambda: office.read(office.person("reader"), administering.without_password)), NotAllowed)
    told = office.write(chief, lambda uow: administering.first_passwords(uow, list(ids)))
    assert len({password for _, password, _ in told}) == 3
    assert not ids & {row[0] for row in office.read(chief, administering.without_password)}


def test_a_password_that_has_grown_old_is_changed_first(office, user, site, monkeypatch):
    from dataclasses import replace

    from engine.model.policy import DEFAULT
    from engine.services.identity import credentials, sessions

    strict = replace(DEFAULT, rotation_days=60, history=2)
    for module in (sessions, own, credentials):
        monkeypatch.setattr(module, "policy_of", lambda site: strict)
    token = signed_in(office, user)
    assert actor_of_session(site, token).pending == ""
    site.clock.moment += timedelta(days=60, seconds=1)
    token = signed_in(office, user)
    assert actor_of_session(site, token).pending == CHANGE
    assert said(refused(lambda: change(site, token, PASSWORD, PASSWORD))) == {("new", "password.before")}
    token = change(site, token, PASSWORD)
    assert actor_of_session(site, token).pending == ""
    assert said(refused(lambda: change(site, token, NEW, PASSWORD))) == {("new", "password.before")}


def test_a_change_renews_the_session_in_the_table(office, user, site):
    token = signed_in(office, user)
    change(site, token, PASSWORD)
    with site.database.reading() as connection:
        rows = connection.execute(sa.select(SESSION).where(SESSION.c.user_id == user.id, SESSION.c.ended_at.is_(None)))
        assert len(rows.all()) == 1


def test_a_password_of_today_is_not_changed_again_so_that_the_history_cannot_be_run_through(office, user, site, monkeypatch):
    from dataclasses import replace

    from engine.model.policy import DEFAULT
    from engine.services.accounts import links
    from engine.services.identity import credentials, sessions

    strict = replace(DEFAULT, min_age_hours=24, rotation_days=60, history=2)
    for module in (sessions, own, credentials):
        monkeypatch.setattr(module, "policy_of", lambda site: strict)
    token = signed_in(office, user)
    young = refused(lambda: change(site, token, PASSWORD))
    assert said(young) == {("", "password.young")} and "03.03.2026 11:00" in young.problems[0].text("ru")
    assert site.read(actor_of_session(site, token), own.changeable_from) == site.clock.moment + timedelta(hours=24)
    first_one = first(office, user)
    token = change(site, sign_in(site, user.values["login"], first_one), first_one)
    assert said(refused(lambda: change(site, token, NEW, NEW + "2"))) == {("", "password.young")}, "now it is their own"
    site.clock.moment += timedelta(hours=24)
    token = sign_in(site, user.values["login"], NEW)
    assert site.read(actor_of_session(site, token), own.changeable_from) is None
    token = change(site, token, NEW, NEW + "2")

    def link(uow):
        made = links.make_links(uow, links.RESET, [user.id], uow.now + timedelta(hours=1))[0]
        uow.execute(LINK.update().where(LINK.c.id == UUID(made)).values(token_hash=links.hash_of("a token")))

    office.write(office.system, link)
    links.accept(site, "a token", NEW + "3", NEW + "3")
    site.clock.moment += timedelta(days=60, seconds=1)
    token = sign_in(site, user.values["login"], NEW + "3")
    assert actor_of_session(site, token).pending == CHANGE
    assert change(site, token, NEW + "3", NEW + "4")
