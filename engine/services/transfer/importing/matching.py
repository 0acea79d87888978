"""How a person matched the columns of a table, found again for the next table with the same head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import sqlalchemy as sa

from engine.model import Entity
from engine.services.transfer.importing.heads import Head, head_key
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import PREFERENCE


def name_of(entity: Entity, heads: Sequence[Head]) -> str:
    """The key under which the choice for this set of heads is kept."""
    said = "\n".join(sorted(key for head in heads if (key := head_key(head))))
    return f"import {entity.address} {blake2b(said.encode(), digest_size=12).hexdigest()}"


def remembered(view, entity: Entity, heads: Sequence[Head]) -> dict[str, str]:
    """Head -> path, as the person matched these heads last; empty for a head that was left out."""
    mine = sa.and_(PREFERENCE.c.user_id == view.actor.user_id, PREFERENCE.c.key == name_of(entity, heads))
    return dict(view.execute(sa.select(PREFERENCE.c.value).where(mine)).scalar() or {})


def remember(uow, entity: Entity, heads: Sequence[Head], columns: Mapping[int, str]) -> None:
    """Keep what the person chose for these heads."""
    value = {key: columns.get(head.column, "") for head in heads if (key := head_key(head))}
    row = {"user_id": uow.actor.user_id, "key": name_of(entity, heads), "value": value, "at": uow.now}
    statement = insert_into(uow.connection, PREFERENCE).values(row)
    uow.execute(statement.on_conflict_do_update(
        index_elements=["user_id", "key"], set_={"value": statement.excluded.value, "at": statement.excluded.at}))
