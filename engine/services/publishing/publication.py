"""The verb: load, plan, apply, fill dictionaries, store the revision, write the journal. All of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid
from engine.ids import new_id
from engine.loading import Loaded, digest_of, load_files
from engine.loading.files import read_folder
from engine.model import Catalog
from engine.services.publishing.dictionaries import fill_dictionaries
from engine.services.publishing.upgrading import upgrade_tables
from engine.storage import revisions
from engine.storage.database import Database
from engine.storage.journal_codes import code_of
from engine.storage.net import raise_net
from engine.storage.planner import Plan, Step, apply_plan, make_plan
from engine.storage.purposes import MIGRATING
from engine.storage.system.tables import JOURNAL


@dataclass(frozen=True)
class Published:
    """What publishing came to. `number` is None when it was only planned."""

    number: int | None
    plan: Plan
    catalog: Catalog
    warnings: tuple = ()
    changed: bool = True
    """False when this very set was current already and the database had nothing to change."""


class _OnlyPlanned(Exception):
    """Takes a dry run out of its transaction."""


def publish(
    database: Database, source: str | Path | Mapping[str, bytes], actor: UUID | None = None, *, note: str = "",
    agreed: Collection[str] = (), only_plan: bool = False, at: datetime | None = None, journal_key: bytes | None = None,
    progress: Callable[[Step], None] = lambda step: None,
) -> Published:
    """Make the files of a folder (or given ones, path -> content) the revision that processes serve.

    `agreed`: addresses of elements whose decision people have taken (see `Plan.blocked`). `only_plan`: look, change
    nothing. `journal_key`: that of the site (`Site.journal_key`); without one the entry has no code, and a site whose
    journal is sealed already calls it inserted.

    Raises Invalid with every problem of the files, Conflict when the plan waits for decisions, TimeoutError when
    somebody else is publishing, FileNotFoundError for a folder without metadata.
    """
    files = dict(source) if isinstance(source, Mapping) else read_folder(Path(source))
    loaded = load_files(files)
    if loaded.catalog is None:
        raise Invalid(loaded.errors)
    moment = at or datetime.now(UTC)
    found: list[Published] = []
    try:
        with database.altering(MIGRATING) as connection:
            upgrade_tables(connection, journal_key, moment)
            plan = make_plan(connection, loaded.catalog, agreed)
            if only_plan:
                found.append(Published(None, plan, loaded.catalog, _warnings(loaded), not plan.is_empty))
                raise _OnlyPlanned
            done = _publish(connection, loaded, plan, actor, note, moment, journal_key, progress)
            if database.role:
                raise_net(connection, done.catalog, database.role)
            return done
    except _OnlyPlanned:
        return found[0]


def _publish(connection: sa.Connection, loaded: Loaded, plan: Plan, actor: UUID | None, note: str, moment: datetime,
             journal_key: bytes | None, progress: Callable[[Step], None]) -> Published:
    before = revisions.current_number(connection)
    same = before is not None and revisions.current_digest(connection) == digest_of(loaded.files)
    apply_plan(connection, plan, progress)
    filled = fill_dictionaries(connection, loaded.catalog, moment.date())
    if same and plan.is_empty and not filled:
        return Published(before, plan, replace(loaded.catalog, revision=before), _warnings(loaded), changed=False)
    number = before if same else revisions.store(connection, loaded.files, moment, actor, note)
    entry = {
        "id": new_id(), "at": moment, "actor_id": actor, "actor_kind": "user" if actor else "system",
        "operation": "publish", "changes": {"revision": [before, number], "digest": digest_of(loaded.files),
                                            "steps": [step.sentence("en") for step in plan.changes][:200]}}
    code = None if journal_key is None else code_of(journal_key, entry)
    connection.execute(sa.insert(JOURNAL).values(**entry, code=code))
    return Published(number, plan, replace(loaded.catalog, revision=number), _warnings(loaded))


def _warnings(loaded: Loaded) -> tuple:
    return tuple(problem for problem in loaded.problems if not problem.is_error)
