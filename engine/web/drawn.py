"""What a template needs to draw one field, and the rows of one: plain data without questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FileShown:
    """A stored file. `url` is empty while no record holds it; `shows` is how a page may show it, or empty."""

    id: str
    name: str
    url: str
    size: str
    shows: str = ""
    """picture, document, text"""


@dataclass
class Drawn:
    """One field on the page. `widget` is for its input template; without one `text` is shown."""

    key: str
    name: str
    title: str
    span: int = 12
    hint: str = ""
    required: bool = False
    align: str = "start"
    problems: list[str] = field(default_factory=list)
    widget: Any = None
    template: str = ""
    text: str = ""
    lines: Any = None
    links: list[tuple[str, str]] = field(default_factory=list)
    """(URL, text) in place of the text: linked records."""
    files: list[FileShown] = field(default_factory=list)
    """Stored files, in place of the text."""
    upload: Any = None
    """What may be put there (engine.fields.base.Upload); None for a field that holds no files."""
    related: Any = None
    """Records that point here, in place of the text."""

    @property
    def is_input(self) -> bool:
        return self.widget is not None or (self.lines is not None and self.lines.editable)

    @property
    def is_empty(self) -> bool:
        """There is nothing to read in it."""
        if self.is_input or self.files or self.links or self.related:
            return False
        return not self.lines.rows if self.lines is not None else not self.text

    @property
    def has_problems(self) -> bool:
        """Something is wrong in it, or in one of its rows."""
        if self.problems:
            return True
        rows = self.lines.rows if self.lines is not None else ()
        return any(row.problems or any(cell.has_problems for cell in row.cells) for row in rows)


@dataclass
class Lines:
    """The rows of one field as a sheet."""

    name: str
    heads: list[Drawn]
    rows: list[Any]
    editable: bool
    totals: list[str]
    fills: list[Drawn] = field(default_factory=list)
    """Columns whose values may be filled down."""
    gone: list[Any] = field(default_factory=list)
    """Rows taken out that may be put back: each with .place (its number in the form), .said, .number, .text."""
    said: str = ""
    """What a paste did here."""
    refusal: str = ""
    """Why nothing was pasted."""
    block: str = ""
    """The block that waits in its box."""
    wrong: list[str] = field(default_factory=list)
    """Names of the cells that need correcting."""
