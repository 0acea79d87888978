"""Numbers of documents: a counter row a series, organisation and period, moved inside the business transaction.

So a rollback takes the number back, nobody is given one twice, and a series without gaps has none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Entity
from engine.storage.queries.source import EntitySource
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import COUNTER

ABOVE_ALL = UUID(int=0)
"""The organisation of a series that all share."""
_PART = re.compile(r"\{([^{}]+)\}")


def assign(uow, entity: Entity, records: Sequence[dict[str, Any]], moment: str) -> None:
    """Give a number to each of `records` that has none, when the series assigns at `moment`."""
    series = entity.number
    if series is None or series.assign != moment:
        return
    waiting: dict[tuple[UUID, str], list[dict[str, Any]]] = {}
    for record in records:
        if record.get("number"):
            continue
        organisation = record.get("organisation") if series.scope == "organisation" else None
        waiting.setdefault((organisation or ABOVE_ALL, period(series.restart, record["date"])), []).append(record)
    for (organisation, span), found in waiting.items():
        last = advance(uow, entity.address, organisation, span, len(found))
        paths = organisation_values(uow, entity, organisation)
        for n, record in enumerate(found, last - len(found) + 1):
            record["number"] = spell(series.pattern, n, record["date"], paths)


def advance(uow, series: str, organisation: UUID, span: str, by: int) -> int:
    """Move the counter by `by` and return its new value; the row stays locked until the transaction ends."""
    row = {"series": series, "organisation_id": organisation, "period": span, "value": by}
    statement = insert_into(uow.connection, COUNTER).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=[COUNTER.c.series, COUNTER.c.organisation_id, COUNTER.c.period],
        set_={"value": COUNTER.c.value + by},
    ).returning(COUNTER.c.value)
    return uow.execute(statement).scalar_one()


def period(restart: str, day: date) -> str:
    """The span within which the series counts: `2026`, `2026-11` or nothing."""
    return {"year": f"{day:%Y}", "month": f"{day:%Y-%m}"}.get(restart, "")


def spell(pattern: str, number: int, day: date, paths: dict[str, str]) -> str:
    """The number as people read it: `14-2026-00001`."""

    def part(found: re.Match[str]) -> str:
        name = found[1]
        if set(name) == {"0"}:
            return f"{number:0{len(name)}d}"
        dated = {"yyyy": f"{day:%Y}", "yy": f"{day:%y}", "mm": f"{day:%m}", "dd": f"{day:%d}"}
        return dated[name] if name in dated else paths.get(name, "")

    return _PART.sub(part, pattern)


def organisation_values(uow, entity: Entity, organisation: UUID) -> dict[str, str]:
    """What `{organisation.code}` and its like stand for; asked only when the pattern holds any."""
    wanted = [n for n in _PART.findall(entity.number.pattern) if n.startswith("organisation.")]
    link = entity.fields.get("organisation")
    if not wanted or link is None:
        return {}
    target = uow.catalog.entity(link.kind.targets(link)[0])
    source = EntitySource(uow.statement(), target)
    keys = [n.split(".", 1)[1] for n in wanted]
    columns = [c for k in keys for c in source.columns(target.fields[k])]
    row = uow.execute(sa.select(*columns).where(source.table.c.id == organisation)).first()
    values = source.decode(keys, row, 0, {}) if row else {}
    return {
        f"organisation.{k}": target.fields[k].kind.formatter(target.fields[k], uow.language, uow.names)(values)
        for k in keys
    }
