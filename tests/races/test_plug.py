"""A writer killed in the middle of its work: nothing acknowledged is lost, nothing is half done."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.conftest import FULL
from tests.races.conftest import PATIENCE, SEED, figure, judge_documents, judge_numbers

KILLS = 40 if FULL else 3


def told(ledger):
    """The last thing that the client was told of each document."""
    known: dict[str, dict] = {}
    for line in ledger:
        known[line["id"]] = {**known.get(line["id"], {}), **line}
    return known


def pull(yard, kill: int, chance: random.Random) -> None:
    """Start a writer, let it write for a moment, kill it where it stands."""
    before = len(yard.ledger())
    process = yard.start("write", 1, seed=SEED + kill)[0]
    until = time.monotonic() + PATIENCE
    while len(yard.ledger()) <= before:
        assert process.poll() is None, process.stderr.read()[-3000:]
        assert time.monotonic() < until
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.25))
    assert process.poll() is None, "it was still writing"
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.stderr.close()


def test_killing_a_writer_loses_nothing_and_leaves_nothing_half_done(yard):
    chance, wrong = random.Random(SEED), {}
    for kill in range(KILLS):
        pull(yard, kill, chance)
        known = told(yard.ledger())
        wrong = judge_documents(yard, known)
        stored = [t.number for t in yard.tickets() if t.number]
        numbers = judge_numbers([t["number"] for t in known.values()], stored, yard.counter())
        # One commit may have been made whose answer never came: it is whole, and it is the client's to ask about.
        unheard = numbers.pop("stored but not told")
        assert unheard <= kill + 1
        wrong = {**wrong, **numbers, "unsound pages or keys": len(yard.unsound())}
        assert wrong == dict.fromkeys(wrong, 0), f"after kill {kill + 1}"
    figure(yard, "plug: kills in the middle of writes", KILLS, ">=", 20 if FULL else 0)
    figure(yard, "plug: documents acknowledged", len(known), ">", 0)
    for name, value in wrong.items():
        figure(yard, f"plug: {name}", value, "==", 0)


@pytest.mark.both_in_full
def test_the_judge_catches_what_is_lost_and_what_is_half_done(yard):
    import sqlalchemy as sa

    from engine.services import records
    from engine.storage.tables import tables_of

    made = yard.site.write(
        yard.who,
        lambda uow: records.create_many(
            uow,
            "race.ticket",
            [{"tag": str(n), "seats": [{"place": 1, "price": "5"}, {"place": 2, "price": "6"}]} for n in range(3)],
            then="post",
        ),
    )
    known = {str(r.id): {"version": r.version, "number": r.values["number"], "seats": 2} for r in made}
    sound = judge_documents(yard, known)
    assert sound == dict.fromkeys(sound, 0)
    assert (
        judge_documents(yard, {**known, "nobody": {"version": 1, "number": "x", "seats": 1}})["acknowledged but lost"]
        == 1
    )
    tables = tables_of(yard.site.catalog)
    rows, table = tables.rows(yard.site.catalog.entity("race.ticket").fields["seats"]), tables.of("race.ticket")
    with yard.site.database.writing() as connection:
        connection.execute(sa.delete(rows).where(rows.c.owner_id == made[0].id, rows.c.position == 0))
        connection.execute(sa.update(table).where(table.c.id == made[1].id).values(version=9, number=None))
    wrong = judge_documents(yard, known)
    assert wrong["without all their rows"] == 1 and wrong["versions without a journal entry"] == 7
    assert wrong["neither draft nor posted whole"] == 1 and wrong["acknowledged with another number"] == 1
