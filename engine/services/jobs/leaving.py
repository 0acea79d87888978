"""Making a job known to workers: in the transaction where the queue is part of it, after the commit where it is not."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from engine.logs import log


def leave(uow, id: UUID, not_before: datetime) -> None:
    """Workers hear of the job once the transaction is committed; a lost word is made good by their sweep."""
    soon = not_before <= uow.now
    carried = uow.site.queue.leave(uow.connection, id, None if soon else not_before)
    if soon and not carried:
        uow.after(lambda: _hand_over(uow.site, id))


def _hand_over(site, id: UUID) -> None:
    try:
        site.queue.hand_over([id])
    except Exception as error:  # what is committed is committed: the sweep of the workers finds it
        log.warning("job not handed over", job=str(id), error=type(error).__qualname__)
