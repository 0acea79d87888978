"""What a person was told is saved survives a loss of power, under the settings that the engine gives its connections.

`kill -9` alone proves nothing here: the system keeps what was written. So every write of SQLite is recorded and power is
lost at random moments of the recording; the same judge has to find losses under weaker settings.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from itertools import count

import apsw
import pytest

from engine.storage.sqlite import PRAGMAS
from tests.conftest import FULL
from tests.durability.notes import NOTES
from tests.durability.power import Disk, RecordingVfs, Tape
from tests.proofs import write_proof

SEED = 20260302
TRANSACTIONS = 400 if FULL else 120
LOSSES = 2000 if FULL else 150
PAGES = 20
"""Pages in the log before it is moved into the file: often, so that power is lost in the middle of that too."""
SCHEMA = """
CREATE TABLE record (id BLOB NOT NULL UNIQUE, number INTEGER NOT NULL UNIQUE, text TEXT);
CREATE TABLE entry (id INTEGER PRIMARY KEY, record BLOB NOT NULL, changes TEXT);
CREATE TABLE posting (record BLOB NOT NULL, amount INTEGER NOT NULL);
CREATE TABLE counter (series TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO counter VALUES ('record', 0);
"""
_numbers = count(1)


def recorded(folder, chance: random.Random, **pragmas: str) -> Tape:
    """The tape of transactions as the engine's verbs make them: a number, a record, two postings, a journal entry."""
    tape = Tape()
    name = f"recording-{next(_numbers)}"
    vfs = RecordingVfs(name, tape)
    connection = apsw.Connection(str(folder / "site.db"), vfs=name)
    for name, value in (PRAGMAS | {"wal_autocheckpoint": str(PAGES)} | pragmas).items():
        connection.execute(f"PRAGMA {name}={value}")
    connection.execute(SCHEMA)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in range(1, TRANSACTIONS + 1):
        record = chance.randbytes(16)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE counter SET value = value + 1")
        connection.execute("INSERT INTO record VALUES (?, ?, ?)", (record, number, "мәтін " * chance.randrange(300)))
        amount = chance.randrange(1, 10**6)
        connection.execute("INSERT INTO posting VALUES (?, ?), (?, ?)", (record, amount, record, -amount))
        connection.execute("INSERT INTO entry (record, changes) VALUES (?, ?)", (record, "{}"))
        connection.execute("COMMIT")
        tape.events.append(("told", number))
    connection.close()
    vfs.unregister()
    return tape


def judged(folder) -> tuple[int, list[str]]:
    """(how many records there are, what is wrong) of a database after a loss of power."""
    connection = sqlite3.connect(folder / "site.db")
    try:
        wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        one = lambda sql: connection.execute(sql).fetchone()[0]  # noqa: E731
        records = one("SELECT count(*) FROM record")
        if one("SELECT value FROM counter") != records or one("SELECT coalesce(max(number), 0) FROM record") != records:
            wrong.append("numbers have gaps")
        if one("SELECT count(*) FROM entry WHERE record IN (SELECT id FROM record)") != records:
            wrong.append("a record without its journal entry")
        if one("SELECT count(*) FROM posting") != 2 * records or one("SELECT coalesce(sum(amount), 0) FROM posting"):
            wrong.append("postings are not whole")
        return records, wrong
    except sqlite3.DatabaseError as error:
        return 0, [str(error)]
    finally:
        connection.close()


def lost(tape: Tape, folder, chance: random.Random) -> tuple[int, int]:
    """(losses of power after which something told was missing, after which the database was not whole)."""
    first = next(n for n, event in enumerate(tape.events) if event[0] == "told")
    moments = sorted(chance.randrange(first, len(tape.events)) for _ in range(LOSSES))
    disk, missing, broken, seen = Disk(), 0, 0, 0
    for moment in moments:
        for event in tape.events[seen:moment]:
            disk.see(event)
        seen = max(seen, moment)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        disk.lose_power(folder, chance)
        records, wrong = judged(folder)
        missing += records < disk.told
        broken += bool(wrong)
    return missing, broken


def test_what_was_told_is_there_after_a_loss_of_power(tmp_path):
    (tmp_path / "full").mkdir()
    tape = recorded(tmp_path / "full", random.Random(SEED))
    syncs = sum(1 for event in tape.events if event[0] == "sync")
    assert syncs >= TRANSACTIONS and any(e[0] == "write" and e[1] == "site.db" for e in tape.events[500:])
    missing, broken = lost(tape, tmp_path / "after", random.Random(SEED + 1))
    assert (missing, broken) == (0, 0)
    figures = {
        "losses_of_power": (LOSSES, ">=", 100),
        "told_and_lost": (missing, "==", 0),
        "databases_not_whole": (broken, "==", 0),
    }
    for level in ("normal", "off"):
        (tmp_path / level).mkdir()
        tape = recorded(tmp_path / level, random.Random(SEED), synchronous=level)
        missing, broken = lost(tape, tmp_path / "after", random.Random(SEED + 1))
        assert missing > 0, f"at synchronous={level} the judge has to find losses"
        figures[f"control_{level}_told_and_lost"] = (missing, ">", 0)
        print(level, missing, broken)
    assert broken > 0, "without any sync the file itself is damaged"
    figures["control_off_not_whole"] = (broken, ">", 0)
    if FULL:
        write_proof("durability", figures, SEED, NOTES, joined=True)


@pytest.mark.parametrize("setting", ["synchronous", "journal_mode"])
def test_the_settings_are_those_that_were_tried(setting):
    assert PRAGMAS[setting] == {"synchronous": "full", "journal_mode": "wal"}[setting]
