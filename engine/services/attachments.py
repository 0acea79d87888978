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
from engine.ids import parse_id
from engine.model import Entity
from engine.services.access.grants import can, writable
from engine.services.attaching import files_in
from engine.services.audit import Entry
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH, as_seen, entity_at, load_one
from engine.services.registries.choices import field_at
from engine.storage.files import clean_name
from engine.storage.system.tables import FILE


@dataclass(frozen=True)
class FileInfo:
    id: UUID
    name: str
    size: int
    media_type: str


def upload(uow, address: str, path: str, stream: BinaryIO, name: str) -> FileInfo:
    """Keep a file for the field at `path` (`photo`, `documents.scan`).

    Raises NotFound for a field that takes no files or is not the actor's to write, TooLarge, Invalid (type).
    """
    entity = entity_at(uow, address)
    f = field_at(entity, path) if path.count(".") < 3 else None
    rule = f.kind.upload(f) if f is not None else None
    allowed = writable(uow.catalog, uow.actor, entity, "edit") | writable(uow.catalog, uow.actor, entity, "create")
    if rule is None or path.split(".")[0] not in allowed:
        raise NotFound([NO_SUCH])
    limit = min(rule.max_size, uow.site.settings.file_limit)
    kept = uow.site.files.save(stream, uow.actor.organisation_id, name, rule.accept, limit)
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
    entity = entity_at(view, address)
    wanted = parse_id(file_id)
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    record = as_seen(view, entity, load_one(view, entity, record_id))
    if wanted is None or wanted not in {id for _, id in files_in(entity.fields, record.values)}:
        raise NotFound([NO_SUCH])
    row = view.execute(sa.select(FILE).where(FILE.c.id == wanted)).first()
    if row is None:
        raise NotFound([NO_SUCH])
    return FileInfo(row.id, row.name, row.size, row.media_type), view.site.files.read(row.organisation_id, row.digest)


def file_names(view, entity: Entity, values: Mapping[str, Any]) -> dict[UUID, FileInfo]:
    """What is known of the files that a record holds: one statement."""
    ids = [id for _, id in files_in(entity.fields, values)]
    if not ids:
        return {}
    rows = view.execute(sa.select(FILE.c.id, FILE.c.name, FILE.c.size, FILE.c.media_type).where(FILE.c.id.in_(ids)))
    return {r.id: FileInfo(r.id, r.name, r.size, r.media_type) for r in rows}
