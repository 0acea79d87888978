"""What is asked of both sides: the same requests in the same order, drawn from one seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from benchmarks.school import GIVEN, MONTHS, SEED, SURNAMES, School

ADDRESS = "/api/v1/accounting/invoice"
PAGE = "/accounting/invoice"
COLUMNS = "number,date,payer,due,total,state"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes | None = None
    expect: int = 200


@dataclass(frozen=True)
class Scenario:
    """A kind of request. `requests(school, ask)` gives them one after another; `ask` fetches JSON outside the clock."""

    name: str
    title: str
    target: float
    statements: int | None
    requests: Callable[[School, Callable[[str], Any]], Iterator[Request]]
    html: bool = False
    rounds: int = 10
    each: int = 40
    """Requests of one side in one round."""


def _months(school: School, name: str) -> Iterator[tuple[str, str]]:
    draw = random.Random(f"{SEED} {name}")
    while True:
        year, month = draw.choice(MONTHS)
        yield f"{year}-{month:02}-01", f"{year}-{month:02}-28"


def filtered(since: str, until: str, state: str = "posted") -> str:
    return f"state.is={state}&date.between={since}&date.between={until}&sort=-date"


def list_api(school: School, ask: Callable[[str], Any]) -> Iterator[Request]:
    for since, until in _months(school, "list"):
        yield Request("GET", f"{ADDRESS}?{filtered(since, until)}&fields={COLUMNS}&shown=yes&count=yes&limit=50")


def list_html(school: School, ask: Callable[[str], Any]) -> Iterator[Request]:
    for since, until in _months(school, "html"):
        yield Request("GET", f"{PAGE}?{filtered(since, until)}")


def read(school: School, ask: Callable[[str], Any]) -> Iterator[Request]:
    draw, ids = random.Random(f"{SEED} read"), school.invoices("posted")
    while True:
        yield Request("GET", f"{ADDRESS}/{draw.choice(ids)}")


def invoice_body(draw: random.Random, school: School, count: int) -> bytes:
    lines = [{"service": str(draw.choice(school.services)), "quantity": f"{draw.randrange(1, 40) / 2:.1f}",
              "price": f"{draw.randrange(100, 900_000) / 100:.2f}"} for _ in range(count)]
    return json.dumps({"payer": str(draw.choice(school.payers)), "date": "2026-05-04", "due": "2026-05-18",
                       "lines": lines, "note": f"счёт {draw.randrange(10**9)}"}).encode()


def create(school: School, ask: Callable[[str], Any], count: int = 3) -> Iterator[Request]:
    draw = random.Random(f"{SEED} create")
    while True:
        yield Request("POST", ADDRESS, invoice_body(draw, school, count), 201)


def update(school: School, ask: Callable[[str], Any]) -> Iterator[Request]:
    draw, ids = random.Random(f"{SEED} update"), school.invoices("draft")
    while True:
        id = draw.choice(ids)
        version = ask(f"{ADDRESS}/{id}")["version"]
        body = json.dumps({"note": f"исправлено {draw.randrange(10**9)}, {version}", "version": version}).encode()
        yield Request("PATCH", f"{ADDRESS}/{id}", body)


def search(school: School, ask: Callable[[str], Any]) -> Iterator[Request]:
    """Parts of names, numbers and notes, most of them rare, as people type them."""
    draw = random.Random(f"{SEED} search")
    while True:
        word = draw.choice((
            f"{draw.choice(SURNAMES)[1:]} {draw.randrange(school.rows):06}"[:-2],
            f"{draw.choice(GIVEN)} {draw.randrange(200):04}"[:-1],
            f"{draw.randrange(school.rows):06}"[-5:],
        ))
        yield Request("GET", f"{ADDRESS}?search={quote(word)}&fields={COLUMNS}&shown=yes&count=yes&sort=-date&limit=50")


SCENARIOS = (
    Scenario("list-api", "List of 50 by state and month, by date, with the count: API", 1.5, 4, list_api),
    Scenario("list-html", "The same list as a page", 1.5, 4, list_html, html=True),
    Scenario("read", "One invoice with its lines", 1.5, 3, read, each=60),
    Scenario("create", "Create with 3 lines", 2.5, 6, create),
    Scenario("update", "Change one field", 2.5, None, update),
    Scenario("search", "Search for a part of a text, with the count", 0.1, None, search, each=10, rounds=8),
)
