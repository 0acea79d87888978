"""The web door's blueprint. Routes are generic: which entity is meant is looked up in the Catalog, never registered."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_from_directory

from engine import doors
from engine.language import LANGUAGES
from engine.web import pages, templating
from engine.web.compressing import static_file

blueprint = Blueprint("web", __name__)
prepare = templating.prepare


@blueprint.get("/static/<path:name>")
@doors.declares_access(doors.PUBLIC)
def static(name: str) -> Response:
    """A static file; kept for a year under an address that changes with its contents. Fonts never change."""
    lasting = "v" in request.args or name.endswith(".woff2")
    age = pages.YEAR if lasting else 3600
    return static_file(templating.STATIC, name, age) or send_from_directory(templating.STATIC, name, max_age=age)


@blueprint.after_request
def keep_language(response: Response) -> Response:
    """Remember a language that was asked for by `?lang=`."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        response.set_cookie(doors.LANGUAGE_COOKIE, asked, max_age=pages.YEAR, samesite="Lax", secure=request.is_secure)
    return response


from engine.web import (  # noqa: E402, F401 - they add routes
    account,
    account_keys,
    accounts,
    actions,
    application,
    attachments,
    bulk,
    bulk_print,
    card,
    drafts,
    exports,
    factors,
    forgotten,
    grid,
    grid_cell,
    help,
    history,
    home,
    imports,
    inline,
    jobs,
    journal,
    journal_figures,
    kind_parts,
    life,
    link_choices,
    moving,
    neighbours,
    notices,
    own_keys,
    passkeys,
    places,
    placing,
    registry,
    remarks,
    schedules,
    search,
    signin,
)
from engine.web.registries import builder, chosen_columns, grouped, ordering, quick, saved_views  # noqa: E402, F401
from engine.web.rights import matrix, passport, people, record  # noqa: E402, F401
