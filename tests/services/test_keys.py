"""The keys of encrypted fields change while people work, and whatever breaks the change off leaves all readable."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
import sqlalchemy as sa

from engine.errors import Conflict
from engine.fields import cipher
from engine.fields.keyring import KeyFile, KeyRing
from engine.services import drafts, keys, records
from engine.services.registries import Query, listing
from engine.storage.sealed import rotation
from engine.storage.sealed.columns import sealed_columns
from tests.conftest import FULL
from tests.durability.notes import NOTES
from tests.proofs import write_proof
from tests.services import world
from tests.services.conftest import Office, open_site, refused

SEED = 4207
KILLS = 120 if FULL else 8
CARDS = 400
EACH = 5
"""Cells of a card: two fields, a field in two rows, and the key of the person under which the journal tells of it."""
MODULE = {"metadata/safe/_module.yaml": "module: safe\ntitle: {kk: Сейф, ru: Сейф}\nrequires: [system]\n"}
CARD = """
entity: safe.card
kind: reference
title: {kk: Карта, ru: Карта}
plural: {kk: Карталар, ru: Карты}
display: "{name}"
fields:
  name: {type: text, required: yes, title: {kk: Атауы, ru: Название}}
  pin: {type: text, encrypted: yes, unique: yes, title: {kk: Құпия, ru: Тайна}}
  once: {type: text, encrypted: yes, title: {kk: Ескі, ru: Прежнее}}
  lines:
    type: rows
    title: {kk: Жолдар, ru: Строки}
    fields:
      code: {type: text, encrypted: yes, title: {kk: Код, ru: Код}}
access:
  owner: {can: ALL}
