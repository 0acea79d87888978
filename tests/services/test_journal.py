"""The sealed journal: whatever is done to it by somebody without the key is found and named.

The thief here has the whole database: triggers are dropped first, as its owner could. What he lacks is the key.
"""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
import sqlalchemy as sa

from engine.cli.main import main
from engine.config import Settings
from engine.ids import id_of, new_id
from engine.services import journal
from engine.services.actor import Actor, system
from engine.services.audit import Entry, add_entries
from engine.services.journal import sealing
from engine.services.journal.heads import Broken, place_of, read_head, write_signed
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.journal_codes import COLUMNS, code_of, linked
from engine.storage.system.tables import JOURNAL, SEAL
from tests.conftest import FULL, MONDAY
from tests.proofs import write_proof
from tests.services import world
from tests.services.conftest import open_site

SEED = 20261126
TAMPERINGS = 1_000 if FULL else 200
ENTRIES, ADOPTED = 60, 8
ODD = {"a": [1.0, 1e16], "b": [1e22, -0.0], "c": [0.1, 5e-324], "d": {"z": 1, "a": ["қ", "12.50", 2**63]}, "e": []}
FIGURES: dict[str, tuple] = {}


def write(site, number=1, who=None, **changes):
    for n in range(number):
        site.write(who or system(), lambda uow, n=n: uow.record(
            Entry("edit", "lab.thing", new_id(), n, {"name": [n, n + 1], **changes})))


def proved(site, connection=None, now=None, heads=()):
    def look(c):
        return journal.verify(c, site.journal_key, site.settings.data, now or site.clock.now(), heads)

    if connection is not None:
        return look(connection)
    with site.database.snapshot() as opened:
        return look(opened)


def without_triggers(site):
    with site.database.altering() as connection:
        for table in ("engine_journal", "engine_seal"):
            if site.database.dialect == "postgresql":
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            else:
                for change in ("update", "delete", "replace"):
                    connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{change}")


@pytest.fixture(scope="module")
def robbed(module_url, tmp_path_factory):
    """A site with a sealed journal and no triggers any more. Tests take back what they do to it."""
    made = open_site(module_url, tmp_path_factory.mktemp("data"))
    with made.database.writing() as connection:  # as a version without codes left them
        connection.execute(sa.insert(JOURNAL), [
            {"id": new_id(), "at": MONDAY, "actor_kind": "user", "actor_id": new_id(), "operation": "edit",
             "entity": "lab.thing", "record_id": new_id(), "version": n, "changes": {"name": ["a", n]}}
            for n in range(ADOPTED)])
    person = Actor("user", new_id(), "a", organisation_id=new_id(), session_id="5" * 16, address="10.0.0.1")
    write(made, ENTRIES - 5)
    write(made, 5, person, **ODD)
    journal.seal(made)
    without_triggers(made)
    yield made
    made.database.close()


@pytest.fixture
def own(url, tmp_path):
    """A site of the test's own."""
    made = open_site(url, tmp_path)
    yield made
    made.database.close()


# -- codes and seals --------------------------------------------------------------------------------------------------


def test_what_nobody_touched_is_found_whole(robbed):
    found = proved(robbed)
    assert found.whole and found.adopted == ADOPTED + 1 and found.sealed == found.entries > ENTRIES
    assert found.waiting == 0 and found.last.number == found.sealed


def test_both_databases_give_back_what_was_coded(robbed):
    with robbed.database.reading() as connection:
        rows = connection.execute(sa.select(JOURNAL).where(JOURNAL.c.code.is_not(None))).all()
    assert len(rows) >= ENTRIES
    assert all(code_of(robbed.journal_key, row._mapping) == row.code for row in rows)
    assert any("d" in row.changes for row in rows)


def test_a_code_costs_a_write_little(robbed):
    entry = {"id": new_id(), "at": MONDAY, "actor_kind": "user", "operation": "edit", "entity": "lab.thing",
             "record_id": new_id(), "version": 3, "changes": {f"field_{n}": [f"before {n}", n] for n in range(8)}}
    best = 1.0
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(500):
            code_of(robbed.journal_key, entry)
        best = min(best, (time.perf_counter() - begun) / 500)
    FIGURES["microseconds a code"] = (round(best * 1e6, 1), "<=", 15)
    assert best < 60e-6


