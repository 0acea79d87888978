"""What was typed into a form: names of inputs -> raw values, as JSON would say them.

An input of a record is named after its field (`payer`), one inside rows after its line (`lines-0-price`, one level
deeper `lines-0-parts-1-size`). Hidden inputs named `_fields` list the fields that the form offered, because a browser
sends nothing for an empty box; names are only looked up, so a listed stranger is nothing. Judging is for the services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from engine.model import Field

EMPTY = (None, "", [])
OFFERED, HELD = "_fields", "_held"
_LINE = re.compile(r"(.{1,300})-([0-9]{1,5})-" + OFFERED)


def typed(fields: Mapping[str, Field], form: MultiDict[str, str], language: str, prefix: str = "",
          keys: Iterable[str] | None = None, numbers: Mapping[str, list[int]] | None = None) -> dict[str, Any]:
    """Raw values of the fields that the form offered. What the buttons of rows do to them: `engine.web.rows`.

    `keys`: of these fields instead. `numbers`: the lines of all rows, where they were gathered before.
    """
    raw: dict[str, Any] = {}
    numbers = line_numbers(form) if numbers is None else numbers
    for key in form.get(prefix + OFFERED, "").split() if keys is None else keys:
        field = fields.get(key)
        if field is None or not field.is_input:
            continue
        if field.kind.by_line:
            raw[key] = _lines(field, form, language, prefix + key, numbers)
        else:
            raw[key] = field.kind.from_form(field, form.getlist(prefix + key), language)
    return raw


def _lines(field: Field, form: MultiDict[str, str], language: str, name: str,
           numbers: Mapping[str, list[int]]) -> list[dict[str, Any]]:
    lines = []
    for number in numbers.get(name, ()):
        prefix = f"{name}-{number}-"
        line = typed(field.fields, form, language, prefix, numbers=numbers)
        id = form.get(prefix + "id")
        if id:
            line["id"] = id
        else:
            line = {k: v for k, v in line.items() if not _follows(field.fields[k], v)}
        lines.append(line)
    return lines


def _follows(field: Field, value: Any) -> bool:
    """True for an empty cell of a new line whose default is a rule: the default is worked out anew each time."""
    return value is None and hasattr(field.default, "evaluate")


def line_numbers(form: Iterable[str]) -> dict[str, list[int]]:
    """Rows -> numbers of their lines, in the order in which the form shows them."""
    numbers: dict[str, list[int]] = {}
    for key in form:
        found = _LINE.fullmatch(key) if key.endswith(OFFERED) else None
        if found:
            numbers.setdefault(found[1], []).append(int(found[2]))
    return numbers


def without_blank_lines(fields: Mapping[str, Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` without new lines that nobody filled in: an empty last line is no mistake. The only line always stays."""
    kept = dict(raw)
    for key, lines in raw.items():
        if fields[key].kind.by_line and lines:
            kept[key] = [line for line in lines if not is_untouched(fields[key].fields, line)] or lines[:1]
            if all(v in EMPTY for line in kept[key] for v in line.values()):
                kept[key] = []
    return kept


def is_untouched(fields: Mapping[str, Field], line: Mapping[str, Any]) -> bool:
    """A new line that holds nothing but defaults and lacks something required, or holds nothing at all."""
    if "id" in line:
        return False
    if all(value in EMPTY for value in line.values()):
        return True
    lacks = any(f.required and line.get(k) in EMPTY for k, f in fields.items())
    return lacks and all(value in EMPTY or _is_default(fields[k], value) for k, value in line.items())


def _is_default(field: Field, value: Any) -> bool:
    if hasattr(field.default, "evaluate"):
        return True  # whatever it came to be: without the rest of the line it says nothing
    try:
        return field.default is not None and field.kind.schema(field).deserialize(value) == field.default
    except ValidationError:
        return False


def path_of(name: str) -> str:
    """`lines-0-price` -> `lines[0].price`: how problems name the same place."""
    return re.sub(r"-(\d+)-", r"[\1].", name)


def address_of(name: str) -> str:
    """`lines-0-price` -> `lines.price`: the field itself, whatever the line."""
    return re.sub(r"-\d+-", ".", name)
