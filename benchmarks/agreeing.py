"""Before anything is measured: do both sides say the same? A comparison of different answers would be worth nothing."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from benchmarks.measuring import Client
from benchmarks.scenarios import ADDRESS, COLUMNS, PAGE, Request, filtered
from benchmarks.school import School

_ROW = re.compile(r"<tr\b[^>]* data-open")


class Disagreement(AssertionError):
    """The twin and the engine answered differently."""


def agree(engine: Client, twin: Client, school: School) -> None:
    """Compare a page, a search, an invoice and the rows of the HTML page. Raises Disagreement."""
    month = filtered("2026-03-01", "2026-03-28")
    shown = f"fields={COLUMNS}&shown=yes&count=yes"
    for query in (f"{month}&{shown}", f"search={quote('бедев 00')}&sort=-date&{shown}"):
        ours, theirs = engine.json(f"{ADDRESS}?{query}"), twin.json(f"{ADDRESS}?{query}")
        _same("the count", ours["count"], theirs["count"])
        _same("the page", ours["data"], theirs["data"])
    id = school.invoices("posted")[-1]
    ours, theirs = engine.json(f"{ADDRESS}/{id}"), twin.json(f"{ADDRESS}/{id}")
    for key in ("number", "date", "due", "payer", "@payer", "total", "note", "state", "version"):
        _same(key, ours[key], theirs[key])
    wanted = ("id", "service", "quantity", "price", "amount")
    _same("the lines", [[row[k] for k in wanted] for row in ours["lines"]],
          [[row[k] for k in wanted] for row in theirs["lines"]])
    pages = [side.do(Request("GET", f"{PAGE}?{month}"))[2].decode() for side in (engine, twin)]
    _same("rows of the page", *(len(_ROW.findall(page)) for page in pages))
    for row in twin.json(f"{ADDRESS}?{month}&{shown}")["data"]:
        _same("numbers on the page", *(f'>{row["number"]}</a>' in page for page in pages))


def _same(what: str, ours: Any, theirs: Any) -> None:
    if ours != theirs:
        raise Disagreement(f"{what}: the engine says {str(ours)[:500]}, the twin {str(theirs)[:500]}")
