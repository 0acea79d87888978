"""Columns of cells into raw values, each column by its field's own reader, links of a whole column at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Problem
from engine.language.sheets import cell_text
from engine.model import Entity, Field
from engine.services.cells.names import LinkNames, Match

_SEVERAL = re.compile(r"[;\n]")


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column of cells goes: the field at a path (`payer`, `lines.service`) of an entity."""

    path: str
    field: Field


@dataclass(slots=True)
class Cell:
    """What a cell came to be. `raw` is its text where it could not be read."""

    raw: Any
    problem: Problem | None = None


def read_columns(
    view: Any,
    entity: Entity,
    columns: Sequence[Column | None],
    lines: Sequence[Sequence[Any]],
    record: Mapping[str, Any] | None = None,
    names: LinkNames | None = None,
    language: str = "",
) -> list[list[Cell | None]]:
    """The cells of every line, one for each of `columns`; None under a column that is left out.

    `record`: typed values of the record around, which the `where` of links may read. `names`: what was found before,
    kept between portions of a long sheet. `language`: that of the texts, where it is not the reader's.
    """
    names = names or LinkNames(view)
    made: list[list[Cell | None]] = [[None] * len(columns) for _ in lines]
    for at, column in enumerate(columns):
        if column is None:
            continue
        cells = [line[at] if at < len(line) else None for line in lines]
        if column.field.kind.targets(column.field):
            read = _links(names, entity, column, cells, record)
        else:
            reader = column.field.kind.cell_reader(column.field, language or view.language, view.names)
            read = [Cell(reader(cell)) for cell in cells]
        for row, cell in zip(made, read, strict=True):
            row[at] = cell
    return made


def _links(names: LinkNames, entity: Entity, column: Column, cells: Sequence[Any], record: Any) -> list[Cell]:
    texts = [cell_text(cell) for cell in cells]
    if not column.field.is_many:
        found = names.find(entity, column.path, column.field, texts, record)
        return [_one(found.get(text)) if text else Cell(None) for text in texts]
    inner = next(iter(column.field.fields.values()))
    parts = [[p.strip() for p in _SEVERAL.split(text) if p.strip()] for text in texts]
    # A comma stands between names and inside them: the whole is tried before its parts.
    wanted = {t for several in parts for t in several}
    found = names.find(entity, column.path, inner, wanted, record)
    loose = {p.strip() for t in wanted if found[t].problem and "," in t for p in t.split(",") if p.strip()}
    found |= names.find(entity, column.path, inner, loose - found.keys(), record)
    return [_several(found, several) for several in parts]


def _one(match: Match | None) -> Cell:
    return Cell(None) if match is None else Cell(match.raw, match.problem)


def _several(found: Mapping[str, Match], texts: Sequence[str]) -> Cell:
    raws, problem = [], None
    for text in texts:
        whole = not found[text].problem or "," not in text
        for part in [text] if whole else [p.strip() for p in text.split(",") if p.strip()]:
            match = found[part]
            raws.append(match.raw)
            problem = problem or match.problem
    return Cell(raws, problem)
