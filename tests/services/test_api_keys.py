"""API keys: made by whoever may, holding no more than their owner, narrowed, revoked, refused alike, swept away."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed, NotFound, NotSignedIn, TooOften
from engine.ids import new_id
from engine.services import records
from engine.services.access import can
from engine.services.actor import Actor
from engine.services.identity import actor_of_key, create_key, keys, own_keys, refused_key, set_password
from engine.services.identity.actors import actor_of_user
from engine.services.identity.keys import MOST, key_of, keys_of, revoke_key
from engine.services.identity.policy import policy_of
from engine.services.identity.sessions import SEEN_EVERY
from engine.services.identity.wanting import Asked, day_of
from engine.services.journal.operations import kind_of
from engine.services.registries import Query, listing
from engine.storage.system.tables import API_KEY, ATTEMPT, FACTOR, JOURNAL, LINK
from tests.conftest import MONDAY, Statements
from tests.services.conftest import refused, said
from tests.services.test_identity import PASSWORD, user  # noqa: F401 - fixtures
from tests.services.test_schedules import swept

UNTIL = MONDAY.date() + timedelta(days=30)


def asked(title="1C", last_day=UNTIL, read_only=False, entities=None):
    return Asked(title, last_day, read_only, entities)


@pytest.fixture
def boss(office, site):
    """An administrator with a password: whom the ordinary policy lets make keys."""
    made = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"boss{new_id().hex[-8:]}", "active": True, "roles": [{"role": "administrator"}, {"role": "owner"}]}))
    office.write(office.system, lambda uow: set_password(uow, made.id, PASSWORD))
    return actor_of_user(site, made.id)


def operations(office, who):
    with office.site.database.reading() as connection:
        found = sa.select(JOURNAL).where(JOURNAL.c.record_id == who).order_by(JOURNAL.c.id)
        return connection.execute(found).all()


# -- making -----------------------------------------------------------------------------------------------------------


def test_a_key_of_ones_own_is_told_once_and_kept_as_a_hash(office, site, boss):
    key = own_keys.make(site, boss, asked(), PASSWORD)
    actor = actor_of_key(site, key)
    assert actor.user_id == boss.user_id and actor.roles == boss.roles and actor.kind == "key"
    [mine] = site.read(boss, lambda view: keys_of(view, boss.user_id))
    assert mine.is_live and mine.title == "1C" and key.startswith(mine.begins) and len(mine.begins) == 8
    assert mine.made_by == boss.user_id and mine.last_used_at == site.clock.now()
    with site.database.reading() as connection:
        kept = repr(connection.execute(sa.select(API_KEY).where(API_KEY.c.user_id == boss.user_id)).all())
    entries = operations(office, boss.user_id)
    assert key not in kept + repr(entries) and key[9:] not in kept + repr(entries)
    [told] = [e for e in entries if e.operation == "key"]
    assert told.changes["name"] == [None, "1C"] and told.changes["key"] == [None, str(mine.id)]


def test_making_needs_the_present_password_and_guesses_are_counted(office, site, boss):
    assert said(refused(lambda: own_keys.make(site, boss, asked(), "бұл емес"))) == {("password", "password.old")}
    assert "password refused" in [e.operation for e in operations(office, boss.user_id)]
    for _ in range(4):
        refused(lambda: own_keys.make(site, boss, asked(), "бұл емес"))
    assert isinstance(refused(lambda: own_keys.make(site, boss, asked(), PASSWORD)), TooOften)
    assert site.read(boss, lambda view: keys_of(view, boss.user_id)) == []


@pytest.mark.parametrize(("wrong", "told"), [
    ({"title": " \n "}, {("title", "key.title")}),
    ({"title": "x" * 121}, {("title", "key.title")}),
    ({"last_day": None}, {("last_day", "key.day")}),
    ({"last_day": "31.13.2026"}, {("last_day", "key.day")}),
    ({"last_day": MONDAY.date() - timedelta(days=1)}, {("last_day", "key.day")}),
    ({"last_day": MONDAY.date() + timedelta(days=366)}, {("last_day", "key.day")}),
    ({"last_day": date(9999, 12, 31)}, {("last_day", "key.day")}),
    ({"entities": []}, {("entities", "key.entities")}),
    ({"entities": ["lab.item", "lab.nothing"]}, {("entities", "key.entities")}),
    ({"title": "", "last_day": None, "entities": ()},
     {("title", "key.title"), ("last_day", "key.day"), ("entities", "key.entities")}),
])
def test_bad_wishes_are_told_all_at_once_before_the_password_is_looked_at(site, boss, wrong, told):
    assert said(refused(lambda: own_keys.make(site, boss, asked(**wrong), "бұл емес"))) == told


def test_whom_the_policy_does_not_let_makes_none(office, site, user):
    owner = actor_of_user(site, user.id)
    assert isinstance(refused(lambda: own_keys.make(site, owner, asked(), PASSWORD)), NotAllowed)
    assert not site.read(owner, own_keys.may_make)
    policy = policy_of(site)
    assert policy.key_days == 365 and policy.key_roles == {"administrator"} and not policy.keys_for_everybody


def test_a_lent_role_and_a_key_give_no_lasting_way_in(office, site, boss):
    lender = actor_of_user(site, boss.user_id)
    stand_in = Actor("user", new_id(), "x", "x", None, office.id, (), frozenset({"administrator", "owner"}), "ru",
                     standing_in=(lender,), own_roles=frozenset({"owner"}))
    assert isinstance(refused(lambda: own_keys.make(site, stand_in, asked(), PASSWORD)), NotAllowed)
    by_key = actor_of_key(site, create_key(site, boss.login, "x"))
    assert isinstance(refused(lambda: own_keys.make(site, by_key, asked(), PASSWORD)), NotAllowed)


def test_there_is_a_bound_to_how_many(office, site, boss):
    office.write(office.system, lambda uow: [
        keys.add_key(uow, boss.user_id, keys.Wanted(str(n))) for n in range(MOST)])
    assert said(refused(lambda: own_keys.make(site, boss, asked(), PASSWORD))) == {("", "key.many")}
    first = site.read(boss, lambda view: keys_of(view, boss.user_id))[0]
    site.write(boss, lambda uow: revoke_key(uow, boss.user_id, first.id))
    assert own_keys.make(site, boss, asked(), PASSWORD)


# -- no more than its owner -------------------------------------------------------------------------------------------


def test_a_key_follows_its_owner_on_the_next_request(office, site, user):
    key = create_key(site, user.values["login"], "x")
    assert actor_of_key(site, key).roles == {"owner"}
    office.edit(office.get(user, office.system), {"roles": [{"role": "reader"}]}, office.system)
    assert actor_of_key(site, key).roles == {"reader"}
    office.edit(office.get(user, office.system), {"active": False, "roles": []}, office.system)
    assert actor_of_key(site, key) is None


def test_a_narrowed_key_reaches_its_entities_only_and_by_no_other_way(office, site, user, things):
    login = user.values["login"]
    key = create_key(site, login, "x", entities=["lab.item"])
    actor, catalog = actor_of_key(site, key), site.catalog
    assert can(catalog, actor, catalog.entity("lab.item"), "edit")
    assert not can(catalog, actor, catalog.entity("lab.supplier"), "read")
    assert site.read(actor, lambda view: listing(view, "lab.item", Query())).records
    elsewhere = refused(lambda: site.read(actor, lambda view: listing(view, "lab.supplier", Query())))
    assert isinstance(elsewhere, NotFound | NotAllowed)
    behind = Query(where='supplier.name == "Ағаш"')
    asked_about = refused(lambda: site.read(actor, lambda view: listing(view, "lab.item", behind)))
    assert asked_about.status == 400, "what a link leads to is not asked about either"
    whole = actor_of_key(site, create_key(site, login, "x"))
    assert can(catalog, whole, catalog.entity("lab.supplier"), "read"), "nothing of the narrow key is remembered for it"


def test_a_key_for_reading_holds_no_verb_that_changes(office, site, user):
    actor = actor_of_key(site, create_key(site, user.values["login"], "x", read_only=True))
    item = site.catalog.entity("lab.item")
    assert {v for v in ("read", "create", "edit", "archive", "restore", "copy", "history")
            if can(site.catalog, actor, item, v)} == {"read", "history"}
    refusal = refused(lambda: site.write(actor, lambda uow: records.create(uow, "lab.item", {"name": "x"})))
    assert isinstance(refusal, NotAllowed | NotFound)


def test_narrowing_takes_and_never_gives(office, site, boss):
    own_keys.make(site, boss, asked(entities=["lab.item", "lab.supplier"]), PASSWORD)
    [mine] = site.read(boss, lambda view: keys_of(view, boss.user_id))

    def narrow(**more):
        site.write(boss, lambda uow: own_keys.narrow(uow, mine.id, asked(**more)))
        return site.read(boss, lambda view: key_of(view, boss.user_id, mine.id))

    less = narrow(read_only=True, entities=["lab.item"], last_day=UNTIL - timedelta(days=1))
    assert less.read_only and less.entities == ("lab.item",) and less.ends_at < mine.ends_at and less.title == "1C"
    for more in ({"entities": ["lab.supplier"]}, {"last_day": UNTIL}, {"last_day": None}):
        assert isinstance(refused(lambda more=more: narrow(**{"last_day": less.ends_at.date(), **more})), Invalid), more
    again = narrow(read_only=False, entities=None, last_day=UNTIL - timedelta(days=1))
    assert again.read_only and again.entities == ("lab.item",), "what is not said stays as narrow as it was"
    assert [e.operation for e in operations(office, boss.user_id)].count("key narrowed") == 2


def test_narrowing_lengthens_no_key_that_ends_within_a_day_and_revives_none(office, site, boss):
    create_key(site, boss.login, "x", days=3)  # the command line counts from this moment, the screen whole days
    [mine] = site.read(boss, lambda view: keys_of(view, boss.user_id))
    terms = asked(last_day=day_of_end(site, boss, mine), read_only=True)

    def narrow():
        site.write(boss, lambda uow: own_keys.narrow(uow, mine.id, terms))
        return site.read(boss, lambda view: key_of(view, boss.user_id, mine.id))

    assert narrow().read_only and narrow().ends_at == mine.ends_at
    site.clock.moment = mine.ends_at + timedelta(minutes=1)
    assert site.clock.today() == terms.last_day, "the day goes on, the key does not"
    assert isinstance(refused(narrow), NotFound)


def test_of_two_narrowings_at_one_moment_both_hold(site, boss):
    own_keys.make(site, boss, asked(), PASSWORD)
    [mine] = site.read(boss, lambda view: keys_of(view, boss.user_id))

    def narrow(**less):
        return lambda uow: own_keys.narrow(uow, mine.id, asked(**less))

    second = threading.Thread(target=lambda: site.write(boss, narrow(entities=["lab.item"])))

    def first(uow):
        narrow(read_only=True)(uow)
        second.start()
        second.join(0.3)  # it looks at the key while this one is not committed

    site.write(boss, first)
    second.join()
    left = site.read(boss, lambda view: key_of(view, boss.user_id, mine.id))
    assert left.read_only and left.entities == ("lab.item",)


def day_of_end(site, who, key):
    return site.read(who, lambda view: day_of(view, key.ends_at))


def test_keys_of_others_and_revoked_ones_are_not_there(office, site, boss, user):
    create_key(site, user.values["login"], "x")
    [theirs] = office.read(office.system, lambda view: keys_of(view, user.id))
    for work in (lambda uow: revoke_key(uow, boss.user_id, theirs.id), lambda uow: revoke_key(uow, boss.user_id, "x"),
                 lambda uow: own_keys.narrow(uow, theirs.id, asked())):
        assert isinstance(refused(lambda work=work: site.write(boss, work)), NotFound)
    office.write(office.system, lambda uow: revoke_key(uow, user.id, theirs.id))
    again = refused(lambda: office.write(office.system, lambda uow: revoke_key(uow, user.id, theirs.id)))
    assert isinstance(again, NotFound)


def test_the_last_day_is_a_whole_day_where_the_school_is(office, site, boss):
    key = own_keys.make(site, boss, asked(last_day=MONDAY.date()), PASSWORD)
    [mine] = site.read(boss, lambda view: keys_of(view, boss.user_id))
    site.clock.moment = mine.ends_at - timedelta(seconds=1)
    assert site.clock.today() == MONDAY.date() and actor_of_key(site, key) is not None
    site.clock.moment = mine.ends_at
    assert site.clock.today() == MONDAY.date() + timedelta(days=1) and actor_of_key(site, key) is None


def test_the_last_use_is_written_once_a_minute_and_not_at_each_request(site, user):
    key = create_key(site, user.values["login"], "x")
    actor_of_key(site, key)
    with Statements(site.database.engine) as sql:
        for _ in range(5):
            actor_of_key(site, key)
    assert len(sql) == 5
    site.clock.moment += SEEN_EVERY + timedelta(seconds=1)
    actor_of_key(site, key)
    with site.database.reading() as connection:
        used = connection.scalar(sa.select(API_KEY.c.last_used_at).where(API_KEY.c.user_id == user.id))
    assert used == site.clock.now()


# -- keys that open nothing -------------------------------------------------------------------------------------------


def journalled(site, address):
    with site.database.reading() as connection:
        found = sa.select(JOURNAL).where(JOURNAL.c.address == address).order_by(JOURNAL.c.id)
        return connection.execute(found).all()


def test_unknown_ended_and_revoked_ones_are_told_apart_by_the_journal_alone(office, site, user):
    login, address = user.values["login"], f"10.19.{office.code[1:]}.1"
    shown = {"unknown": "qk_" + "a" * 43, "odd": "x" * 5_000, "ended": create_key(site, login, "x", days=1),
             "revoked": create_key(site, login, "y")}
    [ended, revoked] = sorted(office.read(office.system, lambda v: keys_of(v, user.id)), key=lambda k: k.title)
    office.write(office.system, lambda uow: revoke_key(uow, user.id, revoked.id))
    site.clock.moment += timedelta(days=2)
    for key in shown.values():
        assert actor_of_key(site, key, address) is None
        answer = refused_key(site, key, address)
        assert type(answer) is NotSignedIn and not answer.problems and not answer.details
    entries = journalled(site, address)
    assert [e.operation for e in entries] == ["key refused"] * 4
    assert kind_of("key refused") == kind_of("key held back") == "refused", "statistics count them as refusals"
    assert [e.record_id for e in entries] == [None, None, user.id, user.id]
    assert [e.changes.get("key") for e in entries[2:]] == [[None, str(ended.id)], [None, str(revoked.id)]]
    assert not any(key in repr(entries) for key in shown.values())


def test_an_address_that_shows_many_waits_and_is_journalled_once_for_it(office, site, user):
    address = f"10.19.{office.code[1:]}.2"
    answers = [refused_key(site, f"qk_{n:043}", address) for n in range(70)]
    assert [a.status for a in answers] == [401] * 60 + [429] * 10
    assert [e.operation for e in journalled(site, address)].count("key refused") == 60
    assert [e.operation for e in journalled(site, address)].count("key held back") == 1
    key = create_key(site, user.values["login"], "x")
    assert actor_of_key(site, key, address) is not None, "programs beside it go on"
    assert refused_key(site, "qk_x", f"10.19.{office.code[1:]}.3").status == 401, "other addresses are not concerned"
    site.clock.moment += timedelta(seconds=61)
    assert refused_key(site, "qk_x", address).status == 401


def test_the_same_statements_are_run_for_every_key_that_opens_nothing(office, site, user):
    create_key(site, user.values["login"], "x")
    gone = create_key(site, user.values["login"], "y", days=1)
    site.clock.moment += timedelta(days=2)
    costs = {}
    for name, key in (("unknown", "qk_" + "b" * 43), ("ended", gone)):
        with Statements(site.database.engine) as sql:
            actor_of_key(site, key, "10.8.0.1")
            refused_key(site, key, "10.8.0.1")
        costs[name] = len(sql)
    assert costs["unknown"] == costs["ended"]


# -- swept away -------------------------------------------------------------------------------------------------------


def stays(site, column, among):
    with site.database.reading() as connection:
        return set(connection.execute(sa.select(column).where(column.in_(among))).scalars())


def test_what_nobody_signs_in_with_any_more_is_swept(office, site, user):
    now = site.clock.now()
    kept, ended, revoked, link, old_link, set_up = (new_id() for _ in range(6))
    key = {"user_id": user.id, "title": "x", "created_at": now, "read_only": False, "expires_at": None,
           "revoked_at": None}
    long_ago = now - timedelta(days=91)
    with site.database.writing() as connection:
        connection.execute(sa.insert(API_KEY), [
            {**key, "id": kept, "key_hash": kept.bytes * 2, "expires_at": now - timedelta(days=1)},
            {**key, "id": ended, "key_hash": ended.bytes * 2, "expires_at": long_ago},
            {**key, "id": revoked, "key_hash": revoked.bytes * 2, "revoked_at": long_ago}])
        connection.execute(sa.insert(LINK), [
            {"id": link, "user_id": user.id, "kind": "invitation", "created_at": now, "until": now - timedelta(days=1)},
            {"id": old_link, "user_id": user.id, "kind": "invitation", "created_at": now, "until": long_ago}])
        connection.execute(sa.insert(FACTOR).values(id=set_up, user_id=user.id, method="totp", title="", sealed=b"x",
                                                    created_at=now - timedelta(hours=1)))
    result = swept(site, "sweep.requests")
    assert result["keys"] >= 2 and result["links"] >= 1 and result["factors"] >= 1
    assert stays(site, API_KEY.c.id, [kept, ended, revoked]) == {kept}
    assert stays(site, LINK.c.id, [link, old_link]) == {link} and not stays(site, FACTOR.c.id, [set_up])


def test_attempts_go_but_a_shut_account_stays_shut(office, site, user):
    from engine.services.identity.throttle import subject

    now = site.clock.now()
    row = {"kind": "swept", "turn": 0, "since": now, "failures": 1, "day": MONDAY.date(), "of_day": 1, "shut_at": None}
    long_ago, lately = now - timedelta(days=91), now - timedelta(hours=30)
    rows = {"old": (b"1" * 32, now - timedelta(days=3), None), "young": (b"2" * 32, lately, None),
            "nobody": (subject("nobody.at.all"), long_ago, long_ago), "lately": (b"3" * 32, lately, lately),
            "somebody": (subject(user.values["login"]), long_ago, long_ago)}
    with site.database.writing() as connection:
        connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.kind == "swept"))
        connection.execute(sa.insert(ATTEMPT), [
            {**row, "subject": who, "at": at, "shut_at": shut, "turn": n + 1}
            for n, (who, at, shut) in enumerate(rows.values())])
    swept(site, "sweep.requests")
    with site.database.reading() as connection:
        left = {bytes(s) for s in connection.execute(
            sa.select(ATTEMPT.c.subject).where(ATTEMPT.c.kind == "swept")).scalars()}
    assert left == {rows[name][0] for name in ("young", "lately", "somebody")}
