"""Rounds of requests that alternate between the two sides, and what they come to."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from benchmarks.scenarios import Request, Scenario
from benchmarks.school import School
from benchmarks.servers import Server

SIDES = ("engine", "twin")
WARM_UP = 12


@dataclass
class Side:
    """Times of one side in one scenario."""

    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0
    bytes: int = 0

    def figures(self) -> dict[str, float]:
        """Milliseconds: median, 95th percentile, processor a request; bytes of the last answer."""
        ranked = sorted(self.seconds)
        return {
            "p50": 1000 * statistics.median(ranked),
            "p95": 1000 * ranked[min(len(ranked) - 1, round(0.95 * len(ranked)))],
            "cpu": 1000 * self.cpu / len(ranked),
            "requests": len(ranked),
            "bytes": self.bytes,
        }


class Client:
    """Asks one server as the accountant of the school: by key for the API, by cookie for pages."""

    def __init__(self, server: Server, school: School):
        self.server = server
        self.api = {"Authorization": f"Bearer {school.key}", "Content-Type": "application/json",
                    "Accept-Language": "ru"}
        self.web = {"Cookie": f"sid={school.session}; lang=ru", "Accept-Language": "ru"}

    def do(self, request: Request) -> tuple[float, Any, bytes]:
        """Seconds, answer, body. RuntimeError for another status than the one expected: a refusal is quick."""
        headers = self.api if request.path.startswith("/api/") else self.web
        seconds, answer, body = self.server.ask(request.method, request.path, request.body, headers)
        if answer.status != request.expect:
            raise RuntimeError(f"{request.method} {request.path}: {answer.status} {body[:500]!r}")
        return seconds, answer, body

    def json(self, path: str) -> Any:
        return json.loads(self.do(Request("GET", path))[2])


def measure(scenario: Scenario, school: School, clients: dict[str, Client], rounds: int, each: int,
            said: Callable[[str], None] = lambda text: None) -> dict[str, dict[str, float]]:
    """Figures by side. Which side begins changes with every round, so that neither always meets the warmer machine."""
    sides = {name: Side() for name in SIDES}
    wanted: dict[str, Iterator[Request]] = {
        name: scenario.requests(school, clients[name].json) for name in SIDES}
    for name in SIDES:
        for request in islice(wanted[name], WARM_UP):
            clients[name].do(request)
    for number in range(rounds):
        for name in SIDES if number % 2 else reversed(SIDES):
            _round(clients[name], wanted[name], each, sides[name])
    found = {name: side.figures() for name, side in sides.items()}
    said(f"{scenario.name:10} engine {found['engine']['p50']:7.2f} ms  twin {found['twin']['p50']:7.2f} ms  "
         f"ratio {found['engine']['p50'] / found['twin']['p50']:.2f}  "
         f"processor {found['engine']['cpu']:.2f} / {found['twin']['cpu']:.2f} ms")
    return found


def _round(client: Client, wanted: Iterator[Request], each: int, side: Side) -> None:
    # What a request needs to know beforehand (the version of a record) is fetched before the clock starts.
    requests = list(islice(wanted, each))
    before = client.server.cpu()
    for request in requests:
        seconds, _, body = client.do(request)
        side.seconds.append(seconds)
        side.bytes = len(body)
    side.cpu += client.server.cpu() - before


def statements(client: Client, request: Request) -> int:
    """SQL statements of the request, when it is asked for the third time (nothing is compiled or filled any more)."""
    for _ in range(2):
        client.do(request)
    return int(client.do(request)[1].headers["X-Statements"])
