"""A workbook to fill in: heads in the person's language, needed columns marked, choices as lists, typed columns.

Its second sheet shows a filled line: it is never the sheet that an import looks at first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from marshmallow import ValidationError

from engine.fields.cells import DATE, MOMENT, NUMBER, TEXT, TIME, Cell
from engine.language import N_, translate
from engine.language.formats import write_date
from engine.model import Entity
from engine.services.registries.choices import choices
from engine.services.transfer.importing.targets import Target, targets
from engine.services.transfer.importing.verbs import entity_for

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINES = 10_000
"""Lines for which lists and formats are prepared."""
NAMES = 50
"""Records of a link that are offered as a list; where there are more, names are typed."""
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
EXAMPLE, LISTS = N_("Example"), N_("Lists")
NEEDED = N_("Needed")
ONE_OF = N_("One of the list")
SEVERAL = N_("Several of the list, separated by semicolons")
NAMED = N_("The name, number or code of the record")
FORMS = {DATE: N_("A date, for example 03.02.2026"), MOMENT: N_("A date and a time, for example 03.02.2026 14:30"),
         TIME: N_("A time, for example 14:30"), NUMBER: N_("A number")}


def main_targets(view, entity: Entity, found: Mapping[str, Target]) -> list[Target]:
    """The columns that people need first: what is required, what records are known by, what lists show."""
    registry = next((r for r in view.catalog.registries.get(entity.address, ()) if not r.roles), None)
    shown = {path.split(".")[0] for path in registry.columns} if registry else set()
    wanted = {*entity.natural_key, *shown, *(f.key for f in entity.fields.values() if f.unique or f.required)}
    made_along = {t.link_path for t in found.values() if t.link is not None and t.link.required}
    chosen = []
    for t in found.values():
        if t.link is not None:
            keep = t.link_path in made_along and not t.rows and (t.field.required or t.field.unique
                                                                or t.field.key in _names_of(t))
        elif t.rows:
            rows = t.rows[0]
            keep = len(t.rows) == 1 and bool(rows.required or rows.options.get("min"))
        else:
            keep = t.field.key in wanted and t.path not in made_along
        if keep:
            chosen.append(t)
    return chosen or list(found.values())


def _names_of(t: Target) -> set[str]:
    """Fields that stand beside the needed ones in the name of the linked record."""
    read = {p[0] for part in t.entity.display if not isinstance(part, str)
            for f in [t.entity.fields.get(part[0])] if f is not None and f.is_computed for p in f.value.paths}
    return read


def write_template(view, address: str, out: BinaryIO, every: bool = False) -> str:
    """Write the workbook into `out`; its file name. `every`: with all columns, else with the main ones."""
    import xlsxwriter

    entity = entity_for(view, address)
    found = targets(view, entity)
    chosen = list(found.values()) if every else main_targets(view, entity, found)
    title = entity.plural.in_(view.language)
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet(sheet_name(title))
        example = book.add_worksheet(sheet_name(translate(EXAMPLE, view.language)))
        lists = _Lists(book, translate(LISTS, view.language))
        plain = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        needed = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "top", "bg_color": "#E3F1F4"})
        for n, t in enumerate(chosen):
            cell = t.field.kind.cell(t.field, view.language, view.names)
            offered = _offered(view, entity, t)
            head = f"{t.title(view.language)} *" if t.required else t.title(view.language)
            width = min(max(cell.width, len(t.short_title(view.language)) + 3), 40)
            for one in (sheet, example):
                one.write_string(0, n, head, needed if t.required else plain)
                one.set_column(n, n, width, _format(book, cell))
            sheet.write_comment(0, n, _hint(view, t, cell, offered), {"x_scale": 2})
            if offered:
                sheet.data_validation(1, n, LINES, n, {
                    "validate": "list", "source": lists.range_of(offered), "error_type": "warning"})
            _write_sample(example, n, view, t, offered)
        for one in (sheet, example):
            one.freeze_panes(1, 0)
    return f"{title}.xlsx"


def sheet_name(title: str) -> str:
    """A name that workbooks accept: 31 characters at most, without their marks."""
    return "".join(" " if c in "[]:*?/\\'" else c for c in title)[:31].strip() or "1"


class _Lists:
    """A hidden sheet with a column for each list that cells are chosen from."""

    def __init__(self, book: Any, title: str):
        self.book, self.title, self.sheet, self.known = book, sheet_name(title), None, {}

    def range_of(self, texts: Sequence[str]) -> str:
        from xlsxwriter.utility import xl_col_to_name

        key = tuple(texts)
        if self.sheet is None:
            self.sheet = self.book.add_worksheet(self.title)
            self.sheet.hide()
        if key not in self.known:
            at = len(self.known)
            for n, text in enumerate(texts):
                self.sheet.write_string(n, at, text)
            letters = xl_col_to_name(at)
            self.known[key] = f"='{self.title}'!${letters}$1:${letters}${len(texts)}"
        return self.known[key]


def _format(book: Any, cell: Cell) -> Any:
    """Texts stay texts, so that the zeros before a number are not eaten; days are shown as days."""
    number_format = "@" if cell.kind == TEXT else cell.format
    return book.add_format({"num_format": number_format}) if number_format else None


def _offered(view, entity: Entity, t: Target) -> list[str]:
    """What the column may hold, where that is a list short enough."""
    offered = list(t.field.kind.cell_choices(t.field, view.language, view.names))
    if offered or not t.field.kind.targets(t.field) or t.field.is_many or t.link is not None:
        return offered
    found = choices(view, entity.address, t.address, limit=NAMES)
    names = [c.text for c in found]
    return names if 0 < len(names) < NAMES and len(set(names)) == len(names) else []


def _hint(view, t: Target, cell: Cell, offered: Sequence[str]) -> str:
    """The comment of a head: what it is, how it is written."""
    said = [t.field.hint.in_(view.language)] if t.field.hint else []
    if t.required:
        said.insert(0, translate(NEEDED, view.language))
    if offered:
        said.append(translate(ONE_OF, view.language))
    elif t.field.is_many:
        said.append(translate(SEVERAL, view.language))
    elif t.field.kind.targets(t.field):
        said.append(translate(NAMED, view.language))
    elif cell.kind in FORMS:
        said.append(translate(FORMS[cell.kind], view.language))
    return "\n".join(said) or t.title(view.language)


def _write_sample(sheet: Any, column: int, view, t: Target, offered: Sequence[str]) -> None:
    """One value as it may look: from the examples of the metadata, else what the type shows of itself."""
    if offered:
        sheet.write_string(1, column, offered[0])
        return
    value = _sample(t)
    if value is None:
        return
    cell = t.field.kind.cell(t.field, view.language, view.names)
    shown = cell.read({t.field.key: value})
    if cell.kind == NUMBER:
        sheet.write_number(1, column, shown)
    elif cell.kind == DATE:
        sheet.write_datetime(1, column, shown)
    else:
        text = t.field.kind.formatter(t.field, view.language, view.names)({t.field.key: value})
        sheet.write_string(1, column, text if isinstance(text, str) else write_date(value))


def _sample(t: Target) -> Any:
    """The value that an example of the metadata gives the field, else the one of its type; None where there is none."""
    if t.field.is_many or t.field.kind.targets(t.field):
        return None
    given = (e.given for e in t.entity.examples.values() if not e.refused)
    told = next((g[t.field.key] for g in given if not t.rows and t.field.key in g), None)
    for raw in (told, t.field.kind.sample(t.field)):
        try:
            if raw is not None:
                return t.field.kind.schema(t.field).deserialize(raw)
        except ValidationError:
            continue
    return None
