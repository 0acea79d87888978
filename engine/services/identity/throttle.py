"""Attempts are counted before they are judged: by account and by address, in the database, for all processes alike.

A failure is assumed and taken back when the attempt turns out to be right. So a hundred attempts sent at one moment
are let through no more often than a hundred sent one after another. Whoever is paused is not judged at all: the right
password is answered like a wrong one. Accounts are counted by what was typed, whether or not there is such a user.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine.errors import Problem, TooOften
from engine.fields.column_types import UtcDateTime
from engine.language import N_
from engine.model.policy import Policy
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import ATTEMPT

WAIT = N_("There were too many attempts. Try again after %(minutes)s minutes")
SHUT = N_("There were too many attempts. Ask an administrator to open the way in again")
FORGOTTEN = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ADDRESS = "address "
"""Before a kind: counted by address and not by account."""


@dataclass(frozen=True)
class Limit:
    """How many failures of one subject are let through, and what comes then."""

    tries: int
    first: timedelta
    longest: timedelta
    a_day: int
    memory: timedelta
    """After so long a row of failures begins anew."""

    def pauses(self, now: datetime) -> list[tuple[int, datetime]]:
        """(failures in a row, until when): each pause twice as long as the one before, the last one for all after."""
        found, pause, failures = [], self.first, self.tries
        while pause < self.longest:
            found.append((failures, now + pause))
            pause, failures = pause * 2, failures + 1
        return [*found, (failures, now + self.longest)]


def of_account(policy: Policy) -> Limit:
    longest = timedelta(minutes=policy.longest_pause_minutes)
    return Limit(policy.tries, timedelta(seconds=policy.pause_seconds), longest, policy.a_day, FORGOTTEN)


def of_address(policy: Policy) -> Limit:
    return Limit(policy.of_address, MINUTE, MINUTE, 0, MINUTE)


@dataclass(frozen=True)
class Turn:
    """An attempt that may be judged."""

    kind: str
    account: bytes
    address: bytes


def subject(text: str) -> bytes:
    return hashlib.sha256(text.strip().casefold().encode()).digest()


def take_turn(site, policy: Policy, kind: str, account: str, address: str) -> Turn:
    """Count an attempt as failed; raises TooOften when it may not be judged. One statement a subject."""
    turn = Turn(kind, subject(account), subject(address))
    now, today = site.clock.now(), site.clock.today()

    asked = [(ADDRESS + kind, turn.address, of_address(policy))] if address else []
    asked += [(kind, turn.account, of_account(policy))] if account else []

    def count() -> sa.Row | None:
        with site.database.writing(BOOKKEEPING) as connection:
            for one in asked:
                if (row := _count(connection, *one, now, today)) is not None:
                    return row
        return None

    refused = site.database.retry_on_conflict(count)
    if refused is not None:
        raise TooOften([_told(refused, now)])
    return turn


def _told(row: sa.Row, now: datetime) -> Problem:
    if row.shut_at is not None:
        return Problem("attempts.shut", SHUT)
    return Problem("attempts.wait", WAIT, "", {"minutes": max(1, -(-int((row.until - now).total_seconds()) // 60))})


def _count(connection, kind: str, who: bytes, limit: Limit, now: datetime, today) -> sa.Row | None:
    """None when the attempt is let through, else the row that holds it back."""
    mine, t = secrets.randbits(62), ATTEMPT.c
    moment = sa.literal(now, UtcDateTime)
    waits = sa.or_(t.shut_at.is_not(None), sa.and_(t.until.is_not(None), t.until > moment))
    anew = t.since < sa.literal(now - limit.memory, UtcDateTime)
    failures = sa.case((anew, 1), else_=t.failures + 1)
    of_day = sa.case((t.day == today, t.of_day + 1), else_=1)
    *steps, (last, longest) = limit.pauses(now)
    until = sa.case(
        *((failures == n, sa.literal(at, UtcDateTime)) for n, at in steps),
        (failures >= last, sa.literal(longest, UtcDateTime)),
        else_=sa.null(),
    )
    shut = sa.case((of_day >= limit.a_day, moment), else_=sa.null()) if limit.a_day else sa.null()

    def unless_waiting(column: sa.Column, value) -> sa.ColumnElement:
        return sa.case((waits, column), else_=value)

    first_until = next((at for n, at in limit.pauses(now) if n <= 1), None)
    added = insert_into(connection, ATTEMPT).values(
        kind=kind, subject=who, turn=mine, since=now, failures=1, until=first_until, day=today, of_day=1, at=now
    )
    row = connection.execute(
        added.on_conflict_do_update(
            index_elements=["kind", "subject"],
            set_={
                "turn": unless_waiting(t.turn, mine),
                "since": unless_waiting(t.since, sa.case((anew, moment), else_=t.since)),
                "failures": unless_waiting(t.failures, failures),
                "until": unless_waiting(t.until, until),
                "of_day": unless_waiting(t.of_day, of_day),
                "day": unless_waiting(t.day, today),
                "shut_at": unless_waiting(t.shut_at, shut),
                "at": now,
            },
        ).returning(t.turn, t.until, t.shut_at)
    ).one()
    return None if row.turn == mine else row


def take_back(uow, turn: Turn) -> None:
    """The attempt was right after all: the account's row of failures ends, the address is given its one back."""
    t = ATTEMPT.c
    less = sa.case((t.of_day > 0, t.of_day - 1), else_=0)
    uow.execute(
        sa.update(ATTEMPT)
        .where(t.kind == turn.kind, t.subject == turn.account)
        .values(failures=0, until=None, shut_at=None, of_day=less)
    )
    uow.execute(
        sa.update(ATTEMPT)
        .where(t.kind == ADDRESS + turn.kind, t.subject == turn.address)
        .values(failures=sa.case((t.failures > 0, t.failures - 1), else_=0), until=None)
    )


def is_held_back(connection, kind: str, address: str, now: datetime) -> bool:
    """Does the address wait just now?"""
    t = ATTEMPT.c
    asked = sa.select(t.until).where(t.kind == ADDRESS + kind, t.subject == subject(address), t.until > now)
    return connection.execute(asked).first() is not None


def state_of(connection, account: str, kinds: Sequence[str]) -> list[sa.Row]:
    """Rows of an account by kind, for the page of its administrator."""
    return list(connection.execute(
        sa.select(ATTEMPT).where(ATTEMPT.c.subject == subject(account), ATTEMPT.c.kind.in_(kinds))
    ))


def open_again(uow, account: str, kinds: Sequence[str] = ()) -> None:
    """Forget failures of an account: all of them, or those of some kinds."""
    of_kinds = [ATTEMPT.c.kind.in_(kinds)] if kinds else []
    uow.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.subject == subject(account), *of_kinds))


