"""The life of a record: archived, restored; a document posted, reversed, annulled. A mistake is never erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.errors import Conflict, Problem, Stale
from engine.ids import new_id
from engine.language import N_
from engine.model import Entity
from engine.services.lookups import Lookups
from engine.services.numbering import assign
from engine.services.records.judging import judge, problems_of, refuse_verb, require, require_right
from engine.services.records.reading import Record, as_seen, entity_at
from engine.services.records.saving import STALE, load_for, save, seen, write_new
from engine.services.records.twins import refuse_twins

NOT_NOW = N_("This cannot be done while the record is: %(state)s")
ARCHIVED = N_("in the archive")
LIVE = N_("in use")
LIFE = frozenset({"state", "number", "posted_at", "archived_at"})
"""Built-in fields that verbs set."""


def archive(uow, address: str, id: Any, version: Any) -> Record:
    """Put a record or a draft away. It stays readable and is offered nowhere."""
    return _change(uow, address, id, version, "archive", lambda record: record.update(archived_at=uow.now))


def restore(uow, address: str, id: Any, version: Any) -> Record:
    """Take a record out of the archive. Raises Conflict when another one has taken its unique values."""

    def revive(record: dict[str, Any]) -> None:
        record.update(archived_at=None)
        refuse_twins(uow, entity_at(uow, address), record)

    return _change(uow, address, id, version, "restore", revive)


def post(uow, address: str, id: Any, version: Any) -> Record:
    """Make a draft a fact: judged once more, numbered, stamped and locked. Raises Invalid, Conflict."""
    entity = entity_at(uow, address)
    before = _begin(uow, entity, id, version, "post")
    lookups = Lookups()
    draft = judge(uow, entity, [{}], [before], lookups)[0]
    require(problems_of(uow, draft, lookups), drafts=[draft])
    require_right(uow, draft, "post")
    after = draft.values
    assign(uow, entity, [after], "on registration")
    assign(uow, entity, [after], "on posting")
    after.update(state="posted", posted_at=uow.now)
    _save_life(uow, entity, before, after, "post")
    return as_seen(uow, entity, after)


def annul(uow, address: str, id: Any, version: Any) -> Record:
    """Give a draft up for good. Its number, if it has one, stays in the series and is seen as annulled."""
    return _change(uow, address, id, version, "annul", lambda record: record.update(state="annulled"))


def reverse(uow, address: str, id: Any, version: Any) -> Record:
    """Answer a posted document by a reversing one, posted today; the original stays as it was, marked reversed."""
    entity = entity_at(uow, address)
    before = _begin(uow, entity, id, version, "reverse")
    after = {**before, "state": "reversed"}
    twin = _twin(uow, entity, before)
    _save_life(uow, entity, before, after, "reverse")
    assign(uow, entity, [twin], "on registration")
    assign(uow, entity, [twin], "on posting")
    write_new(uow, entity, [twin], before)
    return as_seen(uow, entity, twin)


def _twin(uow, entity: Entity, before: dict[str, Any]) -> dict[str, Any]:
    """The reversing document: the same content under its own number, pointing at the original."""
    twin = {
        **before,
        "id": new_id(),
        "version": 1,
        "number": None,
        "date": uow.today,
        "state": "posted",
        "posted_at": uow.now,
        "reverses": before["id"],
        "created_at": uow.now,
        "updated_at": uow.now,
        "created_by": uow.actor.user_id,
        "updated_by": uow.actor.user_id,
    }
    for f in entity.row_fields:
        twin[f.key] = [fresh(f, row) for row in before.get(f.key) or ()]
    return twin


def fresh(f, row: Any) -> Any:
    """A row as a new one of its own."""
    if not isinstance(row, dict):
        return row
    copied = {**row, "id": new_id()}
    for inner in f.fields.values():
        if inner.is_many:
            copied[inner.key] = [fresh(inner, r) for r in row.get(inner.key) or ()]
    return copied


def _begin(uow, entity: Entity, id: Any, version: Any, verb: str) -> dict[str, Any]:
    """The record, if its life and the version its reader saw allow the verb."""
    from engine.services.access.grants import can
    from engine.services.records.reading import fits, load_one

    if not can(uow.catalog, uow.actor, entity, verb):
        load_one(uow, entity, id, revision=True)
        raise refuse_verb(uow, entity, verb)
    before = load_for(uow, entity, id, verb)
    if seen(version) != before["version"]:
        raise Stale([Problem("record.stale", STALE)], current=as_seen(uow, entity, before))
    if not fits(entity, before, verb):
        raise Conflict([Problem("record.state", NOT_NOW, params={"state": state_text(uow, entity, before)})])
    return before


def state_text(uow, entity: Entity, record: dict[str, Any]) -> str:
    from engine.language import translate

    if record.get("archived_at") is not None or not entity.is_document:
        return translate(ARCHIVED if record.get("archived_at") else LIVE, uow.language)
    f = entity.fields["state"]
    return f.kind.formatter(f, uow.language, uow.names)(record)


def _change(uow, address: str, id: Any, version: Any, verb: str, apply: Callable[[dict[str, Any]], None]) -> Record:
    entity = entity_at(uow, address)
    before = _begin(uow, entity, id, version, verb)
    after = dict(before)
    apply(after)
    _save_life(uow, entity, before, after, verb)
    return as_seen(uow, entity, after)


def _save_life(uow, entity: Entity, before: dict[str, Any], after: dict[str, Any], verb: str) -> None:
    """A change of state is conditional on the state it leaves: two approvals at once change it once."""
    expect = ("state",) if entity.is_document else ()
    save(uow, entity, before, after, verb, expect, LIFE)
