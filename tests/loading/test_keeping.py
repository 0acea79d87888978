"""A kept Catalog is the one that was compiled; a file that is not surely ours, whole and of now, is ignored."""

import dataclasses
import hashlib
import hmac
import os
import pickle
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.many_entities import many_entities
from engine.expression import Context, Rule, Type, compile_rule
from engine.expression.functions import Function
from engine.fields.base import FieldType
from engine.loading import load_files
from engine.loading import shelf as shelves
from engine.loading.files import read_folder
from engine.loading.keeping import from_bytes, to_bytes
from engine.loading.shelf import SEAL, Shelf
from engine.model.text import Text

ROOT = Path(__file__).resolve().parents[2]
KEY = b"k" * 32


def plain(value):
    """Everything that can be said about a part of a Catalog, comparable; parts that are one object stay themselves."""
    if isinstance(value, FieldType | Function):
        return value
    if isinstance(value, Rule):
        said = ("text", "node", "type", "paths", "row_paths", "uses_actor", "uses_today", "uses_calendar",
                "is_row_rule")
        return "rule", [plain(getattr(value, name)) for name in said]
    if isinstance(value, Type):
        return value.name, value.places, getattr(value.target, "address", value.target), plain(value.item)
    if isinstance(value, Text):
        return value
    if dataclasses.is_dataclass(value):
        return type(value), [(f.name, plain(getattr(value, f.name))) for f in dataclasses.fields(value)
                             if not f.name.startswith("_")]
    if isinstance(value, Mapping):
        return [(key, plain(each)) for key, each in value.items()]
    if isinstance(value, tuple | list):
        return type(value), [plain(each) for each in value]
    return type(value), value


@pytest.fixture(scope="module")
def shipped():
    return read_folder(ROOT)


@pytest.fixture(scope="module")
def catalog(shipped):
    return load_files(shipped, 7, trusted=True).catalog


def test_what_was_kept_equals_what_a_full_check_compiles(shipped, catalog):
    checked = load_files(shipped, 7).catalog
    kept = from_bytes(to_bytes(catalog), 7)
    for name in ("revision", "digest", "modules", "roles", "dictionaries", "terms", "forms", "registries"):
        assert plain(getattr(kept, name)) == plain(getattr(checked, name)), name
    assert list(kept.entities) == list(checked.entities)
    for address, entity in checked.entities.items():
        assert plain(kept.entities[address]) == plain(entity), address


def test_five_hundred_more_are_equal_too(shipped):
    many = {name: text for name, text in many_entities(500).items() if not name.startswith("metadata/system/")}
    compiled = load_files({**shipped, **many}, 1, trusted=True).catalog
    kept = from_bytes(to_bytes(compiled), 1)
    assert len(kept.entities) == len(compiled.entities) > 500
    assert plain(kept.entities) == plain(compiled.entities)
    assert plain(kept.registries) == plain(compiled.registries)
    assert plain(kept.forms) == plain(compiled.forms)


def test_one_thing_stays_one_thing(catalog):
    kept = from_bytes(to_bytes(catalog), 7)
    for entity in kept.entities.values():
        for field in entity.fields.values():
            assert field.kind is catalog.entities[entity.address].fields[field.key].kind
        with pytest.raises(TypeError):
            entity.fields["more"] = None


def test_kept_rules_work_and_new_ones_find_the_same_names(catalog):
    kept = from_bytes(to_bytes(catalog), 7)
    found = [(address, field.value, catalog.entities[address].fields[key].value)
             for address, entity in kept.entities.items() for key, field in entity.fields.items() if field.value]
    assert found
    for _, ours, theirs in found:
        scope, other = ours.origin[0], theirs.origin[0]
        assert list(scope.names()) == list(other.names())
        for name in other.names():
            assert plain(scope.resolve(name)) == plain(other.resolve(name)), name
        assert compile_rule(ours.text, scope, row=ours.origin[1]).paths == theirs.paths
    invoice = kept.entity("accounting.invoice")
    same = catalog.entity("accounting.invoice")
    nothing = Context({"lines": []})
    assert invoice.fields["total"].value.evaluate(nothing) == same.fields["total"].value.evaluate(nothing)


def test_rules_of_a_check_are_not_kept(shipped):
    with pytest.raises(pickle.PicklingError):
        to_bytes(load_files(shipped, 7).catalog)


