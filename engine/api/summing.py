"""Groups and totals of a list as JSON: counted by the database over all that matches, with the reader's rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.model import Entity, Field
from engine.services.registries import Query, groups


def groups_json(view: Any, entity: Entity, query: Query, by: tuple[str, ...]) -> dict[str, Any]:
    """`{"groups": [{"key", "count", "totals"}], "more"}`. Raises BadRequest, in the same words for what is hidden."""
    found = groups(view, entity.address, query, by)
    write = [(level.written, level.field.kind.encoder(level.field)) for level in found.levels]
    kinds = dict(pairs(query.totals))
    data = [
        {
            "key": {name: _said(value, encode) for (name, encode), value in zip(write, row.values, strict=True)},
            "count": row.count,
            **({"totals": totals_json(entity.fields, row.totals, kinds)} if kinds else {}),
        }
        for row in found.rows
    ]
    return {"groups": data, "more": found.more}


def totals_json(fields: Mapping[str, Field], totals: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Field -> total. Exact numbers travel as text, as everywhere; an average of whole numbers is exact as well."""
    said: dict[str, Any] = {}
    for key, value in totals.items():
        f = fields[key]
        encode = f.kind.encoder(f)
        if kinds.get(key) == "avg" and value is not None and not isinstance(value, int):
            encode = "{:f}".format
        said[key] = value if kinds.get(key) == "count" else _said(value, encode)
    return said


def pairs(totals: Iterable[str | tuple[str, str]]) -> list[tuple[str, str]]:
    return [(t, "sum") if isinstance(t, str) else t for t in totals]


def _said(value: Any, encode: Any) -> Any:
    return value if value is None or encode is None else encode(value)
