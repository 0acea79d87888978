"""The journal on screen: entries by person, record, period, kind and module; one entry; its files; its proof.

For roles that say `journal` in their YAML; for others there are no such pages.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any, BinaryIO
from urllib.parse import urlencode

from flask import Response, request, send_file

from engine import doors, hooks
from engine.ids import parse_id
from engine.language import N_, translate
from engine.language.formats import number_formatter, write_moment
from engine.services import journal
from engine.services.access import visible_entities
from engine.web import pages
from engine.web.asking import ask, do
from engine.web.history import FOLDED
from engine.web.routes import blueprint

FIELDS = ("kind", "module", "entity", "record", "person", "since", "until")
IN_MEMORY = 1024 * 1024
FACTS = {
    "format": N_("Format"), "scope": N_("Scope"), "records": N_("Records"), "file": N_("File"), "name": N_("Title"),
    "rows": N_("Rows"), "created": N_("Created"), "changed": N_("Changed"), "revision": N_("Revision"),
    "key": N_("Key"), "head": N_("Head of the journal"), "refused": N_("Refused"), "read_only": N_("For reading only"),
    "entities": N_("Lists"), "roles_left": N_("Roles"), "ends": N_("Ends"),
}
KINDS_OF_ACTORS = {"key": N_("by an API key"), "system": N_("The system"), "nobody": N_("nobody signed in")}


def asked_here() -> journal.Asked:
    """What the address asks for; a word that cannot be read is passed over, as if it were not there."""
    words = {k: request.args.get(k, "").strip() for k in FIELDS}
    return journal.Asked(words["kind"], words["module"], words["entity"], parse_id(words["record"]),
                         words["person"][:100], day(words["since"]), day(words["until"]))


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def address(path: str = "/journal", **words: Any) -> str:
    """The address of the list as it is asked for, with some words changed."""
    given = {k: v for k in FIELDS if (v := request.args.get(k, "").strip())} | words
    text = urlencode({k: v for k, v in given.items() if v})
    return f"{path}?{text}" if text else path


@blueprint.get("/journal")
@doors.declares_access(doors.SIGNED_IN)
def journal_list() -> Response:
    asked, before = asked_here(), request.args.get("before")

    def work(view: Any) -> Response:
        found = journal.entries(view, asked, before)
        return pages.page(
            "journal/journal.html", lines=[_line(line, view.language) for line in found.lines], asked=asked,
            kinds=[(key, pages.said(title)) for key, (title, _) in journal.KINDS.items()]
            + [(journal.OTHER, pages.said(journal.OTHER_TITLE))],
            modules=_modules(view), since=request.args.get("since", ""), until=request.args.get("until", ""),
            record=_record(view, asked), narrowed=asked != journal.Asked(), formats=formats(),
            export_url=address("/journal/export"), next_url=address(before=found.next) if found.next else "",
            first_url=address() if before else "")

    return ask(work)


def _modules(view: Any) -> list[tuple[str, str]]:
    shown = {e.module for e in visible_entities(view.catalog, view.actor)}
    modules = sorted((m for m in view.catalog.modules.values() if m.key in shown), key=lambda m: (m.order, m.key))
    return [(m.key, m.title.in_(view.language)) for m in modules]


def _record(view: Any, asked: journal.Asked) -> str:
    """What narrows the list beside the inputs: an entity, one record of it."""
    entity = view.catalog.entities.get(asked.entity)
    if entity is None:
        return ""
    return entity.title.in_(view.language) + (f" {str(asked.record_id)[:8]}" if asked.record_id else "")


def _line(line: journal.Line, language: str) -> SimpleNamespace:
    entity = line.entity
    what = entity.title.in_(language) if entity else line.address
    return SimpleNamespace(
        url=f"/journal/{line.id}", at=write_moment(line.at), who=line.who, done=line.done,
        who_url=address(person=line.actor_id) if line.actor_id else "", what=what, record=line.record,
        fields=line.fields or "", tone="harm" if line.operation.endswith("refused") else "")


@blueprint.get("/journal/<id>")
@doors.declares_access(doors.SIGNED_IN)
def journal_entry(id: str) -> Response:
    """One entry: who, when, from where, and what it changed, as far as the reader may see it."""

    def work(view: Any) -> Response:
        told = journal.entry(view, id)
        line, entity = told.line, told.line.entity
        url = f"{entity.url}/{line.record_id}" if entity and line.record else ""
        changes = SimpleNamespace(changes=told.changes, folded=len(told.changes) > FOLDED * 4)
        return pages.page(
            "journal/entry.html", told=told, entry=changes, done=line.done, at=write_moment(line.at),
            who=line.who or pages.said(N_("The system")), how=_how(told),
            what=entity.title.in_(view.language) if entity else line.address, record=line.record, record_url=url,
            facts=[(pages.said(FACTS[k]), _fact(v)) for k, v in told.facts.items() if k in FACTS],
            same_person=f"/journal?{urlencode({'person': str(line.actor_id)})}" if line.actor_id else "",
            same_record=f"/journal?{urlencode({'entity': line.address, 'record': str(line.record_id)})}"
            if line.record_id else "")

    return ask(work)


def _how(told: journal.Told) -> str:
    return pages.said(KINDS_OF_ACTORS[told.kind]) if told.kind in KINDS_OF_ACTORS else ""


def _fact(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):  # what was refused: field and reason
        return ", ".join(": ".join(str(part) for part in pair if part) for pair in value)
    if isinstance(value, list) and len(value) == 2:
        return " → ".join("—" if v is None else str(v) for v in value)
    return str(value)


# -- files ------------------------------------------------------------------------------------------------------------


def formats() -> list[tuple[str, str]]:
    parts = hooks.registry().exporters.parts.items()
    return [(name, translate(part().title, doors.language())) for name, part in parts]


@blueprint.post("/journal/export")
@doors.declares_access(doors.SIGNED_IN)
def journal_export() -> Response:
    """The entries of this address as a file."""
    asked, form = asked_here(), request.form.get("format", "")
    return as_file(lambda out: journal.export_entries(
        doors.site(), doors.current_actor(), asked, form, out, language=doors.language(),
        request_id=doors.request_id()))


def as_file(write: Callable[[BinaryIO], Any]) -> Response:
    """Written whole before the first byte is sent: a file that breaks off in the middle looks like a good one."""
    out = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - send_file closes it with the answer
    made = write(out)
    out.seek(0)
    answer = send_file(out, made.media_type, as_attachment=True, download_name=made.name, max_age=None)
    answer.headers["Cache-Control"] = "no-store"
    return answer


# -- proof ------------------------------------------------------------------------------------------------------------


@blueprint.get("/journal/proof")
@doors.declares_access(doors.SIGNED_IN)
def journal_proof() -> Response:
    """What the last proof found, and when the journal was sealed last."""

    def work(view: Any) -> Response:
        outcome, head = journal.last_proof(view)
        write = number_formatter(view.language)
        late = head is not None and (view.now - head.at).total_seconds() > 86_400
        return pages.page(
            "journal/proof.html", head=head, sealed_at=write_moment(head.at) if head else "",
            number=write(head.number) if head else "", late=late,
            outcome=outcome, proved_at=write_moment(outcome.at) if outcome else "",
            entries=write(outcome.entries) if outcome else "", found=write(outcome.number) if outcome else "",
            waiting=write(outcome.waiting) if outcome and outcome.waiting else "",
            findings=[SimpleNamespace(text=f.text(view.language), number=f.number,
                                      url=f"/journal/{f.entry_id}" if f.entry_id and f.kind != "deleted" else "",
                                      entry=str(f.entry_id or ""))
                      for f in (outcome.findings if outcome else ())])

    return ask(work)


@blueprint.post("/journal/proof")
@doors.declares_access(doors.SIGNED_IN)
def prove_journal() -> Response:
    """Leave the proof to a worker, and go to its page."""
    return pages.see_other(f"/jobs/{do(journal.defer_proof)}")
