"""What a YAML file says before anything is known about its meaning: texts, lists and mappings with their places.

Every scalar stays text. Lines and columns count from 1, as editors show them.
"""

from __future__ import annotations

from collections.abc import Iterator

Path = tuple[str | int, ...]


class Node:
    """Something written at a place."""

    __slots__ = ("column", "line")

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


class Scalar(Node):
    """A text as written. `opening` counts the characters before its first one; None when it spans several lines."""

    __slots__ = ("opening", "plain", "text")

    def __init__(self, text: str, line: int, column: int, plain: bool, opening: int | None) -> None:
        self.text = text
        self.line = line
        self.column = column
        self.plain = plain
        self.opening = opening

    @property
    def blank(self) -> bool:
        """True when nothing was written: `note:` and the end of the line."""
        return self.plain and not self.text

    def column_of(self, offset: int | None) -> int:
        """The column of one character of the text; of its beginning where lines or a whole text are meant."""
        return self.column if offset is None or self.opening is None else self.column + self.opening + offset


class Sequence(Node):
    __slots__ = ("items",)

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column
        self.items: list[Node] = []


class Mapping(Node):
    """Named things in order. `flow` tells `{a: b}` on one line from a block."""

    __slots__ = ("entries", "flow")

    def __init__(self, line: int, column: int, flow: bool) -> None:
        self.line = line
        self.column = column
        self.flow = flow
        self.entries: dict[str, tuple[Scalar, Node]] = {}

    def get(self, key: str) -> Node | None:
        found = self.entries.get(key)
        return found[1] if found else None

    def keys(self) -> Iterator[str]:
        return iter(self.entries)


def node_at(root: Node, path: Path, key: bool = False) -> Node:
    """The node that `path` leads to, or the last one on the way; with `key`, its name rather than its value."""
    here, named = root, root
    for step in path:
        if isinstance(here, Mapping) and step in here.entries:
            named, here = here.entries[step]  # type: ignore[index]
        elif isinstance(here, Sequence) and isinstance(step, int) and step < len(here.items):
            named = here = here.items[step]
        else:
            return named
    return named if key else here


def spelled(path: Path) -> str:
    """`fields.total.value`, `rows[2][0]`: how people read a path."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
