"""The shipped metadata as a site on each database, with an organisation, one user a role and a sample of everything."""

from __future__ import annotations

import hashlib
import os
import secrets
import zlib
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from engine.app import create_app
from engine.clock import FixedClock
from engine.config import Settings
from engine.loading import load_files
from engine.loading.files import read_folder
from engine.services import records
from engine.services.actor import Actor, system
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.system.tables import SESSION
from tests.conftest import FULL, MONDAY, ROOT
from tests.shipped.sampling import Sampler

FILES = read_folder(ROOT)
LOADED = load_files(FILES, revision=1)
CATALOG = LOADED.catalog
ENTITIES = sorted(CATALOG.entities) if CATALOG else []
ROLES = sorted(CATALOG.roles) if CATALOG else []


def languages(name: str) -> tuple[str, ...]:
    """Both languages in full runs, one of them by rotation otherwise: another name or commit, another language."""
    turn = zlib.crc32(f"{name} {os.environ.get('QURASTYR_TEST_TURN', '')}".encode()) % 2
    return ("kk", "ru") if FULL else (("kk", "ru")[turn],)


@pytest.fixture(scope="session")
def school(session_url, tmp_path_factory):
    """.site .app .people (role -> Actor) .tokens (role -> session) .sampler .organisation"""
    folder = tmp_path_factory.mktemp("school")
    database = Database(session_url)
    publish(database, FILES)
    database.close()
    site = Site.open(Settings.of(folder, session_url).prepare())
    site.clock = FixedClock(MONDAY)
    unit = site.write(
        system(),
        lambda uow: records.create(
            uow, "system.unit", {"code": "S1", "name": {"kk": "Мектеп", "ru": "Школа"}, "kind": "school", "legal": True}
        ),
    )
    boss = system(unit.id)
    sampler = Sampler(site, boss)
    sampler.made["system.unit"] = unit
    people, tokens = {}, {}
    for role in ROLES:
        user = site.write(
            boss,
            lambda uow, role=role: records.create(
                uow, "system.user", {"login": f"the-{role}", "active": True, "roles": [{"role": role}]}
            ),
        )
        people[role] = Actor("user", user.id, f"the-{role}", role, None, unit.id, (), frozenset({role}), "ru")
        tokens[role] = secrets.token_urlsafe(32)
        with site.database.writing() as connection:
            connection.execute(
                sa.insert(SESSION).values(
                    token_hash=hashlib.sha256(tokens[role].encode()).digest(),
                    user_id=user.id,
                    created_at=MONDAY,
                    seen_at=MONDAY,
                    level=2,
                )
            )
    yield SimpleNamespace(
        site=site,
        app=create_app(site),
        people=people,
        tokens=tokens,
        sampler=sampler,
        system=boss,
        organisation=unit.id,
    )
    site.database.close()