def test_entries_of_one_transaction_are_sealed_in_a_second_turn_by_turn(own):
    journal.seal(own, None)
    write(own, 3)
    assert journal.seal(own) == 3 and journal.seal(own) == 0
    kept = read_head(own.journal_key, place_of(own.settings.data))
    assert kept == proved(own).last


def test_an_entry_that_commits_late_is_sealed_by_a_turn_that_looks_back(own):
    write(own, 2)
    journal.seal(own)

    def late(by):
        id = id_of(((new_id().int >> 80) - int(by.total_seconds() * 1000)) << 80 | random.getrandbits(60))
        with own.database.writing() as connection:
            add_entries(connection, own.journal_key, [{
                "id": id, "at": MONDAY, "actor_id": None, "actor_kind": "system", "session_id": None, "address": None,
                "request_id": None, "operation": "edit", "entity": "lab.thing", "record_id": None, "version": 1,
                "organisation_id": None, "changes": {}}])

    late(timedelta(seconds=5))
    assert journal.seal(own) == 1
    late(timedelta(minutes=50))
    assert journal.seal(own) == 0 and proved(own).waiting == 1
    assert journal.seal(own, sealing.FAR) == 1
    late(timedelta(days=3))
    assert journal.seal(own, sealing.FAR) == 0
    turn = journal.Turn(own)
    assert turn.take() >= sealing.REST, "the first turn is thorough"
    assert proved(own).whole and proved(own).waiting == 0


def test_several_sealers_at_once_make_one_chain(own):
    journal.seal(own, None)
    stop = threading.Event()

    def seals():
        while not stop.is_set():
            journal.seal(own)

    threads = [threading.Thread(target=seals) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(15):
        own.write(system(), lambda uow: [uow.record(Entry("edit", "lab.thing", new_id())) for _ in range(60)])
    stop.set()
    for thread in threads:
        thread.join()
    journal.seal(own, None)
    found = proved(own)
    assert found.whole and found.waiting == 0 and found.sealed == found.entries >= 900


def test_a_killed_first_sealing_goes_on(own, monkeypatch):
    with own.database.writing() as connection:
        connection.execute(sa.insert(JOURNAL), [
            {"id": new_id(), "at": MONDAY, "actor_kind": "user", "operation": "edit", "changes": {"n": [None, n]}}
            for n in range(25)])
    monkeypatch.setattr(sealing, "BATCH", 10)
    monkeypatch.setattr(sealing, "_follow", lambda site: 1 / 0)
    original, calls = sealing._batch, []

    def dies(*given):
        if calls:
            raise ZeroDivisionError
        calls.append(1)
        return original(*given)

    monkeypatch.setattr(sealing, "_batch", dies)
    with pytest.raises(ZeroDivisionError):
        journal.seal(own)
    monkeypatch.undo()
    write(own, 3)
    journal.seal(own)
    found = proved(own)
    assert found.whole and found.adopted == 26 and found.sealed == 29


def test_seals_too_are_only_added(own):
    write(own, 2)
    journal.seal(own)
    changes = ["UPDATE engine_seal SET number = 77", "DELETE FROM engine_seal"]
    changes += ["TRUNCATE engine_seal"] if own.database.dialect == "postgresql" else []
    for change in changes:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), own.database.writing() as connection:
            connection.exec_driver_sql(change)
    taken = sa.insert(SEAL).prefix_with("OR REPLACE", dialect="sqlite")
    with own.database.reading() as connection:
        first = connection.execute(sa.select(SEAL).where(SEAL.c.number == 1)).one()
    for key in ({"number": 1, "entry_id": new_id()}, {"number": 99, "entry_id": first.entry_id}):
        with pytest.raises(sa.exc.DBAPIError, match=r"append-only|duplicate key"), \
                own.database.writing() as connection:
            connection.execute(taken, {**first._mapping, **key})


