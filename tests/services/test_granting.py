"""Delegated administration: nobody gives more than they may or raises themselves; each try is in the journal."""

from __future__ import annotations

from itertools import count

import pytest
import sqlalchemy as sa

from engine.errors import NotAllowed
from engine.services import records
from engine.services.actor import system
from engine.services.identity.actors import actor_of_user
from engine.services.identity.granting import require_managed, unmanaged
from engine.storage.system.tables import JOURNAL
from tests.services import world
from tests.services.conftest import open_site, refused, said

ROLES = "metadata/lab/_roles.yaml"
GIVING = world.WORKSHOP[ROLES].replace("owner: {", "owner: {gives: [reader, author, owner], ")
KEEPS = b"access:\n  owner: {can: [read, create, edit, archive, restore, copy]}\n"
_logins = count(1)


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    files = world.files({ROLES: GIVING})
    for name in ("user", "user_group", "substitution", "unit"):
        path = f"metadata/system/{name}.yaml"
        files[path] = files[path].replace(b"access:\n", KEEPS)
    made = open_site(module_url, tmp_path_factory.mktemp("granting"), files)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def school(site):
    """A school with two departments: ids by name."""
    found = {}
    for name, parent in (("school", None), ("maths", "school"), ("arts", "school")):
        raw = {"code": name, "name": {"kk": name, "ru": name}, "kind": "school" if parent is None else "department",
               "legal": parent is None, "parent": str(found[parent]) if parent else None}
        who = system(found.get("school"))
        found[name] = site.write(who, lambda uow, raw=raw: records.create(uow, "system.unit", raw)).id
    return found


def user(site, school, *roles, by=None):
    """A user with these roles, each a name or (name, unit)."""
    rows = [{"role": r} if isinstance(r, str) else {"role": r[0], "unit": str(r[1])} for r in roles]
    raw = {"login": f"user{next(_logins)}", "active": True, "roles": rows}
    return site.write(by or system(school["school"]), lambda uow: records.create(uow, "system.user", raw))


def actor(site, school, *roles):
    return actor_of_user(site, user(site, school, *roles).id)


def edit(site, who, record, raw):
    return site.write(who, lambda uow: records.edit(uow, record.entity.address, record.id, raw, record.version))


GIVEN = [
    (("owner",), ("reader",), True),
    (("owner",), (("reader", "maths"),), True),
    (("owner",), ("medic",), False),
    (("owner",), ("reader", "medic"), False),
    ((("owner", "maths"),), (("reader", "maths"),), True),
    ((("owner", "maths"),), ("reader",), False),
    ((("owner", "maths"),), (("reader", "arts"),), False),
    ((("owner", "maths"), ("owner", "arts")), (("reader", "arts"),), True),
    (("administrator",), ("medic",), True),
    ((("administrator", "arts"), "owner"), (("medic", "maths"),), False),
    ((("administrator", "arts"), "owner"), (("medic", "arts"), "reader"), True),
]


def placed(school, roles):
    return [r if isinstance(r, str) else (r[0], school[r[1]]) for r in roles]


@pytest.mark.parametrize(("held", "given", "good"), GIVEN)
def test_a_role_is_given_only_by_whom_and_where_it_may_be(site, school, held, given, good):
    who = actor(site, school, *placed(school, held))
    make = lambda: user(site, school, *placed(school, given), by=who)  # noqa: E731
    if good:
        made = make()
        emptied = edit(site, who, made, {"active": False, "roles": []})
        edit(site, who, emptied, {"active": True, "roles": [{"role": r} if isinstance(r, str) else
                                                            {"role": r[0], "unit": str(r[1])}
                                                            for r in placed(school, given)]})
    else:
        refusal = refused(make)
        assert isinstance(refusal, NotAllowed) and said(refusal) == {("roles", "role.not-yours")}


def test_nobody_raises_themselves(site, school):
    who = actor(site, school, "owner")
    own = site.read(who, lambda v: records.read(v, "system.user", who.user_id))
    for roles in (["owner", "author"], []):
        raw = {"roles": [{"role": r} for r in roles], "active": bool(roles)}
        refusal = refused(lambda raw=raw: edit(site, who, own, raw))
        assert isinstance(refusal, NotAllowed) and said(refusal) == {("roles", "role.own")}
    assert edit(site, who, own, {"language": "kk"}).values["language"] == "kk"


def test_an_account_above_one_s_own_is_left_alone(site, school):
    """Whoever could set its password could become it."""
    who = actor(site, school, "owner")
    for held in (("administrator",), ("medic", "reader")):
        above = user(site, school, *held)
        for raw in ({"language": "kk"}, {"active": False}, {"roles": [{"role": "reader"}]}):
            refusal = refused(lambda raw=raw, above=above: edit(site, who, above, raw))
            assert isinstance(refusal, NotAllowed)
            assert refusal.problems[0].code in ("account.not-yours", "role.not-yours")
        archive = lambda above=above: site.write(  # noqa: E731
            who, lambda u: records.archive(u, "system.user", above.id, above.version)
        )
        assert isinstance(refused(archive), NotAllowed)
        assert isinstance(refused(lambda a=above: site.read(who, lambda v: require_managed(v, a.id))), NotAllowed)
    below = user(site, school, "reader")
    site.read(who, lambda v: require_managed(v, below.id))
    assert edit(site, who, below, {"active": False}).values["active"] is False


