"""What nobody needs any more is cleared away: handlers of jobs that schedules leave at night.

Each runs in small steps that find out anew what is left, so that a kill in the middle costs nothing. Records of people
are no matter of sweeps: those fall under retention.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.hooks import registry
from engine.ids import oldest_id
from engine.language import N_
from engine.services import drafts
from engine.services.identity.accounts import logins
from engine.services.identity.factors import challenges
from engine.services.identity.factors.setting_up import OPEN_FOR
from engine.services.identity.throttle import FORGOTTEN, subject
from engine.services.jobs.results import sweep_results
from engine.services.repeats import KEPT
from engine.services.repeats import TABLE as IDEMPOTENCY
from engine.services.transfer.importing import keeping
from engine.storage.files import UNFINISHED
from engine.storage.purposes import BOOKKEEPING
from engine.storage.system.personal import DRAFT
from engine.storage.system.tables import (
    API_KEY,
    ATTEMPT,
    FACTOR,
    FILE,
    JOB,
    LINK,
    NOTICE,
    SCHEDULE,
    SESSION,
)

AT_ONCE = 1_000
"""Rows that one transaction removes: nobody waits for a sweep."""
SWEPT = N_("Cleared away: %(number)s")


def sweep_jobs(run: Any) -> Mapping[str, int]:
    """Old files of jobs, jobs that ended long ago, notices that were read, schedules that are described no more."""
    now, days = run.site.clock.now(), _days(run)
    done, failed, read = (now - timedelta(days=days[k]) for k in ("done", "failed", "notices"))
    removed = {
        "files": sweep_results(run.site),
        "jobs": _remove(run, JOB, JOB.c.id, sa.or_(
            sa.and_(JOB.c.state.in_(("done", "cancelled")), JOB.c.finished_at < done),
            sa.and_(JOB.c.state == "failed", JOB.c.finished_at < failed))),
        "notices": _remove(run, NOTICE, NOTICE.c.id, sa.and_(
            NOTICE.c.id < oldest_id(read), NOTICE.c.read_at < read)),
        "schedules": _remove(run, SCHEDULE, SCHEDULE.c.name, SCHEDULE.c.name.not_in(list(run.site.catalog.schedules))),
    }
    run.site.queue.tidy()
    return _told(run, removed)


def sweep_files(run: Any) -> Mapping[str, int]:
    """Uploads that no record took within a day, unless their person still has a draft there, and the bytes that nothing
    names."""
    young = run.site.clock.now() - timedelta(seconds=UNFINISHED)
    drafted = sa.exists().where(DRAFT.c.user_id == FILE.c.created_by, DRAFT.c.entity == FILE.c.entity)
    removed = {"uploads": _remove(run, FILE, FILE.c.id, sa.and_(
        FILE.c.record_id.is_(None), FILE.c.created_at < young, ~drafted)), "blobs": 0}
    with run.site.database.reading(BOOKKEEPING) as connection:
        owners = [row[0] for row in connection.execute(sa.select(FILE.c.organisation_id).distinct())]
    for owner in dict.fromkeys((*owners, None)):
        removed["blobs"] += run.site.files.sweep(owner, lambda digest, owner=owner: _is_named(run, owner, digest))
    return _told(run, removed)


def sweep_requests(run: Any) -> Mapping[str, int]:
    """Answers kept for requests that are not sent again, drafts, imports and challenges past their time, and what
    nobody signs in with any more: old sessions, keys and links, set-ups never confirmed, forgotten attempts."""
    now, days = run.site.clock.now(), _days(run)
    old = now - timedelta(days=days["sessions"])
    removed = {
        "answers": _remove(run, IDEMPOTENCY, IDEMPOTENCY.c.key, IDEMPOTENCY.c.at < now - KEPT),
        "drafts": run.write(drafts.sweep),
        "imports": run.write(keeping.sweep),
        "challenges": run.write(challenges.sweep),
        "sessions": _remove(run, SESSION, SESSION.c.token_hash, SESSION.c.seen_at < old),
        "keys": _sweep_keys(run, now - timedelta(days=days["keys"])),
        "links": _remove(run, LINK, LINK.c.id, LINK.c.until < now - timedelta(days=days["links"])),
        "factors": _remove(run, FACTOR, FACTOR.c.id, sa.and_(
            FACTOR.c.confirmed_at.is_(None), FACTOR.c.created_at < now - OPEN_FOR)),
        "attempts": _remove(run, ATTEMPT, ATTEMPT.c.turn, sa.and_(
            ATTEMPT.c.shut_at.is_(None), ATTEMPT.c.at < now - 2 * FORGOTTEN)),
        "shut": _sweep_shut(run, now - timedelta(days=days["shut"])),
    }
    return _told(run, removed)


def _sweep_keys(run: Any, old: datetime) -> int:
    """Keys that ended or were revoked long ago: until then their owner sees when they did."""
    t = API_KEY.c
    return _remove(run, API_KEY, t.id, sa.or_(t.revoked_at < old, t.expires_at < old))


def _sweep_shut(run: Any, old: datetime) -> int:
    """Names that somebody guessed at until they were shut, and that nobody has: for those that somebody has only an
    administrator opens the way in."""
    t = ATTEMPT.c
    with run.site.database.reading(BOOKKEEPING) as connection:
        shut = connection.execute(sa.select(t.turn, t.subject).where(t.shut_at.is_not(None), t.at < old)).all()
    known = {subject(login) for login in logins(run.site)} if shut else ()
    nobodys, removed = [row.turn for row in shut if bytes(row.subject) not in known], 0
    for first in range(0, len(nobodys), AT_ONCE):
        removed += _remove(run, ATTEMPT, t.turn, sa.and_(t.turn.in_(nobodys[first:first + AT_ONCE]), t.at < old))
    return removed


def _days(run: Any) -> dict[str, int]:
    """What the schedule says, and where it says nothing, what the handler does by itself."""
    taken = registry().job_handlers[run.kind].takes["properties"]
    return {key: run.arguments.get(key, one["default"]) for key, one in taken.items()}


def _remove(run: Any, table: sa.Table, key: sa.Column, which: sa.ColumnElement[bool]) -> int:
    """Delete in small transactions; how many rows."""
    removed = 0
    while True:
        def once(uow: Any) -> int:
            some = sa.select(key).where(which).limit(AT_ONCE)
            return uow.execute(sa.delete(table).where(key.in_(some))).rowcount

        count = run.write(once)
        removed += count
        run.progress(removed)
        if count < AT_ONCE:
            return removed


def _is_named(run: Any, owner: UUID | None, digest: str) -> bool:
    run.progress(0)
    with run.site.database.reading(BOOKKEEPING) as connection:
        named = sa.select(FILE.c.id).where(FILE.c.organisation_id.is_not_distinct_from(owner), FILE.c.digest == digest)
        return connection.execute(named.limit(1)).first() is not None


def _told(run: Any, removed: Mapping[str, int]) -> Mapping[str, int]:
    run.write(lambda uow: run.finish(uow, removed, said=(SWEPT, {"number": sum(removed.values())})))
    return removed
