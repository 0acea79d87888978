"""Three snapshots into one: base, theirs (stored now), mine (typed). Pure.

A value changed on one side only is that side's. Changed on both sides alike is nobody's trouble. Changed on both
sides differently is a conflict, and so is a row that one removed and the other changed. Rows are told apart by their
ids and compared cell by cell; a row without an id was added by me. Without a base every difference is a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.model import Field
from engine.services.merging.snapshots import Snapshot

MINE, THEIRS = "mine", "theirs"
_NONE: Any = object()


@dataclass(frozen=True)
class Conflict:
    """Both changed it. `path`: `price`, `lines[ID].price`, `lines[ID]` (a row: None where it was removed), or
    `lines[order]` (the order of rows, as ids)."""

    path: str
    keys: tuple[str, ...]
    """Keys of the fields down to it."""
    base: Any
    theirs: Any
    mine: Any
    kind: str = "value"
    """value, row or order."""
    choice: str = ""
    """mine, theirs, or empty while nobody chose."""


@dataclass(frozen=True)
class Taken:
    """Merged by itself: what only one side changed."""

    path: str
    keys: tuple[str, ...]
    before: Any
    after: Any
    side: str
    kind: str = "value"


@dataclass
class Merged:
    """`values` as `records.edit` takes them. Where a conflict is open, mine stands in them."""

    values: Snapshot = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    @property
    def open(self) -> list[Conflict]:
        return [c for c in self.conflicts if not c.choice]


def merge(fields: Mapping[str, Field], base: Snapshot | None, theirs: Snapshot, mine: Snapshot,
          choices: Mapping[str, str] | None = None) -> Merged:
    """The fields of `mine` merged with `theirs`. `choices`: path of a conflict -> mine or theirs."""
    merging = _Merging({} if choices is None else choices)
    for key, value in mine.items():
        at = base.get(key) if base is not None else _NONE
        merging.out.values[key] = merging.value(fields[key], (key,), key, at, theirs.get(key), value)
    return merging.out


class _Merging:
    def __init__(self, choices: Mapping[str, str]):
        self.choices, self.out = choices, Merged()

    def value(self, f: Field, keys: tuple[str, ...], path: str, base: Any, theirs: Any, mine: Any) -> Any:
        if f.kind.by_line:
            return self.rows(f, keys, path, base, theirs or [], mine or [])
        if mine == theirs:
            return mine
        if base is not _NONE and mine == base:
            self.out.taken.append(Taken(path, keys, base, theirs, THEIRS))
            return theirs
        if base is not _NONE and theirs == base:
            self.out.taken.append(Taken(path, keys, base, mine, MINE))
            return mine
        return self.ask(path, keys, base, theirs, mine, "value")

    def ask(self, path: str, keys: tuple[str, ...], base: Any, theirs: Any, mine: Any, kind: str) -> Any:
        choice = self.choices.get(path, "")
        choice = choice if choice in (MINE, THEIRS) else ""
        self.out.conflicts.append(Conflict(path, keys, None if base is _NONE else base, theirs, mine, kind, choice))
        return theirs if choice == THEIRS else mine

    # -- rows --------------------------------------------------------------------------------------------------------

    def rows(self, f: Field, keys: tuple[str, ...], path: str, base: Any, theirs: list[Snapshot],
             mine: list[Snapshot]) -> list[Snapshot]:
        was = None if base is _NONE else {row["id"]: row for row in base or ()}
        now = {row["id"]: row for row in theirs}
        own = {row["id"]: row for row in mine if "id" in row}
        made: dict[str, Snapshot] = {}
        for id in dict.fromkeys([*own, *now]):
            row = self.row(f, keys, f"{path}[{id}]", None if was is None else was.get(id), was is not None,
                           now.get(id), own.get(id))
            if row is not None:
                made[id] = row
        return self.ordered(keys, path, None if was is None else list(was), list(now), mine, made)

    def row(self, f: Field, keys: tuple[str, ...], path: str, was: Snapshot | None, known: bool,
            theirs: Snapshot | None, mine: Snapshot | None) -> Snapshot | None:
        """One row with an id; None when it is to go."""
        if theirs is not None and mine is not None:
            return self.cells(f, keys, path, was if known and was is not None else None, theirs, mine)
        if theirs is not None:
            if known and was is None:
                self.out.taken.append(Taken(path, keys, None, theirs, THEIRS, "row"))
                return theirs
            if known and theirs == was:
                self.out.taken.append(Taken(path, keys, was, None, MINE, "row"))
                return None
            return self.ask(path, keys, was if known else _NONE, theirs, None, "row")
        if mine is None:
            return None
        if known and was is not None and _same(mine, was):
            self.out.taken.append(Taken(path, keys, was, None, THEIRS, "row"))
            return None
        chosen = self.ask(path, keys, was if known else _NONE, None, mine, "row")
        # Their save took the row with its id: what I keep of it becomes a new row.
        if chosen is None:
            return None
        unseen = {k: v for k, v in (was or {}).items() if k != "id" and not isinstance(v, list)}
        return {**unseen, **_anew(mine)}

    def cells(self, f: Field, keys: tuple[str, ...], path: str, was: Snapshot | None, theirs: Snapshot,
              mine: Snapshot) -> Snapshot:
        row: Snapshot = {"id": theirs["id"]}
        for key, inner in f.fields.items():
            if key not in theirs:
                continue
            if key not in mine:
                row[key] = theirs[key]  # the form did not offer this cell
                continue
            at = _NONE if was is None else was.get(key)
            row[key] = self.value(inner, (*keys, key), f"{path}.{key}", at, theirs[key], mine[key])
        return row

    def ordered(self, keys: tuple[str, ...], path: str, was: list[str] | None, now: list[str], mine: list[Snapshot],
                made: Mapping[str, Snapshot]) -> list[Snapshot]:
        """The rows in my order or in theirs, whoever changed it; added ones stay behind the row that they followed."""
        own = [row["id"] for row in mine if "id" in row]
        common = [id for id in own if id in made and id in now]
        there = [id for id in now if id in common]
        by_me = True
        if common != there:
            before = None if was is None else [id for id in was if id in common]
            if before == common:
                by_me = False
                self.out.taken.append(Taken(f"{path}[order]", keys, before, there, THEIRS, "order"))
            elif before == there:
                self.out.taken.append(Taken(f"{path}[order]", keys, before, common, MINE, "order"))
            else:
                by_me = self.ask(f"{path}[order]", keys, before, there, common, "order") is common
        mine_first: list[Any] = [row.get("id", n) for n, row in enumerate(mine)]
        first, second = (mine_first, list(now)) if by_me else (list(now), mine_first)
        order = _woven(first, second)
        rows = []
        for one in order:
            if isinstance(one, int):
                rows.append(mine[one])
            elif one in made:
                rows.append(made[one])
        return rows


def _woven(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    """`first`, and what only `second` has, each behind the one that it follows there."""
    order, last = list(first), None
    for one in second:
        if one not in order:
            order.insert(0 if last is None else order.index(last) + 1, one)
        last = one
    return order


def _same(mine: Snapshot, was: Snapshot) -> bool:
    """Is a typed row what it was, as far as the form offered its cells?"""
    return all(key == "id" or value == was.get(key) or (isinstance(value, list) and _rows_same(value, was.get(key)))
               for key, value in mine.items())


def _rows_same(mine: list[Any], was: Any) -> bool:
    if not all(isinstance(row, Mapping) for row in mine):
        return mine == was
    return len(mine) == len(was or ()) and all(
        row.get("id") == old["id"] and _same(row, old) for row, old in zip(mine, was, strict=True))


def _anew(row: Snapshot) -> Snapshot:
    """A row, and the rows inside it, without ids."""
    return {k: [_anew(one) if isinstance(one, Mapping) else one for one in v] if isinstance(v, list) else v
            for k, v in row.items() if k != "id"}
