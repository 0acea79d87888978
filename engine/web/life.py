"""The verbs of a record's life: archive, restore, copy; of a document also post, reverse, annul."""

from __future__ import annotations

from flask import Response

from engine import doors
from engine.errors import NotAllowed, NotFound, Refusal
from engine.language import N_
from engine.services import records
from engine.web import pages
from engine.web.asking import ask, do, entity_here, version_sent
from engine.web.record_page import card_page
from engine.web.routes import blueprint

DONE = {
    "archive": N_("Moved to the archive"), "restore": N_("Restored from the archive"), "copy": N_("Copied"),
    "post": N_("Posted"), "reverse": N_("Reversed"), "annul": N_("Annulled"),
}


def _route(verb: str) -> None:
    @doors.declares_access(verb)
    def act(module: str, slug: str, id: str) -> Response:
        entity = entity_here(module, slug)
        done = getattr(records, verb)
        if verb == "copy":
            record = do(lambda uow: done(uow, entity.address, id))
        else:
            try:
                record = do(lambda uow: done(uow, entity.address, id, version_sent()))
            except (NotFound, NotAllowed):
                raise
            except Refusal as refusal:
                why = refusal  # the card again, saying at its top why it was not done
                return ask(lambda view: card_page(view, entity, id, status=why.status, refusal=why))
        undo = None
        if verb == "archive":
            undo = {"url": f"{entity.url}/{record.id}/restore", "version": str(record.version)}
        pages.notice("done", pages.said(DONE[verb]), undo)
        return pages.see_other(f"{entity.url}/{record.id}" + ("/edit" if verb == "copy" else ""))

    blueprint.add_url_rule(f"/<module>/<slug>/<id>/{verb}", endpoint=verb, view_func=act, methods=["POST"])


for _verb in DONE:
    _route(_verb)
