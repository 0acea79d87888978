"""Statistics of the journal by module, role and person over a period (Order 456, 5(15)); kept by name for later.

The database counts (one statement); who holds which role is read as it is now (one statement): the journal does not
say in which role somebody acted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import BadRequest, Invalid, Problem
from engine.language import N_, translate
from engine.services.identity.actors import USER
from engine.services.journal.looking import Asked, conditions_of
from engine.services.journal.operations import KINDS, OTHER, OTHER_TITLE, kind_of
from engine.services.journal.rights import shown_to
from engine.services.records.history import people
from engine.storage.queries.writing import insert_into
from engine.storage.system.personal import PREFERENCE
from engine.storage.system.tables import JOURNAL
from engine.storage.tables import tables_of

CUTS = {"module": N_("By module"), "role": N_("By role"), "person": N_("By person")}
COUNTED = (*KINDS, OTHER)
"""Kinds that are counted apart: the columns."""
MOST = 50_000
"""Combinations of person, entity and operation that are read."""
LINES = 500
"""Lines that are shown; the rest is told of."""
KEPT = 20
"""Statistics that one person keeps."""
PLACE = "journal figures"
NO_CUT = Problem("journal.cut", N_("Choose one of the offered cuts"), "by")
TOO_MANY = N_("You keep %(most)s statistics already: remove one first")
NO_NAME = Problem("journal.name", N_("Give the statistics a name"), "name")
SYSTEM, NOBODY_YET = N_("The system"), N_("No role")
NO_MODULE = N_("Sign-ins and the engine itself")


@dataclass
class Figures:
    """One table: a line a module, role or person, a column a kind of operation, the largest line first."""

    by: str
    lines: list[tuple[str, str, dict[str, int], int]] = field(default_factory=list)
    """(key, title, kind -> count, sum)"""
    totals: dict[str, int] = field(default_factory=dict)
    whole: int = 0
    people: int = 0
    """How many people did something."""
    more: bool = False
    """There are more lines, or more combinations, than are read."""


def figures(view: Any, by: str, since: date | None, until: date | None) -> Figures:
    """Counts of entries that the reader may see. Raises NotFound, BadRequest."""
    if by not in CUTS:
        raise BadRequest([NO_CUT])
    conditions = conditions_of(view, Asked(since=since, until=until))
    columns = (JOURNAL.c.actor_id, JOURNAL.c.entity, JOURNAL.c.operation)
    counted = (
        sa.select(*columns, sa.func.count().label("number")).where(sa.or_(*shown_to(view)), *conditions)
        .group_by(*columns).limit(MOST + 1))
    rows = view.execute(counted).all()
    actors = {r.actor_id for r in rows if r.actor_id is not None}
    keys = {"module": _modules, "role": _roles, "person": _people}[by](view, rows[:MOST], actors)
    made, sums = Figures(by, people=len(actors), more=len(rows) > MOST), {}
    for row, places in zip(rows, keys, strict=False):
        kind = kind_of(row.operation)
        made.totals[kind] = made.totals.get(kind, 0) + row.number
        made.whole += row.number
        for place in places:
            sums.setdefault(place, Counter())[kind] += row.number
    lines = [(key, title, dict(count), count.total()) for (key, title), count in sums.items()]
    lines.sort(key=lambda line: (-line[3], line[1]))
    made.more = made.more or len(lines) > LINES
    made.lines = lines[:LINES]
    return made


Places = list[tuple[tuple[str, str], ...]]
"""For each row the lines that it counts in, as (key, title): several for somebody of several roles."""


def _modules(view: Any, rows: Sequence[Any], actors: set[UUID]) -> Places:
    def place(address: str | None) -> tuple[str, str]:
        module = view.catalog.modules.get((address or "").partition(".")[0])
        if module is None or "." not in (address or ""):
            return "", translate(NO_MODULE, view.language)
        return module.key, module.title.in_(view.language)

    return [(place(r.entity),) for r in rows]


def _people(view: Any, rows: Sequence[Any], actors: set[UUID]) -> Places:
    names = people(view, actors)
    nobody = ("", translate(SYSTEM, view.language))
    return [((str(r.actor_id), names.get(r.actor_id, str(r.actor_id)[:8])) if r.actor_id else nobody,) for r in rows]


def _roles(view: Any, rows: Sequence[Any], actors: set[UUID]) -> Places:
    held: dict[UUID, set[str]] = {}
    if actors and USER in view.catalog.entities:
        roles = tables_of(view.catalog).rows(view.catalog.entity(USER).fields["roles"])
        for owner, role in view.execute(sa.select(roles.c.owner_id, roles.c.role)):
            if owner in actors:
                held.setdefault(owner, set()).add(role)

    def place(role: str) -> tuple[str, str]:
        found = view.catalog.roles.get(role)
        return role, found.title.in_(view.language) if found else role

    none, system = ("", translate(NOBODY_YET, view.language)), ("system", translate(SYSTEM, view.language))
    return [
        (system,) if r.actor_id is None else tuple(place(role) for role in sorted(held.get(r.actor_id, ()))) or (none,)
        for r in rows
    ]


def title_of(kind: str, language: str) -> str:
    return translate(OTHER_TITLE if kind == OTHER else KINDS[kind][0], language)


# -- kept by name -----------------------------------------------------------------------------------------------------


def kept_figures(view: Any) -> list[dict[str, Any]]:
    """The statistics that the reader keeps: {name, by, since, until} each, as they were named; newest first."""
    value = view.execute(sa.select(PREFERENCE.c.value).where(
        PREFERENCE.c.user_id == view.actor.user_id, PREFERENCE.c.key == PLACE)).scalar()
    return list(value or [])


def keep_figures(uow: Any, name: str, by: str, since: date | None, until: date | None) -> None:
    """Keep what was asked under a name; the same name again replaces it. Raises NotFound, Invalid, BadRequest."""
    shown_to(uow)
    name = " ".join(name.split())[:80]
    if not name:
        raise Invalid([NO_NAME])
    if by not in CUTS:
        raise BadRequest([NO_CUT])
    others = [one for one in kept_figures(uow) if one["name"] != name]
    if len(others) >= KEPT:
        raise Invalid([Problem("journal.kept", TOO_MANY, "name", {"most": KEPT})])
    one = {"name": name, "by": by, "since": since and since.isoformat(), "until": until and until.isoformat()}
    _keep(uow, [one, *others])


def drop_figures(uow: Any, name: str) -> None:
    """Forget what was kept under a name."""
    shown_to(uow)
    _keep(uow, [one for one in kept_figures(uow) if one["name"] != name])


def _keep(uow: Any, value: list[dict[str, Any]]) -> None:
    row = {"user_id": uow.actor.user_id, "key": PLACE, "value": value, "at": uow.now}
    statement = insert_into(uow.connection, PREFERENCE).values(row)
    uow.execute(statement.on_conflict_do_update(
        index_elements=[PREFERENCE.c.user_id, PREFERENCE.c.key], set_={"value": value, "at": uow.now}))
