"""A small school office for the rules: invoices with lines and parts, suppliers that know one another, and their
data."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.expression import (
    BOOLEAN,
    DATE,
    DATETIME,
    ID,
    TEXT,
    TIME,
    Calendar,
    Context,
    Names,
    link,
    list_of,
    number,
    rows,
)
from engine.fields.column_types import Id, ScaledDecimal, UtcDateTime
from engine.storage.rules import Binds

supplier_scope = Names(
    "directory.supplier",
    {
        "id": ID,
        "name": TEXT,
        "kind": TEXT,
        "rating": number(2),
        "size": number(0),
        "active": BOOLEAN,
        "since": DATE,
        "parent": lambda: link(supplier_scope),
        "marks": list_of(TEXT),
    },
)
part_scope = Names("office.invoice.lines.parts", {"label": TEXT, "mass": number(3), "made": DATE})
line_scope = Names(
    "office.invoice.lines",
    {
        "quantity": number(3),
        "amount": number(2),
        "pieces": number(0),
        "caption": TEXT,
        "done": BOOLEAN,
        "on": DATE,
        "service": link(supplier_scope),
        "parts": rows(part_scope),
    },
)
invoice_scope = Names(
    "office.invoice",
    {
        "id": ID,
        "note": TEXT,
        "state": TEXT,
        "copies": number(0),
        "price": number(2),
        "weight": number(3),
        "paid": BOOLEAN,
        "date": DATE,
        "due": DATE,
        "created": DATETIME,
        "sent": DATETIME,
        "opens": TIME,
        "closes": TIME,
        "supplier": link(supplier_scope),
        "payer": link(supplier_scope),
        "author": link(None),
        "lines": rows(line_scope),
        "tags": list_of(TEXT),
    },
)

metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column) -> sa.Table:
    return sa.Table(name, metadata, sa.Column("id", Id, primary_key=True), *columns)


def _columns(scope: Names, texts: dict[str, Any] | None = None) -> list[sa.Column]:
    kinds = {
        "text": sa.String,
        "boolean": sa.Boolean,
        "date": sa.Date,
        "datetime": UtcDateTime,
        "time": sa.Time,
        "id": Id,
    }
    made = []
    for name in scope.names():
        kind = scope.resolve(name)
        if kind is None or kind.name in ("rows", "list") or name == "id":
            continue
        if kind.name == "number":
            made.append(sa.Column(name, ScaledDecimal(kind.places) if kind.places else sa.BigInteger))
        else:
            made.append(sa.Column(name, kinds[kind.name]))
    return made


suppliers = _table("supplier", *_columns(supplier_scope))
marks = _table("supplier_marks", sa.Column("owner", Id), sa.Column("code", sa.String))
invoices = _table("invoice", *_columns(invoice_scope))
tags = _table("invoice_tags", sa.Column("owner", Id), sa.Column("code", sa.String))
lines = _table("invoice_lines", sa.Column("owner", Id), *_columns(line_scope))
parts = _table("invoice_lines_parts", sa.Column("owner", Id), *_columns(part_scope))
calendar_table = sa.Table(
    "calendar",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("ordinal", sa.Integer),
    sa.Column("is_working", sa.Boolean),
)

pairs = sa.Table("supplier_tree", metadata, sa.Column("ancestor_id", Id), sa.Column("descendant_id", Id))

_CHILDREN = {("invoice", "lines"): lines, ("invoice_lines", "parts"): parts}
_VALUES = {("invoice", "tags"): tags, ("supplier", "marks"): marks}


class TableSource:
    """The Source over one alias of a table."""

    def __init__(self, table: sa.Table, dialect: str) -> None:
        self.base, self.table, self.dialect = table, table.alias(), dialect

    def column(self, name: str) -> sa.ColumnElement:
        return self.table.c[name]

    def link(self, name: str) -> Any:
        return self.table.c[name], lambda: TableSource(suppliers, self.dialect)

    def rows(self, name: str) -> Any:
        child = TableSource(_CHILDREN[self.base.name, name], self.dialect)
        return child, child.table.c.owner, self.table.c.id

    def tree(self, address: str) -> Any:
        assert address == "directory.supplier"
        return pairs.alias()

    def values(self, name: str) -> Any:
        held = _VALUES[self.base.name, name].alias()
        return held.c.code, held.c.owner, self.table.c.id


WORDS = [
    "а",
    "Б",
    "state",
    "STATE",
    "Әлия",
    "әлия",
    "Қыдыр ұлы",
    "ЁЛКА",
    "ёлка",
    " x ",
    " ",
    "x",
    "ab",
    "Ä",
    "ß",
    "100%",
    "z_",
]
KINDS = ["state", "private", "own"]
STATES = ["draft", "posted", "reversed"]
TODAY = date(2026, 9, 1)
NOW = datetime(2026, 9, 1, 7, 30, tzinfo=UTC)


@dataclass
class World:
    """The data, as mappings for the first reading and as rows for the second."""

    invoices: list[dict[str, Any]]
    suppliers: dict[UUID, dict[str, Any]]
    calendar: Calendar
    actor: dict[str, Any]

    def context(self, record: dict[str, Any]) -> Context:
        return Context(
            record=record,
            actor=self.actor,
            today=TODAY,
            now=NOW,
            calendar=self.calendar,
            follow=lambda address, key: self.suppliers.get(key) if address == "directory.supplier" else None,
            within=lambda address, key, tops: bool(set(tops) & self.above(key)),
        )

    def above(self, key: UUID) -> set[UUID]:
        """The supplier and those above it, by walking up its parents."""
        met: set[UUID] = set()
        while key is not None and key not in met:
            met.add(key)
            key = self.suppliers[key]["parent"]
        return met

    def binds(self) -> Binds:
        return Binds(actor=self.actor, today=TODAY, now=NOW, calendar=calendar_table)

    def store(self, connection: sa.Connection) -> None:
        metadata.drop_all(connection)
        metadata.create_all(connection)

        def put(table: sa.Table, records: list[dict[str, Any]], **more: Any) -> None:
            flat = [{c.name: (more | each)[c.name] for c in table.columns} for each in records]
            if flat:
                connection.execute(sa.insert(table), flat)

        put(suppliers, list(self.suppliers.values()))
        put(pairs, [{"ancestor_id": top, "descendant_id": key} for key in self.suppliers for top in self.above(key)])
        put(invoices, self.invoices)
        put(calendar_table, [{"day": d, "ordinal": o, "is_working": w} for d, o, w in self.calendar.rows()])
        for key, each in self.suppliers.items():
            put(
                marks,
                [{"id": UUID(int=n + key.int * 100), "code": code} for n, code in enumerate(each["marks"])],
                owner=key,
            )
        for each in self.invoices:
            put(
                tags,
                [{"id": UUID(int=n + each["id"].int * 100), "code": code} for n, code in enumerate(each["tags"])],
                owner=each["id"],
            )
            put(lines, each["lines"], owner=each["id"])
            for line in each["lines"]:
                put(parts, line["parts"], owner=line["id"])


def make_world(seed: int, count: int = 12) -> World:
    """Deterministic data: a quarter of it empty, some of it as large as a field can hold."""
    rng = random.Random(seed)
    used = iter(range(1, 100_000))

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.25 else value

    def scaled(places: int) -> Any:
        size = rng.choice(
            [
                0,
                1,
                5,
                10**places // 2,
                10**places,
                rng.randrange(10**4),
                rng.randrange(10**7),
                rng.randrange(10**18),
                10**18 - 1,
                10**places * rng.randrange(30),
            ]
        )
        units = rng.choice([1, 1, -1]) * size
        return Decimal(units).scaleb(-places) if places else units

    def day() -> date:
        near = TODAY + timedelta(days=rng.randrange(-500, 500))
        return rng.choice(
            [near, near, near, TODAY, date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31), date(2012, 2, 29)]
        )

    def moment() -> datetime:
        return rng.choice([NOW, datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(230_000_000))])

    def clock() -> time:
        return time(rng.randrange(24), rng.choice([0, 30]), rng.choice([0, 59]))

    by_id: dict[UUID, dict[str, Any]] = {}
    for _ in range(5):
        key = UUID(int=next(used))
        by_id[key] = {
            "id": key,
            "name": maybe(rng.choice(WORDS)),
            "kind": maybe(rng.choice(KINDS)),
            "rating": maybe(scaled(2)),
            "size": maybe(scaled(0)),
            "active": maybe(rng.random() < 0.5),
            "since": maybe(day()),
            "parent": maybe(rng.choice([*by_id, key])),
            "marks": rng.sample(KINDS, rng.randrange(3)),
        }
    keys = list(by_id)

    def part() -> dict[str, Any]:
        return {
            "id": UUID(int=next(used)),
            "label": maybe(rng.choice(WORDS)),
            "mass": maybe(scaled(3)),
            "made": maybe(day()),
        }

    def line() -> dict[str, Any]:
        return {
            "id": UUID(int=next(used)),
            "quantity": maybe(scaled(3)),
            "amount": maybe(scaled(2)),
            "pieces": maybe(scaled(0)),
            "caption": maybe(rng.choice(WORDS)),
            "done": maybe(rng.random() < 0.5),
            "on": maybe(day()),
            "service": maybe(rng.choice(keys)),
            "parts": [part() for _ in range(rng.choice([0, 0, 1, 3]))],
        }

    made = [
        {
            "id": UUID(int=next(used)),
            "note": maybe(rng.choice(WORDS)),
            "state": maybe(rng.choice(STATES)),
            "copies": maybe(scaled(0)),
            "price": maybe(scaled(2)),
            "weight": maybe(scaled(3)),
            "paid": maybe(rng.random() < 0.5),
            "date": maybe(day()),
            "due": maybe(day()),
            "created": maybe(moment()),
            "sent": maybe(moment()),
            "opens": maybe(clock()),
            "closes": maybe(clock()),
            "supplier": maybe(rng.choice(keys)),
            "payer": maybe(rng.choice(keys)),
            "author": maybe(rng.choice(keys)),
            "lines": [line() for _ in range(rng.choice([0, 1, 2, 4]))],
            "tags": rng.sample(STATES, rng.randrange(3)),
        }
        for _ in range(count)
    ]
    made[0]["note"] = " "  # nothing but blanks: what trim makes empty
    calendar = Calendar.of_weeks(
        date(2025, 6, 1), date(2027, 6, 1), holidays=[date(2026, 8, 31), date(2026, 12, 16)], worked=[date(2026, 9, 5)]
    )
    actor = {
        "id": keys[0],
        "person": keys[1],
        "roles": ["state", "posted"],
        "organisation": keys[2],
        "unit": None,
        "units": keys[:3],
    }
    return World(made, by_id, calendar, actor)
