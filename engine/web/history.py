"""The history of a record: who changed what, when, from what to what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response

from engine import doors
from engine.language import N_, translate
from engine.language.formats import write_moment
from engine.services import records
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.record_about import about
from engine.web.routes import blueprint

FOLDED = 5
"""Changes of one entry that are shown without asking."""
OPERATIONS = {"create": N_("created"), "edit": N_("changed"), "archive": N_("archived"), "restore": N_("restored"),
              "copy": N_("copied"), "post": N_("posted"), "reverse": N_("reversed"), "annul": N_("annulled")}


@blueprint.get("/<module>/<slug>/<id>/history")
@doors.declares_access("history")
def history(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        record = records.read(view, entity.address, id)
        entries = [_entry(e, view.language) for e in records.history(view, entity.address, record.id)]
        said = about(view, entity, record)
        trail = [(said[title], said[url]) for title, url in (
            ("module_title", "module_url"), ("plural", "list_url"), ("heading", "record_url"))]
        return pages.page("records/history.html", block="entries", entries=entries, trail=trail, **said)

    return ask(work)


def _entry(entry: Any, language: str) -> SimpleNamespace:
    done = OPERATIONS.get(entry.operation)
    machine = entry.actor_name in ("system", "nobody")
    return SimpleNamespace(actor="" if machine else entry.actor_name, at=write_moment(entry.at), changes=entry.changes,
                           folded=len(entry.changes) > FOLDED,
                           done=translate(done, language) if done else "")
