"""How many invoices with lines a second enter by the verb that imports use, validated, numbered and journalled."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.school import SEED, School
from engine.config import Settings
from engine.services import records
from engine.services.identity import actor_of_session
from engine.services.site import Site

COUNT, PART = 10_000, 1_000
LINES = 3


def measure_writing(school: School, say: Callable[[str], None], count: int = COUNT) -> float:
    """Invoices a second, all in one transaction as an import does them."""
    site = Site.open(Settings.of(school.folder, school.engine_url))
    actor = actor_of_session(site, school.session)

    def work(uow: Any) -> int:
        done = 0
        for part in _parts(school, count):
            done += len(records.create_many(uow, "accounting.invoice", part))
        return done

    site.write(actor, lambda uow: records.create_many(uow, "accounting.invoice", next(_parts(school, 10))))
    began = time.perf_counter()
    done = site.write(actor, work)
    rate = done / (time.perf_counter() - began)
    site.database.close()
    say(f"{done} invoices of {LINES} lines: {rate:.0f} a second")
    return rate


def _parts(school: School, count: int) -> Iterator[list[dict[str, Any]]]:
    draw = random.Random(f"{SEED} import")
    payers, services = [str(i) for i in school.payers], [str(i) for i in school.services]
    made: list[dict[str, Any]] = []
    for _ in range(count):
        lines = [{"service": draw.choice(services), "quantity": str(draw.randrange(1, 40)), "price": "500.00"}
                 for _ in range(LINES)]
        day = f"2026-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
        made.append({"date": day, "payer": draw.choice(payers), "lines": lines})
        if len(made) == PART:
            yield made
            made = []
    if made:
        yield made
