"""Undo: what one action changed is changed back, by the journal, as an ordinary write with the rights of the person.

Only where a record is still as the action left it; whoever was changed since is named and left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Conflict, NotFound, Problem, Refusal
from engine.language import N_
from engine.model import Entity
from engine.services.person_keys import opened
from engine.services.records.editing_many import Weighed, weigh_edits
from engine.services.records.life import LIFE
from engine.services.records.life_many import weigh_acts
from engine.services.records.reading import NO_SUCH, entity_at
from engine.services.records.saving import save_many
from engine.services.seeing import LOOK
from engine.storage.system.tables import JOURNAL

KEPT = timedelta(hours=24)
"""How long an action may be taken back by its button; later the history tells what was."""
BACK = {"archive": "restore", "restore": "archive"}
CHANGED_SINCE = N_("It was changed after this action, so it stays as it is")
NOT_SO = N_("This change is not taken back by a button: open the record")


@dataclass(frozen=True)
class Action:
    """What one request or job of a person did to records of one entity."""

    entity: Entity
    key: str
    at: datetime
    entries: Sequence[Any]

    @property
    def operations(self) -> list[str]:
        return sorted({e.operation for e in self.entries})


@dataclass
class Undone:
    done: int = 0
    left: list[tuple[UUID, Refusal]] = field(default_factory=list)
    """Records that stay as they are, and why."""


def action_of(view, address: str, key: str) -> Action:
    """The actor's own action, as the journal has it. NotFound for another's, an old one, or none."""
    entity = entity_at(view, address)
    rows = ()
    if key and len(key) <= 64 and view.actor.user_id is not None:
        rows = view.execute(
            sa.select(JOURNAL)
            .where(
                JOURNAL.c.request_id == key,
                JOURNAL.c.actor_id == view.actor.user_id,
                JOURNAL.c.entity == entity.address,
                JOURNAL.c.at >= view.now - KEPT,
                JOURNAL.c.record_id.is_not(None),
                JOURNAL.c.operation != LOOK,
            )
            .order_by(JOURNAL.c.id)
        ).all()
    if not rows:
        raise NotFound([NO_SUCH])
    return Action(entity, key, rows[0].at, rows)


def undo(uow, address: str, key: str) -> Undone:
    """Take the action back where its records are still as it left them. Raises NotFound."""
    action = action_of(uow, address, key)
    entity, result = action.entity, Undone()
    ways: dict[str, list[tuple[UUID, int, Mapping[str, Any]]]] = {}
    told = opened(uow.connection, action.entries)
    for entry in _last_words(action.entries, result):
        back = _before(entity, told[entry.id]) if entry.operation == "edit" else {}
        verb = "edit" if entry.operation == "edit" else BACK.get(entry.operation)
        if verb is None or back is None:
            result.left.append((entry.record_id, Conflict([Problem("undo.not-so", NOT_SO)])))
        else:
            ways.setdefault(verb, []).append((entry.record_id, entry.version, back))
    for verb, wanted in ways.items():
        good = _sorted_out(_weighed(uow, address, verb, wanted), result)
        if verb == "edit":
            save_many(uow, entity, good, "edit")
        else:
            save_many(uow, entity, good, verb, ("state",) if entity.is_document else (), LIFE)
        result.done += len(good)
    return result


def _last_words(entries: Sequence[Any], result: Undone) -> list[Any]:
    """The entries of records that the action touched once; the others are too tangled for a button."""
    times: dict[UUID, int] = {}
    for entry in entries:
        times[entry.record_id] = times.get(entry.record_id, 0) + 1
    result.left += [(id, Conflict([Problem("undo.not-so", NOT_SO)])) for id, n in times.items() if n > 1]
    return [entry for entry in entries if times[entry.record_id] == 1]


def _weighed(uow, address: str, verb: str, wanted: Sequence[tuple[UUID, int, Mapping[str, Any]]]) -> list[Weighed]:
    if verb == "edit":
        return weigh_edits(uow, address, [(id, version, raw) for id, version, raw in wanted])
    return weigh_acts(uow, address, verb, [(id, version) for id, version, _ in wanted])


def _sorted_out(weighed: Sequence[Weighed], result: Undone) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The pairs to be written; what is refused is kept for the person, a record they may not see is not told of."""
    good = []
    for w in weighed:
        if w.refusal is None:
            good.append((w.before, w.after))
        elif not isinstance(w.refusal, NotFound):
            stale = any(p.code == "record.stale" for p in w.refusal.problems)
            why = Conflict([Problem("undo.changed-since", CHANGED_SINCE)]) if stale else w.refusal
            result.left.append((w.id, why))
    return good


def _before(entity: Entity, changes: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the changed fields held, as JSON would send it; None when a button cannot bring it back (rows, files)."""
    back: dict[str, Any] = {}
    for key, change in changes.items():
        f = entity.fields.get(key)
        if f is None or f.kind.secret or f.kind.upload(f) is not None:
            return None
        if not f.is_input:
            continue  # it follows from the others
        if isinstance(change, list) and len(change) == 2:
            back[key] = change[0]
        elif isinstance(change, Mapping) and "before" in change:
            back[key] = change["before"]
        else:
            return None
    return back