class Foreign:
    def __reduce__(self):
        return os.system, ("touch /tmp/this-must-never-run",)




@pytest.mark.parametrize("harmful", [
    pickle.dumps({"modules": Foreign()}), b"cos\nsystem\n(S'true'\ntR.",
    b"cengine.loading.compile.rules\ncompile_rule\n.",
    b"cengine.loading.compile.rules\nLateRule.__init__\n.", b"cbuiltins\neval\n(S'1'\ntR."])
def test_bytes_can_build_nothing_but_descriptions(harmful):
    with pytest.raises(pickle.UnpicklingError, match=r"part of a Catalog|no class"):
        from_bytes(harmful, 1)


@pytest.fixture
def shelf(tmp_path, catalog):
    made = Shelf(tmp_path / "catalog.kept", KEY)
    assert made.take(catalog.digest, 7) is None  # nothing there yet
    assert made.put(catalog)
    return made


def test_a_shelf_gives_back_what_was_put(shelf, catalog):
    taken = shelf.take(catalog.digest, 9)
    assert (taken.revision, taken.digest, list(taken.entities)) == (9, catalog.digest, list(catalog.entities))
    assert [file.name for file in shelf.file.parent.iterdir()] == ["catalog.kept"]
    assert stat.S_IMODE(shelf.file.stat().st_mode) == 0o600


def test_a_file_of_another_set_key_or_version_is_ignored(shelf, catalog, monkeypatch):
    assert shelf.take("0" * 64, 7) is None
    assert Shelf(shelf.file, b"x" * 32).take(catalog.digest, 7) is None
    assert shelf.take(catalog.digest, 7) is not None
    monkeypatch.setattr(shelves, "stamp", lambda: "another version")
    assert shelf.take(catalog.digest, 7) is None


@pytest.mark.parametrize("spoil", [
    lambda content: b"", lambda content: content[:10], lambda content: content[:SEAL], lambda content: content[:-1],
    lambda content: content + b"\0", lambda content: bytes(SEAL) + content[SEAL:],
    lambda content: content[:2000] + bytes([content[2000] ^ 1]) + content[2001:]])
def test_a_damaged_file_is_ignored_and_replaced(shelf, catalog, spoil):
    shelf.file.write_bytes(spoil(shelf.file.read_bytes()))
    assert shelf.take(catalog.digest, 7) is None
    assert shelf.put(catalog)
    assert shelf.take(catalog.digest, 7) is not None


def test_a_forged_file_is_not_even_looked_into(shelf, catalog, monkeypatch):
    monkeypatch.setattr(shelves, "from_bytes", lambda *_: pytest.fail("bytes without our seal were read"))
    forged = pickle.dumps({"modules": Foreign()})
    shelf.file.write_bytes(hmac.digest(b"guessed", forged, hashlib.sha256) + forged)
    assert shelf.take(catalog.digest, 7) is None


def test_bytes_of_ours_that_cannot_be_used_are_told_and_ignored(shelf, catalog, monkeypatch, caplog):
    monkeypatch.setattr(shelves, "to_bytes", lambda catalog: pickle.dumps({"entities": {}}))
    assert shelf.put(catalog)
    assert shelf.take(catalog.digest, 7) is None
    assert "cannot be used" in caplog.text


def test_a_place_that_cannot_be_written_is_told_and_does_no_harm(tmp_path, catalog, caplog):
    nowhere = Shelf(tmp_path / "missing" / "catalog.kept", KEY)
    assert not nowhere.put(catalog)
    assert "cannot be kept" in caplog.text
    (tmp_path / "folder").mkdir()
    in_the_way = Shelf(tmp_path / "folder", KEY)
    assert in_the_way.take(catalog.digest, 7) is None
    assert not in_the_way.put(catalog)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]  # no draft is left behind


def test_every_change_of_code_changes_the_stamp(tmp_path, monkeypatch):
    (tmp_path / "deeper").mkdir()
    source = tmp_path / "deeper" / "one.py"
    source.write_text("a = 1\n")
    monkeypatch.setattr(shelves, "ENGINE", tmp_path)
    seen = {shelves.stamp()}
    assert shelves.stamp() in seen
    source.write_text("a = 12\n")
    seen.add(shelves.stamp())
    os.utime(source, ns=(1, 1))
    seen.add(shelves.stamp())
    (tmp_path / "two.py").write_text("")
    seen.add(shelves.stamp())
    assert len(seen) == 4
