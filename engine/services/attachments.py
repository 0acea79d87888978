"""Files: kept when they come, bound to the record that names them when it is saved, read only through that record.

An uploaded file belongs to whoever uploaded it until a record holds it; a file that no record took is swept.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotFound
from engine.fields.base import Upload
from engine.ids import parse_id
from engine.model import Catalog, Entity
from engine.services.access.grants import can, writable
from engine.services.actor import Actor
from engine.services.attaching import files_in
from engine.services.audit import Entry
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH, as_seen, entity_at, load_one
from engine.services.registries.choices import field_at
from engine.services.seeing import saw
from engine.storage.files import Stored, clean_name
from engine.storage.system.tables import FILE


@dataclass(frozen=True)
class FileInfo:
    id: UUID
    name: str
    size: int
    media_type: str


def take_file(site, actor: Actor, address: str, path: str, stream: BinaryIO, name: str, **said: str) -> FileInfo:
    """Keep a file for the field at `path` (`photo`, `documents.scan`). `said`: language and request_id, as for a write.

    The bytes are on the disk before the transaction begins: a picture that is drawn anew must not hold a lock.
    Raises NotFound for a field that takes no files or is not the actor's to write, TooLarge, Invalid (type, picture).
    """
    rule = _rule(site.catalog, actor, address, path)
    limit = min(rule.max_size, site.settings.file_limit)
    kept = site.files.save(stream, actor.organisation_id, name, rule.accept, limit)
    return site.write(actor, lambda uow: _note(uow, address, path, kept, name), **said)


def _rule(catalog: Catalog, actor: Actor, address: str, path: str) -> Upload:
    """What the field takes from this actor. Raises NotFound for a field that takes no files or is not theirs."""
    entity = catalog.entities.get(address)
    f = field_at(entity, path) if entity is not None and path.count(".") < 3 else None
    rule = f.kind.upload(f) if f is not None else None
    if entity is None or rule is None:
        raise NotFound([NO_SUCH])
    allowed = writable(catalog, actor, entity, "edit") | writable(catalog, actor, entity, "create")
    if path.split(".")[0] not in allowed:
        raise NotFound([NO_SUCH])
    return rule


def _note(uow, address: str, path: str, kept: Stored, name: str) -> FileInfo:
    """The row of a file that is on the disk; the right to it as it stands in this transaction."""
    _rule(uow.catalog, uow.actor, address, path)
    entity = uow.catalog.entity(address)
    info = FileInfo(UUID(bytes=secrets.token_bytes(16), version=4), clean_name(name), kept.size, kept.media_type)
    uow.execute(
        sa.insert(FILE).values(
            id=info.id,
            organisation_id=uow.actor.organisation_id,
            entity=entity.address,
            field=path,
            record_id=None,
            name=info.name,
            media_type=info.media_type,
            size=info.size,
            digest=kept.digest,
            created_at=uow.now,
            created_by=uow.actor.user_id,
        )
    )
    uow.record(Entry("upload", entity.address, None, changes={"file": [None, str(info.id)], "name": [None, info.name]}))
    return info


def open_file(view, address: str, record_id: Any, file_id: Any) -> tuple[FileInfo, Iterator[bytes]]:
    """A file that a field of the record holds, if the actor may read that field. Raises NotFound."""
    row = _held(view, address, record_id, file_id)
    return _info(row), view.site.files.read(row.organisation_id, row.digest)


def open_small(site, actor: Actor, address: str, record_id: Any, file_id: Any, size: int,
               request_id: str = "") -> bytes:
    """A small copy of a picture that a field of the record holds, made when it is first asked for. Raises NotFound."""
    row = site.read(actor, lambda view: _held(view, address, record_id, file_id), request_id=request_id)
    return site.files.small(row.organisation_id, row.digest, row.media_type, size)


def _held(view, address: str, record_id: Any, file_id: Any) -> Any:
    """The row of a file that the record holds in a field which the actor may read. Raises NotFound."""
    entity = entity_at(view, address)
    wanted = parse_id(file_id)
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    record = as_seen(view, entity, load_one(view, entity, record_id))
    held = {id: path for path, id in files_in(entity.fields, record.values)}
    if wanted is None or wanted not in held:
        raise NotFound([NO_SUCH])
    saw(view, entity, (held[wanted].partition("[")[0],), (record.id,))
    row = view.execute(sa.select(FILE).where(FILE.c.id == wanted)).first()
    if row is None:
        raise NotFound([NO_SUCH])
    return row


def _info(row: Any) -> FileInfo:
    return FileInfo(row.id, row.name, row.size, row.media_type)


def file_names(view, entity: Entity, values: Mapping[str, Any]) -> dict[UUID, FileInfo]:
    """What is known of the files that a record holds: one statement."""
    ids = [id for _, id in files_in(entity.fields, values)]
    if not ids:
        return {}
    rows = view.execute(sa.select(FILE.c.id, FILE.c.name, FILE.c.size, FILE.c.media_type).where(FILE.c.id.in_(ids)))
    return {r.id: _info(r) for r in rows}
