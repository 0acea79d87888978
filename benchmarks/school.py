"""A site with many invoices, the same on every machine: the engine's database and a copy of it for the twin.

Records go into the tables in bulk, as an import of another system's data would, not through the verbs; every value
follows from the row's number and one seed. The copy has the same tables, rows and indexes except the trigram index
of quick search, which a hand-written application does not have, and which the twin's writes do not pay for.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.config import Settings
from engine.services import records
from engine.services.actor import system
from engine.services.identity import create_key, set_password, sign_in
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.purposes import SEEDING
from engine.storage.queries.writing import insert_records
from engine.storage.tables import tables_of

ROOT = Path(__file__).resolve().parents[1]
SEED = 20_260_101
COUNTERPARTIES, SERVICES, LINES = 2_000, 50, 3
MONTHS = [(year, month) for year in (2025, 2026) for month in range(1, 13)]
STATES = ("posted",) * 85 + ("draft",) * 10 + ("reversed",) * 3 + ("annulled",) * 2
SURNAMES = ("Ахметов", "Бейсенов", "Габдуллин", "Досжанов", "Есімов", "Жұмабаев", "Ибраев", "Қасымов", "Лебедев",
            "Мұқанов", "Нұрланов", "Омаров", "Петров", "Рахимов", "Сәрсенов", "Тілеуов", "Утегенов", "Хасенов")
GIVEN = ("Айгерім", "Бекзат", "Виктор", "Гүлнар", "Дәулет", "Ерлан", "Жанар", "Зарина", "Ілияс", "Қайрат", "Мария")
WORDS = ("питание", "продлённый день", "кружок", "аренда", "секция", "экскурсия", "форма", "учебники", "лагерь")
LOGIN, PASSWORD = "accountant", "a long benchmark password"
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class School:
    """Where the two databases are and how to come in."""

    folder: Path
    engine_url: str
    twin_url: str
    dialect: str
    rows: int
    organisation: UUID
    key: str
    session: str

    @property
    def payers(self) -> list[UUID]:
        return [row_id(1, n) for n in range(COUNTERPARTIES)]

    @property
    def services(self) -> list[UUID]:
        return [row_id(2, n) for n in range(SERVICES)]

    def invoices(self, state: str) -> list[UUID]:
        """Ids of the loaded invoices in `state`."""
        return [row_id(3, n) for n in range(self.rows) if state_of(n) == state]


def row_id(kind: int, n: int, inner: int = 0) -> UUID:
    """A UUIDv7 that follows from a number, in the order of the numbers, so that indexes grow as they do in life."""
    milliseconds = int((_EPOCH + timedelta(minutes=n)).timestamp() * 1000)
    noise = random.Random(f"{SEED} {kind} {n} {inner}").getrandbits(50)
    return UUID(int=milliseconds << 80 | 7 << 76 | kind << 66 | 2 << 62 | (inner & 0xFFF) << 50 | noise)


def state_of(n: int) -> str:
    return STATES[random.Random(f"{SEED} state {n}").randrange(len(STATES))]


# -- the databases ----------------------------------------------------------------------------------------------------


def build(folder: Path, dialect: str, rows: int, server: str = "", *, lines: bool = True, twin: bool = True) -> School:
    """Make both databases in `folder` (SQLite) or on `server` (a PostgreSQL URL), from nothing.

    Without `lines` the invoices have none (for lists that do not read them); without `twin` only the engine's is made.
    """
    settings, twin_url = _empty(folder, dialect, server)
    database = Database(settings.database_url)
    publish(database, ROOT)
    database.close()
    site = Site.open(settings)
    organisation = _people(site)
    key = create_key(site, LOGIN, "benchmark")
    _fill(site, organisation, rows, lines)
    session = sign_in(site, LOGIN, PASSWORD)
    site.database.close()
    if twin:
        _copy(settings.database_url, twin_url)
    else:
        _analyse(settings.database_url)
    return School(folder, settings.database_url, twin_url, dialect, rows, organisation, key, session)


def renewed(school: School) -> School:
    """The school with a new session, written down: those of an earlier run have ended."""
    site = Site.open(Settings.of(school.folder, school.engine_url))
    try:
        fresh = replace(school, session=sign_in(site, LOGIN, PASSWORD))
    finally:
        site.database.close()
    keep(fresh)
    return fresh


def _empty(folder: Path, dialect: str, server: str) -> tuple[Settings, str]:
    if dialect == "sqlite":
        return Settings.of(folder, f"sqlite:///{folder / 'engine.db'}").prepare(), f"sqlite:///{folder / 'twin.db'}"
    urls = [sa.make_url(server).set(database=name) for name in names(folder)]
    with _maintenance(server) as connection:
        for url in urls:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {urls[0].database}")
    written = [url.render_as_string(hide_password=False) for url in urls]
    return Settings.of(folder, written[0]).prepare(), written[1]


def names(folder: Path) -> tuple[str, str]:
    """Names of the two PostgreSQL databases that belong to `folder`."""
    mark = f"{random.Random(str(folder)).getrandbits(32):08x}"
    return f"q_bench_{mark}_engine", f"q_bench_{mark}_twin"


def drop(school: School) -> None:
    """Remove the PostgreSQL databases of a school."""
    with _maintenance(school.engine_url) as connection:
        for url in (school.engine_url, school.twin_url):
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {sa.make_url(url).database} WITH (FORCE)")


def _maintenance(server: str) -> Any:
    url = sa.make_url(server).set(database="postgres")
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect()


def _analyse(url: str) -> None:
    """Statistics for the planner of queries, which a copy would bring along."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def _copy(engine_url: str, twin_url: str) -> None:
    """The twin's database: a copy without the index of quick search."""
    source, target = sa.make_url(engine_url), sa.make_url(twin_url)
    if source.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(source.database)) as old, closing(sqlite3.connect(target.database)) as new:
            old.execute("ANALYZE")
            old.commit()
            old.backup(new)
            for kind, name in new.execute(
                    "SELECT type, name FROM sqlite_master WHERE type = 'trigger' AND instr(sql, '__search') "
                    "UNION ALL SELECT type, name FROM sqlite_master WHERE instr(sql, 'USING fts5')").fetchall():
                new.execute(f'DROP {kind} "{name}"')
            new.commit()
            new.execute("PRAGMA journal_mode=wal")
        return
    with _maintenance(engine_url) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {target.database} TEMPLATE {source.database}")
    for url in (source, target):
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%%gin_trgm_ops%%'").scalars().all()
            for name in found if url is target else ():
                connection.exec_driver_sql(f'DROP INDEX "{name}"')
            connection.exec_driver_sql("VACUUM ANALYZE")


