"""A table passes through the verbs of records in portions: judged, counted, and written when it is to be carried out.

Check and import are one code: the check reads with a `View` and writes nothing, the import judges the same once more
inside its transaction. Memory: one portion, the keys of all lines, the names that were looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.errors import Invalid, Problem, Refusal
from engine.language.sheets import cell_text
from engine.model import Entity
from engine.services.access.grants import held
from engine.services.cells import LinkNames
from engine.services.lookups import Lookups
from engine.services.records.creating import refuse_doubles, weigh_new
from engine.services.records.editing_many import Weighed, weigh_edits
from engine.services.records.judging import outside, rights_to
from engine.services.records.saving import save_many, write_new
from engine.services.records.twins import Twins
from engine.services.transfer.importing.along import Along
from engine.services.transfer.importing.assembling import Assembler, Incoming, without_said
from engine.services.transfer.importing.known import Known
from engine.services.transfer.importing.plan import Corrections, Plan
from engine.services.transfer.importing.shaping import Piece, Slot

PORTION = 1_000
"""Lines that are judged together."""
NOT_TOLD = frozenset({"record.absent", "record.several", "record.unnamed"})
"""Codes of problems that say: it is not known which record is meant."""
OFFERED = 200
"""Names that lead nowhere for which others are offered."""


@dataclass
class Wrong:
    """A cell, or a whole record, that cannot be taken: what it says and why not."""

    line: int
    path: str
    """Of the target; empty for what is wrong with the record as a whole."""
    text: str
    problem: Problem
    column: int | None = None
    near: tuple[tuple[str, str], ...] = ()
    """Of a link: values that may have been meant, with their names."""


@dataclass
class Found:
    """What a passage came to."""

    created: int = 0
    updated: int = 0
    same: int = 0
    wrong: int = 0
    left_out: int = 0
    along: int = 0
    """Linked records made along the way."""
    lines: int = 0
    frequent: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(path, text) of wrong cells -> how often."""


