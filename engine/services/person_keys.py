"""What the journal says of a person stands under a key of that person (decisions.md, 18).

The journal is append-only, so it cannot forget. It need not: when a person is erased their key is destroyed, every
value about them in the journal is unreadable from then on, and codes and chain, made over what is stored, hold.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import NotFound, Problem
from engine.fields import cipher
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity
from engine.storage.queries.writing import insert_into
from engine.storage.system.ciphers import person_key_place
from engine.storage.system.tables import PERSON_KEY

SEALED, OF = "sealed", "of"
"""A sealed change is `{"sealed": base64, "of": id}`; `sealed` is null where the key was destroyed before."""
ERASED = "erased"
"""What stands instead of a change that nobody can read any more: `{"erased": true}`."""
KEY_BYTES, NONCE, MANY = 32, 12, 5_000
NO_KEY = N_("The journal keeps nothing under a key of this person")


def subject_of(entity: Entity, record: Mapping[str, Any]) -> UUID:
    """The person whom personal fields of a record tell of."""
    found = record.get(entity.subject) if entity.subject else None
    return found if isinstance(found, UUID) else record["id"]


def seal_changes(connection: sa.Connection, uow, rows: Sequence[tuple[dict[str, Any], UUID | None]]) -> None:
    """Seal personal changes of journal rows (row, person) in place. Makes the keys that are not there yet."""
    wanted = []
    for row, person in rows:
        entity = uow.catalog.entities.get(row["entity"])
        if person is None or entity is None:
            continue
        keys = [k for k in row["changes"] if k in entity.fields and entity.fields[k].is_personal]
        if keys:
            wanted.append((row, person, keys))
    if not wanted:
        return
    # The key of what is made by this very entry cannot be there yet, so nobody is asked for it.
    fresh = {person for row, person, _ in wanted if row["operation"] == "create" and person == row["record_id"]}
    known = _keys(connection, {person for _, person, _ in wanted} - fresh)
    known |= _make(connection, uow.now, {person for _, person, _ in wanted if person not in known})
    for row, person, keys in wanted:
        key = known[person]
        for name in keys:
            told = None if key is None else _sealed(key, row["changes"][name], _place(row["id"], name))
            row["changes"][name] = {SEALED: told, OF: str(person)}


def opened(connection: sa.Connection, rows: Iterable[Any]) -> dict[UUID, dict[str, Any]]:
    """Entry id -> its changes, readable, of journal rows (`id` and `changes`), by at most one statement."""
    rows = list(rows)
    people = {
        id for row in rows for change in (row.changes or {}).values()
        if _is_sealed(change) and (id := parse_id(change[OF])) is not None
    }
    keys = _keys(connection, people) if people else {}
    return {
        row.id: {
            name: _opened(keys, change, _place(row.id, name)) if _is_sealed(change) else change
            for name, change in (row.changes or {}).items()
        }
        for row in rows
    }


def destroy(uow, person: UUID) -> None:
    """Destroy the key of a person: what the journal says of them is never read again. Raises NotFound."""
    from engine.services.audit import Entry

    found = uow.execute(
        sa.update(PERSON_KEY)
        .where(PERSON_KEY.c.person_id == person, PERSON_KEY.c.sealed.is_not(None))
        .values(sealed=None, destroyed_at=uow.now)
    ).rowcount
    if not found:
        raise NotFound([Problem("person.no-key", NO_KEY)])
    uow.record(Entry("person forget", "engine.keys", person))


def _is_sealed(change: Any) -> bool:
    return isinstance(change, Mapping) and change.keys() == {SEALED, OF}


def _place(entry: UUID, name: str) -> bytes:
    return f"engine_journal|{name}|{entry}".encode()


def _sealed(key: AESGCM, change: Any, place: bytes) -> str:
    nonce = os.urandom(NONCE)
    return b64encode(nonce + key.encrypt(nonce, json.dumps(change, ensure_ascii=False).encode(), place)).decode()


def _opened(keys: Mapping[UUID, AESGCM | None], change: Mapping[str, Any], place: bytes) -> Any:
    key = keys.get(parse_id(change[OF]))  # type: ignore[arg-type]
    if key is None or change[SEALED] is None:
        return {ERASED: True}
    try:
        sealed = b64decode(change[SEALED])
        return json.loads(key.decrypt(sealed[:NONCE], sealed[NONCE:], place))
    except (InvalidTag, ValueError, TypeError):
        return {ERASED: True}  # changed behind the engine's back; `qurastyr journal verify` names the entry


def _keys(connection: sa.Connection, people: set[UUID]) -> dict[UUID, AESGCM | None]:
    """The keys of those who have one; None for a destroyed one."""
    found: dict[UUID, AESGCM | None] = {}
    wanted = sorted(people)
    for start in range(0, len(wanted), MANY):
        some = wanted[start : start + MANY]
        query = sa.select(PERSON_KEY.c.person_id, PERSON_KEY.c.sealed).where(PERSON_KEY.c.person_id.in_(some))
        for row in connection.execute(query).mappings():
            found[row["person_id"]] = _unwrapped(row)
    return found


def _unwrapped(row: Mapping[str, Any]) -> AESGCM | None:
    if row["sealed"] is None:
        return None
    try:
        return AESGCM(bytes.fromhex(cipher.current().open(bytes(row["sealed"]), person_key_place(row))))
    except cipher.Unreadable:
        return None


def _make(connection: sa.Connection, now: Any, people: set[UUID]) -> dict[UUID, AESGCM | None]:
    """Fresh keys. Where another transaction was quicker, its keys."""
    if not people:
        return {}
    ring, made = cipher.current(), {person: os.urandom(KEY_BYTES) for person in sorted(people)}
    rows = [
        {"person_id": person, "created_at": now,
         "sealed": ring.seal(key.hex(), person_key_place({"person_id": person}))}
        for person, key in made.items()
    ]
    statement = insert_into(connection, PERSON_KEY).on_conflict_do_nothing()
    if connection.execute(statement, rows).rowcount == len(rows):
        return {person: AESGCM(key) for person, key in made.items()}
    return _keys(connection, people)
