"""How many invoices with lines a second enter: by the verb that imports use, from a file, and by hand in the twin."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from benchmarks.school import SEED, School, counterparties, price
from benchmarks.screens.memory import apart, growth
from benchmarks.twin.app import inner_rows, invoice_row
from benchmarks.twin.checking import checked
from benchmarks.twin.database import Database
from benchmarks.twin.tables import invoice
from benchmarks.twin.tables import lines as line_table
from engine.config import Settings
from engine.services import records
from engine.services.identity import actor_of_session
from engine.services.site import Site
from engine.services.transfer.importing import keeping, verbs
from engine.services.transfer.importing.plan import CREATE
from engine.services.transfer.importing.targets import targets

COUNT, PART = 10_000, 1_000
STEPS = ("begin", "choose", "check", "carry out")
LINES = 3
ADDRESS = "accounting.invoice"
Say = Callable[[str], None]


def measure_writing(school: School, say: Say, count: int = COUNT) -> dict[str, float]:
    """Invoices a second, each way in one transaction: `verb`, `twin`."""
    site = Site.open(Settings.of(school.folder, school.engine_url))
    actor = actor_of_session(site, school.session)
    parts = list(_parts(school, count))

    def work(uow: Any) -> None:
        for part in parts:
            records.create_many(uow, ADDRESS, part)

    site.write(actor, lambda uow: records.create_many(uow, ADDRESS, next(_parts(school, 10))))
    rates = {"verb": count / _timed(lambda: site.write(actor, work)),
             "twin": count / _timed(lambda: _by_hand(school, parts))}
    site.database.close()
    say(f"{count} invoices of {LINES} lines: {rates['verb']:.0f} a second, the twin {rates['twin']:.0f}")
    return rates


def measure_import(school: School, say: Say, lines: int) -> dict[str, Any]:
    """A CSV of `lines` lines, `LINES` to an invoice, as a person brings it in: seconds of each step, invoices a second
    of the whole and of the last step alone, and the growth of memory in MiB."""
    found = apart(_imported, school, lines)
    say(f"import of {lines} lines: " + ", ".join(f"{k} {found[k]:.2f} s" for k in STEPS)
        + f", {found['whole']:.0f} invoices a second, memory {found['memory']}")
    return found


def _imported(school: School, lines: int) -> dict[str, Any]:
    site = Site.open(Settings.of(school.folder, school.engine_url))
    actor = actor_of_session(site, school.session)
    count = lines // LINES
    _bring(site, actor, table_of(school, 300))
    table, steps = table_of(school, count * LINES), dict[str, float]()
    memory = growth(lambda: steps.update(_bring(site, actor, table)))
    found = {**steps, "memory": memory, "whole": count / sum(steps.values()),
             "last": count / steps["carry out"]}
    site.database.close()
    return found


def table_of(school: School, lines: int) -> bytes:
    """A CSV of invoices, the lines of one under each other."""
    draw = random.Random(f"{SEED} table")
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["Дата", "Плательщик", "Услуга", "Количество", "Цена"])
    payers = [values["name"] for values in counterparties()]
    for n in range(lines):
        head = [f"{draw.randrange(1, 29):02}.{draw.randrange(1, 13):02}.2026", draw.choice(payers)]
        writer.writerow([*(head if n % LINES == 0 else ["", ""]), f"S{draw.randrange(50):03}", draw.randrange(1, 40),
                         f"{price(draw.randrange(50))},00"])
    return out.getvalue().encode("utf-8-sig")


def _bring(site: Site, actor: Any, table: bytes) -> dict[str, float]:
    """Take the table through all steps of an import; the seconds of each."""
    kept: dict[str, Any] = {}

    def one(view: Any) -> tuple[Any, Any]:
        entity = verbs.entity_for(view, ADDRESS)
        return entity, keeping.one(view, entity, kept["id"])

    def begin() -> None:
        kept["id"] = verbs.begin(site, actor, ADDRESS, io.BytesIO(table), "invoices.csv", language="ru")

    def choose() -> None:
        def offer(view: Any) -> Any:
            entity, found_one = one(view)
            found = targets(view, entity)
            plan = verbs.proposed(view, entity, verbs.top_of(view, entity, found_one, found), found)
            plan.sheet, plan.head, plan.mode = found_one.plan.sheet, found_one.plan.head, CREATE
            return plan

        plan = site.read(actor, offer, language="ru")
        site.write(actor, lambda uow: verbs.choose(uow, ADDRESS, kept["id"], plan), language="ru")

    def check() -> None:
        figures = site.read(actor, lambda view: verbs.check(view, *one(view)), language="ru")
        if figures["wrong"]:
            raise RuntimeError(f"the table is wrong: {figures['frequent'][:3]}")

    def carry_out() -> None:
        site.write(actor, lambda uow: verbs.carry_out(uow, *one(uow)), language="ru")

    return {name: _timed(step) for name, step in
            (("begin", begin), ("choose", choose), ("check", check), ("carry out", carry_out))}


def _by_hand(school: School, parts: list[list[dict[str, Any]]]) -> None:
    """The twin's own create, many in one transaction; its INSERTs in portions."""
    database = Database(school.twin_url)
    with database.writing() as connection:
        for part in parts:
            rows, inner = [], []
            for body in part:
                values = checked(connection, school.organisation, body)
                rows.append(invoice_row(values, school.organisation))
                inner += inner_rows(values["lines"], rows[-1]["id"], school.organisation)
            connection.execute(sa.insert(invoice), rows)
            connection.execute(sa.insert(line_table), inner)
    database.engine.dispose()


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


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
