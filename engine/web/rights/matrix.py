"""Roles and what they may do with what, as a table; for overseers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.language import N_
from engine.services import rights
from engine.web import pages
from engine.web.asking import ask
from engine.web.rights.telling import VERBS, choices, role_title, verb_title
from engine.web.routes import blueprint

EVERY_ROLE, EVERY_MODULE = N_("every role"), N_("every module")


@blueprint.get("/rights")
@doors.declares_access(doors.SIGNED_IN)
def rights_matrix() -> Response:
    """`role`: every verb of it; else one `verb` of every role. `module`: only its entities."""

    def work(view: Any) -> Response:
        rights.require_overseer(view)
        catalog = view.catalog
        role = request.args.get("role", "") if request.args.get("role") in catalog.roles else ""
        verb = request.args.get("verb", "") if request.args.get("verb") in VERBS else "read"
        module = request.args.get("module", "") if request.args.get("module") in catalog.modules else ""
        found = rights.matrix(catalog, role=role, verb=verb, module=module)
        heads = [verb_title(view, v) if role else role_title(view, r) for r, v in found.columns]
        return pages.page(
            "rights/matrix.html", role=role, heads=heads,
            roles=choices([("", pages.said(EVERY_ROLE)), *((r, role_title(view, r)) for r in catalog.roles)], role),
            verbs=choices([(v, verb_title(view, v)) for v in VERBS], verb),
            modules=choices([("", pages.said(EVERY_MODULE)),
                             *((m.key, m.title.in_(view.language)) for m in catalog.modules.values())], module),
            rows=[SimpleNamespace(title=e.plural.in_(view.language), cells=[_cell(view, e, c) for c in cells])
                  for e, cells in found.rows])

    return ask(work)


def _cell(view: Any, entity: Any, cell: Any) -> SimpleNamespace:
    rules = [w for g in cell.grants if (w := rights.in_words(view, entity, g.where))]
    return SimpleNamespace(open=cell.is_open, narrowed=cell.is_narrowed, hidden=cell.hidden, rules=rules)
