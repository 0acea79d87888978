"""Export: a list exactly as it is seen, or everything of its records, as a file. Formats enter by `hooks.exporters`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from engine import hooks
from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.services.audit import Entry
from engine.services.registries import Query
from engine.services.seeing import restricted
from engine.services.transfer.exporting.table import table_of

NO_FORMAT = N_("Choose one of the offered formats")


@dataclass(frozen=True)
class Exported:
    """What was written: the file's name, its media type and the number of its lines."""

    name: str
    media_type: str
    lines: int


def exporter(name: str) -> Any:
    """The format called `name`. Raises BadRequest."""
    found = hooks.registry().exporters
    if name not in found:
        raise BadRequest([Problem("export.format", NO_FORMAT, "format")])
    return found[name]()


def export(site: Any, actor: Any, address: str, query: Query, form: str, out: BinaryIO, *,
           paths: Sequence[str] | None = None, language: str = "", request_id: str = "",
           progress: Callable[[int], None] = lambda done: None) -> Exported:
    """Write the records of `query` into `out`, with the columns at `paths` or with everything; and journal it.

    `progress` hears how many records were read, each time some more were.

    The journal comes first: what has left without a trace could never be found again. Raises NotFound, NotAllowed and
    BadRequest before anything is written.
    """
    format = exporter(form)

    def note(uow: Any) -> None:
        made = table_of(uow, address, query, paths)  # refused before it is noted
        few = restricted(uow.catalog.entity(address)).intersection(c.rows[0] if c.rows else c.path
                                                                   for c in made.columns)
        said = {"format": form, "scope": "all" if paths is None else "seen", "search": query.search or None,
                "filters": [[key, operator, [str(v) for v in values]] for key, operator, values in query.filters],
                "fields": sorted(few)}
        uow.record(Entry("export", address, None, None, {k: v for k, v in said.items() if v}))

    def work(view: Any) -> Exported:
        made = table_of(view, address, query, paths, progress)
        name = f"{made.title} {view.today.isoformat()}.{format.extension}"
        return Exported(name, format.media_type, format.write(made, out))

    site.write(actor, note, language=language, request_id=request_id)
    return site.read_long(actor, work, language=language)


__all__ = ["Exported", "export", "exporter"]
