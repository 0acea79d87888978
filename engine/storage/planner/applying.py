"""Doing what the plan says, in the transaction of the connection: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from engine.errors import Conflict, Problem
from engine.storage.planner.planning import REMEMBERED
from engine.storage.planner.statistics import write_statistics
from engine.storage.planner.steps import SENTENCES, Plan, Step, execute
from engine.storage.system.tables import STATE


class BrokenLinks(Exception):
    """After the plan a row points to nothing. The transaction has to be rolled back."""


def apply_plan(connection: sa.Connection, plan: Plan, before: Callable[[Step], None] = lambda step: None) -> None:
    """Run every step. Conflict when the plan waits for decisions, BrokenLinks when SQLite finds a dangling key.

    `before` is called with each step: progress for people, and the place where tests let a step fail.
    """
    if plan.blocked:
        raise Conflict(
            [Problem("plan.decision", SENTENCES[step.kind], step.address, step.params) for step in plan.blocked])
    for step in plan.changes:
        before(step)
        for statement in step.sql:
            execute(connection, statement)
        if step.run:
            step.run(connection)
    _check_links(connection, plan)
    _remember(connection, plan)
    if plan.changes and connection.dialect.name == "sqlite":
        write_statistics(connection, plan.tables)


def _check_links(connection: sa.Connection, plan: Plan) -> None:
    # Foreign keys are off while SQLite rebuilds, so they are asked once before the end.
    if connection.dialect.name != "sqlite" or not any(step.rebuilds for step in plan):
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise BrokenLinks(", ".join(sorted({f"{row[0]} -> {row[2]}" for row in broken})))


def _remember(connection: sa.Connection, plan: Plan) -> None:
    """Add the described tables to those that the planner made."""
    known = connection.execute(sa.select(STATE.c.value).where(STATE.c.key == REMEMBERED)).scalar()
    tables = sorted(plan.tables.union(known or ()))
    if known is None:
        connection.execute(sa.insert(STATE).values(key=REMEMBERED, value=tables))
    elif tables != known:
        connection.execute(sa.update(STATE).where(STATE.c.key == REMEMBERED).values(value=tables))