"""
LATER = "\n".join(line for line in CARD.splitlines() if not line.startswith("  once:"))


def files(text: str = CARD) -> dict[str, bytes]:
    return world.files({**MODULE, "metadata/safe/card.yaml": text})


@pytest.fixture
def safe(url, tmp_path):
    site = open_site(url, tmp_path, files())
    office = Office(site)
    yield office
    site.database.close()
    cipher.install(None)


def fill(office, count: int) -> None:
    cards = [
        {"name": f"К{n}", "pin": f"pin {n}", "once": f"once {n}", "lines": [{"code": f"a{n}"}, {"code": f"b{n}"}]}
        for n in range(count)
    ]
    office.site.write(office.owner, lambda uow: records.create_many(uow, "safe.card", cards))


def found(office, pin: str) -> list[str]:
    page = office.read(office.owner, lambda view: listing(view, "safe.card", Query(filters=[("pin", "is", [pin])])))
    return [record["name"] for record in page.records]


def numbers(office) -> dict[int, tuple[str, int]]:
    return {key.number: (key.state, key.cells) for key in keys.listed(office.site)}


def unreadable(office) -> int:
    """Cells of this database that nothing opens."""
    site, broken = office.site, 0
    with site.database.snapshot() as connection:
        for column in sealed_columns(site.catalog, connection):
            cell = column.table.c[column.cipher]
            rows = connection.execute(sa.select(*(column.table.c[k] for k in column.key), cell)).mappings()
            for row in rows:
                if row[column.cipher] is not None:
                    try:
                        cipher.current().open(rotation.unpacked(column, row), column.place(row))
                    except cipher.Unreadable:
                        broken += 1
    return broken


# -- changing over --------------------------------------------------------------------------------------------------


def test_every_sealed_cell_passes_to_the_new_key_and_the_old_one_can_go(safe):
    fill(safe, 30)
    safe.write(safe.owner, lambda uow: drafts.keep(uow, "safe.card", "new", [("name", "басталды")], None))
    assert numbers(safe) == {1: ("active", 30 * EACH + 1)}
    assert keys.add(safe.site) == 2 and numbers(safe)[2] == ("new", 0)
    fill_more = {"name": "кейін", "pin": "between"}
    safe.create("safe.card", fill_more)
    assert numbers(safe)[1] == ("active", 30 * EACH + 3), "a key that waits seals nothing"
    passed = keys.rotate(safe.site)
    assert passed.cells == 30 * EACH + 3 and not passed.unreadable
    assert numbers(safe) == {1: ("old", 0), 2: ("active", 30 * EACH + 3)}
    keys.retire(safe.site, 1)
    assert numbers(safe) == {2: ("active", 30 * EACH + 3)} and unreadable(safe) == 0
    assert found(safe, "pin 7") == ["К7"] and found(safe, "BETWEEN") == ["кейін"]
    draft = safe.read(safe.owner, lambda view: drafts.kept(view, "safe.card", "new"))
    assert draft.pairs == [("name", "басталды")]
    said = {e.operation for e in _entries(safe)}
    assert {"key add", "key activate", "key rotate", "key retire"} <= said


def _entries(office):
    from engine.storage.system.tables import JOURNAL

    with office.site.database.reading() as connection:
        return connection.execute(sa.select(JOURNAL).where(JOURNAL.c.entity == keys.JOURNALLED_AS)).all()


def test_columns_that_metadata_no_longer_names_pass_too(safe):
    from engine.services.publishing import publish
    from engine.storage.database import Database

    fill(safe, 5)
    for text in (LATER, CARD):
        database = Database(safe.site.settings.database_url)
        done = publish(database, files(text))
        database.close()
        safe.site.holder.current(done.number)
        if text is LATER:
            keys.add(safe.site)
            keys.rotate(safe.site)
            keys.retire(safe.site, 1)
    page = safe.list("safe.card")
    assert sorted(r["once"] for r in page.records) == [f"once {n}" for n in range(5)]


def test_values_are_found_and_kept_apart_while_two_keys_are_in_use(safe, monkeypatch):
    fill(safe, 10)
    keys.add(safe.site)
    # Broken off at once: the key is active and every cell stands under the older one.
    monkeypatch.setattr(keys, "pass_to_active", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        keys.rotate(safe.site)
    monkeypatch.undo()
    assert numbers(safe) == {1: ("old", 10 * EACH), 2: ("active", 0)}
    assert found(safe, "pin 3") == ["К3"]
    clash = refused(lambda: safe.create("safe.card", {"name": "екінші", "pin": "PIN 3"}))
    assert clash.problems[0].path == "pin", "unique holds over both keys"
    other = safe.create("safe.card", {"name": "жаңа", "pin": "new"})
    assert refused(lambda: safe.edit(other, {"pin": "pin 4"})).problems[0].path == "pin"
    assert found(safe, "new") == ["жаңа"]
    assert keys.rotate(safe.site).cells == 10 * EACH and unreadable(safe) == 0


def test_a_key_that_is_needed_is_not_taken_away(safe):
    fill(safe, 3)
    assert "active" in refused(lambda: keys.retire(safe.site, 1)).problems[0].text("en")
    assert "no key 9" in refused(lambda: keys.retire(safe.site, 9)).problems[0].text("en")
    assert refused(lambda: keys.rotate(safe.site)).problems[0].code == "keys.none-waits"
    keys.add(safe.site)
    file = KeyFile(safe.site.settings.keys)
    file.write(file.read().turned())
    assert f"{3 * EACH} values" in refused(lambda: keys.retire(safe.site, 1)).problems[0].text("en")
    assert numbers(safe)[1] == ("old", 3 * EACH)


def test_a_cell_that_was_moved_is_named_and_left_alone(safe):
    fill(safe, 3)
    with safe.site.database.writing() as connection:
        table = sa.table("safe_card", sa.column("pin_cipher"), sa.column("name"))
        one = connection.scalar(sa.select(table.c.pin_cipher).where(table.c.name == "К0"))
        connection.execute(sa.update(table).where(table.c.name == "К1").values(pin_cipher=one))
    keys.add(safe.site)
    assert keys.rotate(safe.site).unreadable == {"safe.card.pin": 1}
    with pytest.raises(Conflict):
        keys.retire(safe.site, 1)


def test_the_file_of_keys_is_read_by_its_owner_only_and_says_what_is_wrong(safe):
    keys.add(safe.site)
    path = safe.site.settings.keys
    assert os.stat(path).st_mode & 0o077 == 0
    for text, said in (("1 ab active", "line 1"), (KeyRing.new_line(1, "old"), "active"),
                       (KeyRing.new_line(1, "active") + KeyRing.new_line(2), "state")):
        with pytest.raises(ValueError, match=said):
            KeyRing.read(text)


# -- killed in the middle ---------------------------------------------------------------------------------------------


def _rotate_and_die(site, after: float) -> None:
    """A process that rotates and is killed after so many seconds, or comes to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            site.database.engine.dispose(close=False)
            keys.rotate(site)
            code = 0
        finally:
            os._exit(code)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_rotation_killed_at_any_moment_leaves_nothing_unreadable(safe, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 25)
    fill(safe, CARDS)
    expected, chance = CARDS * EACH, random.Random(SEED)
    killed = halfway = rotations = broken = lost = 0
    keys.add(safe.site)
    while halfway < KILLS:
        _rotate_and_die(safe.site, chance.uniform(0.01, 0.35))
        killed += 1
        cells = {key.number: key.cells for key in keys.listed(safe.site)}
        broken += unreadable(safe)
        lost += expected - sum(cells.values())
        pin = chance.randrange(CARDS)
        assert found(safe, f"pin {pin}") == [f"К{pin}"]
        ring = KeyFile(safe.site.settings.keys).read()
        if sum(1 for count in cells.values() if count) > 1:
            halfway += 1
        elif cells.get(ring.current) == expected and not ring.waiting:
            keys.rotate(safe.site)
            for number in set(ring.keys) - {ring.current}:
                keys.retire(safe.site, number)
            keys.add(safe.site)
            rotations += 1
    keys.rotate(safe.site)
    ring = KeyFile(safe.site.settings.keys).read()
    for number in set(ring.keys) - {ring.current}:
        keys.retire(safe.site, number)
    left = sum(key.cells for key in keys.listed(safe.site) if key.number != ring.current)
    assert (broken, lost, left) == (0, 0, 0), "unreadable, lost, left under an old key"
    assert unreadable(safe) == 0
    if FULL:
        kind = safe.site.database.dialect
        write_proof("durability", {
            f"rotation_killed_halfway_{kind}": (halfway, ">=", 50),
            f"rotation_cells_unreadable_{kind}": (broken, "==", 0),
            f"rotation_cells_left_under_old_keys_{kind}": (left, "==", 0),
        }, SEED, NOTES, joined=True)