@pytest.mark.postgres
def test_a_dropped_trigger_alone_opens_nothing_on_postgresql(own):
    if own.database.dialect != "postgresql":
        pytest.skip("SQLite knows no rights")
    role = f"q_owner_{new_id().hex[:12]}"
    with own.database.altering() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role}")
        connection.exec_driver_sql(f"CREATE SCHEMA s AUTHORIZATION {role}")
        connection.exec_driver_sql(f"SET LOCAL ROLE {role}")
        connection.exec_driver_sql("SET LOCAL search_path = s")
        connection.exec_driver_sql("CREATE TABLE kept (id int)")
        from engine.storage.system.journal_guard import revoke_changes

        revoke_changes(connection, "kept")
        connection.exec_driver_sql("INSERT INTO kept VALUES (1)")
        refused = []
        for change in ("UPDATE kept SET id = 2", "DELETE FROM kept", "TRUNCATE kept"):
            point = connection.begin_nested()
            try:
                connection.exec_driver_sql(change)
            except sa.exc.ProgrammingError as error:
                refused.append(error.orig.sqlstate)
            point.rollback()
        connection.exec_driver_sql("RESET ROLE")
        connection.exec_driver_sql("DROP SCHEMA s CASCADE")
        connection.exec_driver_sql(f"DROP ROLE {role}")
    assert refused == ["42501"] * 3


def test_entries_of_publishing_are_coded(own):
    files = {**world.files(), "metadata/lab/slot.yaml": world.files()["metadata/lab/slot.yaml"] + b"\n"}
    journal.seal(own, None)
    publish(own.database, files, journal_key=own.journal_key)
    assert proved(own).whole
    publish(own.database, world.files())
    assert [f.kind for f in proved(own).findings] == ["inserted"], "somebody without the key"


# -- tampering --------------------------------------------------------------------------------------------------------


