"""The figures with their targets: as a table for people and as a proof (docs/proofs/bench-*.json)."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from benchmarks.growth import LONG, MANY
from benchmarks.scenarios import SCENARIOS
from benchmarks.school import ROOT
from benchmarks.serve import THREADS

sys.path.append(str(ROOT / "tests"))

import proofs

START = 2.0
"""Seconds that a start with 500 entities may take."""
GROWING = (("list-api", f"list-api {LONG}"), ("read", f"read {MANY}"), ("create", f"create {MANY}"),
           ("update", f"update {MANY}"))
CHECK = 2.0
"""Seconds that a check of 500 entities stays under."""
Figure = tuple[float, str, float]


@dataclass
class Results:
    """What was measured on one database."""

    dialect: str
    rows: int
    times: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    """Scenario -> side -> p50, p95, cpu (milliseconds), requests, bytes."""
    statements: dict[str, dict[str, int]] = field(default_factory=dict)
    """Side -> request -> SQL statements."""
    memory: dict[str, dict[str, float]] = field(default_factory=dict)
    starts: dict[int, dict[str, float]] = field(default_factory=dict)
    check: float | None = None
    """Seconds of checking 500 entities."""

    @property
    def good(self) -> bool:
        return all(_holds(figure) for figure in self.judged().values())

    def judged(self) -> dict[str, Figure]:
        """The figures that have a target: value, relation, target."""
        found: dict[str, Figure] = {}
        for scenario in SCENARIOS:
            if scenario.name in self.times:
                found[f"{scenario.name} ratio"] = (round(self.ratio(scenario.name, "p50"), 2), "<=", scenario.target)
        counts = self.statements.get("engine", {})
        for scenario in SCENARIOS:
            if scenario.name in counts and scenario.statements is not None:
                found[f"{scenario.name} statements"] = (counts[scenario.name], "<=", scenario.statements)
        for few, many in GROWING:
            if many in counts:
                found[f"{few} statements added by rows"] = (counts[many] - counts[few], "==", 0)
        if 500 in self.starts:
            found["start with 500 entities, seconds"] = (round(self.starts[500]["catalog"], 2), "<=", START)
        if self.check is not None:
            found["check of 500 entities, seconds"] = (round(self.check, 2), "<", CHECK)
        return found

    def ratio(self, scenario: str, name: str) -> float:
        sides = self.times[scenario]
        return sides["engine"][name] / sides["twin"][name]

    def table(self) -> str:
        """Everything, as Markdown."""
        lines = [f"## {self.dialect}, {self.rows:,} invoices", "",
                 "| request | engine p50 / p95 / processor, ms | twin p50 / p95 / processor, ms | ratio p50 | "
                 "ratio processor | target |", "|---|---|---|---|---|---|"]
        for scenario in SCENARIOS:
            if scenario.name in self.times:
                sides = self.times[scenario.name]
                cells = [f"{s['p50']:.2f} / {s['p95']:.2f} / {s['cpu']:.2f}" for s in (sides["engine"], sides["twin"])]
                lines.append(f"| {scenario.title} | {cells[0]} | {cells[1]} | {self.ratio(scenario.name, 'p50'):.2f} | "
                             f"{self.ratio(scenario.name, 'cpu'):.2f} | {scenario.target} |")
        if self.statements:
            lines += ["", "| SQL statements | " + " | ".join(self.statements["engine"]) + " |",
                      "|---" * (len(self.statements["engine"]) + 1) + "|"]
            lines += [f"| {side} | " + " | ".join(str(n) for n in found.values()) + " |"
                      for side, found in self.statements.items()]
        if self.memory:
            lines += ["", *(f"- memory of the {side}: {m['rss']:.0f} MiB resident, {m['pss']:.0f} MiB proportional"
                            for side, m in self.memory.items())]
        lines += [f"- start with {start}" for start in self._starts()]
        if self.check is not None:
            lines.append(f"- check of 500 entities: {self.check:.2f} s")
        missed = [f"{name}: {v} is not {r} {t}" for name, (v, r, t) in self.judged().items() if not _holds((v, r, t))]
        return "\n".join([*lines, "", "Missed: " + ("; ".join(missed) if missed else "nothing"), ""])

    def _starts(self) -> list[str]:
        return [f"{count} entities: {s['health']:.2f} s until /health, {s['catalog']:.2f} s until the Catalog answers, "
                f"{s['catalog processor']:.2f} s of processor, {s['memory']:.0f} MiB"
                for count, s in self.starts.items()]

    def write(self, seed: int) -> None:
        """docs/proofs/bench-DIALECT.json: the judged figures, and everything else in the notes."""
        measured = "; ".join(
            f"{name}: " + ", ".join(f"{side} p50 {s['p50']:.2f} p95 {s['p95']:.2f} processor {s['cpu']:.2f} ms"
                                    for side, s in sides.items()) + f", processor ratio {self.ratio(name, 'cpu'):.2f}"
            for name, sides in self.times.items())
        memory = "; ".join(f"{side} {m['rss']:.0f} MiB resident, {m['pss']:.0f} MiB proportional"
                           for side, m in self.memory.items())
        starts = "; ".join(self._starts())
        notes = (f"{self.rows} invoices of 3 lines; waitress with {THREADS} threads on both sides, one client, rounds "
                 f"alternate. Milliseconds over HTTP, processor of the server process. {measured}. SQL statements: "
                 f"{self.statements}. Memory: {memory}." + (f" Starts: {starts}." if starts else ""))
        proofs.write_proof(f"bench-{self.dialect}", self.judged(), seed, notes)


def _holds(figure: Figure) -> bool:
    value, relation, target = figure
    return {"<=": value <= target, "<": value < target, "==": value == target}[relation]
