"""A workbook: typed cells, widths, a head that stays, a filter over it. Written row by row, in constant memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.errors import Problem, Refusal
from engine.fields.cells import DATE, DURATION, MOMENT, NUMBER, TIME
from engine.language import N_
from engine.language.formats import ZONE, write_date

if TYPE_CHECKING:
    from engine.services.transfer.exporting.table import Column, Table

MOST_LINES, MOST_CHARACTERS = 1_048_575, 32_767
"""What a sheet, and a cell, can hold."""
DIGITS = 15
"""A workbook keeps no more digits of a number: longer ones are written as text, to stay exact."""
EPOCH, FIRST_YEAR = 693_594, 1900
"""A workbook counts days from the end of 1899 and believes in 29.02.1900: days of that year and before are texts."""
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
           "nan_inf_to_errors": False, "default_date_format": "dd.mm.yyyy"}
TOO_LONG = N_("A workbook holds %(most)s lines at most. Narrow the list by a filter, or export it as CSV")


class TooLong(Refusal):
    """More lines than a sheet holds. 422."""

    code = "export.too-long"


class Xlsx:
    name, extension = "xlsx", "xlsx"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    title = N_("Excel workbook")

    def write(self, table: Table, out: BinaryIO) -> int:
        """Write the table; the number of lines written. Raises TooLong."""
        import xlsxwriter

        with xlsxwriter.Workbook(out, OPTIONS) as book:
            sheet = book.add_worksheet(_sheet_name(table.title))
            head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
            writers = [self._column(book, sheet, n, column) for n, column in enumerate(table.columns)]
            sheet.freeze_panes(1, 0)
            for n, column in enumerate(table.columns):
                sheet.write_string(0, n, column.title[:MOST_CHARACTERS], head)
            count = 0
            for line in table.lines():
                count += 1
                if count > MOST_LINES:
                    raise TooLong([Problem("export.too-long", TOO_LONG, params={"most": MOST_LINES})])
                for n, value in enumerate(line):
                    if value is not None and value != "":
                        writers[n](count, n, value)
            sheet.autofilter(0, 0, max(count, 1), max(len(table.columns) - 1, 0))
        return count

    def _column(self, book: Any, sheet: Any, number: int, column: Column) -> Callable[[int, int, Any], Any]:
        """Set the width of a column; the function that writes one cell of it."""
        cell = column.cell
        style = book.add_format({"num_format": cell.format}) if cell.format else None
        sheet.set_column(number, number, min(max(cell.width, len(column.title) // 2 + 4), 60), style)
        text, figure = sheet.write_string, sheet.write_number

        def write_number(row: int, at: int, value: Any) -> None:
            if len(str(value)) <= DIGITS or _fits(value):
                figure(row, at, value, style)
            else:
                text(row, at, format(value, "f") if type(value) is Decimal else str(value))

        def write_day(row: int, at: int, value: Any) -> None:
            if value.year > FIRST_YEAR:
                figure(row, at, value.toordinal() - EPOCH, style)
            else:
                text(row, at, write_date(value))

        def write_moment(row: int, at: int, value: datetime) -> None:
            local = value.astimezone(ZONE)
            seconds = local.hour * 3600 + local.minute * 60 + local.second
            figure(row, at, local.toordinal() - EPOCH + seconds / 86_400, style)

        def write_time(row: int, at: int, value: Any) -> None:
            figure(row, at, (value.hour * 60 + value.minute) / 1_440, style)

        return {
            NUMBER: write_number, DATE: write_day, MOMENT: write_moment,
            TIME: write_time, DURATION: lambda row, at, value: figure(row, at, value / 1_440, style),
        }.get(cell.kind, text)  # which cuts a text that is too long for a cell


def _fits(value: Any) -> bool:
    """True for a number that a workbook keeps to its last digit, whatever zeros it ends with."""
    exact = value.normalize() if type(value) is Decimal else Decimal(value).normalize()
    return len(exact.as_tuple().digits) <= DIGITS


def _sheet_name(title: str) -> str:
    """A name that a workbook accepts: 31 characters at most, none of its own signs."""
    plain = "".join(" " if c in "[]:*?/\\'" else c for c in title)
    return " ".join(plain.split())[:31].strip() or "1"