class Thief:
    """Random ways to change a journal without its key. Each returns the kinds that may be told, and the entries of
    which at least one must be named (None: none can be)."""

    def __init__(self, connection, site, dice):
        self.connection, self.site, self.dice = connection, site, dice
        self.head = place_of(site.settings.data)
        self.rows = connection.execute(sa.select(JOURNAL).order_by(JOURNAL.c.id)).all()
        self.seals = connection.execute(sa.select(SEAL).order_by(SEAL.c.number)).all()
        self.sealed = {s.entry_id: s for s in self.seals}

    def any(self, number=1, coded=False):
        rows = [r for r in self.rows if r.code is not None or not coded]
        return self.dice.sample(rows, number)

    def set(self, of, **values):
        self.connection.execute(sa.update(JOURNAL).where(JOURNAL.c.id == of).values(values))

    def set_seal(self, of, **values):
        self.connection.execute(sa.update(SEAL).where(SEAL.c.number == of).values(values))

    def drop(self, *ids):
        self.connection.execute(sa.delete(JOURNAL).where(JOURNAL.c.id.in_(ids)))

    def drop_seals(self, *ids):
        self.connection.execute(sa.delete(SEAL).where(SEAL.c.entry_id.in_(ids)))

    def other(self, name, value):
        dice = self.dice
        if name in ("actor_id", "record_id", "organisation_id"):
            return None if value is not None and dice.random() < 0.3 else new_id()
        if name == "at":
            return value + timedelta(microseconds=dice.randint(1, 10**12))
        if name == "version":
            return (value or 0) + dice.randint(1, 9)
        if name == "changes":
            return self.altered(value)
        return (value or "") + dice.choice("xyz")

    def altered(self, changes):
        """The same JSON with the least difference: a letter, a digit, a key, a place in a list."""
        ways = [lambda: {**changes, "more": [None, 1]}]
        if changes:
            key = self.dice.choice(list(changes))
            ways += [lambda: {k: v for k, v in changes.items() if k != key},
                     lambda: {**changes, key: [changes[key], 0]}]
            pair = changes[key]
            if isinstance(pair, list) and len(pair) == 2 and pair[0] != pair[1]:
                ways.append(lambda: {**changes, key: pair[::-1]})
                if isinstance(pair[1], int):
                    ways.append(lambda: {**changes, key: [pair[0], pair[1] + 1]})
        return self.dice.choice(ways)()

    # -- ways ------------------------------------------------------------------------------------------------------

    def edit_a_column(self):
        row, = self.any()
        name = self.dice.choice([c for c in COLUMNS if c != "id"])
        self.set(row.id, **{name: self.other(name, getattr(row, name))})
        return {"edited"}, {row.id}

    def edit_and_take_another_code(self):
        row, other = self.any(2, coded=True)
        self.set(row.id, operation="other", code=other.code)
        return {"edited"}, {row.id}

    def take_the_code_away(self):
        row, = self.any(coded=True)
        self.set(row.id, code=None, **({"version": 99} if self.dice.random() < 0.5 else {}))
        return {"edited", "inserted"}, {row.id}

    def change_the_code(self):
        row, = self.any(coded=True)
        self.set(row.id, code=self.dice.randbytes(32))
        return {"edited"}, {row.id}

    def call_it_older_than_codes(self):
        row, = self.any(coded=True)
        self.set(row.id, code=None, operation="other")
        self.set_seal(self.sealed[row.id].number, adopted=True)
        return {"edited", "seal changed"}, {row.id}

    def move_to_another_id(self):
        row, = self.any()
        id = new_id()
        self.set(row.id, id=id)
        return {"deleted", "inserted"}, {row.id, id}

    def delete(self):
        rows = self.any(self.dice.randint(1, 3))
        self.drop(*(r.id for r in rows))
        return {"deleted"}, {r.id for r in rows}

    def delete_with_its_seal(self):
        row = self.dice.choice([r for r in self.rows if self.sealed[r.id].number != len(self.seals)])
        self.drop(row.id)
        self.drop_seals(row.id)
        number = self.sealed[row.id].number
        return {"seal missing"}, {self.seals[number - 2].entry_id} if number > 1 else None

    def delete_and_close_the_gap(self):
        row = self.dice.choice([r for r in self.rows if self.sealed[r.id].number != len(self.seals)])
        number = self.sealed[row.id].number
        self.drop(row.id)
        self.drop_seals(row.id)
        for seal in self.seals[number:]:
            self.set_seal(seal.number, number=seal.number - 1)
        return {"seal changed", "cut"}, {self.seals[number].entry_id, self.seals[-1].entry_id}

    def swap(self):
        first, second = self.any(2, coded=True)
        names = [c for c in COLUMNS if c != "id"] + (["code"] if self.dice.random() < 0.5 else [])
        for row, other in ((first, second), (second, first)):
            self.set(row.id, **{n: getattr(other, n) for n in names})
        return {"swapped"}, {first.id, second.id}

    def swap_seals(self):
        first, second = (self.sealed[r.id] for r in self.any(2))
        self.set_seal(first.number, entry_id=UUID(int=0))
        self.set_seal(second.number, entry_id=first.entry_id)
        self.set_seal(first.number, entry_id=second.entry_id)
        return {"seal changed", "edited"}, {first.entry_id, second.entry_id}

    def insert(self):
        row, = self.any(coded=True)
        code = self.dice.choice([None, row.code, self.dice.randbytes(32)])
        id = self.dice.choice([new_id(), id_of(row.id.int + 1)])
        self.connection.execute(sa.insert(JOURNAL), {**row._mapping, "id": id, "code": code})
        return {"inserted"}, {id}

    def insert_with_a_seal(self):
        row, = self.any(coded=True)
        last, id = self.seals[-1], new_id()
        self.connection.execute(sa.insert(JOURNAL), {**row._mapping, "id": id})
        chain = linked(b"guessed" * 5, last.chain, last.number + 1, id, last.at, False, row.code)
        self.connection.execute(sa.insert(SEAL), {
            "number": last.number + 1, "entry_id": id, "at": last.at, "adopted": self.dice.random() < 0.5,
            "chain": chain})
        return {"edited", "inserted", "seal changed"}, {id}

    def cut(self):
        tail = self.seals[-self.dice.randint(1, 10):]
        self.drop(*(s.entry_id for s in tail))
        return {"deleted"}, {s.entry_id for s in tail}

    def cut_with_seals(self):
        tail = self.seals[-self.dice.randint(1, len(self.seals)):]
        self.drop(*(s.entry_id for s in tail))
        self.drop_seals(*(s.entry_id for s in tail))
        return {"cut"}, {self.seals[-1].entry_id}

    def cut_seals_only(self):
        tail = self.seals[-self.dice.randint(1, len(self.seals)):]
        self.drop_seals(*(s.entry_id for s in tail))
        return {"cut"}, {self.seals[-1].entry_id}

    def cut_with_seals_and_head(self):
        self.cut_with_seals()
        if self.dice.random() < 0.5:
            self.head.unlink()
            if not self.connection.scalar(sa.select(SEAL.c.number).limit(1)):
                self.connection.execute(sa.insert(SEAL), self.seals[0]._mapping)
            return {"head missing"}, None
        last = self.seals[0]
        write_signed(self.head, b"guessed" * 5, {
            "number": last.number, "entry": str(last.entry_id), "at": last.at.isoformat(), "chain": last.chain.hex()})
        return {"head broken"}, None

    def rewrite_a_seal(self):
        seal = self.dice.choice(self.seals[:-1])
        change = self.dice.choice([{"chain": self.dice.randbytes(32)}, {"at": seal.at + timedelta(seconds=1)},
                                   {"adopted": not seal.adopted}])
        self.set_seal(seal.number, **change)
        return {"seal changed", "edited", "inserted"}, {seal.entry_id}

    def rewrite_all_seals(self):
        chain = bytes(32)
        for seal in self.seals:
            row = next(r for r in self.rows if r.id == seal.entry_id)
            chain = linked(b"guessed" * 5, chain, seal.number, seal.entry_id, seal.at, seal.adopted, row.code or b"")
            self.set_seal(seal.number, chain=chain)
        return {"seal changed"}, {s.entry_id for s in self.seals}

    def change_the_head(self):
        text = self.head.read_bytes()
        number = str(len(self.seals)).encode()
        self.head.write_bytes(self.dice.choice([
            text.replace(b'"number": ' + number, b'"number": 3'), text[:40], b"", b"[]", b'{"number": 1}']))
        return {"head broken"}, None


