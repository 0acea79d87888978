"""Drivers of rights explained: who sees a record, why somebody may not, what a change would give, what was held."""

from __future__ import annotations

from copy import copy
from typing import Any

from engine.services import records
from engine.services.actor import system
from engine.services.journal import looking
from engine.services.rights import Change, gain, seers, then, why
from engine.services.rights.seers import OPENINGS
from tests.permissions.asking import Ask, drives
from tests.permissions.drive_cards import may, state
from tests.permissions.drive_lists import label
from tests.permissions.lab import DISPLAY, FIELDS, JOURNAL, ROLES


@drives("seers")
def everybody(ask: Ask) -> None:
    """All at once, by one statement: the same people whom the record is shown to when each of them asks."""
    record = ask.any_record()
    verb = ask.random.choice(("read", "read", "edit", "history", "export"))
    field = ask.random.choice(("", *FIELDS[ask.entity])) if verb == "read" else ""

    def work(view: Any) -> list[Any]:
        entity = view.catalog.entity(ask.entity)
        return seers(view, entity, records.read(view, ask.entity, record["id"]), verb, field)

    found = ask.site.read(system(record["organisation"]), work)
    expected = {
        user
        for user in ask.model.people
        if ask.model.sees(user, ask.entity, record, verb)
        and (not field or field in ask.model.fields(user, ask.entity, record, verb))
    }
    ask.compare(expected, {s.user_id for s in found}, [state(record)], why=(verb, field, record["id"]))
    roles = {(s.user_id, b.role, bool(b.lender)) for s in found for b in s.by if s.user_id == ask.user}
    held = {
        (ask.user, r.role, h.lent)
        for r, h in ask.model.covering(ask.user, ask.entity, record, verb)
        if not field or field in ask.model.reads(r, ask.entity)
    }
    ask.compare(held, roles, [state(record)], why="by which roles")


@drives("why")
def explained(ask: Ask) -> None:
    record = ask.any_record(archived=False)
    if not ask.model.sees(ask.user, ask.entity, record):
        return
    verb = ask.random.choice(("read", "edit", "archive", "history", "export"))

    def work(view: Any) -> Any:
        return why(view, view.catalog.entity(ask.entity), records.read(view, ask.entity, record["id"]), verb)

    answer = ask.read(work)
    ask.allowed(may(ask, record, verb), bool(answer and answer.is_allowed and answer.fits_life), (verb, record["id"]))


@drives("rights_change")
def previewed(ask: Ask) -> None:
    """What one more role would give a person, told before it is given: the records that they would see then."""
    person = ask.model.people[ask.user]
    if not person.active:
        return
    role = ask.random.choice(ROLES)
    who = system(person.organisation)
    people, gains = ask.site.read(who, lambda v: gain(v, Change(role=role, takes=False, user=ask.user)))
    before = {a: len(ask.visible(a)) for a in FIELDS}
    after = _with(ask, role)
    told = {g.entity.address: (g.before, g.after) for g in gains if g.entity.address in FIELDS}
    ask.equal(1, people)
    changed = {a for a in FIELDS if before[a] != after[a]}
    ask.compare(
        {(a, before[a], after[a]) for a in changed | set(told)}, {(a, *pair) for a, pair in told.items()}, why=role
    )


def _with(ask: Ask, role: str) -> dict[str, int]:
    model = copy(ask.model)
    person = copy(ask.model.people[ask.user])
    person.roles = [*person.roles, (role, None, None, None)]
    model.people = {**ask.model.people, ask.user: person}
    model._hats, model._covered = {}, {}
    return {a: len(model.visible(ask.user, a)) for a in FIELDS}


@drives("rights_past")
def past(ask: Ask) -> None:
    """The roles of a day, from the journal; today they are those by which the person asks."""
    person = ask.model.people[ask.user]
    found = ask.site.read(system(person.organisation), lambda v: then(v, ask.user, ask.model.today))
    expected = {(h.role, u, h.lent) for h in ask.model.hats(ask.user) for u in (*h.units, *([None] * h.whole))}
    ask.compare(expected, {(h.role, h.unit, h.lender is not None) for h in found.held}, why="held")
    ask.allowed(person.active, found.active, "active")


def _own_look(ask: Ask, line: looking.Line) -> bool:
    by = ask.model.people.get(line.actor_id)
    return line.operation in OPENINGS and by is not None and (
        by.organisation == ask.model.people[ask.user].organisation)


@drives("journal")
def noted(ask: Ask) -> None:
    """Entries of one's own organisation; names and values only of what one may see oneself."""
    record = ask.any_record()
    person = ask.model.people[ask.user]
    whole = person.active and any(h.role in JOURNAL and h.whole for h in ask.model.hats(ask.user))
    may_look = whole and record["organisation"] == person.organisation
    page = ask.read(lambda v: looking.entries(v, looking.Asked(record_id=record["id"])))
    lines = list(page.lines) if page else []
    if whole and not may_look:  # what one's own people looked at elsewhere stands in one's own journal
        lines = [line for line in lines if not _own_look(ask, line)]
    ask.allowed(may_look, bool(lines), record["id"], states=[state(record)])
    if page is None or not page.lines:
        return
    named = ask.model.names(ask.user, ask.entity, record, (DISPLAY[ask.entity],)) and label(ask, ask.entity, record)
    ask.compare([named] if named else [], {line.record for line in page.lines if line.record}, why="name")
    for line in page.lines:
        found = ask.read(lambda v, line=line: looking.entry(v, line.id))
        keys = {c.path.split("[")[0] for c in found.changes} & set(FIELDS[ask.entity])
        ask.compare([], keys - ask.fields(record), [state(record)], why="values")
