"""SQL statements of each request, and whether they grow with the rows that it carries or shows."""

from __future__ import annotations

import json
import random
from typing import Any

from benchmarks.measuring import Client, statements
from benchmarks.scenarios import ADDRESS, COLUMNS, PAGE, Request, Scenario, filtered, invoice_body
from benchmarks.school import SEED, School

FEW, MANY = 3, 100
"""Lines of a small and of a large invoice."""
SHORT, LONG = 10, 200
"""Records of a short and of a long page."""


def counted(client: Client, school: School) -> dict[str, int]:
    """Statements by name; `list-api 200`, say, beside `list-api`."""
    month = filtered("2026-03-01", "2026-03-28")
    page = f"{ADDRESS}?{month}&fields={COLUMNS}&shown=yes&count=yes"
    few, many = _create(client, school, FEW), _create(client, school, MANY)
    return {
        "list-api": statements(client, Request("GET", f"{page}&limit={SHORT}")),
        f"list-api {LONG}": statements(client, Request("GET", f"{page}&limit={LONG}")),
        "list-html": statements(client, Request("GET", f"{PAGE}?{month}")),
        "read": statements(client, Request("GET", f"{ADDRESS}/{few['id']}")),
        f"read {MANY}": statements(client, Request("GET", f"{ADDRESS}/{many['id']}")),
        "create": few["statements"],
        f"create {MANY}": many["statements"],
        "update": _update(client, few["id"]),
        f"update {MANY}": _update(client, many["id"]),
        "search": statements(client, Request("GET", f"{ADDRESS}?search=0123&fields={COLUMNS}&shown=yes&count=yes")),
    }


def _create(client: Client, school: School, lines: int) -> dict[str, Any]:
    draw = random.Random(f"{SEED} growth {lines}")
    for _ in range(3):  # the third is counted: nothing is compiled or filled any more
        _, answer, body = client.do(Request("POST", ADDRESS, invoice_body(draw, school, lines), 201))
    return {"id": json.loads(body)["id"], "statements": int(answer.headers["X-Statements"])}


def _update(client: Client, id: str) -> int:
    for turn in range(3):
        version = client.json(f"{ADDRESS}/{id}")["version"]
        body = json.dumps({"note": f"turn {turn}, {version}", "version": version}).encode()
        answer = client.do(Request("PATCH", f"{ADDRESS}/{id}", body))[1]
    return int(answer.headers["X-Statements"])


def targets(scenarios: tuple[Scenario, ...]) -> dict[str, int]:
    return {s.name: s.statements for s in scenarios if s.statements is not None}