WAYS = [name for name, value in vars(Thief).items()
        if callable(value) and not name.startswith("_") and name not in (
            "any", "set", "set_seal", "drop", "drop_seals", "other", "altered")]


class Undo(Exception):
    pass


def tampered(site, way, dice):
    """What is found after one tampering, which is then taken back."""
    head = place_of(site.settings.data)
    kept, told = head.read_bytes(), SimpleNamespace()
    try:
        with site.database.writing() as connection:
            told.kinds, told.named = getattr(Thief(connection, site, dice), way)()
            told.found = proved(site, connection)
            raise Undo
    except Undo:
        pass
    finally:
        head.write_bytes(kept)
    return told


@pytest.mark.parametrize("way", WAYS)
def test_a_way_of_tampering_is_found_and_named(robbed, way):
    dice = random.Random(f"{SEED} {way}")
    for _ in range(5):
        told = tampered(robbed, way, dice)
        kinds = {f.kind for f in told.found.findings}
        assert kinds & told.kinds, (way, kinds)
        named = {f.entry_id for f in told.found.findings if f.kind in told.kinds}
        assert told.named is None or named & told.named, (way, told.named, told.found.findings)
        assert all(f.text("kk") and f.text("ru") for f in told.found.findings)


def test_whatever_is_tampered_with_is_found(robbed):
    dice, missed, unnamed, whole = random.Random(SEED), [], [], []
    for number in range(TAMPERINGS):
        if number % 20 == 0:
            whole.append(proved(robbed).whole)
        way = WAYS[number] if number < len(WAYS) else dice.choice(WAYS)
        told = tampered(robbed, way, dice)
        if told.found.whole:
            missed.append(way)
        elif told.named is not None and not {f.entry_id for f in told.found.findings} & told.named:
            unnamed.append(way)
    kind = robbed.database.dialect
    FIGURES[f"{kind}: tamperings found"] = (TAMPERINGS - len(missed), "==", TAMPERINGS)
    FIGURES[f"{kind}: not named"] = (len(unnamed), "==", 0)
    FIGURES[f"{kind}: untampered journals found whole"] = (sum(whole), "==", len(whole))
    assert not missed and not unnamed and all(whole)
    if FULL:
        write_proof("journal", {"ways of tampering": (len(WAYS), ">=", 13), **FIGURES}, SEED, joined=True, notes=(
            "Random ways to change a journal by somebody who owns the database and lacks the key: entries edited, "
            "deleted, exchanged, put in, moved; seals and the kept head changed, removed, made anew; the end cut off. "
            "Found: the look at the journal says it is not whole; named: it tells an entry that was touched, where "
            "one is left to tell. Not found by design: what happens within a second, before the seal; what is done "
            "with the key."))


def test_whoever_has_the_key_is_not_found(robbed):
    """The control: the same look finds nothing where codes and links are made with the key."""
    class Done(Exception):
        pass

    kept = place_of(robbed.settings.data).read_bytes()
    try:
        with pytest.raises(Done), robbed.database.writing() as connection:
            thief, key = Thief(connection, robbed, random.Random(1)), robbed.journal_key
            row, = thief.any(coded=True)
            thief.set(row.id, version=99, code=code_of(key, {**row._mapping, "version": 99}))
            codes = {r.id: (r.code if r.code else code_of(key, r._mapping)) for r in connection.execute(
                sa.select(JOURNAL))}
            chain = bytes(32)
            for seal in thief.seals:
                chain = linked(key, chain, seal.number, seal.entry_id, seal.at, seal.adopted, codes[seal.entry_id])
                thief.set_seal(seal.number, chain=chain)
            journal.keep_head(key, robbed.settings.data, journal.head_of(connection))
            assert proved(robbed, connection).whole
            raise Done
    finally:
        place_of(robbed.settings.data).write_bytes(kept)


