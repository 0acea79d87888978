"""The second net: with the door bypassed on purpose, PostgreSQL shows an organisation no row of another one."""

from __future__ import annotations

import sys
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import Invalid
from engine.services import records
from engine.services.actor import system
from engine.services.identity.actors import actor_of_user
from engine.services.publishing import publish
from engine.services.registries import Query, listing
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.net import check_role
from engine.storage.tables import tables_of
from tests.conftest import MONDAY, SERVER
from tests.services import world
from tests.services.conftest import Office, refused, said
from tests.services.test_reach import FILES

pytestmark = pytest.mark.postgres
ROLE = "q_test_net"


@pytest.fixture(scope="module")
def site(postgres_server, tmp_path_factory):
    name = f"q_net_{uuid4().hex[:12]}"
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    settings = Settings.of(tmp_path_factory.mktemp("net"), url, database_role=ROLE).prepare()
    database = Database(url, role=ROLE)
    publish(database, world.files(FILES), journal_key=settings.secret("journal"))
    database.close()
    made = Site.open(settings)
    made.clock = FixedClock(MONDAY)
    yield made
    made.database.close()
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        connection.exec_driver_sql(f"DROP ROLE IF EXISTS {ROLE}")


@pytest.fixture(scope="module")
def both(site):
    """Two schools, each with a supplier, a case and a posted order with lines."""
    made = []
    for name in ("бірінші", "екінші"):
        office = Office(site)
        supplier = office.create("lab.supplier", {"name": name})
        item = office.create("lab.item", {"name": f"тауар {name}", "price": "5"})
        case = office.create("lab.case", {"name": f"іс {name}"})
        raw = {"supplier": str(supplier.id), "date": "2026-03-02", "lines": [{"item": str(item.id), "quantity": "2"}]}
        made.append((office, case, office.create("lab.order", raw)))
    return made


def test_work_goes_on_as_without_it(both):
    """Create, edit, post, list, history, many at once: through the role that owns no table."""
    (office, case, one), _ = both
    edited = office.edit(case, {"result": "жаңа"})
    assert office.get(edited).values["result"] == "жаңа" and len(office.history(edited)) == 2
    assert office.do("post", one).values["state"] == "posted"
    many = [{"name": f"көп {n}"} for n in range(120)]
    office.write(office.owner, lambda uow: records.create_many(uow, "lab.case", many))
    assert office.list("lab.case", count=True).count == 121


def test_a_door_left_open_shows_nothing_of_another_school(both, site, monkeypatch):
    """Every path asks `visible`; here it forgets everything."""
    (first, mine, _), (second, foreign, foreign_order) = both
    for module in ("engine.services.registries.listing", "engine.services.records.reading"):
        monkeypatch.setattr(sys.modules[module], "visible", lambda *args, **kwargs: [])
    site.catalog._derived.clear()
    site.catalog._spelled.clear()
    found = first.list("lab.case", where='name == "іс бірінші" or name == "іс екінші"').records
    assert {r["name"] for r in found} == {"іс бірінші"}
    for record in (foreign, foreign_order):
        refused(lambda record=record: first.get(record))
    site.catalog._derived.clear()
    site.catalog._spelled.clear()


def test_statements_without_any_condition_find_own_rows_only(both, site):
    (first, *_), (second, *_) = both
    tables = tables_of(site.catalog)
    lines = tables.rows(site.catalog.entity("lab.order").fields["lines"])
    asked = [tables.of(a) for a in ("lab.case", "lab.order", "lab.supplier", "system.user", "system.unit")] + [lines]
    seen = 0
    for office in (first, second):
        with site.database.serving("reading", office.owner.scope) as connection:
            for table in asked:
                owners = set(connection.execute(sa.select(table.c.organisation_id)).scalars())
                assert owners == {office.id}, table.name
                seen += 1
    assert seen == 12
    with site.database.serving("reading", None) as connection:
        owners = set(connection.execute(sa.select(tables.of("lab.case").c.organisation_id)).scalars())
    assert owners == {first.id, second.id}, "the engine itself sees all: the control"


