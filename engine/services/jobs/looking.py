"""What people see of jobs: their own; administrators also those of their organisation and of the engine itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import BadRequest, NotFound, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.services.audit import Entry
from engine.services.jobs.ending import ADMINISTRATOR
from engine.services.jobs.results import read_result
from engine.services.sentences import say, say_reasons
from engine.storage.queue import Beat
from engine.storage.system.tables import JOB
from engine.storage.system.work import WATCHED

STATES = ("waiting", "running", "done", "failed", "cancelled")
UNFINISHED = frozenset({"waiting", "running"})
JOURNALLED_AS = "engine.job"
NO_SUCH = Problem("job.not-found", NotFound.title)
PAGE = 50
SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Job:
    """A job in the language of whoever looks."""

    id: UUID
    kind: str
    title: str
    state: str
    user_id: UUID | None
    mine: bool
    created_at: datetime
    not_before: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    most_attempts: int
    done: int
    total: int | None
    said: str
    cancel_asked: bool
    error: str
    reasons: list[str]
    result: Mapping[str, Any] | None
    file: Mapping[str, Any] | None
    """name, media_type, size of the file that its owner may download; None when there is none (any more)."""

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED

    def moves(self, now: datetime) -> bool:
        """Is it worth asking again in a moment? Not for a job that waits for a later hour, nor for one that has been on
        its way for so long that a page left open would keep its session alive for nothing."""
        return self.unfinished and now - WATCHED < self.not_before < now + SOON

    @property
    def share(self) -> int | None:
        """Percent done; None while nobody can tell."""
        if self.state == "done":
            return 100
        return min(100 * self.done // self.total, 100) if self.total else None

    @property
    def may_retry(self) -> bool:
        return self.state in ("failed", "cancelled")


def sees_all(actor: Any) -> bool:
    """Do others' jobs show to the actor?"""
    return ADMINISTRATOR in actor.roles


def visible(actor: Any, everyone: bool = True) -> sa.ColumnElement[bool]:
    """The jobs that the actor may know of; without `everyone` only their own. They run with all rights of their user:
    a key that has fewer knows of none."""
    if actor.narrow:
        return sa.false()
    organisation = JOB.c.organisation_id.is_not_distinct_from(actor.organisation_id)
    mine = sa.and_(JOB.c.user_id == actor.user_id, organisation) if actor.user_id else sa.false()
    if not everyone or not sees_all(actor):
        return mine
    engine = sa.and_(JOB.c.organisation_id.is_(None), JOB.c.user_id.is_(None))
    return sa.or_(mine, organisation, engine)


def get(view, id: Any) -> Job:
    """One job. Raises NotFound for one that is not there and for one that is not shown, alike."""
    return _jobs(view, [row_of(view, id)])[0]


def row_of(view, id: Any) -> Any:
    wanted = parse_id(id)
    row = wanted and view.execute(sa.select(JOB).where(JOB.c.id == wanted, visible(view.actor))).first()
    if not row:
        raise NotFound([NO_SUCH])
    return row


@dataclass(frozen=True)
class Page:
    jobs: list[Job]
    next: UUID | None


def listing(view, state: str | None = None, everyone: bool = False, after: Any = None, limit: int = PAGE) -> Page:
    """Jobs, newest first. `state`: one of STATES, or `unfinished`. Raises BadRequest for another one."""
    found = sa.select(JOB).where(visible(view.actor, everyone))
    if state == "unfinished":
        found = found.where(JOB.c.state.in_(UNFINISHED))
    elif state is not None:
        if state not in STATES:
            raise BadRequest([Problem("job.state", N_("There is no such state of a job"), "state")])
        found = found.where(JOB.c.state == state)
    if after is not None:
        last = parse_id(after)
        if last is None:
            raise BadRequest([Problem("page.token", N_("This page token cannot be read: start from the first page"),
                                      "after")])
        found = found.where(JOB.c.id < last)
    rows = view.execute(found.order_by(JOB.c.id.desc()).limit(limit + 1)).all()
    return Page(_jobs(view, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)


def states_of(view, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The states of those jobs that are there and shown."""
    found = sa.select(JOB.c.id, JOB.c.state).where(JOB.c.id.in_(list(ids)), visible(view.actor))
    return {row.id: row.state for row in view.execute(found)} if ids else {}


def open_file(uow, id: Any) -> tuple[Mapping[str, Any], Iterator[bytes]]:
    """The file that the job left and its bytes, for its owner alone; the journal notes it. Raises NotFound."""
    row = row_of(uow, id)
    if not row.file or row.user_id is None or row.user_id != uow.actor.user_id:
        raise NotFound([NO_SUCH])
    pieces = read_result(uow.site, row.file)
    uow.record(Entry("download", JOURNALLED_AS, row.id, changes={"file": [None, row.file["name"]]}))
    return row.file, pieces


def _jobs(view, rows: Sequence[Any]) -> list[Job]:
    beats = view.site.pulse.look(r.id for r in rows if r.state == "running")
    return [_job(view, row, beats.get(row.id)) for row in rows]


def _job(view, row: Any, beat: Beat | None) -> Job:
    mine = row.user_id is not None and row.user_id == view.actor.user_id
    shown = {k: row.file[k] for k in ("name", "media_type", "size")} if row.file and mine else None
    # What a running job says of itself may stand beside its row, which its own transaction keeps locked.
    far = beat if beat is not None and beat.attempt == row.attempts else row
    return Job(
        row.id, row.kind, say(row.title, view.language), row.state, row.user_id, mine, row.created_at, row.not_before,
        row.started_at, row.finished_at, row.attempts, row.most_attempts, far.done, far.total,
        say(far.said, view.language), row.cancel_asked or far.cancel_asked, say(row.error, view.language),
        say_reasons(row.error, view.language), row.result if mine or row.user_id is None else None, shown,
    )
