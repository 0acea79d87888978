"""What create and edit share: settle a draft, follow its links, find what is wrong, judge the right to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.errors import Invalid, NotAllowed, Problem
from engine.expression import Context
from engine.language import LANGUAGES, N_
from engine.model import Catalog, Entity, Field, Text
from engine.services.access.grants import Grant, verbs_held
from engine.services.access.predicate import covering_each
from engine.services.lookups import Lookups, links_in, look_up
from engine.services.validation import Draft, check, settle
from engine.services.validation.checks import level_of
from engine.services.validation.levels import Level, inside

NO_LINK = N_("This record is not there any more, or it is not shown to you: choose another")
NOT_CHOOSABLE = N_("This record does not fit here: choose one of those offered")
ARCHIVED = N_("This record is in the archive: choose another")
OUTSIDE = N_("Your rights do not cover the record as it would become")


def access_rules(view, entity: Entity) -> tuple[Any, ...]:
    """The `where` rules of the actor's grants, so that their links are followed with the others."""
    found = verbs_held(view.catalog, view.actor, entity).values()
    return tuple(dict.fromkeys(g.where for grants in found for g in grants if g.where is not None))


def judge(
    view, entity: Entity, given: list[Mapping[str, Any]], befores: list[Mapping[str, Any] | None], lookups: Lookups
) -> list[Draft]:
    """Drafts of several records; links of all of them are followed by one statement (a level)."""
    first = [{**(before or {}), **values} for values, before in zip(given, befores, strict=True)]
    for values, before in zip(first, befores, strict=True):
        if before is None:
            _early_defaults(view, entity, values)
    rules = access_rules(view, entity)
    look_up(view, entity, first, lookups, rules, befores=befores)
    drafts = [
        settle(view, entity, values, before, lookups.follow) for values, before in zip(given, befores, strict=True)
    ]
    if view.catalog.derived(("brings links", entity.address), lambda: _brings_links(entity.fields)):
        # Defaults and computed values may have brought links that nobody sent.
        look_up(view, entity, [d.values for d in drafts], lookups, rules, befores=befores)
    return drafts


def _brings_links(fields: Mapping[str, Field]) -> bool:
    """May settling give one of the links a value?"""
    return any(
        _brings_links(f.fields) or (f.targets and (f.default is not None or f.is_computed)) for f in fields.values()
    )


def _early_defaults(view, entity: Entity, values: dict[str, Any]) -> None:
    """Links that come from a default (`=actor.unit`), so that they are followed together with those sent."""
    context = None
    for f in entity.fields.values():
        if f.key in values or f.default is None or not f.targets:
            continue
        if f.has_ruled_default:
            if all(len(p) < 2 for p in f.default.paths):
                context = context or view.context(values)
                values[f.key] = f.default.evaluate(context)
        else:
            values[f.key] = f.default


def problems_of(view, draft: Draft, lookups: Lookups) -> list[Problem]:
    """Everything wrong with a settled draft, links included."""
    context = view.context(draft.values, follow=lookups.follow)
    return [*check(draft, context, view.names, view.actor.is_system), *_link_problems(view, draft, context, lookups)]


def _link_problems(view, draft: Draft, context: Context, lookups: Lookups) -> Iterator[Problem]:
    """Links that lead nowhere, into the archive, or past their `where`. What was stored before stays good."""
    stored = links_in(view.catalog, draft.entity, draft.before) if draft.before else ()
    before = {(path, address, id) for path, _, address, id in stored}
    return _links_at(view, level_of(draft, context), (), before, lookups)


