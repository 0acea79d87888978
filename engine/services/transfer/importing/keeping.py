"""Imports on their way: a row in `engine_import`, a folder with the file and what was read of it. Only one's own.

Both hold personal data. The folder goes when the import ends, or after `KEPT`; the row keeps figures only.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotFound, Problem, TooLarge
from engine.ids import new_id, parse_id
from engine.model import Entity
from engine.services.records.reading import NO_SUCH
from engine.services.transfer.importing.opening import SOURCE
from engine.services.transfer.importing.plan import Corrections, Plan
from engine.storage.files import CHUNK, TOO_LARGE, clean_name
from engine.storage.system.tables import IMPORT, JOB

KEPT = timedelta(hours=24)
FOLDER = "imports"
READ, CHECKING, WRONG, READY, RUNNING, DONE = "read", "checking", "wrong", "ready", "running", "done"
"""States: columns are being matched, a job judges it, cells are to be mended, all is well, a job writes it, done."""


@dataclass
class Import:
    """One import of the person who asks."""

    id: UUID
    entity: str
    file_name: str
    state: str
    plan: Plan
    corrections: Corrections
    found: dict[str, Any]
    """Figures of the last check or of the import itself."""
    job_id: UUID | None
    at: datetime
    folder: Path


def folder_of(site: Any, id: UUID) -> Path:
    return site.settings.data / FOLDER / str(id)


def receive(site: Any, stream: BinaryIO) -> UUID:
    """Keep an uploaded file in a folder of its own, outside any transaction: the id of an import to be.

    Raises TooLarge beyond the limit of the site; then nothing is kept.
    """
    id = new_id()
    folder = folder_of(site, id)
    folder.mkdir(mode=0o700, parents=True)
    limit = site.settings.file_limit
    try:
        with open(os.open(folder / SOURCE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            size = 0
            while piece := stream.read(CHUNK):
                size += len(piece)
                if size > limit:
                    raise TooLarge([Problem("file.too-large", TOO_LARGE, params={"limit": max(limit // 2**20, 1)})])
                file.write(piece)
    except BaseException:
        forget(site, id)
        raise
    return id


def forget(site: Any, id: UUID) -> None:
    """Remove the folder of an import, if it is there."""
    shutil.rmtree(folder_of(site, id), ignore_errors=True)


def add(uow, entity: Entity, id: UUID, file_name: str, plan: Plan) -> None:
    """The row of a new import, whose file lies in its folder."""
    uow.execute(sa.insert(IMPORT).values(
        id=id, user_id=uow.actor.user_id, organisation_id=uow.actor.organisation_id, entity=entity.address,
        file_name=clean_name(file_name)[:255], path=str(id), state=READ, options=plan.kept(), at=uow.now))


def one(view, entity: Entity, id: Any) -> Import:
    """The import `id` of this person and entity; NotFound for another's, as for none."""
    wanted = parse_id(id)
    row = view.execute(_own(view, entity).where(IMPORT.c.id == wanted)).first() if wanted else None
    if row is None:
        raise NotFound([NO_SUCH])
    return _import(view, row)


def unfinished(view, entity: Entity, most: int = 5) -> list[Import]:
    """The person's imports that wait to be gone on with, the newest first."""
    found = _own(view, entity).where(IMPORT.c.state != DONE, IMPORT.c.at > view.now - KEPT)
    return [_import(view, row) for row in view.execute(found.order_by(IMPORT.c.id.desc()).limit(most))]


def _own(view, entity: Entity) -> sa.Select:
    actor = view.actor
    organisation = IMPORT.c.organisation_id
    return sa.select(IMPORT).where(
        IMPORT.c.user_id == actor.user_id, IMPORT.c.entity == entity.address,
        organisation == actor.organisation_id if actor.organisation_id else organisation.is_(None))


def _import(view, row: Any) -> Import:
    return Import(row.id, row.entity, row.file_name, row.state, Plan.of(row.options), Corrections.of(row.corrections),
                  dict(row.found or {}), row.job_id, row.at, folder_of(view.site, row.id))


def is_busy(view, one: Import) -> bool:
    """Is a job at work on it? One that was given up, or stopped, leaves the import to the person again."""
    if one.state not in (CHECKING, RUNNING) or one.job_id is None:
        return False
    state = view.execute(sa.select(JOB.c.state).where(JOB.c.id == one.job_id)).scalar()
    return state in ("waiting", "running")


def change(uow, id: UUID, seen: str | None = None, **values: Any) -> bool:
    """Set columns of an import; False when it is no longer in the state that was `seen`."""
    where = [IMPORT.c.id == id, *([IMPORT.c.state == seen] if seen else [])]
    return uow.execute(sa.update(IMPORT).where(*where).values(**values)).rowcount == 1


def end(uow, id: UUID, found: Mapping[str, Any]) -> None:
    """Keep the figures, forget the rest: the file goes after the commit."""
    change(uow, id, state=DONE, found=dict(found), options=Plan().kept(), corrections=None)
    site = uow.site
    uow.after(lambda: forget(site, id))


def discard(uow, id: UUID) -> None:
    """Forget an import altogether."""
    uow.execute(sa.delete(IMPORT).where(IMPORT.c.id == id))
    site = uow.site
    uow.after(lambda: forget(site, id))


def sweep(uow) -> int:
    """Forget every import older than `KEPT`, whoever's it is, and folders that no row names; how many."""
    old = list(uow.execute(sa.select(IMPORT.c.id).where(IMPORT.c.at < uow.now - KEPT)).scalars())
    if old:
        uow.execute(sa.delete(IMPORT).where(IMPORT.c.id.in_(old)))
    place, moment, site = uow.site.settings.data / FOLDER, uow.now.timestamp() - KEPT.total_seconds(), uow.site
    stray = [id for path in (place.iterdir() if place.is_dir() else ())
             if (id := parse_id(path.name)) and id not in old and path.stat().st_mtime < moment]
    known = set(uow.execute(sa.select(IMPORT.c.id).where(IMPORT.c.id.in_(stray))).scalars()) if stray else set()
    gone = [*old, *(id for id in stray if id not in known)]
    uow.after(lambda: [forget(site, id) for id in gone])
    return len(gone)
