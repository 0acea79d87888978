"""What a template needs to draw one field, and the rows of one: plain data without questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
    """(URL, text) in place of the text: linked records, files."""
    pictures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_input(self) -> bool:
        return self.widget is not None or (self.lines is not None and self.lines.editable)


@dataclass
class Lines:
    """The rows of one field as a sheet."""

    name: str
    heads: list[Drawn]
    rows: list[Any]
    editable: bool
    totals: list[str]
