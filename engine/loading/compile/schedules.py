"""Schedules from files: the time must come, the work must be known, what it is given must be of its types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from cronsim import CronSim, CronSimError

from engine.loading.compile.texts import about, text_of
from engine.loading.nodes import node_at
from engine.loading.reading import Readers
from engine.loading.schemas.schedules import takes
from engine.loading.source import Source
from engine.model.schedule import ONCE, Schedule
from engine.model.text import Text

FIELDS = 5
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def schedules_of(sources: Iterable[Source], handlers: Mapping[str, Any]) -> Mapping[str, Schedule]:
    """Address -> schedule."""
    return MappingProxyType({source.address: _schedule(source, handlers) for source in sources})


def _schedule(source: Source, handlers: Mapping[str, Any]) -> Schedule:
    data, found = source.data, source.found
    said = about(data, (), found)
    at, job = data.get("at", ""), data.get("job", "")
    if "at" in data:
        _check_time(at, source)
    return Schedule(
        source.address, text_of(data.get("title"), ("title",), found) or Text(source.address, source.address), job,
        " ".join(at.split()), data.get("each", ONCE), MappingProxyType(_given(source, takes(handlers.get(job)))),
        data.get("most_attempts", 3), said.get("since"), said.get("until"), text_of(data.get("hint"), ("hint",), found),
    )


def _check_time(at: str, source: Source) -> None:
    try:
        known = len(at.split()) == FIELDS and next(CronSim(at, ANY_DAY)) is not None
    except (CronSimError, StopIteration):  # no cron at all; the 31st of February
        known = False
    if not known:
        source.found.path(("at",), "schedule.at", text=at)


def _given(source: Source, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """What stands under `with`, as values of the types that the work takes; problems are told at their places."""
    if schema is None or source.found.root is None:
        return {}
    if "with" not in source.data:
        for key in schema.get("required", ()):
            source.found.path((), "key.missing", name=f"with.{key}")
        return {}
    values = Readers({}).build(schema)(node_at(source.found.root, ("with",), False), ("with",), source.found)
    return values if isinstance(values, dict) else {}
