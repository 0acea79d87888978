"""Rights on one record: what the reader may do and what is missing, and, for overseers, who sees it and who looked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import BadRequest
from engine.language import N_
from engine.language.formats import write_moment
from engine.model import Entity
from engine.services import records, rights
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.record_about import about
from engine.web.rights.telling import VERBS, choices, field_title, role_title, unit_names, verb_title
from engine.web.routes import blueprint

LIFE = N_("not in the state in which the record is now")
SHARED = N_("lists of the whole installation are changed by administrators only")
ALL = N_("the record")
DOCUMENTS = ("post", "reverse", "annul")


@blueprint.get("/<module>/<slug>/<id>/rights")
@doors.declares_access("read")
def record_rights(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        record = records.read(view, entity.address, id)
        said = about(view, entity, record)
        trail = [(said[title], said[url]) for title, url in (
            ("module_title", "module_url"), ("plural", "list_url"), ("heading", "record_url"))]
        context: dict[str, Any] = {"own": _own(view, entity, record), "oversees": False}
        if rights.oversees(view.catalog, view.actor):
            context.update(_others(view, entity, record))
        return pages.page("rights/record.html", trail=trail, **said, **context)

    return ask(work)


def _own(view: Any, entity: Entity, record: Any) -> list[SimpleNamespace]:
    """Every verb that the entity knows, with what decides it for the reader."""
    used = {v for a in entity.access.values() for v in a.verbs} or set(VERBS)
    verbs = [v for v in VERBS if v in used and v not in ("create", "import")]
    answers = [rights.why(view, entity, record, verb) for verb in verbs
               if entity.is_document or verb not in DOCUMENTS]
    units = unit_names(view, (u for a in answers for r in a.reasons for u in r.units))
    return [SimpleNamespace(
        verb=verb_title(view, a.verb), allowed=a.is_allowed,
        closed=pages.said(SHARED) if a.is_shared else "" if a.fits_life else pages.said(LIFE),
        mine=[_reason(view, r, units) for r in a.reasons if r.is_held],
        others=sorted({role_title(view, r.role) for r in a.reasons if not r.is_held}),
    ) for a in answers]


def _reason(view: Any, reason: Any, units: dict[Any, str]) -> SimpleNamespace:
    return SimpleNamespace(
        role=role_title(view, reason.role), lender=reason.lender, rule=reason.rule, true=reason.is_true,
        within=reason.is_within, places=", ".join(units.get(u, "…") for u in reason.units), allows=reason.allows)


def _others(view: Any, entity: Entity, record: Any) -> dict[str, Any]:
    field = request.args.get("field", "")
    # An overseer asks about every field, also above their own class: names of fields are no secret, values stay unseen.
    fields = [f for f in entity.fields.values() if not f.builtin]
    if field and field not in {f.key for f in fields}:
        raise BadRequest()
    found = rights.seers(view, entity, record, "read", field)
    opened = rights.opened_by(view, entity, record)
    return {
        "oversees": True,
        "fields": choices([("", pages.said(ALL)), *((f.key, f.title.in_(view.language)) for f in fields)], field),
        "field_title": field_title(view, entity, field) if field else "",
        "seers": [SimpleNamespace(
            name=s.name, login=s.login, url=f"/rights/people/{s.user_id}", by=[SimpleNamespace(
                role=role_title(view, b.role), rule=b.rule, unit=b.unit, group=b.group, lender=b.lender) for b in s.by],
        ) for s in found],
        "opened": [SimpleNamespace(
            name=o.name, at=write_moment(o.at), what=verb_title(view, o.operation),
            fields=", ".join(field_title(view, entity, k) for k in o.fields if k in entity.fields),
        ) for o in opened],
    }
