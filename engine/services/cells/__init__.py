"""Cells of sheets become values: a block pasted into rows and an imported workbook are read here alike.

`read_columns(view, columns, lines)` reads cells (texts, or the numbers, days and answers that workbooks hold) into raw
values, such as `records.create_many` and `records.preview` take. Links are found by natural key, code, number or name
(`LinkNames`), all texts of a column by a few statements, among what the person may see. A cell that cannot be read
keeps its text as raw value; where the text says too little of why, a `Problem` stands beside it. Nothing is refused
here: types, bounds and rules are judged by the verbs, so both ways in say the same as a form does.

`match_titles` finds the fields that the heads of columns name, in any language; `parse_block` reads the clipboard.
"""

from engine.services.cells.block import TooMany, parse_block
from engine.services.cells.names import LinkNames
from engine.services.cells.reading import Cell, Column, read_columns
from engine.services.cells.titles import is_head, match_titles, title_key

__all__ = [
    "Cell",
    "Column",
    "LinkNames",
    "TooMany",
    "is_head",
    "match_titles",
    "parse_block",
    "read_columns",
    "title_key",
]
