"""Whatever the engine keeps encrypted is known to the change of keys."""

from __future__ import annotations

import ast
from pathlib import Path

import sqlalchemy as sa

from engine.storage.system import METADATA
from engine.storage.system.ciphers import SYSTEM_SEALED

ENGINE = Path(__file__).resolve().parents[2] / "engine"
SEALERS = {
    "fields/cipher.py": "fields with `encrypted: yes`, found from the Catalog",
    "storage/sealed/rotation.py": "the change of keys itself",
    "services/drafts.py": "engine_draft.values",
    "services/person_keys.py": "engine_person_key.sealed",
    "services/identity/factors/secrets.py": "engine_factor.sealed",
    "services/repeats.py": "engine_idempotency.response",
}
"""Modules that seal something, and the column where it stands."""
MARKS = ("sealed", "cipher", "secret", "seed")


def unnamed(tables: list[sa.Table]) -> list[str]:
    named = {(one.column.table.name, one.column.name) for one in SYSTEM_SEALED}
    return [f"{t.name}.{c.name}" for t in tables for c in t.columns
            if any(mark in c.name for mark in MARKS) and not c.name.endswith("_hash") and (t.name, c.name) not in named]


def sealers(root: Path) -> set[str]:
    found = set()
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        calls = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call))
        # The journal is sealed as well, by no cipher.
        if "cipher" in text and any(isinstance(n.func, ast.Attribute) and n.func.attr == "seal" for n in calls):
            found.add(path.relative_to(root).as_posix())
    return found


def test_every_sealed_column_of_the_engine_is_named_for_the_change_of_keys():
    assert unnamed(list(METADATA.tables.values())) == []
    columns = {f"{one.column.table.name}.{one.column.name}" for one in SYSTEM_SEALED}
    assert columns == {where for where in SEALERS.values() if where.startswith("engine_")}


def test_a_planted_column_is_caught():
    table = sa.Table("engine_new", sa.MetaData(), sa.Column("token_sealed", sa.LargeBinary))
    assert unnamed([table]) == ["engine_new.token_sealed"]


def test_only_known_modules_seal():
    assert sealers(ENGINE) == set(SEALERS)


def test_a_planted_module_that_seals_is_caught(tmp_path):
    (tmp_path / "new.py").write_text("cipher.current().seal(text, place)\n")
    assert sealers(tmp_path) == {"new.py"}
