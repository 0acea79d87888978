"""The same table as a workbook with its wrong cells marked: to be mended in a spreadsheet program and brought back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO

from engine.language import N_, translate
from engine.model import Entity
from engine.services.sentences import say
from engine.services.transfer.importing import wrong
from engine.services.transfer.importing.keeping import Import
from engine.services.transfer.importing.opening import Broken, lines_of
from engine.services.transfer.importing.targets import targets
from engine.services.transfer.importing.template import sheet_name
from engine.services.transfer.importing.verbs import sheets_of, top_of

MISTAKES = N_("Mistakes")
MOST_RECORDS, MOST_COMMENTS = 20_000, 5_000
"""Wrong records that are marked, and of them the first cells that have a comment too: a workbook keeps these whole."""
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
           "nan_inf_to_errors": True, "default_date_format": "dd.mm.yyyy"}


def write_marked(view, entity: Entity, one: Import, out: BinaryIO) -> str:
    """Write the workbook into `out`; its file name. What was mended on the page stands in the cells already."""
    import xlsxwriter

    sheet = next(s for s in sheets_of(one) if s.index == one.plan.sheet)
    found = targets(view, entity)
    told: dict[int, list[dict[str, Any]]] = {}
    for record in islice(wrong.every(one.folder), MOST_RECORDS):
        for cell in record["cells"]:
            told.setdefault(cell["line"], []).append(cell)
    columns = {path: column for column, path in one.plan.columns.items()}
    head = top_of(view, entity, one, found).lines
    width, comments = sheet.columns, 0
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        page = book.add_worksheet(sheet_name(sheet.name or entity.plural.in_(view.language)))
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        harm = book.add_format({"bg_color": "#FBE3E4", "border": 1, "border_color": "#C0392B"})
        formats = {"day": book.add_format({"num_format": "dd.mm.yyyy"}),
                   "moment": book.add_format({"num_format": "dd.mm.yyyy hh:mm"})}
        page.set_column(width, width, 60)
        for number, cells in lines_of(one.folder, one.plan.sheet):
            row, wrongs = number - 1, told.get(number, ())
            fixed = {columns[p]: text for p, text in one.corrections.cells.get(number, {}).items() if p in columns}
            marked = {cell["column"] for cell in wrongs}
            for at in range(max(len(cells), *(c + 1 for c in fixed), 0) if fixed else len(cells)):
                cell = fixed.get(at, cells[at] if at < len(cells) else None)
                _write(page, row, at, cell, harm if at in marked else bold if number in head else None, formats)
            for at in marked - {None}:
                if at >= len(cells):
                    page.write_blank(row, at, None, harm)
            if head and number == head[-1]:
                page.write_string(row, width, translate(MISTAKES, view.language), bold)
            if wrongs:
                page.write_string(row, width, "; ".join(_said(view, found, cell) for cell in wrongs)[:32_000], harm)
            for cell in wrongs:
                if cell["column"] is not None and comments < MOST_COMMENTS:
                    comments += 1
                    page.write_comment(row, cell["column"], say(cell, view.language))
    return f"{one.file_name.rpartition('.')[0] or one.file_name}.xlsx"


def _said(view, found: Any, cell: dict[str, Any]) -> str:
    """The message with the title of its field."""
    target, text = found.get(cell["path"]), say(cell, view.language)
    title = target.title(view.language) if target is not None else ""
    return f"{title}: {text}" if title and title not in text else text


def _write(page: Any, row: int, column: int, cell: Any, style: Any, formats: dict[str, Any]) -> None:
    if cell is None:
        if style is not None:
            page.write_blank(row, column, None, style)
    elif isinstance(cell, bool):
        page.write_boolean(row, column, cell, style)
    elif isinstance(cell, (int, float)):
        page.write_number(row, column, cell, style)
    elif isinstance(cell, datetime):
        page.write_datetime(row, column, cell.replace(tzinfo=None), style or formats["moment"])
    elif isinstance(cell, (date, time, timedelta)):
        page.write_datetime(row, column, cell, style or formats["day"])
    else:
        text = cell.said if isinstance(cell, Broken) else str(cell)
        page.write_string(row, column, text[:32_767], style)
