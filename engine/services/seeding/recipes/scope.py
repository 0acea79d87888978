"""What names mean inside a recipe: values made so far, the item at hand, and the days of the run.

`"{family.surname}"` alone gives the value itself; among other words it gives its text. `{{` is a brace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

_NAME = r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*"
_WHOLE = re.compile(r"\{(" + _NAME + r")\}\Z")
_PART = re.compile(r"\{(" + _NAME + r")\}")


class RecipeError(ValueError):
    """Something that a recipe says cannot be done; the text is an English sentence for whoever writes recipes."""


class Item:
    """One thing that a step made: its values, and the id of its record once there is one."""

    __slots__ = ("id", "values")

    def __init__(self, values: dict[str, Any], id: UUID | None = None):
        self.values = values
        self.id = id

    def get(self, name: str) -> Any:
        if name == "id":
            return self.id
        if name not in self.values:
            raise RecipeError(f"there is no `{name}` here; known: {', '.join(self.values)}")
        return self.values[name]


class Scope:
    """Names by level: the innermost level that knows a name answers."""

    __slots__ = ("levels",)

    def __init__(self, *levels: Mapping[str, Any]):
        self.levels = levels

    def inside(self, level: Mapping[str, Any]) -> Scope:
        return Scope(level, *self.levels)

    def read(self, path: str) -> Any:
        """The value at a dotted path. Nothing is found behind an empty value."""
        head, *rest = path.split(".")
        for level in self.levels:
            if head in level:
                value = level[head]
                break
        else:
            raise RecipeError(f"nothing here is called `{head}`")
        for name in rest:
            if value is None:
                return None
            if isinstance(value, Item):
                value = value.get(name)
            elif isinstance(value, Mapping):
                if name not in value:
                    raise RecipeError(f"there is no `{name}` in `{path}`; known: {', '.join(map(str, value))}")
                value = value[name]
            else:
                raise RecipeError(f"`{path}`: nothing can stand behind a value")
        return value

    def fill(self, text: str) -> Any:
        """A text with its names replaced; a text that is one name gives what the name stands for."""
        whole = _WHOLE.match(text)
        if whole:
            return self.read(whole[1])
        if "{" not in text:
            return text
        return _PART.sub(lambda found: spoken(self.read(found[1])), text)


def spoken(value: Any) -> str:
    """A value among words: days as people write them, nothing for an empty one."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, Item):
        raise RecipeError("a record cannot stand among words: name one of its values")
    return str(value)


def sent(value: Any) -> Any:
    """A value as the door of records takes it: records as ids, days in ISO, empty values left out."""
    if isinstance(value, Item):
        if value.id is None:
            raise RecipeError("a link needs an item that has a record")
        return str(value.id)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {k: sent(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [sent(v) for v in value if v is not None]
    return value if isinstance(value, bool) or value is None else str(value)
