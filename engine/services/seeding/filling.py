"""Filling a site from the folder seed/: reference records of all organisations, the demo school of an empty one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from engine.services.identity.actors import USER
from engine.services.organisations import UNIT, organisations
from engine.services.seeding import files
from engine.services.seeding.recipes import Run
from engine.services.seeding.recipes.run import Made
from engine.services.seeding.reference import Loaded, load_records
from engine.services.seeding.state import DEMO, DONE, MAKING, remember
from engine.storage.purposes import SEEDING
from engine.storage.tables import tables_of


def is_empty(site) -> bool:
    """True while there is neither a unit nor a user."""
    tables = tables_of(site.catalog)
    with site.database.reading(SEEDING) as connection:
        return not any(connection.execute(sa.select(tables.of(a).c.id).limit(1)).first() for a in (UNIT, USER))


def load_reference(site, folder: Path) -> list[Loaded]:
    """Load seed/reference: shared records once, others for every organisation. Raises Invalid with the wrong lines."""
    found = []
    for file in files.seed_files(folder, files.REFERENCE):
        if file.kind != "records":
            continue
        entity = site.catalog.entities.get(file.data["records"])
        owners = [None] if entity is None or entity.scope == "shared" else organisations(site)
        found += [load_records(site, file, owner) for owner in owners]
    return found


def make_demo(site, folder: Path, scale: float = 1.0, say: Callable[[Made], None] = lambda made: None) -> list[Made]:
    """Make what the recipes of seed/demo tell. For an empty site only: nothing there is looked for first."""
    remember(site.database, DEMO, MAKING)
    run = Run(site, scale, say)
    made: list[Made] = []
    for file in files.seed_files(folder, files.DEMO):
        if file.kind == "recipe":
            made += run.run(file)
        else:
            load_records(site, file, run.actor.organisation_id)
    for file in files.seed_files(folder, files.REFERENCE):
        entity = site.catalog.entity(file.data["records"])
        if entity.scope != "shared":
            for owner in organisations(site):
                load_records(site, file, owner)
    remember(site.database, DEMO, DONE)
    return made


