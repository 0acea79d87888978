"""Doing one job: taken, done with fresh rights, ended - or tried again later, or given up with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotAllowed, NotPublished, Problem, Refusal
from engine.hooks import registry
from engine.language import N_
from engine.logs import log
from engine.services.actor import Actor, system
from engine.services.identity.actors import actor_of_user
from engine.services.jobs.claiming import Hands, claim, due
from engine.services.jobs.ending import end
from engine.services.jobs.run import Cancelled, Interrupted, Lost, Run
from engine.services.sentences import kept, refusal_kept
from engine.storage.system.tables import JOB

CLOSED = N_("The account that asked for this is closed")
BROKEN = N_("Something went wrong that is not your fault. Tell the administrator the number of this job")
DIED = N_("The worker stopped in the middle of this job several times")
NO_HANDLER = N_("Nothing here can do this kind of work any more")
BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""How long a job rests before its second, third, ... attempt."""


def perform(site, id: UUID, hands: Hands) -> bool:
    """Do the job if it is due and free. False when it was not ours to do; raises nothing that a handler raises."""
    row = claim(site, id, hands.name)
    if row is None:
        return False
    hands.holding[id] = row.attempts
    try:
        _do(site, row, hands)
    finally:
        hands.holding.pop(id, None)
        site.pulse.forget(id)
    return True


def _do(site, row: Any, hands: Hands) -> None:
    """One attempt, and whatever comes of it."""
    run = Run(site, row, hands, system(row.organisation_id))
    try:
        if row.cancel_asked:
            raise Cancelled
        if row.attempts > row.most_attempts:
            _give_up(run, kept(DIED))
            return
        run.actor = _actor(site, row)
        if row.kind not in registry().job_handlers:
            raise Refusal([Problem("job.unknown", NO_HANDLER)])
        result = registry().job_handlers[row.kind](run)
        if not run.finished:
            run.write(lambda uow: run.finish(uow, result))
    except Cancelled:
        _as_engine(run, lambda uow: end(uow, run, "cancelled"))
    except Interrupted:
        _again(run, timedelta(0), row.attempts - 1)
    except Lost:
        log.warning("job lost", job=str(row.id), kind=row.kind, worker=hands.name)
    except Refusal as refusal:
        if isinstance(refusal, NotPublished) and row.attempts < row.most_attempts:
            _again(run, _rest(row.attempts))
        else:
            _give_up(run, refusal_kept(refusal))
    except Exception as error:
        # Only the kind and the place: the text of an exception may hold personal values.
        log.error("job failed", job=str(row.id), kind=row.kind, attempt=row.attempts, error=type(error).__qualname__,
                  frames=_frames(error))
        if row.attempts < row.most_attempts:
            _again(run, _rest(row.attempts))
        else:
            _give_up(run, kept(BROKEN))


def work_off(site) -> int:
    """Do everything that is due, here and now, until nothing is; how many jobs. For tests and programs of one go."""
    hands, done = Hands(), 0
    while found := due(site):
        did = [id for id in found if perform(site, id, hands)]
        if not did:
            break
        done += len(did)
    return done


def _actor(site, row: Any) -> Actor:
    """Whoever asked, with the rights they have now. NotAllowed when their account was closed meanwhile."""
    if row.user_id is None:
        return system(row.organisation_id)
    actor = actor_of_user(site, row.user_id)
    if actor is None or actor.organisation_id != row.organisation_id:
        raise NotAllowed([Problem("job.closed", CLOSED)])
    return actor


def _give_up(run: Run, error: Mapping[str, Any]) -> None:
    _as_engine(run, lambda uow: end(uow, run, "failed", error=error))


def _again(run: Run, rest: timedelta, attempts: int | None = None) -> None:
    def put_back(uow) -> None:
        more = {} if attempts is None else {"attempts": attempts}
        uow.execute(sa.update(JOB).where(run.mine()).values(
            state="waiting", not_before=uow.now + rest, worker=None, seen_at=None, **more))

    _as_engine(run, put_back)


def _rest(attempts: int) -> timedelta:
    return BACKOFF[min(attempts, len(BACKOFF)) - 1]


def _as_engine(run: Run, work: Any) -> None:
    run.site.write(system(run.actor.organisation_id), work, request_id=f"job {run.id}")


def _frames(error: BaseException) -> list[str]:
    trace, frames = error.__traceback__, []
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno} {trace.tb_frame.f_code.co_name}")
        trace = trace.tb_next
    return frames[-12:]
