"""`qurastyr check`: prints places, exits with 1 on errors, runs examples, needs no database and no web server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.cli import check
from engine.cli.main import built_in, main

ROOT = Path(__file__).resolve().parents[2]


def club(folder: Path, field: str = "name: {type: text, title: {kk: Атауы, ru: Название}}") -> Path:
    """The shipped application and one more entity."""
    for name in ("metadata", "forms", "translations"):
        (folder / name).mkdir(exist_ok=True)
    for path in (ROOT / "metadata/system").glob("*.yaml"):
        target = folder / "metadata/system" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    (folder / "translations/terms.yaml").write_bytes((ROOT / "translations/terms.yaml").read_bytes())
    (folder / "metadata/system/club.yaml").write_text(
        f"entity: system.club\nkind: reference\ntitle: {{kk: Үйірме, ru: Кружок}}\nfields:\n  {field}\n",
        encoding="utf-8",
    )
    return folder


def test_a_good_folder_is_silent_and_gives_0(tmp_path, capsys):
    assert main(["check", str(club(tmp_path)), "--no-examples"]) == 0
    said = capsys.readouterr()
    assert (said.out == "" and "0 ошибок" in said.err) or "0 errors" in said.err or "0 қате" in said.err


def test_a_bad_folder_gives_1_and_places_in_the_language_asked_for(tmp_path, capsys):
    folder = club(tmp_path, "name: {type: txet, title: {kk: Атауы, ru: Название}}")
    said = {}
    for language in ("kk", "ru", "en"):
        assert main(["check", str(folder), "--language", language]) == 1
        said[language] = capsys.readouterr().out.strip()
        assert (
            said[language].startswith("metadata/system/club.yaml:5:16: fields.name.type: ")
            and "`text`" in said[language]
        )
    assert len(set(said.values())) == 3


def test_a_missing_folder_gives_1(tmp_path, capsys):
    assert main(["check", str(tmp_path / "nowhere"), "--language", "en"]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_seeds_are_checked_too(tmp_path, capsys):
    folder = club(tmp_path)
    (folder / "seed").mkdir()
    (folder / "seed/club.yaml").write_text("records: system.club\nrows:\n  - {nome: x}\n", encoding="utf-8")
    assert main(["check", str(folder), "--language", "en", "--no-examples"]) == 1
    assert "seed/club.yaml:3:6: rows[0].nome: " in capsys.readouterr().out


def test_examples_that_fail_stop_the_check_at_their_place(tmp_path, capsys):
    folder = club(tmp_path, "name: {type: text, required: yes, title: {kk: Атауы, ru: Название}}\n"
                            "  double: {type: text, value: 'concat(name, name)', title: {kk: Екі, ru: Два}}\n"
                            "examples:\n  right: {given: {name: ab}, then: {double: abab}}\n"
                            "  wrong: {given: {name: ab}, then: {double: ab}}")
    assert main(["check", str(folder), "--language", "en"]) == 1
    (line,) = capsys.readouterr().out.strip().splitlines()
    assert line.startswith("metadata/system/club.yaml:9:3: examples.wrong.") and "abab" in line
    assert main(["check", str(folder), "--no-examples"]) == 0


def test_the_language_is_that_of_the_terminal():
    assert [
        check.spoken(given)
        for given in ({"LANG": "kk_KZ.UTF-8"}, {"LANG": "en_US"}, {"LANG": "de_DE"}, {}, {"LANG": "C"})
    ] == ["kk", "en", "ru", "ru", "ru"]


def test_check_imports_neither_flask_nor_drivers(tmp_path):
    code = (
        "import sys\nfrom engine.cli.main import main\n"
        f"assert main(['check', {str(club(tmp_path))!r}, '--no-examples']) == 0\n"
        "print([name for name in ('flask', 'werkzeug', 'psycopg', 'alembic', 'engine.storage', 'engine.services')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_shipped_application_is_in_order(capsys):
    assert main(["check", str(ROOT), "--no-examples", "--language", "en"]) == 0, capsys.readouterr().out


def test_help_lists_every_command(capsys):
    assert {"check", "schema"} <= set(built_in())
    assert main([]) == 2
    said = capsys.readouterr().out
    assert all(name in said for name in built_in())
