"""A list that goes on paper leaves an entry in the journal, as an export does."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from engine.services.audit import Entry
from engine.services.registries.listing import listed_entity
from engine.services.registries.query import Query
from engine.services.seeing import restricted

NAMED = 500
"""Records that an entry names one by one; all of them are counted."""


def note_print(uow: Any, address: str, query: Query, ids: Collection[UUID]) -> None:
    """Journal that these records were printed. Raises NotFound, NotAllowed."""
    entity = listed_entity(uow, address, query)
    few = restricted(entity) if query.fields is None else restricted(entity).intersection(query.fields)
    said = {
        "records": len(ids), "ids": [str(id) for id in list(ids)[:NAMED]], "search": query.search or None,
        "filters": [[key, operator, [str(v) for v in values]] for key, operator, values in query.filters],
        "fields": sorted(few),
    }
    uow.record(Entry("print", address, None, None, {k: v for k, v in said.items() if v}))
