"""A few fields to write rules over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from engine.expression import (
    BOOLEAN,
    DATE,
    DATETIME,
    TEXT,
    TIME,
    Calendar,
    Context,
    Names,
    Rule,
    compile_rule,
    link,
    list_of,
    number,
    rows,
)

supplier = Names(
    "directory.supplier", {"kind": TEXT, "name": TEXT, "since": DATE, "lines": rows(Names("x", {"a": TEXT}))}
)
part = Names("accounting.invoice.lines.parts", {"mass": number(3)})
line = Names(
    "accounting.invoice.lines",
    {
        "quantity": number(3),
        "price": number(2),
        "amount": number(2),
        "done": BOOLEAN,
        "label": TEXT,
        "service": link(supplier),
        "parts": rows(part),
        "note": TEXT,
    },
)
invoice = Names(
    "accounting.invoice",
    {
        "total": number(2),
        "copies": number(0),
        "supplier": link(supplier),
        "author": link(None),
        "lines": rows(line),
        "date": DATE,
        "due": DATE,
        "created": DATETIME,
        "opens": TIME,
        "note": TEXT,
        "paid": BOOLEAN,
        "tags": list_of(TEXT),
    },
)


def context(**record: Any) -> Context:
    return Context(
        record=record,
        actor={"id": 7, "roles": ["nurse"], "units": [1, 2]},
        today=date(2026, 9, 1),
        now=datetime(2026, 9, 1, 20, 30, tzinfo=UTC),
        calendar=Calendar.of_weeks(date(2026, 1, 1), date(2026, 12, 31)),
        follow=lambda address, key: {"kind": "state", "name": None} if key == 1 else None,
    )


def rule(text: str, **more: Any) -> Rule:
    return compile_rule(text, invoice, **more)


def value(text: str, **record: Any) -> Any:
    return rule(text).evaluate(context(**record))


def money(text: str) -> Decimal:
    return Decimal(text)
