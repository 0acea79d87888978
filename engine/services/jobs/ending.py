"""How a job ends: its row says so once, and its owner is told, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.language import N_
from engine.model.text import Text
from engine.services.notices import tell
from engine.services.sentences import Said, kept, say
from engine.storage.system.tables import JOB

if TYPE_CHECKING:
    from engine.services.jobs.run import Run

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
    if run.user_id is not None and state in TOLD:
        tone, message = TOLD[state]
        tell(uow, run.user_id, tone, (message, {"title": title_of(run.title)}), f"/jobs/{run.id}", run.id)
    return True


def title_of(title: Mapping[str, Any]) -> Text:
    """The title in all languages at once: it stands inside another sentence."""
    return Text(*(say(title, language) for language in ("kk", "ru", "en")))
