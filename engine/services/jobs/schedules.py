"""Work by the clock: a row a schedule says when it is due next; a worker claims the run by moving that moment on.

However many workers look, one claims a run, and leaves its jobs in the transaction of the claim. A run that was missed
(nothing was running) is made up for once, not once for every time it was missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cronsim import CronSim

from engine.model.schedule import EACH_ORGANISATION, Schedule
from engine.services.actor import system
from engine.services.jobs.deferring import leave_for
from engine.services.organisations import organisations
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queries.writing import insert_into
from engine.storage.revision_column import CURRENT_REVISION
from engine.storage.stamps import DICTIONARIES, stamp_of
from engine.storage.system.tables import SCHEDULE

LONG = timedelta(days=3_650)


def next_time(at: str, after: datetime, zone: Any) -> datetime:
    """The first moment after `after` that `at` names in `zone`."""
    return next(CronSim(at, after.astimezone(zone))).astimezone(UTC)


def tick(site) -> tuple[list[UUID], datetime]:
    """Leave what is due; the new jobs, and when to look again.

    A schedule that is new, or whose time was changed, is due at its next time from now on.
    """
    now = site.clock.now()
    with site.database.reading(BOOKKEEPING) as connection:
        site.holder.current(connection.scalar(sa.select(CURRENT_REVISION)))
        site.dictionaries.seen(connection.scalar(sa.select(stamp_of(DICTIONARIES))))
        rows = {row.name: row for row in connection.execute(sa.select(SCHEDULE))}
    left, soonest = [], now + LONG
    for schedule in site.catalog.schedules.values():
        row = rows.get(schedule.address)
        at = _settle(site, schedule, row, now)
        if row is not None and at <= now and not row.paused:
            left += _claim(site, schedule, at)
            at = next_time(schedule.at, now, site.clock.zone)
        soonest = min(soonest, at)
    return left, soonest


def _settle(site, schedule: Schedule, row: Any, now: datetime) -> datetime:
    """When the schedule is due, its row made or corrected where needed."""
    zone = site.clock.zone
    if row is not None and next_time(schedule.at, row.next_at - timedelta(minutes=1), zone) == row.next_at:
        return row.next_at
    at = next_time(schedule.at, now, zone)

    def write(uow) -> None:
        if row is None:
            _insert(uow, schedule.address, at)
        else:
            uow.execute(sa.update(SCHEDULE).where(SCHEDULE.c.name == row.name, SCHEDULE.c.next_at == row.next_at)
                        .values(next_at=at))

    site.write(system(), write)
    return at


def _insert(uow, name: str, at: datetime) -> None:
    added = insert_into(uow.connection, SCHEDULE).values(name=name, next_at=at, paused=False)
    uow.execute(added.on_conflict_do_nothing())


def _claim(site, schedule: Schedule, seen: datetime) -> list[UUID]:
    """The jobs of one run, unless another worker has claimed it."""
    owners = organisations(site) if schedule.each == EACH_ORGANISATION else [None]

    def work(uow) -> list[UUID]:
        following = next_time(schedule.at, uow.now, site.clock.zone)
        mine = uow.execute(
            sa.update(SCHEDULE)
            .where(SCHEDULE.c.name == schedule.address, SCHEDULE.c.next_at == seen, sa.not_(SCHEDULE.c.paused))
            .values(next_at=following))
        return _leave(uow, schedule, owners) if mine.rowcount == 1 and _is_in_use(schedule, uow.today) else []

    return site.write(system(), work)


def _is_in_use(schedule: Schedule, today: Any) -> bool:
    return (schedule.since is None or schedule.since <= today) and (schedule.until is None or today <= schedule.until)


def _leave(uow, schedule: Schedule, owners: list[UUID | None]) -> list[UUID]:
    # The key keeps a run from being left on top of one that has not ended yet.
    ids = [
        leave_for(uow, system(owner), schedule.job, schedule.arguments, title=schedule.title,
                  key=f"schedule {schedule.address}", most_attempts=schedule.most_attempts, schedule=schedule.address)
        for owner in owners
    ]
    if ids:
        uow.execute(sa.update(SCHEDULE).where(SCHEDULE.c.name == schedule.address).values(
            last_at=uow.now, last_job_id=ids[-1]))
    return ids


@dataclass(frozen=True)
class Planned:
    """A schedule as it stands: when it is due, when it was last and with which job."""

    schedule: Schedule
    next_at: datetime
    last_at: datetime | None
    last_job_id: UUID | None
    paused: bool


def planned(view) -> list[Planned]:
    """All schedules of the installation, the soonest first."""
    rows: Mapping[str, Any] = {row.name: row for row in view.execute(sa.select(SCHEDULE))}
    found = []
    for schedule in view.catalog.schedules.values():
        row = rows.get(schedule.address)
        at = row.next_at if row is not None else next_time(schedule.at, view.now, view.site.clock.zone)
        last = (row.last_at, row.last_job_id, row.paused) if row is not None else (None, None, False)
        found.append(Planned(schedule, at, *last))
    return sorted(found, key=lambda p: (p.paused, p.next_at, p.schedule.address))


def run_now(uow, address: str) -> list[UUID]:
    """Leave one run at once, beside its times. KeyError for a schedule that there is not."""
    schedule = uow.catalog.schedules[address]
    owners = organisations(uow.site) if schedule.each == EACH_ORGANISATION else [None]
    _insert(uow, address, next_time(schedule.at, uow.now, uow.site.clock.zone))
    return _leave(uow, schedule, owners)


def pause(uow, address: str, paused: bool = True) -> None:
    """Let a schedule rest, or go on from its next time. KeyError for a schedule that there is not."""
    at = next_time(uow.catalog.schedules[address].at, uow.now, uow.site.clock.zone)
    _insert(uow, address, at)
    uow.execute(sa.update(SCHEDULE).where(SCHEDULE.c.name == address).values(paused=paused, next_at=at))
