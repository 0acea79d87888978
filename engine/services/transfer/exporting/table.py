"""An exported table: which columns, and every record as lines of typed cells, streamed from one statement.

A record without rows is one line. With rows it takes as many lines as its longest rows; what belongs to the record
itself stands on the first of them. The import reads the same shape back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from engine.fields.cells import Cell
from engine.model import Entity, Field
from engine.services.access.grants import readable
from engine.services.encoding import field_at, record_encoder
from engine.services.registries import Query, stream

VERB = "export"
JOINT = " / "
"""Between the title of rows (or of a link) and that of the field in it."""
FIRST = ("number", "date", "state")
"""Built-in fields that people know a document by."""
Line = Sequence[Any]


@dataclass(frozen=True)
class Column:
    """One column. `rows`: keys of the rows that it stands in, outermost first; empty for the record's own."""

    path: str
    title: str
    cell: Cell
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Everything a format needs: `lines` are typed values beside `columns`, `objects` the records as the API says them.

    Both read the same stream, which can be read once.
    """

    title: str
    language: str
    columns: Sequence[Column]
    records: Iterator[Sequence[Mapping[str, Any]]] = field(repr=False)
    encode: Any = field(repr=False)

    def lines(self) -> Iterator[Line]:
        """The cells of every record, as many lines as it takes."""
        own = [c.cell.read for c in self.columns if not c.rows]
        if len(own) == len(self.columns):
            for part in self.records:
                for record in part:
                    yield [read(record) for read in own]
            return
        for part in self.records:
            for record in part:
                yield from self._lines_of(record)

    def _lines_of(self, record: Mapping[str, Any]) -> Iterator[Line]:
        for holders in _holders(self.columns, record):
            yield [
                None if (holder := holders.get(c.rows)) is None else c.cell.read(holder)
                for c in self.columns
            ]

    def objects(self) -> Iterator[dict[str, Any]]:
        """The records as JSON objects, rows inside them."""
        for part in self.records:
            for record in part:
                yield self.encode(record)


def _holders(columns: Sequence[Column], record: Mapping[str, Any]) -> Iterator[Mapping[tuple[str, ...], Any]]:
    """For each line of a record: keys of rows -> the record or row that its cells are read from."""
    yield from _spread((), record, {c.rows for c in columns if c.rows})


def _spread(place: tuple[str, ...], holder: Mapping[str, Any], wanted: set) -> Iterator[dict[tuple[str, ...], Any]]:
    depth = len(place)
    below = dict.fromkeys(rows[depth] for rows in wanted if len(rows) > depth and rows[:depth] == place)
    blocks = [
        [line for row in holder.get(key) or () for line in _spread((*place, key), row, wanted)] for key in below
    ]
    first: dict[tuple[str, ...], Any] = {place: holder}
    for beside in zip_longest(*blocks) if any(blocks) else [()]:
        line = first
        for block in beside:
            line = line | (block or {})
        yield line
        first = {}


def seen_columns(view: Any, entity: Entity, paths: Sequence[str]) -> list[Column]:
    """The columns at `paths`, those of them that the actor may export, in this order."""
    allowed = readable(view.catalog, view.actor, entity, VERB)
    found = []
    for path in paths:
        link = path.partition(".")[0]
        if link not in allowed or entity.fields[link].kind.secret:
            continue
        f = field_at(view.catalog, entity, path)
        title = f.title.in_(view.language)
        if "." in path:
            title = f"{entity.fields[link].title.in_(view.language)}{JOINT}{title}"
        # The value of a path over a link stands in the record under the whole path.
        here = replace(f, key=path)
        found.append(Column(path, title, here.kind.cell(here, view.language, view.names)))
    return found


def all_columns(view: Any, entity: Entity) -> list[Column]:
    """Every field that the actor may export, the fields of rows among them."""
    allowed = readable(view.catalog, view.actor, entity, VERB)
    fields = [f for f in entity.fields.values() if f.key in allowed and f.key != "version"]
    # What the engine notes of its own accord comes last: it is seldom what somebody looks for.
    return list(_columns(view, iter(sorted(fields, key=lambda f: f.builtin and f.key not in FIRST))))


def _columns(view: Any, fields: Iterator[Field], rows: tuple[str, ...] = (), before: str = "") -> Iterator[Column]:
    for f in fields:
        if f.kind.secret or (f.kind.virtual and not f.is_computed):
            continue
        title = before + f.title.in_(view.language)
        path = ".".join((*rows, f.key))
        if f.kind.by_line:
            inner = (i for i in f.fields.values() if not i.builtin)
            yield from _columns(view, inner, (*rows, f.key), title + JOINT)
        else:
            yield Column(path, title, f.kind.cell(f, view.language, view.names), rows)


def table_of(view: Any, address: str, query: Query, paths: Sequence[str] | None = None,
             progress: Callable[[int], None] = lambda done: None) -> Table:
    """The records of `query`, with the columns at `paths` or, without them, with everything.

    Only what the actor's roles may export: records, fields, and both together. To be read inside `Site.read_long`.
    Raises as `stream` does.
    """
    entity = view.catalog.entity(address)
    columns = all_columns(view, entity) if paths is None else seen_columns(view, entity, paths)
    fields = tuple(dict.fromkeys(c.rows[0] if c.rows else c.path for c in columns))
    many = any("." not in key and entity.fields[key].is_many for key in fields)
    asked = replace(query, fields=fields, verb=VERB, rows=many, shown=True, count=False, totals=())
    keys = ["id", *(key for key in fields if key != "id")]
    records = _counted(stream(view, address, asked), progress)
    return Table(entity.plural.in_(view.language), view.language, columns, records,
                 record_encoder(view.catalog, entity, keys, shown=True))


def _counted(parts: Iterator[Any], progress: Callable[[int], None]) -> Iterator[Any]:
    done = 0
    for part in parts:
        yield part
        done += len(part)
        progress(done)


__all__ = ["Column", "Table", "all_columns", "seen_columns", "table_of"]
