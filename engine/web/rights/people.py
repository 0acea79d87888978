"""What one person may do, today or on a past day; and what a change of their roles would give, before it is made."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, request

from engine import doors
from engine.errors import NotFound
from engine.ids import parse_id
from engine.language import N_
from engine.language.formats import write_date
from engine.model import Catalog
from engine.services import records, rights
from engine.services.access import can
from engine.services.access.reach import UNIT
from engine.services.display import names_of
from engine.services.identity.actors import GROUP, USER
from engine.services.registries import Query, listing
from engine.web import pages
from engine.web.asking import ask
from engine.web.rights.telling import VERBS, choices, role_title, unit_names, verb_title
from engine.web.routes import blueprint

NOBODY = N_("nobody chosen")
CHOICES = 200


@blueprint.get("/rights/people/<id>")
@doors.declares_access(doors.SIGNED_IN)
def person_rights(id: str) -> Response:
    """`on`: the day; today when it is missing or no day."""

    def work(view: Any) -> Response:
        rights.require_overseer(view)
        wanted = parse_id(id)
        if wanted is None:
            raise NotFound()
        user = records.read(view, USER, wanted)
        day = _day(request.args.get("on", "")) or view.today
        then = rights.then(view, wanted, min(day, view.today))
        catalog = then.catalog or view.catalog
        lenders = names_of(view, USER, sorted({h.lender for h in then.held if h.lender}))
        units = unit_names(view, (h.unit for h in then.held))
        return pages.page(
            "rights/person.html", trail=_trail(view), heading=user.display(view.language, view.names),
            user_url=f"{view.catalog.entity(USER).url}/{wanted}", day=then.day.isoformat(),
            today=view.today.isoformat(),
            shown_day=write_date(then.day), is_past=then.day < view.today, existed=then.existed, active=then.active,
            revision=then.revision, beyond=then.catalog is None and bool(then.revision),
            held=[SimpleNamespace(role=role_title(view, h.role), unit=units.get(h.unit, "…"), group=h.group,
                                  lender=lenders.get(h.lender, "")) for h in then.held],
            modules=list(_opened(view, catalog, sorted({h.role for h in then.held}))) if then.active else [],
            preview_url=f"/rights/preview?user={wanted}")

    return ask(work)


def _opened(view: Any, catalog: Catalog, roles: list[str]) -> Any:
    """What these roles open, by modules: each entity with its verbs, those under a condition apart."""
    from engine.services.rights.matrix import cell

    for module in sorted(catalog.modules.values(), key=lambda m: (m.order, m.key)):
        rows = []
        for entity in (e for e in catalog.entities.values() if e.module == module.key):
            cells = {v: [c for r in roles if (c := cell(catalog, entity, r, v)).is_open] for v in VERBS}
            free = [verb_title(view, v) for v, c in cells.items() if any(not one.is_narrowed for one in c)]
            bound = [verb_title(view, v) for v, c in cells.items() if c and all(one.is_narrowed for one in c)]
            rules = {w for c in cells.values() for one in c for g in one.grants
                     if one.is_narrowed and (w := rights.in_words(view, entity, g.where))}
            if free or bound:
                rows.append(SimpleNamespace(title=entity.plural.in_(view.language), free=", ".join(free),
                                            bound=", ".join(bound), rules=sorted(rules)))
        if rows:
            yield SimpleNamespace(title=module.title.in_(view.language), rows=rows)


@blueprint.get("/rights/preview")
@doors.declares_access(doors.SIGNED_IN)
def preview_rights() -> Response:
    """A role given or taken: `user`, `group` or `holders` (of a role) say whose, `unit` where, `takes` that it goes."""

    def work(view: Any) -> Response:
        rights.require_overseer(view)
        change = _change(view)
        told: dict[str, Any] = {"people": None}
        if change is not None:
            people, found = rights.gain(view, change)
            told = {"people": people, "gains": [SimpleNamespace(
                title=g.entity.plural.in_(view.language), verbs=", ".join(verb_title(view, v) for v in g.verbs),
                fields=", ".join(g.entity.fields[k].title.in_(view.language) for k in g.fields),
                people=g.people, before=g.before, after=g.after) for g in found]}
        return pages.page("rights/preview.html", trail=_trail(view), takes=request.args.get("takes") == "1",
                          **_asked(view), **told)

    return ask(work)


def _change(view: Any) -> Any:
    role, holders = request.args.get("role", ""), request.args.get("holders", "")
    user, group, unit = (parse_id(request.args.get(k, "")) for k in ("user", "group", "unit"))
    if role not in view.catalog.roles or not (user or group or holders in view.catalog.roles):
        return None
    if unit is not None and not names_of(view, UNIT, [unit]):
        raise NotFound()
    return rights.Change(role, unit, request.args.get("takes") == "1", user, group if user is None else None,
                         holders if user is None and group is None else "")


def _asked(view: Any) -> dict[str, Any]:
    """The form, with what was chosen still in it."""
    none = ("", pages.said(NOBODY))
    titles = [(r, role_title(view, r)) for r in view.catalog.roles]
    return {
        "roles": choices(titles, request.args.get("role", "")),
        "holders": choices([none, *titles], request.args.get("holders", "")),
        "users": choices([none, *_named(view, USER)], request.args.get("user", "")),
        "groups": choices([none, *_named(view, GROUP)], request.args.get("group", "")),
        "units": choices([("", unit_names(view, ())[None]), *_named(view, UNIT)], request.args.get("unit", "")),
    }


def _named(view: Any, address: str) -> list[tuple[str, str]]:
    entity = view.catalog.entities.get(address)
    if entity is None or not can(view.catalog, view.actor, entity, "read"):
        return []
    ids: list[UUID] = [r["id"] for r in listing(view, address, Query(fields=("id",), limit=CHOICES)).records]
    return sorted(((str(id), text) for id, text in names_of(view, address, ids).items()), key=lambda pair: pair[1])


def _trail(view: Any) -> list[tuple[str, str]]:
    return [(pages.said(N_("Who may do what")), "/rights")]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
