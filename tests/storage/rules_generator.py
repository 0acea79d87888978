"""Draws typed rules at random. Every rule that comes out is valid; what was used is counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from tests.storage.rules_world import KINDS, STATES, WORDS

_NUMBERS = {"record": ["copies", "price", "weight"], "line": ["quantity", "amount", "pieces"], "part": ["mass"]}
_TEXTS = {"record": ["note", "state"], "line": ["caption"], "part": ["label"]}
_DATES = {"record": ["date", "due"], "line": ["on"], "part": ["made"]}
_LINKS = {"record": ["supplier", "payer"], "line": ["service"], "part": []}
_BEHIND = {"number": ["rating", "size"], "text": ["name", "kind"], "date": ["since"], "boolean": ["active"]}


class Generator:
    """`rule()` gives the next rule; `counts` says what was drawn so far."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def rule(self) -> tuple[str, str]:
        """(type, text)."""
        kind = self.rng.choices(
            ["boolean", "number", "text", "date", "datetime", "time", "id"], [50, 28, 8, 8, 2, 2, 2]
        )[0]
        self.counts[f"result {kind}"] += 1
        return kind, getattr(self, kind)(self.rng.choices([1, 2, 3, 4], [30, 35, 25, 10])[0], ("record",))

    # -- helpers -----------------------------------------------------------------------------------------------

    def _one(self, *makers: Callable[[], str]) -> str:
        return self.rng.choice(makers)()

    def call(self, name: str, *arguments: str) -> str:
        self.counts[f"function {name}"] += 1
        return f"{name}({', '.join(arguments)})"

    def _name(self, by_frame: dict[str, list[str]], frames: tuple[str, ...], behind: str | None = None) -> str:
        names = [name for frame in frames for name in by_frame[frame]]
        if behind and self.rng.random() < 0.3:
            links = [name for frame in frames for name in _LINKS[frame]]
            step = self.rng.choice([1, 1, 1, 2, 3])
            self.counts["link path"] += 1
            return ".".join([self.rng.choice(links), *["parent"] * (step - 1), self.rng.choice(_BEHIND[behind])])
        self.counts["name"] += 1
        return self.rng.choice(names)

    def _over_rows(self, frames: tuple[str, ...], names: list[str], typed: str, depth: int, plain: list[str]) -> str:
        """A function over lines, or over the parts of lines (or of this line)."""
        name = self.rng.choice(names)
        if "part" in frames:
            return self.call(name, "lines." + plain[0])
        if "line" in frames:
            target, inner, fields = "parts", (*frames, "part"), {"number": "mass", "text": "label", "date": "made"}
        else:
            deep = self.rng.random() < 0.25
            target = "lines.parts" if deep else "lines"
            inner = (*frames, "line", "part") if deep else (*frames, "line")
            fields = (
                {"number": "mass", "text": "label", "date": "made"}
                if deep
                else {
                    "number": self.rng.choice(["amount", "quantity", "pieces", "service.rating"]),
                    "text": self.rng.choice(["caption", "service.kind"]),
                    "date": "on",
                    "boolean": "done",
                }
            )
        self.counts["rows within rows" if "part" in inner else "rows"] += 1
        if typed in fields and self.rng.random() < 0.4:
            return self.call(name, f"{target}.{fields[typed]}")
        return self.call(name, target, getattr(self, typed)(depth, inner))

    # -- one method a type -------------------------------------------------------------------------------------

    def number(self, depth: int, frames: tuple[str, ...]) -> str:
        if depth <= 0:
            return self._one(
                lambda: self._name(_NUMBERS, frames, "number"), lambda: self._name(_NUMBERS, frames), self._literal
            )
        less = depth - 1

        def again() -> str:
            return self.number(less, frames)

        def operate() -> str:
            sign = self.rng.choice("+-*/%")
            self.counts[f"operator {sign}"] += 1
            return f"({again()} {sign} {again()})"

        def negate() -> str:
            self.counts["operator negative"] += 1
            return f"(-{again()})"

        def rounding() -> str:
            return self.call("round", again(), str(self.rng.choice([0, 1, 2, 3, 5, -1, -2])))

        def dates() -> str:
            name = self.rng.choice(["year", "month", "day", "weekday"])
            return self.call(name, self.date(less, frames))

        def between() -> str:
            name = self.rng.choice(["days", "workdays", "age"])
            return self.call(name, self.date(less, frames), self.date(less, frames))

        def extreme() -> str:
            return self.call(self.rng.choice(["min", "max"]), *(again() for _ in range(self.rng.choice([2, 2, 3]))))

        return self._one(
            operate,
            operate,
            operate,
            operate,
            negate,
            rounding,
            rounding,
            dates,
            between,
            extreme,
            lambda: self.call(self.rng.choice(["floor", "ceil", "abs"]), again()),
            lambda: self.call("iif", self.boolean(less, frames), again(), self.rng.choice([again, lambda: "none"])()),
            lambda: self.call("coalesce", again(), again()),
            lambda: self.call("length", self.text(less, frames)),
            lambda: self.call("age", self.date(less, frames)),
            lambda: self._over_rows(frames, ["sum", "sum", "avg", "min", "max"], "number", less, ["amount"]),
            lambda: self._over_rows(frames, ["sum", "sum", "avg", "min", "max"], "number", less, ["amount"]),
            lambda: self._counting(less, frames),
        )

    def _counting(self, depth: int, frames: tuple[str, ...]) -> str:
        if "line" in frames:
            return self.call("count", "tags")
        return self._one(
            lambda: self.call("count", "lines"),
            lambda: self.call("count", "lines.parts"),
            lambda: self.call("count", "tags"),
            lambda: self.call("count", "supplier.marks"),
            lambda: self.call("count", "lines.caption"),
            lambda: self.call("count", "actor.roles"),
            lambda: self.call("count", "lines", self.boolean(depth, (*frames, "line"))),
        )

    def _literal(self) -> str:
        self.counts["literal number"] += 1
        return self.rng.choice(
            ["0", "1", "2", "7", "0.5", "1.005", "100", "12345.67", "0.001", "999999999999999999", "3.14159"]
        )

    def text(self, depth: int, frames: tuple[str, ...]) -> str:
        def quoted() -> str:
            self.counts["literal text"] += 1
            return '"' + self.rng.choice(WORDS + KINDS + STATES) + '"'

        if depth <= 0:
            return self._one(lambda: self._name(_TEXTS, frames, "text"), lambda: self._name(_TEXTS, frames), quoted)
        less = depth - 1

        def again() -> str:
            return self.text(less, frames)

        def plus() -> str:
            self.counts["operator + of texts"] += 1
            return f"({again()} + {again()})"

        return self._one(
            plus,
            lambda: self.call(self.rng.choice(["lower", "upper", "trim"]), again()),
            lambda: self.call("concat", again(), again(), quoted()),
            lambda: self.call("text", self.number(less, frames)),
            lambda: self.call("text", self.date(less, frames)),
            lambda: self.call("iif", self.boolean(less, frames), again(), again()),
            lambda: self.call("coalesce", again(), again()),
            lambda: self.call(self.rng.choice(["min", "max"]), again(), again()),
            lambda: self._over_rows(frames, ["min", "max"], "text", less, ["caption"]),
        )

    def date(self, depth: int, frames: tuple[str, ...]) -> str:
        if depth <= 0:
            return self._one(
                lambda: self._name(_DATES, frames, "date"), lambda: self._name(_DATES, frames), self._written_date
            )
        less = depth - 1

        def again() -> str:
            return self.date(less, frames)

        def shift() -> str:
            by = self.rng.choice(
                [str(self.rng.randrange(-40, 40)), "copies", self.call("round", self.number(less, frames))]
            )
            return self.call(self.rng.choice(["add_days", "add_months", "workday"]), again(), by)

        return self._one(
            shift,
            shift,
            shift,
            lambda: self.call("date", self.rng.choice(["created", "sent", "now"])),
            lambda: self.call("iif", self.boolean(less, frames), again(), again()),
            lambda: self.call("coalesce", again(), again()),
            lambda: self.call(self.rng.choice(["min", "max"]), again(), again()),
            lambda: self._over_rows(frames, ["min", "max"], "date", less, ["on"]),
        )

    def _written_date(self) -> str:
        self.counts["literal date"] += 1
        return self.rng.choice(["today", 'date("2026-09-01")', 'date("2024-02-29")'])

    def datetime(self, depth: int, frames: tuple[str, ...]) -> str:
        return self._one(
            lambda: "created",
            lambda: "sent",
            lambda: "now",
            lambda: self.call("coalesce", "created", "sent"),
            lambda: self.call("iif", self.boolean(depth - 1, frames), "created", "sent"),
            lambda: self.call("max", "created", "sent"),
        )

    def time(self, depth: int, frames: tuple[str, ...]) -> str:
        return self._one(
            lambda: "opens",
            lambda: "closes",
            lambda: self.call("coalesce", "opens", "closes"),
            lambda: self.call("iif", self.boolean(depth - 1, frames), "opens", "closes"),
        )

    def id(self, depth: int, frames: tuple[str, ...]) -> str:
        return self._one(
            lambda: "supplier",
            lambda: "payer",
            lambda: "supplier.parent",
            lambda: "author",
            lambda: "actor.person",
            lambda: self.call("coalesce", "payer", "supplier"),
            lambda: self.call("iif", self.boolean(depth - 1, frames), "payer", "actor.unit"),
        )

    def boolean(self, depth: int, frames: tuple[str, ...]) -> str:
        less = depth - 1

        def compare(kind: str, signs: list[str]) -> str:
            sign = self.rng.choice(signs)
            self.counts[f"compare {kind} {sign}"] += 1
            make = getattr(self, kind)
            return f"{make(max(less, 0), frames)} {sign} {make(max(less, 0), frames)}"

        def ordered() -> str:
            kind = self.rng.choice(["number", "number", "number", "text", "date", "datetime", "time"])
            return compare(kind, ["==", "!=", "<", "<=", ">", ">="])

        def same() -> str:
            return compare("id", ["==", "!="])

        def among() -> str:
            word = self.rng.choice(["in", "not in"])
            self.counts[f"operator {word}"] += 1
            return self._one(
                lambda: f'{self._name(_TEXTS, frames, "text")} {word} ["state", "posted", {self.text(0, frames)}]',
                lambda: (
                    f"{self._name(_NUMBERS, frames, 'number')} {word} [0, 1, 0.5, {self.number(max(less, 0), frames)}]"
                ),
                lambda: f"{self.text(0, frames)} {word} tags",
                lambda: f"{self.text(0, frames)} {word} supplier.marks",
                lambda: f"state {word} actor.roles",
                lambda: f"supplier {word} actor.units",
                lambda: f"state {word} []",
                lambda: f'{self._name(_DATES, frames, "date")} {word} [today, "2024-02-29"]',
            )

        def flag() -> str:
            self.counts["boolean name"] += 1
            return self.rng.choice(["paid", "paid", "supplier.active", *(["done"] if "line" in frames else [])])

        if depth <= 0:
            return self._one(ordered, ordered, ordered, same, among, flag)

        def again() -> str:
            return self.boolean(less, frames)

        def logic() -> str:
            word = self.rng.choice(["and", "or"])
            self.counts[f"operator {word}"] += 1
            return f"({again()} {word} {again()})"

        def negation() -> str:
            self.counts["operator not"] += 1
            return f"(not ({again()}))"

        def emptiness() -> str:
            kind = self.rng.choice(["number", "text", "date", "id"])
            return self.call("empty", getattr(self, kind)(max(less, 0), frames))

        def chain() -> str:
            self.counts["chained comparison"] += 1
            return f"({self._literal()} <= {self._name(_NUMBERS, frames, 'number')} < {self.number(less, frames)})"

        return self._one(
            logic,
            logic,
            logic,
            negation,
            negation,
            ordered,
            ordered,
            same,
            among,
            emptiness,
            chain,
            lambda: self.call(
                self.rng.choice(["contains", "starts_with"]), self.text(less, frames), self.text(0, frames)
            ),
            lambda: " ".join(["(" + flag(), self.rng.choice(["==", "!="]), "(" + again() + "))"]),
            lambda: self.call("iif", again(), again(), again()),
            lambda: self.call("empty", "tags"),
            lambda: self.call("within", self.rng.choice(["supplier", "payer", "supplier.parent"]), "actor.units"),
            lambda: self.call("within", "payer", "[actor.id, supplier]"),
            lambda: self.call("empty", "lines") if "line" not in frames else self.call("empty", "parts"),
            lambda: self._over_rows(frames, ["any", "all"], "boolean", less, []) if "part" not in frames else again(),
            lambda: self._over_rows(frames, ["any", "all"], "boolean", less, []) if "part" not in frames else again(),
        )
