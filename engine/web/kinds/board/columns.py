"""The columns of a board: the values that its field may have, and where a card may go from each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.language import N_
from engine.model import Entity, Field
from engine.services.access import can, writable
from engine.services.registries.parts import Part
from engine.web import pages

MOST = 24
"""Columns of one board; of longer lists the fullest."""
LIFE = {"draft": {"posted": "post", "annulled": "annul"}, "posted": {"reversed": "reverse"}}
"""State of a document -> the states beside it and the verbs that lead there."""


@dataclass
class Column:
    """One value of the board's field as a column; `code` is the value as a form sends it, empty for none."""

    code: str
    title: str
    value: Any
    count: int = 0
    totals: Mapping[str, Any] = ()  # type: ignore[assignment]


def columns_of(view: Any, f: Field, parts: Sequence[Part]) -> list[Column]:
    """All values that may be chosen, in their order; those that records hold besides; the records without a value."""
    held = {part.value: part for part in parts}
    found = [_column(view, f, value, code, title) for code, title, value in _offered(view, f)]
    known = {column.value for column in found}
    others = [p for p in parts if p.value is not None and p.value not in known]
    if f.kind.targets(f):
        others = sorted((p for p in others if p.text), key=lambda p: p.text)  # hidden ones are not told of
    found += [_column(view, f, p.value, _code(view, f, p.value), p.text or _title(view, f, p.value)) for p in others]
    for column in found:
        part = held.get(column.value)
        if part is not None:
            column.count, column.totals = part.count, part.totals
    if len(found) > MOST:
        fullest = sorted(found, key=lambda c: -c.count)[:MOST]
        found = [c for c in found if c in fullest]
    empty = held.get(None)
    if empty is not None or not (f.required or f.builtin):
        found.append(Column("", pages.said(N_("Not filled in")), None, empty.count if empty else 0,
                            empty.totals if empty else {}))
    return found


def _offered(view: Any, f: Field) -> list[tuple[str, str, Any]]:
    """(code, title, value) of what may be chosen; nothing for links, which may lead to anything."""
    if f.kind.targets(f):
        return []
    choices = f.kind.widget_options(f, view.language, view.names).get("choices") or ()
    return [(code, title, f.kind.schema(f).deserialize(f.kind.from_form(f, [code], view.language)))
            for code, title in choices]


def _column(view: Any, f: Field, value: Any, code: str, title: str) -> Column:
    return Column(code, title, value, totals={})


def _code(view: Any, f: Field, value: Any) -> str:
    text = f.kind.form_text(f, value, view.language)
    return text if isinstance(text, str) else ""


def _title(view: Any, f: Field, value: Any) -> str:
    return f.kind.formatter(f, view.language, view.names)({f.key: value, f"@{f.key}": None}) or str(value)


def condition(f: Field, column: Column) -> tuple[str, str, list[Any]]:
    """The filter that leaves the records of the column."""
    return (f.key, "empty", ["yes"]) if column.value is None else (f.key, "is", [column.code])


def moves(view: Any, entity: Entity, f: Field, columns: Sequence[Column]) -> dict[str, list[str]]:
    """From each column the columns to which the actor may move a card; empty when the board is only looked at."""
    codes = [c.code for c in columns]
    if entity.is_document and f.key == "state":
        told = {start: [to for to, verb in ends.items() if to in codes and can(view.catalog, view.actor, entity, verb)]
                for start, ends in LIFE.items()}
        return {start: ends for start, ends in told.items() if ends}
    if f.key not in writable(view.catalog, view.actor, entity, "edit") or not f.is_input or f.readonly:
        return {}
    return {code: [other for other in codes if other != code and (other or not f.required)] for code in codes}
