"""The journal and its statistics as files, in the formats of exports. What leaves is journalled first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO

from engine.fields.cells import MOMENT, NUMBER, TEXT, Cell
from engine.language import N_, translate
from engine.services.audit import Entry
from engine.services.journal.figures import COUNTED, CUTS, Figures, figures, title_of
from engine.services.journal.looking import MOST, Asked, Line, entries
from engine.services.journal.rights import shown_to
from engine.services.transfer.exporting import Exported, exporter
from engine.services.transfer.exporting.table import Column, Table

TITLE, FIGURES = N_("Journal"), N_("Statistics of the journal")
WHEN, WHO, DONE, WHAT, RECORD, FIELDS, ID = (
    N_("When"), N_("Who"), N_("What was done"), N_("With what"), N_("Record"), N_("Fields"), N_("Number of the entry"))
SUM = N_("Altogether")
LONGEST = 20_000
"""Entries of one file: a longer period is asked for in parts."""


def export_entries(site: Any, actor: Any, asked: Asked, form: str, out: BinaryIO, *, language: str,
                   request_id: str = "") -> Exported:
    """Entries without values of records, the newest `LONGEST` of what is asked. Raises NotFound, BadRequest."""
    def columns(view: Any) -> Sequence[Column]:
        return (
            _column(view, WHEN, lambda r: r["line"].at, MOMENT),
            _column(view, WHO, lambda r: r["line"].who or r["system"]),
            _column(view, DONE, lambda r: r["line"].done),
            _column(view, WHAT, lambda r: _what(r["line"], view.language)),
            _column(view, RECORD, lambda r: r["line"].record or (str(r["line"].record_id or "") or None)),
            _column(view, FIELDS, lambda r: r["line"].fields or None, NUMBER),
            _column(view, ID, lambda r: str(r["line"].id)),
        )

    def parts(view: Any) -> Iterator[list[dict[str, Any]]]:
        before, left, system = None, LONGEST, translate(N_("The system"), view.language)
        while left > 0:
            page = entries(view, asked, before, MOST)
            yield [{"line": line, "system": system} for line in page.lines]
            before, left = page.next, left - MOST
            if before is None:
                return

    told = {k: str(v) for k, v in vars(asked).items() if v and k != "person"}
    return _write(site, actor, form, out, TITLE, columns, parts, told, language, request_id)


def export_figures(site: Any, actor: Any, by: str, since: date | None, until: date | None, form: str, out: BinaryIO, *,
                   language: str, request_id: str = "") -> Exported:
    """The statistics as a table. Raises NotFound, BadRequest."""
    def columns(view: Any) -> Sequence[Column]:
        heads = [_column(view, CUTS[by], lambda r: r["title"])]
        heads += [Column(kind, title_of(kind, view.language), Cell(_count(kind), NUMBER)) for kind in COUNTED]
        return (*heads, _column(view, SUM, lambda r: r["sum"], NUMBER))

    def parts(view: Any) -> Iterator[list[dict[str, Any]]]:
        found: Figures = figures(view, by, since, until)
        yield [{"title": title, "sum": whole, **counts} for _, title, counts, whole in found.lines]

    told = {k: str(v) for k, v in (("by", by), ("since", since), ("until", until)) if v}
    return _write(site, actor, form, out, FIGURES, columns, parts, told, language, request_id)


def _write(site: Any, actor: Any, form: str, out: BinaryIO, title: str, columns: Callable[[Any], Sequence[Column]],
           parts: Callable[[Any], Iterator[list[dict[str, Any]]]], told: Mapping[str, str], language: str,
           request_id: str) -> Exported:
    format = exporter(form)

    def note(uow: Any) -> None:
        shown_to(uow)  # refused before it is noted
        uow.record(Entry("export", "engine.journal", None, None, {"format": form, **told}))

    def work(view: Any) -> Exported:
        name = translate(title, view.language)
        table = Table(name, view.language, columns(view), parts(view), None)
        table = Table(name, view.language, table.columns, table.records, _encoder(table.columns))
        return Exported(f"{name} {view.today.isoformat()}.{format.extension}", format.media_type,
                        format.write(table, out))

    site.write(actor, note, language=language, request_id=request_id)
    return site.read_long(actor, work, language=language)


def _encoder(columns: Sequence[Column]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def value(found: Any) -> Any:
        return found.isoformat() if hasattr(found, "isoformat") else found

    return lambda record: {c.path: value(c.cell.read(record)) for c in columns}


def _column(view: Any, title: str, read: Callable[[Any], Any], kind: str = TEXT) -> Column:
    return Column(title, translate(title, view.language), Cell(read, kind))


def _count(kind: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda record: record.get(kind)


def _what(line: Line, language: str) -> str | None:
    return line.entity.title.in_(language) if line.entity else line.address or None