class Passage:
    """One way of a table through the verbs. `writing`: `view` is a unit of work and what is good is written."""

    def __init__(self, view: Any, entity: Entity, plan: Plan, slots: Sequence[Slot], corrections: Corrections,
                 writing: bool = False):
        self.view, self.entity, self.plan, self.slots, self.writing = view, entity, plan, slots, writing
        self.left_out = corrections.left_out
        self.names = LinkNames(view)
        self.assembler = Assembler(view, entity, slots, self.names, plan.defaults, plan.clear)
        self.along = Along(view, entity, writing)
        self.known = Known(view, entity, plan)
        self.twins = Twins(view, entity)
        self.found = Found()
        self.kin = frozenset(s.path for s in slots if s.target and not s.target.link
                             and entity.address in s.target.field.kind.targets(s.target.field))
        """Paths by which records of the table name each other."""
        self.waiting: list[Piece] = []
        self._offered: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        self._last = False
        self._limited = any(g.where is not None for g in held(view.catalog, view.actor, entity, "import"))

    def run(self, records: Iterable[Piece], tell: Callable[[Incoming, list[Wrong]], None],
            progress: Callable[[int], None] = lambda lines: None) -> Found:
        """Pass all records; `tell` hears of each wrong one and what is wrong with it."""
        for portion in _portions(records):
            self.found.lines += sum(len(piece.lines) for piece in portion)
            taken = [piece for piece in portion if piece.line.number not in self.left_out]
            self.found.left_out += len(portion) - len(taken)
            self._portion(taken, tell)
            progress(self.found.lines)
        # Records that name others of the table, which stand further down: one level of a tree each time.
        while self.waiting:
            waiting, self.waiting, before = self.waiting, [], self.found.created
            for portion in _portions(waiting):
                self._portion(portion, tell)
            if self.found.created == before:
                self._last, waiting, self.waiting = True, self.waiting, []
                for portion in _portions(waiting):
                    self._portion(portion, tell)
        return self.found

    def _portion(self, pieces: Sequence[Piece], tell: Callable[[Incoming, list[Wrong]], None]) -> None:
        found = self.found
        incoming = self._ready(self.assembler.incoming(pieces))
        self.along.writing = self.writing
        self.along.resolve(incoming)
        ids = self.known.find(incoming)
        made = self._weigh(incoming, ids)
        good = [(id, w) for id, w in zip(ids, made, strict=True) if w.refusal is None]
        found.created += sum(1 for id, _ in good if id is None)
        found.updated += sum(1 for id, w in good if id is not None and w.changes)
        found.same += sum(1 for id, w in good if id is not None and not w.changes)
        found.along = self.along.count
        wrong = [(one, w.refusal) for one, w in zip(incoming, made, strict=True) if w.refusal is not None]
        for one, refusal in wrong:
            self.writing = False  # nothing of such a table is kept: what follows is only judged
            found.wrong += 1
            told = self._told(one, refusal)
            found.frequent.update((w.path, w.text) for w in told if w.path and w.text)
            tell(one, told)
        fresh = [w.after for id, w in good if id is None]
        if self.kin and fresh:
            self.names.add(self.entity, fresh)
            self.along.keep(self.entity, fresh)
        if self.writing:
            self._write(good)

    def _ready(self, incoming: Sequence[Incoming]) -> list[Incoming]:
        """Those that do not wait for another record of the table."""
        if not self.kin or self._last:
            return list(incoming)
        ready = []
        for one in incoming:
            if any(p.code == "link.unknown" and one.place_of(p.path)[1] in self.kin for p in one.problems):
                self.waiting.append(one.piece)
            else:
                ready.append(one)
        return ready

    def _weigh(self, incoming: Sequence[Incoming], ids: Sequence[UUID | None]) -> list[Weighed]:
        lookups = Lookups()
        self.along.seed(lookups)
        # A record that cannot be told is not judged any further: what it lacks would be said of another one.
        lost = {n for n, one in enumerate(incoming) if any(p.code in NOT_TOLD for p in one.problems)}
        fresh = [n for n, id in enumerate(ids) if id is None and n not in lost]
        stored = [n for n, id in enumerate(ids) if id is not None and n not in lost]
        made: list[Any] = [Weighed(None) for _ in incoming]
        if fresh:
            weighed = weigh_new(self.view, self.entity.address, [incoming[n].raw for n in fresh], lookups)
            for n, w in zip(fresh, weighed, strict=True):
                made[n] = w
        if stored:
            # What a record is known by stays as it is stored, in its own spelling.
            raws = [{k: v for k, v in incoming[n].raw.items() if k not in self.plan.key} for n in stored]
            edits = [(ids[n], None, _with_rows(self.entity, raw)) for n, raw in zip(stored, raws, strict=True)]
            for n, w in zip(stored, weigh_edits(self.view, self.entity.address, edits, lookups=lookups), strict=True):
                made[n] = w
        for one, w in zip(incoming, made, strict=True):
            if one.problems:
                more = without_said(self.entity, w.refusal.problems, one.problems) if w.refusal is not None else ()
                w.refusal = Invalid([*one.problems, *more])
        refuse_doubles(self.twins, made, [one.line for one in incoming])
        if self._limited:
            live = [w for w in made if w.refusal is None]
            rights = rights_to(self.view, self.entity, [w.after for w in live], "import")
            for w, right in zip(live, rights, strict=True):
                w.refusal = outside() if right is None else None
        return made

    def _write(self, good: Sequence[tuple[UUID | None, Weighed]]) -> None:
        fresh = [w.after for id, w in good if id is None]
        pairs = [(w.before, w.after) for id, w in good if id is not None]
        if fresh:
            write_new(self.view, self.entity, fresh)
        if pairs:
            save_many(self.view, self.entity, pairs, "edit")
        self.view.write_journal()

    def _told(self, one: Incoming, refusal: Refusal) -> list[Wrong]:
        """The problems of a record at their cells, each said once."""
        lines = {line.number: line for line in one.piece.lines}
        told: dict[tuple[int, str, str], Wrong] = {}
        for problem in refusal.problems or (Problem(refusal.code, refusal.title),):
            (line, at), path = one.place_of(problem.path)
            slot = self.slots[at] if at is not None else None
            text = cell_text(_said(lines[line].cells[at])) if slot is not None else ""
            known = slot.path if slot is not None else path
            wrong = Wrong(line, known, text, problem, slot.column if slot is not None else None,
                          self._near(slot, text, problem))
            told.setdefault((line, known, str(problem.message)), wrong)
        return list(told.values())

    def _near(self, slot: Slot | None, text: str, problem: Problem) -> tuple[tuple[str, str], ...]:
        """Records that may have been meant by a name; worked out for the first names of a table only."""
        target = slot.target if slot is not None else None
        if target is None or problem.code not in ("link.unknown", "link.several") or not text or target.link:
            return ()
        key = (target.path, text)
        if key not in self._offered and len(self._offered) < OFFERED:
            f = next(iter(target.field.fields.values()), target.field)
            self._offered[key] = tuple(self.names.near(target.entity, target.address, f, text))
        return self._offered.get(key, ())


def _said(cell: Any) -> Any:
    return getattr(cell, "said", cell)


def _portions(records: Iterable[Piece]) -> Iterator[list[Piece]]:
    portion: list[Piece] = []
    lines = 0
    for piece in records:
        portion.append(piece)
        lines += len(piece.lines)
        if lines >= PORTION:
            yield portion
            portion, lines = [], 0
    if portion:
        yield portion


def _with_rows(entity: Entity, raw: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The raw values of a stored record: rows of the table take the places of the stored ones, in their order; of a
    translated text the languages that the table does not name stay."""
    rows = [f for f in entity.row_fields if f.kind.by_line and raw.get(f.key)]
    texts = [f for f in entity.column_fields if f.translated and raw.get(f.key)]

    def fitted(before: Mapping[str, Any]) -> dict[str, Any]:
        kept = {f.key: {**(before.get(f.key) or {}), **raw[f.key]} for f in texts}
        return {**raw, **kept, **{f.key: _placed(f, before.get(f.key) or (), raw[f.key]) for f in rows}}

    return fitted


def _placed(f: Any, stored: Sequence[Mapping[str, Any]], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    placed = []
    for n, row in enumerate(rows):
        was = stored[n] if n < len(stored) else None
        inner = {i.key: _placed(i, (was or {}).get(i.key) or (), row[i.key])
                 for i in f.fields.values() if i.kind.by_line and row.get(i.key)}
        placed.append({**row, **inner, **({"id": str(was["id"])} if was else {})})
    return placed