# -- the rows ---------------------------------------------------------------------------------------------------------


def _people(site: Site) -> UUID:
    """One school with one accountant, made through the verbs."""
    unit = site.write(system(), lambda uow: records.create(uow, "system.unit", {
        "code": "S1", "name": {"kk": "№ 1 мектеп", "ru": "Школа № 1"}, "kind": "school", "legal": True}))
    boss = system(unit.id)
    user = site.write(boss, lambda uow: records.create(uow, "system.user", {
        "login": LOGIN, "active": True, "language": "ru", "roles": [{"role": LOGIN}]}))
    site.write(boss, lambda uow: set_password(uow, user.id, PASSWORD))
    return unit.id


def _fill(site: Site, organisation: UUID, rows: int, lines: bool) -> None:
    catalog = site.catalog
    with site.database.writing(SEEDING) as connection:
        user = tables_of(catalog).of("system.user")
        who = connection.scalar(sa.select(user.c.id))
        common = {"organisation": organisation, "version": 1, "created_at": _EPOCH, "created_by": who,
                  "updated_at": _EPOCH, "updated_by": who, "archived_at": None}
        for address, found in (("directory.counterparty", counterparties()), ("accounting.service", services()),
                               ("accounting.invoice", invoices(rows, lines))):
            batch: list[dict[str, Any]] = []
            for values in found:
                batch.append({**common, **values})
                if len(batch) == 2_000:
                    insert_records(connection, catalog, catalog.entity(address), batch)
                    batch = []
            insert_records(connection, catalog, catalog.entity(address), batch)


def counterparties() -> Iterator[dict[str, Any]]:
    for n in range(COUNTERPARTIES):
        name = f"{SURNAMES[n % len(SURNAMES)]} {GIVEN[n // len(SURNAMES) % len(GIVEN)]} {n:04}"
        yield {"id": row_id(1, n), "kind": "company", "name": f"ТОО «{name}»", "full_title": name, "resident": True}


def services() -> Iterator[dict[str, Any]]:
    for n in range(SERVICES):
        word = WORDS[n % len(WORDS)]
        yield {"id": row_id(2, n), "code": f"S{n:03}", "name": {"kk": f"Қызмет {n}", "ru": f"{word} {n}", "en": None},
               "kind": "meals", "measure": "service", "price": price(n), "since": date(2025, 1, 1), "active": True}


def price(service: int) -> Decimal:
    return Decimal(500 + 137 * service)


def invoices(rows: int, with_lines: bool = True) -> Iterator[dict[str, Any]]:
    """Two years of invoices of three lines, in the order of their dates."""
    for n in range(rows):
        draw = random.Random(f"{SEED} invoice {n}")
        year, month = MONTHS[n * len(MONTHS) // rows]
        day, state = date(year, month, draw.randrange(1, 29)), state_of(n)
        lines = [line(n, i, draw.randrange(SERVICES), Decimal(draw.randrange(1, 40)) / 2)
                 for i in range(LINES if with_lines else 0)]
        numbered = state in ("posted", "reversed")
        yield {
            "id": row_id(3, n), "number": f"S1-{year}-{n:06}" if numbered else None, "date": day, "state": state,
            "posted_at": _EPOCH if numbered else None, "reverses": None, "purpose": None,
            "payer": row_id(1, draw.randrange(COUNTERPARTIES)),
            "due": day + timedelta(days=14), "lines": lines,
            "total": sum((row["amount"] for row in lines), Decimal(0)) if lines else Decimal(n + 1),
            "note": f"{draw.choice(WORDS)}, {draw.choice(SURNAMES)} {n:06}",
        }


def line(n: int, position: int, service: int, quantity: Decimal) -> dict[str, Any]:
    one = price(service) + Decimal(n % 997) / 100
    amount = (quantity * one).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"id": row_id(4, n, position), "service": row_id(2, service), "quantity": quantity, "price": one,
            "amount": amount}


# -- keeping ----------------------------------------------------------------------------------------------------------


def keep(school: School) -> None:
    """Write down how to come in again, beside the databases."""
    said = {name: str(getattr(school, name)) for name in
            ("engine_url", "twin_url", "dialect", "rows", "organisation", "key", "session")}
    _note(school.folder, school.dialect).write_text(json.dumps(said, indent=1), encoding="utf-8")


def kept(folder: Path, dialect: str) -> School | None:
    """The school that was made in `folder`, or None."""
    try:
        said = json.loads(_note(folder, dialect).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return School(folder, said["engine_url"], said["twin_url"], dialect, int(said["rows"]), UUID(said["organisation"]),
                  said["key"], said["session"])


def _note(folder: Path, dialect: str) -> Path:
    return folder / f"school-{dialect}.json"
