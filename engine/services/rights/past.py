"""What somebody could see on a past day: their roles as the journal tells them, and the rules that were in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Catalog, Entity
from engine.services.actor import system
from engine.services.identity.actors import GROUP, SUBSTITUTION, USER
from engine.services.merging.base import undone
from engine.services.merging.snapshots import Snapshot, snapshot
from engine.services.records.reading import load, load_one
from engine.services.seeing import LOOK
from engine.services.unit_of_work import View
from engine.storage.system.tables import JOURNAL, REVISION
from engine.storage.tables import tables_of


@dataclass(frozen=True)
class HeldThen:
    """A role that somebody held on that day, and how they came to it."""

    role: str
    unit: UUID | None
    group: str = ""
    lender: UUID | None = None


@dataclass(frozen=True)
class Then:
    """How the rights of one user stood on a day."""

    day: date
    existed: bool
    active: bool
    held: tuple[HeldThen, ...]
    revision: int
    """The revision of the metadata that was served at the end of the day; 0 before the first."""
    catalog: Catalog | None
    """That revision, compiled; None when this version of the engine cannot read it."""


def then(view, user_id: UUID, day: date) -> Then:
    """The rights of a user of the actor's organisation at the end of `day`, from the journal. NotFound: no such."""
    load_one(view, view.catalog.entity(USER), user_id)  # the actor's right to look
    moment = datetime.combine(day + timedelta(days=1), time(), view.site.clock.zone).astimezone(UTC)
    own = View(view.site, view.catalog, view.connection, system(view.actor.organisation_id), view.language)
    user = _stood(own, USER, [user_id], moment).get(user_id)
    revision = view.execute(
        sa.select(REVISION.c.number).where(REVISION.c.created_at <= moment).order_by(REVISION.c.number.desc()).limit(1)
    ).scalar()
    held: list[HeldThen] = []
    if user is not None:
        held += (HeldThen(r["role"], _id(r.get("unit"))) for r in user["roles"] or () if _lasts(r, day))
        held += _of_groups(own, user_id, moment, day)
        held += _lent(own, user_id, moment, day)
    return Then(
        day,
        user is not None,
        bool(user and user.get("active") and user.get("archived_at") is None),
        tuple(held),
        revision or 0,
        _catalog(view, revision),
    )


def _of_groups(own, user_id: UUID, moment: datetime, day: date) -> Iterator[HeldThen]:
    for group in _stood(own, GROUP, None, moment).values():
        members = [m for m in group["members"] or () if _id(m.get("user")) == user_id and _lasts(m, day)]
        if members and group.get("archived_at") is None:
            for r in group["roles"] or ():
                yield HeldThen(r["role"], _id(r.get("unit")), group=group["name"])


def _lent(own, user_id: UUID, moment: datetime, day: date) -> Iterator[HeldThen]:
    lent = [
        s
        for s in _stood(own, SUBSTITUTION, None, moment).values()
        if _id(s["substitute"]) == user_id and s.get("archived_at") is None and _lasts(s, day)
    ]
    absent = [id for s in lent if (id := _id(s["absent"])) is not None]
    for id, user in _stood(own, USER, absent, moment).items():
        if user.get("active") and user.get("archived_at") is None:
            for r in user["roles"] or ():
                if _lasts(r, day):
                    yield HeldThen(r["role"], _id(r.get("unit")), lender=id)
            for one in _of_groups(own, id, moment, day):
                yield HeldThen(one.role, one.unit, one.group, id)


def _stood(view, address: str, ids: Iterable[UUID] | None, moment: datetime) -> dict[UUID, Snapshot]:
    """Records of one entity (None: all of the organisation) as they stood at `moment`, without later ones."""
    if address not in view.catalog.entities:
        return {}
    entity = view.catalog.entity(address)
    if ids is None:
        table = tables_of(view.catalog).of(address)
        ids = view.execute(sa.select(table.c.id).where(table.c.organisation_id == view.actor.organisation_id)).scalars()
    wanted = list(ids)
    keys = [f.key for f in entity.input_fields if not f.kind.secret] + ["archived_at"]
    found = {r["id"]: snapshot(entity.fields, r, keys) for r in load(view, entity, wanted)} if wanted else {}
    later = sa.select(JOURNAL.c.record_id, JOURNAL.c.operation, JOURNAL.c.changes).where(
        JOURNAL.c.entity == address, JOURNAL.c.record_id.in_(wanted), JOURNAL.c.at > moment,
        JOURNAL.c.operation != LOOK,
    )
    for id, operation, changes in view.execute(later.order_by(JOURNAL.c.id.desc())) if found else ():
        if operation in ("create", "copy"):
            found.pop(id, None)
        elif id in found:
            _undo(entity, found[id], changes or {})
    return found


def _undo(entity: Entity, record: Snapshot, changes: Mapping[str, Any]) -> None:
    for key, change in changes.items():
        if key in record:
            record[key] = undone(entity.fields[key], record[key], change)


def _lasts(row: Mapping[str, Any], day: date) -> bool:
    since, until = row.get("since"), row.get("until")
    return (not since or date.fromisoformat(str(since)) <= day) and (
        not until or day <= date.fromisoformat(str(until))
    )


def _id(value: Any) -> UUID | None:
    return value if isinstance(value, UUID) or value is None else UUID(str(value))


def _catalog(view, revision: int | None) -> Catalog | None:
    if not revision:
        return None
    return view.catalog if revision == view.catalog.revision else view.site.holder.earlier(revision)