def test_nothing_is_written_into_another_school(both, site):
    (first, mine, _), (second, foreign, _) = both
    table = tables_of(site.catalog).of("lab.case")
    with site.database.serving("writing", first.owner.scope) as connection:
        assert connection.execute(sa.update(table).where(table.c.id == foreign.id).values(name="х")).rowcount == 0
        assert connection.execute(sa.delete(table).where(table.c.id == foreign.id)).rowcount == 0
    with pytest.raises((DBAPIError, IntegrityError), match="row-level security"), site.database.serving(
        "writing", first.owner.scope
    ) as connection:
        connection.execute(sa.update(table).where(table.c.id == mine.id).values(organisation_id=second.id))
    assert second.get(foreign).values["name"] == "іс екінші"


@pytest.mark.parametrize("statement", [
    "ALTER TABLE lab_case DISABLE ROW LEVEL SECURITY", "DROP TABLE lab_case", "DROP POLICY q_own ON lab_case",
    "UPDATE engine_journal SET operation = 'x'", "DELETE FROM engine_journal", "TRUNCATE engine_journal",
])
def test_the_role_changes_neither_tables_nor_the_journal(site, statement):
    with pytest.raises(DBAPIError, match="must be owner|permission denied"), site.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_a_region_reads_below_and_writes_nothing_there(site):
    def unit(name, parent=None, organisation=None):
        raw = {"code": name, "name": {"kk": name, "ru": name}, "kind": "school", "legal": True, "parent": parent}
        return site.write(system(organisation), lambda uow: records.create(uow, "system.unit", raw)).id

    region = unit("net-region")
    school = unit("net-school", str(region))
    site.write(system(school), lambda uow: records.create(uow, "lab.case", {"name": "төмен"}))
    user = site.write(system(region), lambda uow: records.create(uow, "system.user", {
        "login": "net.officer", "active": True, "roles": [{"role": "author", "unit": str(region)}]}))
    officer = actor_of_user(site, user.id)
    assert officer.reaches_beyond
    assert {r["name"] for r in site.read(officer, lambda v: listing(v, "lab.case", Query())).records} == {"төмен"}
    table = tables_of(site.catalog).of("lab.case")
    with site.database.serving("writing", officer.scope) as connection:
        assert connection.execute(sa.update(table).values(name="х")).rowcount == 0


def test_a_login_of_another_school_is_taken(both):
    (first, *_), (second, *_) = both
    raw = {"login": "ortaq", "active": True, "roles": [{"role": "reader"}]}
    first.write(first.system, lambda uow: records.create(uow, "system.user", raw))
    refusal = refused(lambda: second.write(second.system, lambda uow: records.create(uow, "system.user", raw)))
    assert isinstance(refusal, Invalid) and ("login", "login.taken") in said(refusal)


@pytest.mark.parametrize("name", ["", "Q", "a b", "x; DROP", "1a", "a" * 64])
def test_a_role_has_a_plain_name(name):
    with pytest.raises(ValueError, match="QURASTYR_DATABASE_ROLE"):
        check_role(name)




def test_letters_with_links_go_their_way_behind_the_net(both, site, monkeypatch):
    """Asked for by nobody in particular, found over all organisations, written in the one of the account."""
    from dataclasses import replace

    from engine.services.accounts import inviting, letters, links, resetting
    from engine.services.identity import actor_of_session, sign_in
    from engine.services.jobs import work_off
    from tests.services.test_resetting import NEW, somebody, token_in

    sent = []
    monkeypatch.setattr(site, "settings", replace(site.settings, smtp="smtp://127.0.0.1:9"))
    monkeypatch.setattr(letters, "post", lambda settings, letter: sent.append(letter))
    people = [somebody(office) for office, *_ in both]
    for person in people:
        resetting.ask(site, person.address)
        work_off(site)
        assert sent[-1].to == person.address
        links.accept(site, token_in(sent[-1]), NEW, NEW)
        assert actor_of_session(site, sign_in(site, person.values["login"], NEW)) is not None
    office = both[0][0]
    told = office.write(office.person("administrator"), lambda uow: inviting.invite_many(uow, [p.id for p in people]))
    assert [id for *_, id in told.sent] == [people[0].id] and told.without == [], "of the other school nobody is there"
