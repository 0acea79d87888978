"""What the contract test asks of each type beyond its `sample()`: more values, wrong ones, needed options.

A room that is not named here is tested with its sample alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine import hooks
from engine.fields.base import FieldType
from engine.model.field import Field
from engine.model.text import Text

TITLE = Text("Өріс", "Поле", "Field")
A, B, C = (f"01931f5e-7c00-7000-8000-00000000000{n}" for n in "abc")
OPTIONS = {
    "paid": {"kk": "төленді", "ru": "оплачено"}, "owed": Text("қарыз", "долг"), "_x": {"kk": "өзге", "ru": "иное"},
}


@dataclass(frozen=True)
class Case:
    values: list[Any] = field(default_factory=list)
    """Raw (JSON) values, in any order."""
    wrong: list[Any] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    """What people type -> the JSON value it means."""


TEXTS = ["Әсем", "арман", "Ёлка 50%", "O'Neil_x", "Құрманғазы", "100"]
CASES: dict[str, Case] = {
    "text": Case(TEXTS, [12, True, ["x"], "a\x07b", "\ud800"]),
    "longtext": Case([*TEXTS, "бір\nекі"], [12, "a\x00"]),
    "richtext": Case(["<p>Әсем</p>", "<ul><li>бір</li><li>екі</li></ul>"], [12]),
    "integer": Case([0, -7, 12, 1234567, 10**17], ["x", "1.5", 10**18, True, 1.5, "1e3", "\u0663"],
                    typed={"1 234": 1234, "1\u00a0234": 1234, "-5": -5}),
    "decimal": Case(["0.00", "-7.25", "1234567.5", "3"], ["x", "1.234", "NaN", True, "9" * 17, 1e300, 10**5000],
                    typed={"1 234,50": "1234.50", "1234.50": "1234.50", "1,234.50": "1234.50", ",5": "0.5"}),
    "percent": Case(["15", "-3.5", "0", "100"], ["x", "Infinity"], typed={"15 %": "15", "12,5": "12.5"}),
    "money": Case(["0", "-1234.50", "99999999999.99", "10"], ["x", "0.001", False],
                  typed={"1 234,50 ₸": "1234.50", "1 234,50": "1234.50"}),
    "yesno": Case([True, False], [2, "maybe", None.__class__], typed={"иә": True, "нет": False, "no": False}),
    "date": Case(["2026-02-03", "1990-12-31", "2024-02-29"], ["2026-02-30", "x", 20260203, "0026-02-03", "2026-2-3"],
                 typed={"03.02.2026": "2026-02-03", "2026-02-03": "2026-02-03"}),
    "datetime": Case(["2026-02-03T09:30:00Z", "1999-12-31T23:59:59+05:00", "2026-02-03T14:30"],
                     ["2026-02-03", "x", 5, "2026-02-03T25:00:00Z"],
                     typed={"03.02.2026 14:30": "2026-02-03T09:30:00Z", "2026-02-03T14:30": "2026-02-03T09:30:00Z"}),
    "time": Case(["00:00", "14:30", "09:05"], ["25:00", "x", 9, "14:30:15"], typed={"9:05": "09:05"}),
    "duration": Case([0, 45, 90, 6000], ["x", -1, "1:75", True], typed={"1:30": 90, "90": 90}),
    "period": Case(
        [{"kind": "month", "start": "2026-02-01"}, {"kind": "quarter", "start": "2026-04-01"},
         {"kind": "day", "start": "2026-02-03"}, {"kind": "week", "start": "2026-02-02"},
         {"kind": "year", "start": "2025-01-01"},
         {"kind": "school_year", "start": "2025-09-01"}, {"kind": "term", "start": "2026-01-12"}],
        ["x", {"kind": "age", "start": "2026-01-01"}, {"kind": "month"}, {"kind": "month", "start": 5}, 7],
        typed={"2026-Q2": {"kind": "quarter", "start": "2026-04-01"},
               "2026-02": {"kind": "month", "start": "2026-02-01"}}),
    "choice": Case(["paid", "owed", "_x"], ["lost", 5, "", ["paid"]], {"options": OPTIONS}),
    "role": Case(["accountant", "teacher"], [5, "", ["x"], "x" * 65]),
    "link": Case([A, B, C], ["x", 5, "01931f5e7c00700080000000000000aa", ["x"]], {"to": "school.learner"}),
    "links": Case([[A, B], [C]], ["x", [5], 7, [None], {"a": 1}], {"to": ["school.learner"]}),
    "user": Case([A, B], ["x"]), "unit": Case([A, B], ["x"]), "position": Case([A, B], ["x"]),
    "id": Case([A, B], ["x", 5]),
    "file": Case([A, B], ["x", 5]), "image": Case([A, B], ["x"]),
    "files": Case([[A, B], [C]], ["x", [5], 7]),
    "rows": Case([[{"name": "бір", "amount": "10.50"}, {"name": "екі", "amount": None}]],
                 ["x", [5], [{"unknown": 1}], [{"amount": "x"}], [{"id": "x"}], {"name": "бір"}],
                 {"fields": {"name": {"type": "text"}, "amount": {"type": "money"}}}),
    "backlinks": Case(options={"from": "school.learner", "field": "group"}),
    "lookup": Case(options={"through": "payer", "take": "bin"}),
    "rollup": Case(options={"of": "lines.amount", "with": "sum"}),
    "iin": Case(["900101350003", "851231400775", "150315600201"],
                ["900101350004", "901301350003", "90010135000", "90010135000a", "050340001235", 900101350003],
                typed={"900101 350003": "900101350003"}),
    "bin": Case(["050340001235", "990641000010"], ["900101350003", "050340001234", "051340001235"]),
    "phone": Case(["+77011234567", "+77272501234", "+442071838750"], ["12", "x", 87011234567, "+7701123456", "++7701"],
                  typed={"8 701 123 45 67": "+77011234567", "8(701)123-45-67": "+77011234567",
                         "7011234567": "+77011234567",
                         "+7 701 123 45 67": "+77011234567", "00442071838750": "+442071838750"}),
    "email": Case(["aigerim@mektep.kz", "A.B+c@mail.kz"], ["x", "a@b", "a b@c.kz", "ә@mail.kz", "a@@b.kz"],
                  typed={"Office@MEKTEP.KZ": "Office@mektep.kz"}),
    "url": Case(["https://mektep.kz/a?b=1", "http://localhost:8080"],
                ["javascript:alert(1)", "ftp://x.kz", "https://", "//x.kz", "https://kz@evil.kz", "https://a b.kz", "http://[x"]),
    "iban": Case(["KZ86125KZT5004100100", "DE89370400440532013000"],
                 ["KZ86125KZT5004100101", "KZ8612", "x", "KZ86125KZT50041001001", 5],
                 typed={"kz86 125k zt50 0410 0100": "KZ86125KZT5004100100"}),
    "address": Case(["Алматы, Абай даңғылы, 10", "Астана"], [5]),
    "geo": Case([{"lat": 43.238949, "lon": 76.889709}, {"lat": -12.5, "lon": 0}],
                ["x", {"lat": 91, "lon": 0}, {"lat": 1}, {"lat": "x", "lon": 1}, [1, 2], {"lat": True, "lon": 1}],
                typed={"43,2; 76,9": {"lat": 43.2, "lon": 76.9}}),
    "colour": Case(["#1a7f5a", "#000000"], ["red", "#12345", "#12345g"], typed={"#AABBCC": "#aabbcc"}),
    "rating": Case([1, 3, 5], ["x", 0, 6, 2.5]),
    "json": Case([{"key": ["мән", 1, None]}, [], {"a": {"b": [True]}}], ["x", 5, True, {"n": 2**70}, {"z": "\x00"}]),
    "secret": Case(["құпия сөз"], [5, ["x"]]),
}


def field_of(kind: FieldType, options: dict[str, Any] | None = None, key: str = "value", **said: Any) -> Field:
    """A field of this type, with the fields of its own table when it has one."""
    options = CASES.get(kind.name, Case()).options if options is None else options
    owner = said.pop("owner", "test.thing")
    types = hooks.registry().field_types
    inner = {}
    for name, raw in kind.inner(options).items():
        own = {k: v for k, v in raw.items() if k not in ("type", "title", "required")}
        inner[name] = field_of(types[raw["type"]], own, name, owner=f"{owner}.{key}")
    return Field(key, kind, TITLE, owner=owner, options=options, fields=inner, **said)


class KnownNames:
    """Names as the services give them: every code of every dictionary is its own title, marked with the language."""

    def title(self, dictionary: str, code: str, language: str) -> str:
        return f"{code} ({language})"

    def choices(self, dictionary: str, language: str, on: Any = None) -> list[tuple[str, str]]:
        return [(code, self.title(dictionary, code, language)) for code in ("accountant", "teacher")]
