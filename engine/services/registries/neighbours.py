"""The record after or before another one in a list: what a person turns to without going back to the list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from engine.ids import parse_id
from engine.services.registries.listing import listing, place_of
from engine.services.registries.query import Query


def neighbour(view: Any, address: str, query: Query, id: Any, back: bool = False) -> UUID | None:
    """The record that follows `id` in the list that `query` asks for (`back`: that precedes it).

    None at the end of the list, and for a record that does not stand in it. Raises what `listing` raises.
    Two statements, however long the list is.
    """
    known = parse_id(id)
    plain = replace(query, fields=(), totals=(), count=False, rows=False, shown=False, after=None, before=None, limit=1)
    token = place_of(view, address, plain, known) if known else None
    if token is None:
        return None
    page = listing(view, address, replace(plain, before=token) if back else replace(plain, after=token))
    return page.records[0]["id"] if page.records else None
