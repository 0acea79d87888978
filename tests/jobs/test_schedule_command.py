"""`qurastyr schedule`: what is due, a run at once, a rest."""

from __future__ import annotations

import pytest

from engine.cli.main import main
from engine.config import Settings
from engine.services.jobs import due
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from tests.services import world


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    settings = Settings.of(folder).prepare()
    database = Database(settings.database_url)
    publish(database, world.files())
    database.close()
    return folder


def told(place, capsys, *words):
    code = main(["--data", str(place), "schedule", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_schedules_are_listed_run_and_paused(place, capsys):
    code, listed, _ = told(place, capsys)
    assert code == 0 and "system.sweep_jobs" in listed and "paused" not in listed
    code, said, _ = told(place, capsys, "run", "system.sweep_files")
    site = Site.open(Settings.of(place))
    assert code == 0 and said.strip() == f"/jobs/{due(site)[0]}"
    site.database.close()
    assert told(place, capsys, "pause", "system.sweep_jobs")[0] == 0
    assert "paused" in told(place, capsys)[1]
    assert told(place, capsys, "resume", "system.sweep_jobs")[0] == 0 and "paused" not in told(place, capsys)[1]


def test_a_misspelt_schedule_is_guessed(place, capsys):
    code, _, said = told(place, capsys, "run", "system.sweep_job")
    assert code == 1 and "system.sweep_jobs" in said
