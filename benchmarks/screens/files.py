"""Exports beside what a programmer would write: CSV by a hand-written stream, a workbook by its writer alone."""

from __future__ import annotations

import csv
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import xlsxwriter

from benchmarks.school import School
from benchmarks.screens.memory import apart, growth
from benchmarks.twin import tables as twin
from engine.config import Settings
from engine.services.identity import actor_of_session
from engine.services.registries import Query
from engine.services.site import Site
from engine.services.transfer.exporting import export
from engine.services.transfer.exporting.table import table_of
from engine.services.transfer.formats.workbook import OPTIONS
from engine.storage.database import Database
from engine.storage.purposes import Purpose

COLUMNS = ("number", "date", "payer", "due", "total", "state")
STATES = {"posted": "Проведён", "draft": "Черновик", "reversed": "Сторнирован", "annulled": "Аннулирован"}
ROUNDS = 3


def measure_files(school: School, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of each way, the medians of three rounds that alternate, and the growth of memory in MiB."""
    site = Site.open(Settings.of(school.folder, school.engine_url))
    database = Database(school.twin_url)
    actor = actor_of_session(site, school.session)
    ways: dict[str, Callable[[Any], int]] = {
        "csv engine": lambda out: _engine(site, actor, "csv", out),
        "csv twin": lambda out: twin_csv(database, school, out),
        "xlsx engine": lambda out: _engine(site, actor, "xlsx", out),
    }
    lines = _lines(site, actor)
    ways["xlsx writer"] = lambda out: write_alone(lines, out)
    times: dict[str, list[float]] = {name: [] for name in ways}
    counts: dict[str, int] = {}
    grown = apart(_growth, school)
    for number in range(ROUNDS):
        for name in ways if number % 2 else reversed(ways):
            with tempfile.TemporaryFile() as out:
                began = time.perf_counter()
                counts[name] = ways[name](out)
                times[name].append(time.perf_counter() - began)
    if len(set(counts.values())) != 1:
        raise RuntimeError(f"the sides wrote different numbers of lines: {counts}")
    site.database.close()
    database.close()
    found = {name: statistics.median(taken) for name, taken in times.items()}
    say(f"{next(iter(counts.values()))} lines: " + ", ".join(f"{k} {v:.2f} s" for k, v in found.items()))
    return {**found, "memory": grown, "lines": next(iter(counts.values()))}


def _growth(school: School) -> float | None:
    """MiB by which a process grows while it exports everything."""
    site = Site.open(Settings.of(school.folder, school.engine_url))
    actor = actor_of_session(site, school.session)
    with tempfile.TemporaryFile() as out:
        return growth(lambda: _engine(site, actor, "csv", out))


def _engine(site: Site, actor: Any, form: str, out: Any) -> int:
    asked = Query(sort=("-date",))
    return export(site, actor, "accounting.invoice", asked, form, out, paths=COLUMNS, language="ru").lines


def twin_csv(database: Database, school: School, out: Any) -> int:
    """The same file by hand: one joined SELECT, streamed into the csv module, numbers and dates in the local way."""
    invoice, payer = twin.invoice, twin.counterparty
    query = (
        sa.select(invoice.c.number, invoice.c.date, payer.c.name, invoice.c.due, invoice.c.total, invoice.c.state)
        .select_from(invoice.outerjoin(payer, invoice.c.payer_id == payer.c.id))
        .where(invoice.c.organisation_id == school.organisation, invoice.c.archived_at.is_(None))
        .order_by(invoice.c.date.desc().nulls_last(), invoice.c.id.desc())
    )
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["Номер", "Дата", "Плательщик", "Оплатить до", "Итого", "Состояние"])
    count = 0
    with database.snapshot(Purpose("the twin's own export")) as connection:
        rows = connection.execution_options(stream_results=True, yield_per=1_000).execute(query)
        for number, day, name, due, total, state in rows:
            writer.writerow([
                number or "", _day(day), name or "", _day(due),
                str(total).replace(".", ",") if total is not None else "", STATES.get(state, state)])
            count += 1
    text.flush()
    text.detach()
    return count


def _day(day: Any) -> str:
    return day.strftime("%d.%m.%Y") if day else ""


def _lines(site: Site, actor: Any) -> list[list[Any]]:
    def work(view: Any) -> list[list[Any]]:
        return list(table_of(view, "accounting.invoice", Query(sort=("-date",)), COLUMNS).lines())

    return site.read_long(actor, work, language="ru")


def write_alone(lines: list[list[Any]], out: Any) -> int:
    """The chosen writer with nothing before it: typed cells of values that are in memory."""
    with xlsxwriter.Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet("1")
        day, money = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": '#,##0.00" ₸"'})
        for row, (number, date, payer, due, total, state) in enumerate(lines, 1):
            if number is not None:
                sheet.write_string(row, 0, number)
            sheet.write_datetime(row, 1, date, day)
            sheet.write_string(row, 2, payer or "")
            sheet.write_datetime(row, 3, due, day)
            sheet.write_number(row, 4, total, money)
            sheet.write_string(row, 5, state)
    return len(lines)

