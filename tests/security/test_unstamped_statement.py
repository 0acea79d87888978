"""No context, no data (security.md, 2): a statement that did not come by the door is refused, on both databases."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import sqlalchemy as sa

import engine.storage.database
from engine.errors import Refusal
from engine.storage import purposes
from engine.storage.database import Database
from engine.storage.named_tables import strange_table
from engine.storage.purposes import BOOKKEEPING, FOR_AN_ACTOR, STAMP, Purpose, UnstampedStatement
from engine.storage.schema import desired_schema
from engine.storage.system.base import METADATA
from engine.storage.system.tables import STATE
from engine.storage.tables import tables_of
from tests.conftest import ROOT, TESTING
from tests.security.figures import figure, none_wrong, planted
from tests.security.statements import begun, probes, refused, unstamped
from tests.security.test_house_rules import SOURCES, name_of

TEST = "test_unstamped_statement_refused"


def sent(database: Database, catalog: Any) -> tuple[int, list[str]]:
    """Every statement on every connection that may not run it: how many, and which were not refused."""
    table, count, wrong = tables_of(catalog).of("fort.thing"), 0, []
    ways = {**unstamped(database), "bookkeeping, reading": lambda: database.reading(BOOKKEEPING),
            "bookkeeping, a snapshot": lambda: database.snapshot(BOOKKEEPING)}
    for way, opens in ways.items():
        for what, run in probes(table, database.dialect):
            said = refused(opens, run)
            count += 1
            wrong += [f"{way}: {what} {said}"] if said else []
    return count, wrong


def test_a_statement_that_nobody_answers_for(either):
    count, wrong = sent(either.site.database, either.catalog)
    none_wrong(TEST, f"statements, {either.dialect}", count, wrong, 400)


def test_bookkeeping_opens_no_table_of_an_entity(either):
    """All tables of the Catalog: of records, of their rows, of trees."""
    database, wrong = either.site.database, []
    tables = desired_schema(either.catalog, either.dialect).tables.values()
    for table in tables:
        for statement in (sa.select(sa.func.count()).select_from(table), sa.delete(table).where(sa.false())):
            said = refused(lambda: database.reading(BOOKKEEPING), lambda c, s=statement: c.execute(s))
            wrong += [f"{table.name} {said}"] if said else []
    none_wrong(TEST, f"tables of entities, {either.dialect}", len(tables), wrong, 30)


def test_bookkeeping_reads_the_engines_own_tables(either):
    with either.site.database.writing(BOOKKEEPING) as connection:
        for table in METADATA.tables.values():
            connection.execute(sa.select(table).limit(1))
            connection.execute(sa.text(f"SELECT 1 FROM {table.name} WHERE 1 = 0"))
        with connection.begin_nested():
            assert sa.inspect(connection).has_table("engine_revision")


def test_an_unstamped_connection_may_not_even_do_bookkeeping(either):
    for way, opens in unstamped(either.site.database).items():
        assert refused(opens, lambda c: c.execute(sa.select(sa.literal(1)))) == "", way
        assert refused(opens, lambda c: c.exec_driver_sql("SELECT count(*) FROM engine_state")) == "", way
        with pytest.raises(UnstampedStatement, match="opened for nothing"), opens() as connection:
            connection.execute(sa.select(STATE))


def test_the_same_statements_are_let_through_with_a_purpose(either):
    """The control: else everything would be refused for another reason."""
    table, database = tables_of(either.catalog).of("fort.thing"), either.site.database
    for what, run in probes(table, either.dialect):
        assert refused(lambda: begun(database.engine.connect().execution_options(**{STAMP: TESTING})), run), what
    with database.serving("reading", either.here.people["owner"].scope) as connection:
        assert connection.get_execution_options()[STAMP] is FOR_AN_ACTOR
        assert connection.scalar(sa.select(sa.func.count()).select_from(table))


def test_it_is_a_mistake_of_the_program_and_no_refusal():
    assert issubclass(UnstampedStatement, RuntimeError)
    assert not issubclass(UnstampedStatement, (Refusal, sa.exc.SQLAlchemyError))


@pytest.mark.parametrize("text", [
    "BEGIN IMMEDIATE", "SAVEPOINT a", "SHOW server_version", "PRAGMA main.table_info('x')",
    "SELECT a FROM engine_job FOR UPDATE SKIP LOCKED", "SELECT 1 FROM engine_job WHERE a IS NOT DISTINCT FROM b",
    "INSERT INTO engine_state (a, b) VALUES (1, 2), (3, 4) ON CONFLICT (a, b) DO UPDATE SET b = 1, c = 2",
    "UPDATE engine_state SET a = 1, b = (SELECT c FROM engine_job, engine_seal) WHERE x = 'from fort_thing'",
    "SELECT a, b FROM pg_catalog.pg_class JOIN engine_job USING (a, b), engine_seal GROUP BY a, b ORDER BY a, b",
    "SELECT 1 FROM engine_job WHERE a = %(lock)s AND b IN (%(from)s, ?) AND c IN (SELECT d FROM engine_seal)",
    "SELECT f(a, b) FROM unnest(a, b) AS x, json_each(y)", "COPY engine_job (a, b) FROM STDIN",
])
def test_what_bookkeeping_says_is_understood(text):
    assert strange_table(text, METADATA.tables) == ""


# -- planted ----------------------------------------------------------------------------------------------------------


def before_execute_only(watched: sa.Engine) -> None:
    """The event that one would take first: it hears nothing of plain texts and of COPY."""

    @sa.event.listens_for(watched, "before_execute")
    def judge(connection: sa.Connection, *_: Any) -> None:
        if not isinstance(connection.get_execution_options().get(STAMP), Purpose):
            raise UnstampedStatement


def any_option(watched: sa.Engine) -> None:
    """Any text in the option counts as a stamp."""

    @sa.event.listens_for(watched, "before_cursor_execute")
    def judge(connection: sa.Connection, *_: Any) -> None:
        if not connection.get_execution_options().get(STAMP):
            raise UnstampedStatement


@pytest.mark.parametrize(("what", "watch", "through"), [
    ("nobody watches", lambda engine: None, "engine.connect(): Core: select"),
    ("only before_execute is heard", before_execute_only, "engine.connect(): exec_driver_sql: select"),
    ("any option is a stamp", any_option, "a name instead of a purpose: Core: select"),
])
def test_a_planted_hole_is_caught(fort, monkeypatch, what, watch, through):
    monkeypatch.setattr(engine.storage.database, "watch", watch)
    holed = Database(fort.site.settings.database_url)
    _, wrong = sent(holed, fort.catalog)
    holed.close()
    planted(TEST, what, any(w.startswith(through) for w in wrong))


def test_a_bookkeeper_who_may_everything_is_caught(fort, monkeypatch):
    monkeypatch.setattr(purposes, "strange_table", lambda statement, own: "")
    holed = Database(fort.site.settings.database_url)
    _, wrong = sent(holed, fort.catalog)
    holed.close()
    planted(TEST, "bookkeeping may touch records", any(w.startswith("bookkeeping") for w in wrong))


# -- every opening in the engine says what for ------------------------------------------------------------------------

OPENINGS = {"reading": 0, "snapshot": 0, "writing": 0, "altering": 0, "write_if_free": 1}
"""Methods that open a connection: at which place their purpose stands."""
PURPOSES = {name: p for name, p in vars(purposes).items() if isinstance(p, Purpose)}
MAY: dict[str, tuple[str, ...]] = {
    "FOR_AN_ACTOR": (),
    "SIGNING_IN": ("engine/services/identity/", "engine/services/accounts/links.py",
                   "engine/services/accounts/resetting.py"),
    "WORKING_DAYS": ("engine/services/dictionaries.py",),
    "ORGANISATIONS": ("engine/services/organisations.py",),
    "MIGRATING": ("engine/services/publishing/", "engine/services/seeding/preparing.py", "engine/storage/system/"),
    "SEEDING": ("engine/services/seeding/",),
    "ROTATING_KEYS": ("engine/services/keys.py", "engine/storage/sealed/"),
}
"""Who may use a purpose that opens records: a new line here is a decision."""
DRIVERS = {
    "engine/storage/database.py": "opens all connections, and tells PostgreSQL the scope",
    "engine/storage/postgresql.py": "COPY, which tells the watch of itself",
    "engine/storage/sqlite.py": "BEGIN",
    "engine/storage/queue/pulse_file.py": "a file of its own beside the database",
    "engine/storage/queue/transactional.py": "tables of the queue, by its own scripts and its own driver",
}
"""Files that may speak to a driver, or open an engine."""
NEAR_THE_DRIVER = {"create_engine", "connect", "raw_connection", "cursor", "PsycopgConnector"}


def openings(tree: ast.AST, path: str) -> list[tuple[int, str]]:
    """(line, what is wrong there)."""
    found, within = [], path in DRIVERS
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("driver_connection", "dbapi_connection") and not within:
            found.append((node.lineno, "the driver itself"))
        if isinstance(node, ast.Name) and node.id == "STAMP" and path not in (
                "engine/storage/database.py", "engine/storage/purposes.py"):
            found.append((node.lineno, "a stamp put on by hand"))
        if not isinstance(node, ast.Call):
            continue
        last = name_of(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
        if last in NEAR_THE_DRIVER and not within:
            found.append((node.lineno, f"{last}() past the database"))
        if last == "serving" and path != "engine/services/site.py":
            found.append((node.lineno, "the door opened by another than Site"))
        if last == "Purpose" and path != "engine/storage/purposes.py":
            found.append((node.lineno, "a purpose that is not in the list"))
        if last in OPENINGS and isinstance(node.func, ast.Attribute) and path != "engine/storage/database.py":
            found += [(node.lineno, wrong) for wrong in _misnamed(node, OPENINGS[last], path)]
    return found


def _misnamed(call: ast.Call, place: int, path: str) -> list[str]:
    given = name_of(call.args[place]) if len(call.args) > place else ""
    if given not in PURPOSES:
        return [f"opened for {given or 'nothing'}"]
    if PURPOSES[given].records and not path.startswith(MAY[given] or ("nowhere",)):
        return [f"{given} is not for {path}"]
    return []


def test_every_opening_in_the_engine_names_its_purpose():
    wrong, count = [], 0
    for source in SOURCES:
        path, tree = source.relative_to(ROOT).as_posix(), ast.parse(source.read_text(encoding="utf-8"))
        wrong += [f"{path}:{line}: {what}" for line, what in openings(tree, path)]
        count += sum(isinstance(n, ast.Attribute) and n.attr in OPENINGS for n in ast.walk(tree))
    none_wrong(TEST, "openings in the engine", count, wrong, 40)
    assert {name for name, p in PURPOSES.items() if p.records} == set(MAY)
    figure(TEST, "purposes that open records", len(MAY), "<=", 7)


@pytest.mark.parametrize("line", [
    "with site.database.reading() as c: pass",
    "with self._database.writing() as c: pass",
    "with database.snapshot(purpose) as c: pass",
    "with database.reading('signing in') as c: pass",
    "with database.reading(SEEDING) as c: pass",
    "with database.writing(FOR_AN_ACTOR) as c: pass",
    "with run.site.database.altering() as c: pass",
    "site.database.write_if_free(lambda c: c.execute(x))",
    "site.database.write_if_free(work, SIGNING_IN)",
    "with site.database.engine.connect() as c: pass",
    "site.database.engine.raw_connection()",
    "sa.create_engine(url).begin()",
    "uow.connection.connection.driver_connection.execute('x')",
    "view.connection.connection.cursor()",
    "uow.connection.execution_options(**{STAMP: BOOKKEEPING})",
    "with site.database.reading(Purpose('mine')) as c: pass",
    "with site.database.serving('reading', actor.scope) as c: pass",
])
def test_a_planted_opening_is_caught(line):
    planted(TEST, line, openings(ast.parse(line), "engine/services/records/planted.py") != [])