def test_a_lost_key_is_told_from_a_tampered_journal(robbed):
    with robbed.database.snapshot() as connection:
        found = journal.verify(connection, b"another key" * 3, robbed.settings.data, robbed.clock.now())
    kinds = [f.kind for f in found.findings]
    assert kinds.count("other key") == 1 and "head broken" in kinds
    told = tampered(robbed, "edit_a_column", random.Random(3))
    assert "other key" not in {f.kind for f in told.found.findings}


# -- the kept head ----------------------------------------------------------------------------------------------------


def test_an_old_head_is_found_after_a_while(own):
    write(own, 3)
    journal.seal(own)
    head = place_of(own.settings.data)
    old = head.read_bytes()
    write(own, 3)
    journal.seal(own)
    head.write_bytes(old)
    assert proved(own).whole, "a second may pass until the head follows"
    found = proved(own, now=own.clock.now() + timedelta(minutes=6))
    assert [f.kind for f in found.findings] == ["head behind"]


def test_a_cut_end_stays_found_until_somebody_accepts_it(own, tmp_path):
    write(own, 6)
    journal.seal(own)
    copy = tmp_path / "copy.head"
    copy.write_bytes(place_of(own.settings.data).read_bytes())
    without_triggers(own)
    with own.database.writing() as connection:
        last = connection.execute(sa.select(SEAL).order_by(SEAL.c.number.desc()).limit(3)).all()
        Thief(connection, own, random).drop(*(s.entry_id for s in last))
        Thief(connection, own, random).drop_seals(*(s.entry_id for s in last))
    found = proved(own)
    assert [(f.kind, f.entry_id) for f in found.findings] == [("cut", last[0].entry_id)]
    write(own, 9)
    journal.seal(own)
    assert [f.kind for f in proved(own).findings] == ["head moved"], "new entries cover nothing"
    before, now = journal.accept_head(own)
    assert before.number == last[0].number and now.number > before.number and proved(own).whole
    assert [f.kind for f in proved(own, heads=[copy]).findings] == ["head moved"], "a copy elsewhere still tells"
    with own.database.reading() as connection:
        told = connection.execute(sa.select(JOURNAL.c.changes).where(JOURNAL.c.operation == "journal head")).scalar()
    assert told["head"][0] == before.number


def test_a_lost_head_is_not_made_anew_in_silence(own):
    write(own, 2)
    journal.seal(own)
    place_of(own.settings.data).unlink()
    write(own, 2)
    journal.seal(own)
    assert [f.kind for f in proved(own).findings] == ["head missing"]
    place_of(own.settings.data).write_text("{}")
    with pytest.raises(Broken):
        read_head(own.journal_key, place_of(own.settings.data))
    journal.accept_head(own)
    assert proved(own).whole


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_was_changed(tmp_path, capsys):
    settings = Settings.of(tmp_path).prepare()
    database = Database(settings.database_url)
    publish(database, world.files())
    database.close()

    def told(*words):
        code = main(["--data", str(tmp_path), "journal", *words, "--language", "en"])
        said = capsys.readouterr()
        return code, said.out, said.err

    assert told("verify")[0] == 0 and "never sealed" in told("verify")[1]
    assert told("seal")[1].strip() == "1 entry sealed"
    code, said, _ = told("verify")
    assert code == 0 and "as it was written" in said and "older than codes" in said
    site = Site.open(settings)
    write(site, 3)
    journal.seal(site)
    without_triggers(site)
    with site.database.writing() as connection:
        thief = Thief(connection, site, random.Random(1))
        row, = thief.any(coded=True)
        thief.set(row.id, operation="forgery")
    site.database.close()
    code, _, wrong = told("verify")
    assert code == 1 and str(row.id) in wrong and "forgery" in wrong and "changed after it was written" in wrong
    assert told("verify", "--head", str(tmp_path / "none"))[0] == 1
    assert told("keep")[0] == 0
