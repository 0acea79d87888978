"""A random world for tests that need one."""

from __future__ import annotations

import os
from random import Random

import pytest

from engine.app import create_app
from tests.conftest import DATABASES, FULL, new_database
from tests.permissions import lab
from tests.permissions.world import World, build, files
from tests.services.conftest import open_site

SEED = int(os.environ.get("QURASTYR_PERMISSIONS_SEED", "20260302"))


@pytest.fixture(scope="session", params=DATABASES if FULL else DATABASES[:1])
def world(request, tmp_path_factory):
    """One random world; in the quick suite on SQLite alone."""
    folder = tmp_path_factory.mktemp("permissions")
    with new_database(request.param, folder, request) as url:
        made = open_world(url, folder, SEED)
        made.kind = request.param
        yield made
        made.site.database.close()


def open_world(url: str, folder, seed: int) -> World:
    drawn = lab.draw(Random(seed))
    world = build(open_site(url, folder, files(drawn)), drawn, seed)
    world.app = create_app(world.site)
    return world
