"""What is changed behind the engine's back is named: records about people, files of the program."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.cli.main import main
from engine.config import Settings
from engine.services import integrity
from engine.storage.tables import tables_of
from tests.services.test_person_keys import clinic, made  # noqa: F401 - fixtures


def findings(clinic) -> set[tuple[str, str]]:  # noqa: F811
    return {(f.kind, f.field) for f in integrity.check_records(clinic.site).findings}


def sql(clinic, address: str, rows: str = "", **values):  # noqa: F811
    """An UPDATE that no verb made, of the first record or of its rows."""
    catalog = clinic.site.catalog
    entity = catalog.entities[address]
    table = tables_of(catalog).rows(entity.fields[rows]) if rows else tables_of(catalog).of(entity)
    with clinic.site.database.writing() as connection:
        connection.execute(sa.update(table).values(**values))


def test_what_verbs_did_is_as_the_journal_says(clinic, made):  # noqa: F811
    human, case = made
    clinic.edit(case, {"visits": [{"on": "сейсенбі", "told": "тұмау"}]}, version=2)
    checked = integrity.check_records(clinic.site)
    assert checked.findings == [] and checked.records >= 2


@pytest.mark.parametrize("change", ["value", "encrypted", "row", "version", "gone", "added"])
def test_a_change_by_sql_is_named(clinic, made, change):  # noqa: F811
    human, case = made
    tables = tables_of(clinic.site.catalog)
    table = tables.of("clinic.human")
    if change == "value":
        sql(clinic, "clinic.human", name="Басқа")
        assert findings(clinic) == {("changed", "name")}
    elif change == "encrypted":
        sql(clinic, "clinic.case", pin_cipher=b"\x01" + bytes(40))
        assert findings(clinic) == {("unreadable", "")}
    elif change == "row":
        sql(clinic, "clinic.case", "visits", told="өзгертілген")
        assert findings(clinic) == {("changed", "visits")}
    elif change == "version":
        sql(clinic, "clinic.case", version=1)
        assert findings(clinic) == {("version", "")}
    elif change == "gone":
        other = clinic.create("clinic.human", {"name": "Артық"})
        with clinic.site.database.writing() as connection:
            connection.execute(sa.delete(table).where(table.c.id == other.id))
        assert findings(clinic) == {("lacking", "")}
    else:
        with clinic.site.database.writing() as connection:
            row = dict(connection.execute(sa.select(table)).mappings().first())
            connection.execute(sa.insert(table).values({**row, "id": clinic.owner.user_id}))
        assert findings(clinic) == {("unknown", "")}


def test_the_command_says_which_record_and_field(clinic, made, capsys):  # noqa: F811
    human, _ = made
    site = clinic.site
    options = ["--data", str(site.settings.data), "--database", site.settings.database_url, "integrity", "check"]
    assert main([*options, "--language", "ru"]) == 0
    sql(clinic, "clinic.human", name="Басқа")
    capsys.readouterr()
    assert main([*options, "--language", "ru"]) == 1
    said = capsys.readouterr().err
    assert f"/clinic/human/{human.id}, Имя" in said and "Басқа" not in said


# -- files of the program ---------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path):
    """(settings, folders) of a small program that was sealed."""
    home = tmp_path / "program"
    (home / "deep" / "__pycache__").mkdir(parents=True)
    for name in ("a.py", "b.yaml", "deep/c.py", "deep/__pycache__/c.pyc"):
        (home / name).write_text(name)
    settings = Settings.of(tmp_path / "data").prepare()
    assert integrity.seal_program(settings, {"engine": home}) == 3
    return settings, {"engine": home}


def test_files_as_they_were_sealed_are_whole(program):
    assert integrity.check_program(*program) == []


def test_what_was_done_to_files_is_named(program):
    settings, folders = program
    home = folders["engine"]
    (home / "a.py").write_text("changed")
    (home / "b.yaml").unlink()
    (home / "deep" / "new.py").write_text("")
    found = {(f.kind, f.path) for f in integrity.check_program(settings, folders)}
    assert found == {("changed", "engine/a.py"), ("missing", "engine/b.yaml"), ("added", "engine/deep/new.py")}


def test_a_manifest_made_to_fit_is_found(program):
    settings, folders = program
    path = settings.data / "program.manifest"
    (folders["engine"] / "a.py").write_text("changed")
    import hashlib

    text = path.read_text().replace(hashlib.sha256(b"a.py").hexdigest(), hashlib.sha256(b"changed").hexdigest())
    path.write_text(text)
    assert [f.kind for f in integrity.check_program(settings, folders)] == ["forged"]
    path.write_text("{}")
    assert [f.kind for f in integrity.check_program(settings, folders)] == ["forged"]
    path.unlink()
    assert [f.kind for f in integrity.check_program(settings, folders)] == ["none"]


def test_the_real_program_is_sealed_and_checked_by_the_command(tmp_path, capsys):
    options = ["--data", str(tmp_path), "integrity"]
    assert main([*options, "program"]) == 1
    assert main([*options, "seal"]) == 0
    assert main([*options, "program"]) == 0
