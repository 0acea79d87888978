"""What create and edit share: settle a draft, follow its links, find what is wrong, judge the right to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import Invalid, NotAllowed, Problem
from engine.expression import Context
from engine.language import N_
from engine.model import Entity, Field
from engine.services.access.grants import held
from engine.services.access.predicate import covering
from engine.services.lookups import Lookups, links_in, look_up
from engine.services.validation import Draft, check, settle

NO_LINK = N_("This record is not there any more, or it is not shown to you: choose another")
NOT_CHOOSABLE = N_("This record does not fit here: choose one of those offered")
ARCHIVED = N_("This record is in the archive: choose another")
OUTSIDE = N_("Your rights do not cover the record as it would become")


def access_rules(view, entity: Entity) -> tuple[Any, ...]:
    """The `where` rules of the actor's grants, so that their links are followed with the others."""
    verbs = ("create", "edit", "read", "post")
    return tuple(
        dict.fromkeys(g.where for v in verbs for g in held(view.catalog, view.actor, entity, v) if g.where is not None)
    )


def judge(
    view, entity: Entity, given: list[Mapping[str, Any]], befores: list[Mapping[str, Any] | None], lookups: Lookups
) -> list[Draft]:
    """Drafts of several records; links of all of them are followed by one statement (a level)."""
    first = [{**(before or {}), **values} for values, before in zip(given, befores, strict=True)]
    for values, before in zip(first, befores, strict=True):
        if before is None:
            _early_defaults(view, entity, values)
    rules = access_rules(view, entity)
    look_up(view, entity, first, lookups, rules)
    drafts = [
        settle(view, entity, values, before, lookups.follow) for values, before in zip(given, befores, strict=True)
    ]
    # Defaults and conditions may have brought links that nobody sent.
    look_up(view, entity, [d.values for d in drafts], lookups, rules)
    return drafts


def _early_defaults(view, entity: Entity, values: dict[str, Any]) -> None:
    """Links that come from a default (`=actor.unit`), so that they are followed together with those sent."""
    context = None
    for f in entity.fields.values():
        if f.key in values or f.default is None or not f.kind.targets(f):
            continue
        if hasattr(f.default, "evaluate"):
            if all(len(p) < 2 for p in f.default.paths):
                context = context or view.context(values)
                values[f.key] = f.default.evaluate(context)
        else:
            values[f.key] = f.default


def problems_of(view, draft: Draft, lookups: Lookups) -> list[Problem]:
    """Everything wrong with a settled draft, links included."""
    context = view.context(draft.values, follow=lookups.follow)
    problems = check(draft, context, view.names)
    problems += _link_problems(view, draft, lookups)
    return problems


def _link_problems(view, draft: Draft, lookups: Lookups) -> list[Problem]:
    problems = []
    before = {(p, a, i) for p, _, a, i in links_in(view.catalog, draft.entity, draft.before)} if draft.before else set()
    for path, f, address, id in links_in(view.catalog, draft.entity, draft.values):
        if address not in view.catalog.entities or (path, address, id) in before or f.builtin or f.is_computed:
            continue
        place = _place(draft, path, id)
        linked = lookups.follow(address, id)
        if linked is None:
            problems.append(Problem("link.not-found", NO_LINK, place))
            continue
        if linked.get("archived_at") is not None:
            problems.append(Problem("link.archived", ARCHIVED, place))
            continue
        where = f.options.get("where")
        if hasattr(where, "evaluate") and not judged(view, f, where, draft.values, linked, lookups):
            problems.append(Problem("link.not-choosable", NOT_CHOOSABLE, place))
    return problems


def _place(draft: Draft, path: tuple[str, ...], id: Any) -> str:
    """The path of a link as errors name it: `lines[2].service`."""
    if len(path) == 1:
        return path[0]
    for n, row in enumerate(draft.values.get(path[0]) or ()):
        if not isinstance(row, Mapping):
            if row == id:
                return f"{path[0]}[{n}]"
            continue
        if len(path) == 2 and row.get(path[1]) == id:
            return f"{path[0]}[{n}].{path[1]}"
        for m, nested in enumerate(row.get(path[1]) or () if len(path) == 3 else ()):
            if (nested.get(path[2]) if isinstance(nested, Mapping) else nested) == id:
                return f"{path[0]}[{n}].{path[1]}[{m}].{path[2]}"
    return path[0]


def require(problems: list[Problem], **details: Any) -> None:
    """Raise Invalid when there is anything to say."""
    if problems:
        raise Invalid(problems, **details)


def require_right(view, draft: Draft, verb: str, lookups: Lookups) -> frozenset[str]:
    """The fields that the grants covering the resulting record let the actor write; NotAllowed when none covers it."""
    context = view.context(draft.values, follow=lookups.follow)
    found = covering(view, draft.entity, verb, context)
    if not found:
        raise NotAllowed([Problem("access.outside", OUTSIDE)])
    return frozenset().union(*(g.write for g in found))


def refuse_verb(view, entity: Entity, verb: str) -> NotAllowed:
    """The refusal of a verb, naming the roles that hold it."""
    roles = [
        view.catalog.roles[r].title.in_(view.language)
        for r, a in entity.access.items()
        if verb in a.can and r in view.catalog.roles
    ]
    message = N_("This may be done by: %(roles)s") if roles else N_("Nobody has this right yet")
    return NotAllowed([Problem("access.verb", message, params={"roles": ", ".join(roles)})])


def judged(view, f: Field, where: Any, values: Mapping[str, Any], linked: Mapping[str, Any], lookups: Lookups) -> bool:
    """Does a chosen record still fit the link's `where`? For rows the row that holds it is searched among all."""
    contexts = [values]
    for outer in values.values():
        if isinstance(outer, list):
            contexts += [{**values, **r} for r in outer if isinstance(r, Mapping) and r.get(f.key) == linked.get("id")]
    return any(
        bool(
            where.evaluate(
                Context(
                    record=c,
                    row=linked,
                    actor=view.actor.as_record(),
                    today=view.today,
                    now=view.now,
                    follow=lookups.follow,
                    calendar=view.calendar,
                )
            )
        )
        for c in (contexts[1:] or contexts if f.owner.count(".") > 1 else contexts[:1])
    )
