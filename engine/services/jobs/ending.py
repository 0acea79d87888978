"""How a job ends: its row says so once, and its owner is told, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from engine.language import N_
from engine.model.text import Text
from engine.services.identity.actors import USER
from engine.services.notices import tell
from engine.services.sentences import Said, kept, say
from engine.storage.system.tables import JOB
from engine.storage.tables import tables_of

if TYPE_CHECKING:
    from engine.services.jobs.run import Run

ADMINISTRATOR = "administrator"
TOLD = {"done": ("done", N_("Done: %(title)s")), "failed": ("harm", N_("Did not work: %(title)s"))}
"""What the owner is told, by the state in which the job ends; of one that they stopped themselves nothing."""


def end(uow, run: Run, state: str, result: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None, said: Said | None = None) -> bool:
    """Bring the job to its last state. False when it is no longer this run's to end."""
    words = {} if said is None else {"said": kept(said)}
    ended = uow.execute(sa.update(JOB).where(run.mine()).values(
        state=state, finished_at=uow.now, seen_at=uow.now, result=dict(result) if result is not None else None,
        file=run.file if state == "done" else None, error=dict(error) if error else None, **words,
    ))
    if ended.rowcount != 1:
        return False
    if state in TOLD:
        tone, message = TOLD[state]
        for user_id in _told(uow, run, state):
            tell(uow, user_id, tone, (message, {"title": title_of(run.title)}), f"/jobs/{run.id}", run.id)
    return True


def _told(uow, run: Run, state: str) -> Sequence[UUID]:
    """The owner; of the engine's own work that failed, the administrators to whom it is shown."""
    if run.user_id is not None:
        return [run.user_id]
    if state != "failed":
        return []
    tables, entity = tables_of(uow.catalog), uow.catalog.entity(USER)
    user, roles = tables.of(USER), tables.rows(entity.fields["roles"])
    found = sa.select(user.c.id).distinct().join_from(user, roles, roles.c.owner_id == user.c.id).where(
        roles.c.role == ADMINISTRATOR, user.c.active, user.c.archived_at.is_(None))
    if run.organisation_id is not None:
        found = found.where(user.c.organisation_id == run.organisation_id)
    return uow.execute(found).scalars().all()


def title_of(title: Mapping[str, Any]) -> Text:
    """The title in all languages at once: it stands inside another sentence."""
    return Text(*(say(title, language) for language in ("kk", "ru", "en")))
