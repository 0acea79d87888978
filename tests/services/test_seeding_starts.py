"""Later starts: a new shipped set is taken, a broken one is not, one that people published is left alone."""

from __future__ import annotations

import shutil

import pytest

from engine.cli.main import main
from engine.config import Settings
from engine.errors import Invalid
from engine.services.publishing import publish
from engine.services.seeding import make_demo, prepare
from engine.services.seeding.preparing import SHIPPED
from engine.services.site import Site
from engine.storage.database import Database

CLUB = """\
entity: school.club
kind: reference
title: {kk: Үйірме, ru: Кружок, en: Club}
display: "{name}"
key: [name]
fields:
  name: {type: text, required: yes, unique: yes}
"""


@pytest.fixture
def shipped(tmp_path):
    """A copy of the shipped folders that a test may change; without records to load."""
    place = tmp_path / "shipped"
    for part in ("metadata", "forms", "translations"):
        shutil.copytree(SHIPPED / part, place / part)
    return place


@pytest.fixture
def settings(tmp_path):
    return Settings.of(tmp_path / "data").prepare()


def start(settings, shipped) -> list[str]:
    said: list[str] = []
    prepare(settings, False, said.append, folder=shipped, environment={})
    return said


def served(settings):
    site = Site.open(settings)
    try:
        return site.catalog
    finally:
        site.database.close()


def test_starts_follow_the_shipped_folder_while_nobody_made_the_set_their_own(settings, shipped):
    start(settings, shipped)
    assert start(settings, shipped) == []
    (shipped / "metadata/school/club.yaml").write_text(CLUB, encoding="utf-8")
    assert start(settings, shipped) == ["Published: revision 2"]
    assert "school.club" in served(settings).entities


def test_a_broken_folder_keeps_the_last_good_revision_and_is_told(settings, shipped):
    start(settings, shipped)
    (shipped / "metadata/school/club.yaml").write_text(CLUB.replace("type: text", "type: txet"), encoding="utf-8")
    said = start(settings, shipped)
    assert "revision 1 stays in use" in said[0]
    assert any("metadata/school/club.yaml:7" in line for line in said), said
    assert served(settings).revision == 1


def test_a_broken_folder_and_no_revision_is_refused(settings, shipped):
    (shipped / "metadata/school/club.yaml").write_text("entity: [", encoding="utf-8")
    with pytest.raises(Invalid):
        start(settings, shipped)


def test_a_set_that_people_published_stays(settings, shipped, tmp_path):
    start(settings, shipped)
    own = tmp_path / "own"
    shutil.copytree(shipped, own)
    (own / "metadata/school/club.yaml").write_text(CLUB, encoding="utf-8")
    database = Database(settings.database_url)
    publish(database, own)
    database.close()
    (shipped / "metadata/school/room.yaml").touch()
    said = start(settings, shipped)
    assert len(said) == 1 and "a set of its own (revision 2)" in said[0]
    assert "school.club" in served(settings).entities


@pytest.mark.parametrize(
    ("step", "line", "code"),
    [
        ("record: school.clab", 4, "entity.unknown"),
        ("record: school.club\n    set: {nane: x}", 5, "seed.column"),
        ("record: school.club\n    sett: {name: x}", 5, "key.unknown"),
        ("record: school.club\n    set: {name: {pick: nowhere}}", 3, "recipe.cannot"),
        ('record: school.club\n    set: {name: "{who}"}', 3, "recipe.cannot"),
        ('record: school.club\n    set: {name: {maybe: {chance: "0", value: x}}}', 5, "field.required"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_told_with_its_line(settings, shipped, step, line, code):
    (shipped / "metadata/school/club.yaml").write_text(CLUB, encoding="utf-8")
    start(settings, shipped)
    (shipped / "seed/demo").mkdir(parents=True)
    (shipped / "seed/demo/a.yaml").write_text(f"recipe: a\nsteps:\n  clubs:\n    {step}\n", encoding="utf-8")
    site = Site.open(settings)
    with pytest.raises(Invalid) as refused:
        make_demo(site, shipped)
    site.database.close()
    problem = refused.value.problems[0]
    assert (problem.file, problem.code) == ("seed/demo/a.yaml", code), problem
    assert problem.line in (line, line + 1), problem


def test_the_command_loads_reference_records_and_refuses_a_demo_beside_them(settings, shipped, capsys):
    start(settings, shipped)
    (shipped / "seed/reference").mkdir(parents=True)
    rows = "records: system.position\nrows:\n  - {code: pilot, name: {kk: Ұшқыш, ru: Пилот}, category: service}\n"
    (shipped / "seed/reference/a.yaml").write_text(rows, encoding="utf-8")
    asked = ["seed", str(shipped), "--data", str(settings.data), "--language", "en"]
    assert main(asked) == 0
    assert "seed/reference/a.yaml: 1 new, 0 changed" in capsys.readouterr().out
    assert main([*asked, "--demo"]) == 1
    assert "not empty" in capsys.readouterr().err
