"""What people decide about jobs: stop one, try one again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Problem
from engine.language import N_
from engine.services.audit import Entry
from engine.services.jobs.deferring import BUSY
from engine.services.jobs.leaving import leave
from engine.services.jobs.looking import JOURNALLED_AS, Job, get, row_of
from engine.storage.system.tables import JOB

ENDED = N_("This work has ended already")
NOT_ENDED = N_("This work has not ended yet")


def cancel(site, actor, id: Any, *, language: str = "", request_id: str = "") -> Job:
    """Stop a job: a waiting one at once, a running one at its next word of progress; what it committed stays.

    Raises NotFound, and Conflict when it has ended already. Not a part of another transaction: a running job may hold
    the one write lock of SQLite, and has to hear of it first.
    """
    row = site.read(actor, lambda view: row_of(view, id))
    if row.state == "running":
        site.pulse.ask_to_stop(row.id, row.attempts)
    return site.write(actor, lambda uow: _cancel(uow, row.id), language=language, request_id=request_id)


def _cancel(uow, id: Any) -> Job:
    stopped = uow.execute(sa.update(JOB).where(JOB.c.id == id, JOB.c.state == "waiting").values(
        state="cancelled", finished_at=uow.now, cancel_asked=True)).rowcount
    asked = stopped or uow.execute(
        sa.update(JOB).where(JOB.c.id == id, JOB.c.state == "running").values(cancel_asked=True)).rowcount
    found = get(uow, id)
    if asked:
        uow.record(Entry("job cancel", JOURNALLED_AS, found.id))
    elif found.state != "cancelled":  # else it was pressed twice, or has heard and stopped meanwhile
        raise Conflict([Problem("job.ended", ENDED)])
    return found


def retry(uow, id: Any) -> Job:
    """Let a failed or stopped job begin anew, with the rights that its owner has now.

    Raises NotFound, and Conflict when it is not over or when another job does this work meanwhile.
    """
    row = row_of(uow, id)
    other = sa.alias(JOB)
    free = sa.true() if row.key is None else ~sa.exists().where(
        other.c.key == row.key, other.c.state.in_(("waiting", "running")))
    again = uow.execute(sa.update(JOB).where(JOB.c.id == row.id, JOB.c.state.in_(("failed", "cancelled")), free).values(
        state="waiting", not_before=uow.now, attempts=0, worker=None, seen_at=None, finished_at=None, error=None,
        cancel_asked=False, done=0, total=None, said=None))
    if not again.rowcount:
        raise Conflict([Problem("job.busy", BUSY) if row.state in ("failed", "cancelled")
                        else Problem("job.not-ended", NOT_ENDED)])
    leave(uow, row.id, uow.now)
    uow.record(Entry("job retry", JOURNALLED_AS, row.id))
    return get(uow, row.id)
