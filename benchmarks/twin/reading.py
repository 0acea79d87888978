"""The twin's reads: a page of invoices with the count, one invoice with its lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from benchmarks.twin.tables import counterparty, invoice, lines, service

PAGE = 50


def page(connection: sa.Connection, organisation: UUID, asked: dict[str, Any], totals: bool = False) -> dict[str, Any]:
    """One page as the list shows it, the newest first, and how many there are (and their sum)."""
    conditions = [invoice.c.organisation_id == organisation, invoice.c.archived_at.is_(None)]
    if asked.get("state"):
        conditions.append(invoice.c.state == asked["state"])
    if asked.get("from"):
        conditions.append(invoice.c.date.between(asked["from"], asked["to"]))
    if asked.get("search"):
        words = asked["search"].split()
        own = [sa.or_(_holds(invoice.c.number, word), _holds(invoice.c.note, word)) for word in words]
        payers = sa.select(counterparty.c.id).where(*(_holds(counterparty.c.name, word) for word in words))
        conditions.append(sa.or_(sa.and_(*own), invoice.c.payer_id.in_(payers)))
    limit = asked.get("limit", PAGE)
    statement = sa.select(
        invoice.c.id, invoice.c.version, invoice.c.number, invoice.c.date, invoice.c.payer_id, counterparty.c.name,
        invoice.c.due, invoice.c.total, invoice.c.state,
    ).select_from(invoice.outerjoin(counterparty, counterparty.c.id == invoice.c.payer_id)).where(*conditions)
    rows = connection.execute(statement.order_by(invoice.c.date.desc(), invoice.c.id.desc()).limit(limit + 1)).all()
    counted = [sa.func.count(), sa.type_coerce(sa.func.sum(invoice.c.total), invoice.c.total.type)]
    count = connection.execute(sa.select(*(counted if totals else counted[:1])).where(*conditions)).one()
    return {"rows": rows[:limit], "more": len(rows) > limit, "count": count[0], "sum": count[1] if totals else None}


def _holds(column: sa.ColumnElement, word: str) -> sa.ColumnElement:
    """The text holds the word, whatever the case as far as the database knows it."""
    plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.ilike(f"%{plain}%", escape="\\")


def one(connection: sa.Connection, organisation: UUID, id: UUID) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """An invoice and its lines with the names of what they link to."""
    statement = sa.select(invoice, counterparty.c.name.label("payer_name")).select_from(
        invoice.outerjoin(counterparty, counterparty.c.id == invoice.c.payer_id))
    found = connection.execute(statement.where(invoice.c.id == id, invoice.c.organisation_id == organisation)).first()
    if found is None:
        return None
    statement = sa.select(lines, service.c.name_ru.label("service_name")).select_from(
        lines.outerjoin(service, service.c.id == lines.c.service_id))
    rows = connection.execute(statement.where(lines.c.owner_id == id).order_by(lines.c.position)).all()
    return dict(found._mapping), [dict(row._mapping) for row in rows]