def _links_at(view, level: Level, keys: tuple[str, ...], before: set[Any], lookups: Lookups) -> Iterator[Problem]:
    for f in level.of.linking_fields:
        value = level.values.get(f.key)
        if value is None:
            continue
        if not f.is_many:
            end = _end(f, value)
            known = ((*keys, f.key), *end) in before
            problem = None if known else _link(view, level, f, *end, lookups)
            if problem is not None:
                yield problem.at(f"{level.path}{f.key}")
            continue
        if value and not isinstance(value[0], Mapping):
            inner = next(iter(f.fields.values()))
            for n, one in enumerate(value):
                end = _end(inner, one)
                known = ((*keys, f.key, inner.key), *end) in before
                problem = None if known else _link(view, level, inner, *end, lookups)
                if problem is not None:
                    yield problem.at(f"{level.path}{f.key}[{n}]")
            continue
        for row in level.rows(f):
            yield from _links_at(view, row, (*keys, f.key), before, lookups)


def _end(f: Field, value: Any) -> tuple[str, Any]:
    """(entity, id) of a link's value."""
    return value if isinstance(value, tuple) else (f.targets[0], value)


def _link(view, level: Level, f: Field, address: str, id: Any, lookups: Lookups) -> Problem | None:
    if address not in view.catalog.entities:
        return None
    linked = lookups.follow(address, id)
    if linked is None:
        return Problem("link.not-found", NO_LINK)
    if linked.get("archived_at") is not None:
        return Problem("link.archived", ARCHIVED)
    where = f.options.get("where")
    if hasattr(where, "evaluate"):
        # The candidate is the row; the record, and over it the row that holds the link, stand around it.
        record, row = level.context.record, level.context.row
        around = record if row is None else {**record, **row}
        if not where.evaluate(inside(level.context, around, linked)):
            return Problem("link.not-choosable", NOT_CHOOSABLE)
    return None


def require(problems: list[Problem], **details: Any) -> None:
    """Raise Invalid when there is anything to say."""
    if problems:
        raise Invalid(problems, **details)


def require_right(view, draft: Draft, verb: str) -> frozenset[str]:
    """The fields that the grants covering the resulting record let the actor write; NotAllowed when none covers it."""
    written = rights_to(view, draft.entity, [draft.values], verb)[0]
    if written is None:
        raise outside()
    return written


def rights_to(view, entity: Entity, records: Sequence[Mapping[str, Any]], verb: str) -> list[frozenset[str] | None]:
    """For each record the fields that the grants covering it let the actor write; None where no grant covers it.

    A few statements at most, however many records there are.
    """
    follow = follow_for_rights(view, entity, records)
    found = covering_each(view, entity, verb, [view.context(values, follow=follow) for values in records])
    written: dict[tuple[Grant, ...], frozenset[str] | None] = {(): None}
    for grants in found:
        if grants not in written:
            written[grants] = frozenset().union(*(g.write for g in grants))
    return [written[grants] for grants in found]


def outside() -> NotAllowed:
    """The refusal of a change that would take the record out of what the actor's rights cover."""
    return NotAllowed([Problem("access.outside", OUTSIDE)])


def follow_for_rights(view, entity: Entity, records: Sequence[Mapping[str, Any]]) -> Any:
    """How access rules follow the links of records: as in SQL, whether or not the actor may see what is there."""
    rules = access_rules(view, entity)
    if not any(len(path) > 1 for rule in rules for path in rule.paths):
        return None
    found = Lookups()
    look_up(view, entity, records, found, rules, seen=False)
    return found.follow


def refuse_verb(view, entity: Entity, verb: str) -> NotAllowed:
    """The refusal of a verb, naming the roles that hold it."""
    return NotAllowed([who_may(view.catalog, entity, verb)])


def who_may(catalog: Catalog, entity: Entity, verb: str) -> Problem:
    """Which roles hold the verb on some record of the entity: whom to ask."""
    roles = [catalog.roles[r] for r, a in entity.access.items() if verb in a.verbs and r in catalog.roles]
    message = N_("This may be done by: %(roles)s") if roles else N_("Nobody has this right yet")
    told = Text(*(", ".join(role.title.in_(language) for role in roles) for language in LANGUAGES))
    return Problem("access.verb", message, params={"roles": told})
