"""The picked records of a list, or all that match, on one page to be printed: every column, no buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import Invalid, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.language.formats import number_formatter, write_moment
from engine.services.access import readable
from engine.services.registries import Query, listing, note_print
from engine.services.registries.kept import kept
from engine.web import pages
from engine.web.asking import ask, do, entity_here
from engine.web.registries.asked import Asked, asked
from engine.web.registries.marks import marks
from engine.web.registries.table import table
from engine.web.routes import blueprint
from engine.web.state import State

MOST = 2_000
"""Records on one printed page: some forty sheets."""
TOO_MANY = N_("At most %(most)s records are printed at once: narrow the filter or export the list")


@blueprint.post("/<module>/<slug>/bulk/print")
@doors.declares_access("print")
def bulk_print(module: str, slug: str) -> Response:
    """The page to be printed. Without a record picked: back to the list."""
    entity, state = entity_here(module, slug), State.read(request.args)
    everything = request.form.get("_all") == "1"
    picks = [id for text in request.form.getlist("_id") if (id := parse_id(text.partition(".")[0])) is not None]
    if not everything and not picks:
        pages.notice("wait", pages.said(N_("Pick the records first")))
        return pages.see_other(state.url(entity.url))
    page, query, ids = ask(
        lambda view: _page(asked(view, entity, state, kept(view, entity)), None if everything else picks))
    do(lambda uow: note_print(uow, entity.address, query, ids))
    return page


def printed(wanted: Asked, picks: list[Any] | None) -> tuple[Asked, Query]:
    """What is printed of the list: records and fields for which the actor holds `print`."""
    may = readable(wanted.view.catalog, wanted.view.actor, wanted.entity, "print")
    wanted = replace(
        wanted, seen=wanted.seen & may, paths=tuple(p for p in wanted.paths if p.partition(".")[0] in may),
        sort=tuple(s for s in wanted.sort if s.lstrip("-") in may),
        totals=tuple(t for t in wanted.totals if t[0] in may),
    )
    query = replace(wanted.query(marks(wanted).needs), ids=picks, limit=MOST, most=MOST, after=None, before=None,
                    count=True, verb="print")
    if picks is not None:
        query = replace(query, filters=(), search="", where=None)  # picked is picked, whatever the filter says by now
    return wanted, query


def _page(wanted: Asked, picks: list[Any] | None) -> tuple[Response, Query, list[Any]]:
    """The page, and what stands on it: the query and the ids of the records."""
    view, entity = wanted.view, wanted.entity
    wanted, query = printed(wanted, picks)
    mark = marks(wanted)
    page = listing(view, entity.address, query)
    if page.next:
        raise Invalid([Problem("print.too-many", TOO_MANY, params={"most": MOST})])
    plain = replace(wanted, state=State(archived=wanted.state.archived))
    context = {
        **table(plain, page, mark), "legend": mark.legend, "shown": len(page.records),
        "title_text": pages.list_title(view.catalog, view.actor, entity).in_(view.language),
        "count_text": number_formatter(view.language)(page.count or 0), "at": write_moment(view.now),
        "who": view.actor.name or view.actor.login, "back_url": wanted.state.url(entity.url),
    }
    return pages.page("registries/print.html", **context), query, [r["id"] for r in page.records]
