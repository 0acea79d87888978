"""Service accounts: programs that have roles and keys, and no way to sign in; whoever runs them gives no more than they
hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from engine.ids import new_id
from engine.services import records
from engine.services.accounts import administering, inviting
from engine.services.accounts import keys as others
from engine.services.identity import actor_of_key, actor_of_session, create_key, set_password, sign_in
from engine.services.identity.actors import actor_of_user
from engine.services.identity.wanting import Asked
from engine.storage.system.tables import FACTOR, LINK
from engine.storage.tables import tables_of
from tests.conftest import MONDAY
from tests.services import world
from tests.services.conftest import Office, open_site, refused, said
from tests.services.test_identity import PASSWORD, signed_in, user  # noqa: F401 - fixtures

ROLES = "metadata/lab/_roles.yaml"
GIVING = world.WORKSHOP[ROLES].replace("owner: {", "owner: {gives: [reader, author, owner], ")
KEEPS = b"access:\n  owner: {can: [read, create, edit, archive, restore, copy]}\n"


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    """Owners run users here, and may give the roles of owners, readers and authors."""
    files = world.files({ROLES: GIVING})
    path = "metadata/system/user.yaml"
    files[path] = files[path].replace(b"access:\n", KEEPS)
    made = open_site(module_url, tmp_path_factory.mktemp("programs"), files)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def office(site):
    return Office(site)


def asked(**more):
    return Asked(**{"title": "NOBD", "last_day": MONDAY.date() + timedelta(days=30), "read_only": False,
                    "entities": None, **more})


def program(office, *roles, by=None):
    raw = {"login": f"robot{new_id().hex[-8:]}", "active": True, "service": True, "roles": [{"role": r} for r in roles]}
    return office.write(by or office.system, lambda uow: records.create(uow, "system.user", raw))


@pytest.fixture
def keeper(office, site):
    """An owner with a password."""
    made = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"keeper{new_id().hex[-8:]}", "active": True, "roles": [{"role": "owner"}]}))
    office.write(office.system, lambda uow: set_password(uow, made.id, PASSWORD))
    return actor_of_user(site, made.id)


def test_a_key_is_issued_with_the_password_of_whoever_issues_it(office, site, keeper):
    robot = program(office, "reader", by=keeper)
    assert said(refused(lambda: others.make(site, keeper, robot.id, asked(), "x"))) == {("password", "password.old")}
    key = others.make(site, keeper, robot.id, asked(entities=["lab.item"], read_only=True), PASSWORD)
    actor = actor_of_key(site, key)
    assert actor.user_id == robot.id and actor.roles == {"reader"} and actor.entities == {"lab.item"}
    standing = site.read(keeper, lambda view: administering.standing(view, robot.id))
    assert standing.is_service and not standing.has_password and [k.made_by for k in standing.keys] == [keeper.user_id]
    told = [e for e in office.journal(robot) if e.operation == "key"]
    assert [e.actor_id for e in told] == [keeper.user_id] and told[0].changes["entities"] == [None, ["lab.item"]]
    site.write(keeper, lambda uow: others.revoke(uow, robot.id, standing.keys[0].id))
    assert actor_of_key(site, key) is None
    assert [e.operation for e in office.journal(robot)][-1] == "key revoked"


def test_nobody_gives_a_program_more_than_they_hold(office, site, keeper):
    refusal = refused(lambda: program(office, "medic", by=keeper))
    assert isinstance(refusal, NotAllowed) and ("roles", "role.not-yours") in said(refusal)
    above = program(office, "medic")
    for act in (lambda: others.make(site, keeper, above.id, asked(), PASSWORD),
                lambda: site.write(keeper, lambda uow: others.revoke(uow, above.id, new_id())),
                lambda: site.write(keeper, lambda uow: others.narrow(uow, above.id, new_id(), asked())),
                lambda: site.read(keeper, lambda view: administering.standing(view, above.id))):
        refusal = refused(act)
        assert isinstance(refusal, NotAllowed) and said(refusal) == {("", "account.not-yours")}
    mine = program(office, "reader", by=keeper)
    grown = refused(lambda: office.edit(mine, {"roles": [{"role": "reader"}, {"role": "medic"}]}, keeper))
    assert isinstance(grown, NotAllowed)
    person = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"p{new_id().hex[-8:]}", "active": True, "roles": [{"role": "medic"}]}))
    assert isinstance(refused(lambda: office.edit(person, {"service": True}, keeper)), NotAllowed), (
        "an account that is above one's own is not made into a program either")


def test_a_key_reaches_only_lists_that_the_program_has(office, site, keeper):
    robot = program(office, "reader")
    assert said(refused(lambda: others.make(site, keeper, robot.id, asked(entities=["system.user"]), PASSWORD))) == {
        ("entities", "key.entities")}


def test_keys_are_issued_to_programs_and_not_to_people(office, site, keeper, user):
    assert isinstance(refused(lambda: others.make(site, keeper, user.id, asked(), PASSWORD)), Conflict)
    key = create_key(site, user.values["login"], "their own")
    [seen] = site.read(keeper, lambda view: administering.standing(view, user.id)).keys
    site.write(keeper, lambda uow: others.narrow(uow, user.id, seen.id, asked(read_only=True)))
    assert actor_of_key(site, key).read_only
    site.write(keeper, lambda uow: others.revoke(uow, user.id, seen.id))
    assert actor_of_key(site, key) is None


def test_whoever_may_not_edit_users_finds_no_keys(office, site):
    robot = program(office, "reader")
    key = create_key(site, robot.values["login"], "x")
    stranger = Office(site)
    for who in (office.person("reader"), stranger.person("owner"), stranger.system):
        for act in (lambda uow: others.revoke(uow, robot.id, new_id()), lambda uow: others.key(uow, robot.id, new_id()),
                    lambda uow: others.program(uow, robot.id)):
            refusal = refused(lambda who=who, act=act: site.write(who, act))
            assert isinstance(refusal, NotFound | NotAllowed)
    assert actor_of_key(site, key) is not None


# -- no way to sign in ------------------------------------------------------------------------------------------------


def test_a_program_gets_no_password_and_no_invitation(office, site, keeper):
    robot = program(office, "reader")
    for act in (lambda uow: administering.first_password(uow, robot.id), lambda uow: inviting.invite(uow, robot.id),
                lambda uow: set_password(uow, robot.id, PASSWORD)):
        refusal = refused(lambda act=act: office.write(office.system, act))
        assert isinstance(refusal, Conflict) and said(refusal) == {("", "account.service")}
    waiting = site.read(keeper, administering.without_password)
    assert robot.id not in [id for id, *_ in waiting]
    person = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"a{new_id().hex[-8:]}", "active": True, "roles": [{"role": "reader"}]}))
    assert person.id in [id for id, *_ in site.read(keeper, administering.without_password)]


def test_a_program_has_no_person(office, site):
    person = office.write(office.system, lambda uow: records.create(uow, "system.person", {
        "last_name": "Ахметов", "first_name": "Ерлан"}))
    robot = program(office, "reader")
    assert said(refused(lambda: office.edit(robot, {"person": str(person.id)}, office.system))) == {
        ("person", "account.person")}
    made = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"b{new_id().hex[-8:]}", "active": True, "roles": [{"role": "reader"}], "person": str(person.id)}))
    assert isinstance(refused(lambda: office.edit(made, {"service": True}, office.system)), Invalid)


def test_its_name_is_answered_like_one_that_nobody_has(office, site):
    robot = program(office, "reader")
    for login in (robot.values["login"], "nobody.has.this"):
        answers = [refused(lambda login=login: sign_in(site, login, PASSWORD, "10.7.0.1")) for _ in range(6)]
        assert [(type(a).__name__, said(a)) for a in answers[:5]] == [("NotSignedIn", {("", "sign-in.wrong")})] * 5
        assert (type(answers[5]).__name__, said(answers[5])) == ("TooOften", {("", "attempts.wait")})


def test_whoever_becomes_a_program_loses_every_way_in(office, site, user):
    session, key, now = signed_in(office, user), create_key(site, user.values["login"], "x"), site.clock.now()
    with site.database.writing() as connection:
        connection.execute(sa.insert(FACTOR).values(id=new_id(), user_id=user.id, method="totp", title="", sealed=b"x",
                                                    created_at=now, confirmed_at=now))
        connection.execute(sa.insert(LINK).values(id=new_id(), user_id=user.id, kind="invitation", created_at=now,
                                                  until=now + timedelta(days=1)))
    robot = office.edit(office.get(user, office.system), {"service": True}, office.system)
    assert actor_of_session(site, session) is None and actor_of_key(site, key) is None
    assert isinstance(refused(lambda: sign_in(site, user.values["login"], PASSWORD)), NotSignedIn)
    table = tables_of(site.catalog).of("system.user")
    with site.database.reading() as connection:
        assert connection.scalar(sa.select(table.c.password).where(table.c.id == user.id)) is None
        assert connection.execute(sa.select(FACTOR).where(FACTOR.c.user_id == user.id)).first() is None
        assert connection.execute(sa.select(LINK).where(
            LINK.c.user_id == user.id, LINK.c.used_at.is_(None))).first() is None
    assert "ways in closed" in [e.operation for e in office.journal(user)]
    key = create_key(site, user.values["login"], "as a program")
    office.edit(robot, {"service": False}, office.system)
    assert actor_of_key(site, key) is None, "whoever holds a program's key does not act as a person"
    assert office.write(office.system, lambda uow: administering.first_password(uow, user.id))


def test_nobody_makes_a_program_of_themselves(office, site, keeper):
    mine = site.read(office.system, lambda view: records.read(view, "system.user", keeper.user_id))
    assert said(refused(lambda: office.edit(mine, {"service": True}, keeper))) == {("service", "account.own")}


def test_other_changes_leave_its_keys_alone(office, site, keeper):
    robot = program(office, "reader", by=keeper)
    key = others.make(site, keeper, robot.id, asked(), PASSWORD)
    office.edit(robot, {"language": "kk"}, office.system)
    assert actor_of_key(site, key) is not None
    token = signed_in(office, site.read(office.system, lambda v: records.read(v, "system.user", keeper.user_id)))
    assert actor_of_session(site, token) is not None


def test_inviting_many_leaves_programs_out(office):
    robot, chief = program(office, "reader"), office.person("administrator")
    invited = office.write(chief, lambda uow: inviting.invite_many(uow, [robot.id]))
    assert not invited.sent and not invited.without, "nobody is asked to write down the e-mail of a program"
