"""What the twin checks of an invoice before it is written: the same things that invoice.yaml asks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from benchmarks.twin.tables import counterparty, service
from engine.ids import new_id

CENT = Decimal("0.01")
FIELDS = frozenset({"payer", "purpose", "date", "due", "lines", "note"})
LINE_FIELDS = frozenset({"id", "service", "quantity", "price"})
ZONE = ZoneInfo("Asia/Almaty")


class Wrong(ValueError):
    """What is wrong, by field path. 422."""


def checked(connection: sa.Connection, organisation: UUID, body: dict[str, Any]) -> dict[str, Any]:
    """The values of a new invoice. Raises Wrong."""
    wrong: dict[str, str] = {key: "unknown" for key in body if key not in FIELDS}
    values: dict[str, Any] = {
        "payer": _id(body.get("payer"), "payer", wrong), "purpose": body.get("purpose"),
        "date": _date(body.get("date"), "date", wrong) or datetime.now(ZONE).date(), "note": body.get("note"),
    }
    values["due"] = _date(body.get("due"), "due", wrong) or workday(values["date"], 10)
    rows = body.get("lines")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 200:
        raise Wrong({**wrong, "lines": "1 to 200 lines"})
    values["lines"] = [_line(row, n, wrong) for n, row in enumerate(rows)]
    _links(connection, organisation, values, wrong)
    if wrong:
        raise Wrong(wrong)
    values["total"] = sum((row["amount"] for row in values["lines"]), Decimal(0))
    rules(values)
    return values


def rules(values: dict[str, Any]) -> None:
    """The checks over the whole record. Raises Wrong."""
    wrong = {}
    if values["total"] <= 0:
        wrong["total"] = "must be greater than zero"
    if values["due"] is not None and values["due"] < values["date"]:
        wrong["due"] = "cannot precede the date"
    if values["note"] is not None and (not isinstance(values["note"], str) or len(values["note"]) > 2000):
        wrong["note"] = "is a text of 2000 characters"
    if wrong:
        raise Wrong(wrong)


def _line(row: Any, n: int, wrong: dict[str, str]) -> dict[str, Any]:
    if not isinstance(row, dict):
        wrong[f"lines[{n}]"] = "is an object"
        return {}
    wrong.update({f"lines[{n}].{key}": "unknown" for key in row if key not in LINE_FIELDS})
    return {
        "id": new_id(),
        "service": _id(row.get("service"), f"lines[{n}].service", wrong),
        "quantity": _number(row.get("quantity", "1"), 3, f"lines[{n}].quantity", wrong),
        "price": None if row.get("price") is None else _number(row["price"], 2, f"lines[{n}].price", wrong),
    }


def _links(connection: sa.Connection, organisation: UUID, values: dict[str, Any], wrong: dict[str, str]) -> None:
    found = connection.execute(sa.select(counterparty.c.archived_at).where(
        counterparty.c.id == values["payer"], counterparty.c.organisation_id == organisation)).first()
    if found is None or found[0] is not None:
        wrong["payer"] = "is not there"
    ids = {row.get("service") for row in values["lines"]} - {None}
    known = {r.id: r for r in connection.execute(
        sa.select(service.c.id, service.c.price, service.c.active, service.c.kind, service.c.archived_at)
        .where(service.c.id.in_(ids), service.c.organisation_id == organisation))}
    for n, row in enumerate(values["lines"]):
        one = known.get(row.get("service"))
        if one is None or not one.active or one.archived_at is not None or (
                values["purpose"] and one.kind != values["purpose"]):
            wrong[f"lines[{n}].service"] = "cannot be chosen"
            continue
        if row["price"] is None:
            row["price"] = one.price
        if row["quantity"] is not None and row["price"] is not None:
            row["amount"] = (row["quantity"] * row["price"]).quantize(CENT, ROUND_HALF_UP)


def _id(text: Any, path: str, wrong: dict[str, str]) -> UUID | None:
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError):
        wrong[path] = "is an id"
        return None


def _date(text: Any, path: str, wrong: dict[str, str]) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except (ValueError, TypeError):
        wrong[path] = "is a date"
        return None


def _number(text: Any, places: int, path: str, wrong: dict[str, str]) -> Decimal | None:
    try:
        number = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        wrong[path] = "is a number"
        return None
    if not number.is_finite() or number < 0 or abs(number) >= 10**12 or -number.as_tuple().exponent > places:
        wrong[path] = "is out of range"
        return None
    return number


def workday(start: date, count: int) -> date:
    """The date `count` working days later."""
    while count:
        start += timedelta(days=1)
        count -= start.weekday() < 5
    return start