def test_of_many_accounts_those_above_one_s_own_are_told_at_once(site, school):
    """`unmanaged` names exactly those that `require_managed` refuses, by as many statements for few as for many."""
    who = actor(site, school, "owner")
    held = [("administrator",), ("medic", "reader"), ("reader",), ("author", "owner"), ()]
    users = [user(site, school, *roles).id for roles in held if roles] + [who.user_id]
    grouped = user(site, school, "reader")
    site.write(system(school["school"]), lambda uow: records.create(uow, "system.user_group", {
        "name": f"топ {next(_logins)}", "roles": [{"role": "medic"}], "members": [{"user": str(grouped.id)}]}))
    users.append(grouped.id)

    def one_by_one(view):
        for id in users:
            try:
                require_managed(view, id)
            except NotAllowed:
                yield id

    above = site.read(who, lambda view: set(one_by_one(view)))
    assert above == {users[0], users[1], grouped.id} == site.read(who, lambda view: unmanaged(view, users))
    assert site.read(system(school["school"]), lambda view: unmanaged(view, users)) == set()


def test_a_group_gives_what_its_maker_may_give(site, school):
    who = actor(site, school, "owner")
    other = user(site, school, "stranger")

    def group(role, member):
        raw = {"name": f"топ {next(_logins)}", "roles": [{"role": role}], "members": [{"user": str(member)}]}
        return site.write(who, lambda uow: records.create(uow, "system.user_group", raw))

    made = group("author", other.id)
    assert said(refused(lambda: group("medic", other.id))) == {("roles", "role.not-yours")}
    assert said(refused(lambda: group("author", who.user_id))) == {("members", "role.own")}
    refusal = refused(lambda: edit(site, who, made, {"roles": [{"role": "medic"}]}))
    assert said(refusal) == {("roles", "role.not-yours")}
    mighty = site.write(system(school["school"]), lambda uow: records.create(uow, "system.user_group", {
        "name": "құдіретті", "roles": [{"role": "administrator"}], "members": []}))
    refusal = refused(lambda: edit(site, who, mighty, {"members": [{"user": str(other.id)}]}))
    assert said(refusal) == {("roles", "role.not-yours")}
    member = user(site, school, "reader")
    site.write(system(school["school"]), lambda uow: records.edit(
        uow, "system.user_group", mighty.id, {"members": [{"user": str(member.id)}]}, mighty.version))
    refusal = refused(lambda: edit(site, who, member, {"language": "kk"}))
    assert said(refusal) == {("", "account.not-yours")}, "the roles of groups count"


def test_a_substitution_lends_what_its_maker_may_give(site, school):
    who = actor(site, school, "owner")
    mighty, weak, other = (user(site, school, role) for role in ("administrator", "author", "stranger"))

    def lend(absent, substitute):
        raw = {"absent": str(absent), "substitute": str(substitute), "since": "2026-03-01", "until": "2027-03-09"}
        return site.write(who, lambda uow: records.create(uow, "system.substitution", raw))

    lent = lend(weak.id, other.id)
    assert said(refused(lambda: lend(mighty.id, other.id))) == {("absent", "role.not-yours")}
    assert said(refused(lambda: lend(weak.id, who.user_id))) == {("substitute", "role.own")}
    refusal = refused(lambda: edit(site, who, lent, {"absent": str(mighty.id)}))
    assert said(refusal) == {("absent", "role.not-yours")}


def test_what_is_lent_is_not_given_further(site, school):
    absent, other = user(site, school, "owner"), user(site, school, "stranger")
    site.write(system(school["school"]), lambda uow: records.create(uow, "system.substitution", {
        "absent": str(absent.id), "substitute": str(other.id), "since": "2026-01-01", "until": "2027-12-31"}))
    who = actor_of_user(site, other.id)
    assert "owner" in who.roles
    assert said(refused(lambda: user(site, school, "reader", by=who))) == {("roles", "role.not-yours")}


def test_a_refused_try_stands_in_the_journal_without_what_was_typed(site, school):
    who = actor(site, school, "owner")
    refused(lambda: user(site, school, "medic", by=who))
    with site.database.reading() as connection:
        found = connection.execute(
            sa.select(JOURNAL).where(JOURNAL.c.actor_id == who.user_id, JOURNAL.c.operation == "refused")
        ).all()
    assert [(e.entity, e.changes) for e in found] == [("system.user", {"refused": [["roles", "role.not-yours"]]})]
