"""Two people move two branches under each other at the same moment: one of them is refused, no ring is closed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from engine.errors import Refusal
from engine.services import records
from engine.storage import closure


def test_two_moves_at_once_close_no_ring(office, monkeypatch):
    made = [
        office.write(
            office.system,
            lambda uow, code=code: records.create(
                uow,
                "system.unit",
                {"code": f"{office.code}-{code}", "name": {"kk": code, "ru": code}, "kind": "department"},
            ),
        )
        for code in "ab"
    ]
    met, moved = threading.Barrier(2), closure.move

    def slow(*given):
        moved(*given)
        with suppress(threading.BrokenBarrierError):
            met.wait(1)  # both have judged the tree, neither has committed - if that can be at all

    monkeypatch.setattr(closure, "move", slow)

    def put(pair):
        record, parent = pair
        try:
            return office.write(
                office.system, lambda uow: records.edit(uow, "system.unit", record.id, {"parent": str(parent.id)}, 1)
            ).values["parent"]
        except Refusal as refusal:
            return {p.code for p in refusal.problems}

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(put, [made, made[::-1]]))
    assert told.count({"tree.cycle"}) == 1, told
    parents = [
        office.site.read(office.system, lambda v, r=r: records.read(v, "system.unit", r.id)).values["parent"]
        for r in made
    ]
    assert parents.count(None) == 1
