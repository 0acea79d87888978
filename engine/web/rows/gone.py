"""Rows taken out of a form that is not saved yet: they travel along in hidden inputs and can be put back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from engine.ids import parse_id
from engine.model import Field
from engine.services.display import names_of

GONE = "_gone"
MOST = 50
"""Rows that can be put back; older ones are forgotten."""
SHOWN = 3


@dataclass(frozen=True)
class Gone:
    """A row that was taken out: of which rows, from which place, what was typed in it, and how it is called."""

    rows: str
    at: int
    line: Mapping[str, Any]
    said: str

    @property
    def text(self) -> str:
        """What the hidden input holds."""
        return json.dumps({"rows": self.rows, "at": self.at, "line": self.line, "said": self.said},
                          ensure_ascii=False, default=str)


def gone_rows(form: Any) -> list[Gone]:
    """The rows that the form remembers; whatever else stands in its inputs is left out."""
    found = []
    for text in form.getlist(GONE)[-MOST:]:
        try:
            read = json.loads(text)
            found.append(Gone(str(read["rows"]), int(read["at"]), dict(read["line"]), str(read["said"])[:200]))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def name_of(view: Any, field: Field, line: Mapping[str, Any]) -> str:
    """A raw line in a few words: the first values that say something, links by their names."""
    said: list[str] = []
    for inner in field.fields.values():
        text = _text(view, inner, line.get(inner.key))
        if text:
            said.append(text if len(text) <= 40 else f"{text[:40]}…")
        if len(said) == SHOWN:
            break
    return ", ".join(said)


def _text(view: Any, f: Field, raw: Any) -> str:
    if raw in (None, "", []) or f.kind.by_line or f.kind.upload(f) or f.kind.secret:
        return ""
    targets = f.kind.targets(f)
    if targets:
        return ", ".join(t for t in (_linked(view, targets, one) for one in (raw if isinstance(raw, list) else [raw]))
                         if t)
    try:
        value = f.kind.schema(f).deserialize(raw)
    except ValidationError:
        return str(raw)
    return f.kind.formatter(f, view.language, view.names)({f.key: value})


def _linked(view: Any, targets: Sequence[str], raw: Any) -> str:
    address, _, id = str(raw).rpartition(":")
    known = parse_id(id)
    if known is None:
        return str(raw)
    return names_of(view, address if address in targets else targets[0], [known]).get(known, "")
