"""Proving the journal in the background, by a press or every night; what was found is kept for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Problem, Refusal
from engine.ids import parse_id
from engine.language import N_
from engine.services import jobs
from engine.services.journal.heads import Head, head_of
from engine.services.journal.rights import shown_to
from engine.services.journal.verifying import Finding, Verified, verify
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import STATE

KIND = "journal.verify"
PLACE = "journal verified"
KEPT = 100
"""Findings that are kept; all are counted."""
TITLE = N_("Proof of the journal")
WHOLE = N_("%(entries)s entries looked at: all are as they were written")
CHANGED = N_("Not everything in the journal is as it was written: %(number)s findings. They stand on the page of the "
             "proof")


@dataclass(frozen=True)
class Outcome:
    """What the last proof came to."""

    at: datetime
    entries: int
    sealed: int
    waiting: int
    number: int
    """How much was found."""
    findings: tuple[Finding, ...]


def perform(run: Any) -> Mapping[str, Any]:
    """The handler. Refuses, so that administrators are told, when something is found."""
    site = run.site
    with site.database.snapshot(BOOKKEEPING) as connection:
        found = verify(connection, site.journal_key, site.settings.data, site.clock.now())
    run.write(lambda uow: _keep(uow, found))
    if not found.whole:
        raise Refusal([Problem("journal.changed", CHANGED, params={"number": len(found.findings)})])
    run.write(lambda uow: run.finish(uow, {"entries": found.entries, "url": "/journal/proof"},
                                     (WHOLE, {"entries": found.entries})))
    return {}


def defer_proof(uow: Any) -> UUID:
    """The id of the job that proves the journal. Raises NotFound for who may not read it."""
    shown_to(uow)
    return jobs.defer(uow, KIND, {}, title=TITLE, key=KIND, most_attempts=1)


def _keep(uow: Any, found: Verified) -> None:
    value = {
        "at": uow.now.isoformat(), "entries": found.entries, "sealed": found.sealed, "waiting": found.waiting,
        "number": len(found.findings),
        "findings": [[f.kind, str(f.entry_id) if f.entry_id else None, f.number] for f in found.findings[:KEPT]],
    }
    statement = insert_into(uow.connection, STATE).values(key=PLACE, value=value)
    uow.execute(statement.on_conflict_do_update(index_elements=[STATE.c.key], set_={"value": value}))


def last_proof(view: Any) -> tuple[Outcome | None, Head | None]:
    """What the last proof came to, and the newest seal. Raises NotFound for who may not read the journal."""
    shown_to(view)
    value = view.execute(sa.select(STATE.c.value).where(STATE.c.key == PLACE)).scalar()
    outcome = None
    if value:
        findings = tuple(Finding(kind, parse_id(entry), number) for kind, entry, number in value["findings"])
        outcome = Outcome(datetime.fromisoformat(value["at"]), value["entries"], value["sealed"], value["waiting"],
                          value["number"], findings)
    return outcome, head_of(view.connection)
