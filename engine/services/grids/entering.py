"""Cells written in small batches, each judged on its own: saved, refused with its reason, or in conflict.

A cell is told by its row and column. Whoever writes says which state of it they saw; when another record or another
version stands there now, both values are kept apart for a person to choose. Statements: a few a batch, however many
cells it has. Two people who fill the same empty cell at once meet at the entity's `unique`: the transaction of the
second begins anew and finds the first one's record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from engine.errors import BadRequest, Conflict, Invalid, NotFound, Problem, Refusal, Stale
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity
from engine.model.grid import Grid
from engine.services.access.grants import readable
from engine.services.grids.access import grid_at
from engine.services.grids.choosing import choose
from engine.services.grids.sheet import Cell, Head, Line, Sheet, sheet
from engine.services.grids.texts import Texts
from engine.services.records.creating import weigh_new
from engine.services.records.editing_many import find_each, weigh_edits
from engine.services.records.reading import NO_SUCH, entity_at
from engine.services.records.saving import save_many, write_new

MOST = 500
"""Cells of one batch."""
TRIES = 3
UNREADABLE = "\0"
"""No cell shows this."""
TOO_MANY = N_("Send at most %(most)s cells at once")
THEIRS = N_("Somebody has written here meanwhile: choose which value stays")
ELSEWHERE = N_("This cell is not in the table that is open: load the page again")


@dataclass(frozen=True)
class Entry:
    """What somebody typed into one cell. `seen` is the token of the record that they saw, empty for an empty cell;
    `was` the text that stood there, None when nobody knows it."""

    row: str
    column: str
    text: str
    seen: str = ""
    was: str | None = None


@dataclass
class Outcome:
    """What came of it. `cell` is what stands there now, for a conflict as for all the others."""

    entry: Entry
    state: str = "saved"
    """saved, refused, conflict"""
    line: Line | None = None
    head: Head | None = None
    cell: Cell | None = None
    problems: Sequence[Problem] = ()


@dataclass
class Wish:
    """Everything that a batch asks of one record: several cells where fields are the columns."""

    outcomes: list[Outcome] = field(default_factory=list)
    current: Cell | None = None
    raw: dict[str, Any] = field(default_factory=dict)

    def refuse(self, problems: Sequence[Problem]) -> None:
        for outcome in self.outcomes:
            outcome.state, outcome.problems = "refused", problems


class Raced(Exception):
    """Somebody wrote one of the cells between our look and our save: the transaction begins anew."""

    def __init__(self, refusal: Refusal):
        super().__init__(refusal.code)
        self.refusal = refusal


def enter(site: Any, actor: Any, address: str, slug: str, given: Mapping[str, str], entries: Sequence[Entry], *,
          language: str = "", request_id: str = "") -> list[Outcome]:
    """Write the cells of the grid `slug` over the entity `address`; `given` are its parameters.

    One transaction for the batch, or one a cell when somebody else keeps writing the same ones. Raises NotFound for a
    grid that is not there, BadRequest for too many cells.
    """
    if len(entries) > MOST:
        raise BadRequest([Problem("grid.too-many", TOO_MANY, params={"most": MOST})])

    def once(some: Sequence[Entry]) -> list[Outcome]:
        return site.write(actor, lambda uow: _enter(uow, address, slug, given, some), language=language,
                          request_id=request_id)

    for _ in range(TRIES):
        try:
            return once(entries)
        except Raced:
            continue
    return [outcome for entry in entries for outcome in _alone(once, entry)]


def _alone(once: Any, entry: Entry) -> list[Outcome]:
    refusal: Refusal | None = None
    for _ in range(TRIES):
        try:
            return once([entry])
        except Raced as raced:
            refusal = raced.refusal
    # Another rule than "one record a cell" is broken, or by a record that this actor does not see.
    return [Outcome(entry, "refused", problems=refusal.problems if refusal else ())]


def _enter(uow: Any, address: str, slug: str, given: Mapping[str, str], entries: Sequence[Entry]) -> list[Outcome]:
    entity = entity_at(uow, address)
    grid = grid_at(uow, entity, slug)
    chosen = choose(uow, grid, given, offers=False)
    if not chosen.whole:
        raise NotFound([NO_SUCH])
    rows = {id for e in entries if (id := parse_id(e.row)) is not None}
    here = sheet(uow, grid, chosen, rows=rows, columns={e.column for e in entries})
    outcomes, wishes = _judge(uow, grid, entity, here, entries)
    _carry_out(uow, grid, entity, list(wishes.values()))
    return outcomes


# -- what is asked ----------------------------------------------------------------------------------------------------


def _judge(uow: Any, grid: Grid, entity: Entity, here: Sheet, entries: Sequence[Entry]) -> tuple[list[Outcome], dict]:
    """An outcome for every entry, and what is left to be done, by place."""
    texts = Texts(uow, grid, entity.fields)
    lines, heads = {line.key: line for line in here.lines}, {head.key: head for head in here.heads}
    outcomes: list[Outcome] = []
    wishes: dict[Any, Wish] = {}
    for entry in entries:
        outcome = Outcome(entry, line=lines.get(str(parse_id(entry.row))), head=heads.get(entry.column))
        outcomes.append(outcome)
        if outcome.line is None or outcome.head is None:
            outcome.state, outcome.problems = "refused", [Problem("grid.elsewhere", ELSEWHERE)]
            continue
        line, head = outcome.line, outcome.head
        outcome.cell = current = here.cell(line, head)
        lock = here.lock(line, head)
        if lock is not None:
            outcome.state, outcome.problems = "refused", [Problem("grid.locked", lock.reason)]
            continue
        try:
            raw = texts.read(head.field, entry.text)
        except ValueError as wrong:
            outcome.state, outcome.problems = "refused", [wrong.args[0]]
            continue
        shown = _shown(texts, head, raw)
        if entry.was is not None and shown == entry.was:
            continue  # nobody touched it
        if _is_stale(entry, current, texts.short(head, current)):
            if texts.short(head, current) == shown:
                continue  # they wrote the same
            outcome.state, outcome.problems = "conflict", [Problem("grid.conflict", THEIRS)]
            continue
        wish = wishes.setdefault((line.id, head.value), Wish(current=current))
        wish.outcomes.append(outcome)
        wish.raw[head.field.key] = raw
    return outcomes, wishes


def _is_stale(entry: Entry, current: Cell | None, text: str) -> bool:
    """Did somebody else change what the writer saw? What was changed beside the value is no quarrel."""
    if entry.seen == (current.token if current is not None else ""):
        return False
    return entry.was is None or entry.was != text


def _shown(texts: Texts, head: Head, raw: Any) -> str:
    """A raw value as the cell would show it; '' for what cannot be read."""
    if raw is None:
        return ""
    try:
        value = head.field.kind.schema(head.field).deserialize(raw)
    except (ValidationError, ValueError, ArithmeticError):
        return UNREADABLE  # the save will say why
    return texts.short(head, Cell(None, 0, {head.field.key: value}))  # type: ignore[arg-type]


# -- what is done -----------------------------------------------------------------------------------------------------


def _carry_out(uow: Any, grid: Grid, entity: Entity, wishes: Sequence[Wish]) -> None:
    """Make, change and put away the records, as sets; a refused one leaves the others alone."""
    new, changed, gone = [], [], []
    for wish in wishes:
        empty = all(value is None for value in wish.raw.values())
        if wish.current is None:
            if not empty:
                new.append(wish)
        elif empty and _goes(grid, entity, wish):
            gone.append(wish)
        else:
            changed.append(wish)
    saves = [*_weigh_new(uow, grid, entity, new), *_weigh_edits(uow, entity, changed), *_weigh_gone(uow, entity, gone)]
    made = [w for wish, w in saves if w.before is None]
    edited = [w for wish, w in saves if w.before is not None and w.after.get("archived_at") is None]
    archived = [w for wish, w in saves if w.after.get("archived_at") is not None]
    try:
        if made:
            write_new(uow, entity, [w.after for w in made])
        save_many(uow, entity, [(w.before, w.after) for w in edited], "edit")
        save_many(uow, entity, [(w.before, w.after) for w in archived], "archive", extra=frozenset({"archived_at"}))
    except (Stale, Invalid, Conflict) as refusal:
        raise Raced(refusal) from refusal
    seen = readable(uow.catalog, uow.actor, entity) | {"id", "version"}
    for wish, w in saves:
        stays = w.after.get("archived_at") is None
        cell = Cell(w.id, w.after["version"], {k: v for k, v in w.after.items() if k in seen}) if stays else None
        for outcome in wish.outcomes:
            outcome.cell = cell


def _goes(grid: Grid, entity: Entity, wish: Wish) -> bool:
    """Is the record put away, or kept because something else of it is filled and the value may be empty?"""
    if grid.columns.kind == "fields":
        return False
    value = entity.fields[grid.cell.value]
    kept = any(wish.current.values.get(key) not in (None, "", []) for key in grid.cell.more)  # type: ignore[union-attr]
    return value.required or value.required_when is not None or not kept


def _weigh_new(uow: Any, grid: Grid, entity: Entity, wishes: Sequence[Wish]) -> list[tuple[Wish, Any]]:
    if not wishes:
        return []
    raws = []
    for wish in wishes:
        line, head = wish.outcomes[0].line, wish.outcomes[0].head
        place = {grid.cell.row: line.key} if line else {}
        if grid.cell.column and head:
            place[grid.cell.column] = head.key
        raws.append({**place, **{key: value for key, value in wish.raw.items() if value is not None}})
    return _kept(wishes, weigh_new(uow, entity.address, raws))


def _weigh_edits(uow: Any, entity: Entity, wishes: Sequence[Wish]) -> list[tuple[Wish, Any]]:
    if not wishes:
        return []
    edits = [(wish.current.id, wish.current.version, wish.raw) for wish in wishes if wish.current]
    return _kept(wishes, weigh_edits(uow, entity.address, edits))


def _weigh_gone(uow: Any, entity: Entity, wishes: Sequence[Wish]) -> list[tuple[Wish, Any]]:
    if not wishes:
        return []
    found = find_each(uow, entity, [(wish.current.id, wish.current.version) for wish in wishes if wish.current],
                      "archive")
    for w in found:
        if w.before is not None:
            w.after = {**w.before, "archived_at": uow.now}
    return _kept(wishes, found)


def _kept(wishes: Sequence[Wish], weighed: Sequence[Any]) -> list[tuple[Wish, Any]]:
    """Those that may be saved; the others are refused with their reasons. Raises Raced for a record that moved on."""
    kept = []
    for wish, w in zip(wishes, weighed, strict=True):
        if isinstance(w.refusal, Stale):
            raise Raced(w.refusal)
        if w.refusal is None:
            kept.append((wish, w))
        else:
            wish.refuse(w.refusal.problems or (Problem(w.refusal.code, w.refusal.title),))
    return kept
