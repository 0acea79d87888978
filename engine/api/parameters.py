"""The query string of a list: what may stand in it, bounded and typed, as a `Query` of the registries.

Field names are only handed on: the registries look them up for this actor and answer an unknown and a hidden name
with the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from werkzeug.datastructures import MultiDict

from engine.api.bounded_json import text_is_kept
from engine.errors import BadRequest, Problem
from engine.hooks import registry
from engine.language import N_
from engine.services.registries import Query
from engine.services.registries.grouping import LEVELS

LIMIT, LARGEST = 50, 200
PARAMETERS = 100
LONGEST = 2_000
NAMES = 100
EXPANDED = 5
OWN = frozenset({
    "where", "sort", "fields", "expand", "limit", "after", "count", "archived", "search", "shown", "lang", "groups",
    "totals",
})
"""Parameters of the API itself. A field of the same name is filtered as `limit.is=`."""


TAKEN: Mapping[str, frozenset[str] | None] = {
    "api.listing": None, "api.history": frozenset({"limit", "after"}), "api.create": frozenset({"then"}),
    "api.grid": None, "api.enter_cells": None,
    "api.send_file": frozenset({"name"}), "api.job_list": frozenset({"state", "after", "limit"}),
}
"""Endpoint -> the parameters that it takes besides `lang`; None: it judges them itself. All others take none."""


def refuse_unknown(endpoint: str, args: MultiDict[str, str]) -> None:
    """A misspelt parameter is said, not passed over: who asks for `limt=5` must not take everything for five."""
    taken = TAKEN.get(endpoint, frozenset())
    if taken is not None and (unknown := [name for name in args if name not in taken and name != "lang"]):
        raise BadRequest([Problem("parameter.unknown", N_("There is no such parameter here"), name[:100])
                          for name in unknown[:20]])


def limit_of(args: MultiDict[str, str]) -> int:
    """How many are asked for at once. BadRequest for anything but a whole number within bounds."""
    text = args.get("limit")
    if text is None:
        return LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= LARGEST):
        raise BadRequest([Problem("parameter.number", N_("Write a whole number from 1 to %(most)s"), "limit",
                                  {"most": LARGEST})])
    return int(text)


@dataclass(frozen=True)
class Listing:
    """What a list request asks: a query, and links to be answered with the linked records' fields."""

    query: Query
    expand: tuple[str, ...]
    groups: tuple[str, ...] = ()
    """Fields to group by: the answer is groups then, no records."""


def listing_of(args: MultiDict[str, str]) -> Listing:
    """The request in `args`. BadRequest with every problem at once."""
    problems: list[Problem] = []
    if len(args) > PARAMETERS or sum(len(v) for v in args.listvalues()) > 2 * PARAMETERS:
        raise BadRequest([Problem("request.parameters", N_("There are too many parameters"))])
    reader = _Reader(args, problems)
    fields = reader.names("fields", NAMES)
    expand = reader.names("expand", EXPANDED)
    groups = reader.names("groups", LEVELS)
    query = Query(
        fields=fields or None, filters=reader.filters(), where=reader.text("where"), sort=reader.names("sort", 10),
        search=reader.text("search") or "", after=reader.text("after"), limit=reader.number("limit", LIMIT, LARGEST),
        totals=tuple(_total(t) for t in reader.names("totals", 20)),
        count=reader.yes("count"), archived=reader.yes("archived"), shown=reader.yes("shown"))
    if problems:
        raise BadRequest(problems)
    return Listing(query, expand, groups)


def _total(written: str) -> tuple[str, str]:
    """`total` is its sum, `price:avg` its average."""
    key, _, kind = written.partition(":")
    return key, kind or "sum"


class _Reader:
    def __init__(self, args: MultiDict[str, str], problems: list[Problem]):
        self.args, self.problems = args, problems

    def wrong(self, code: str, message: str, name: str, **params: object) -> None:
        self.problems.append(Problem(code, message, name[:100], params))

    def text(self, name: str) -> str | None:
        """The one value of a parameter; None when it is absent or empty."""
        values = self.args.getlist(name)
        if len(values) > 1:
            self.wrong("parameter.twice", N_("Give this parameter once"), name)
            return None
        text = values[0] if values else None
        if text is not None and not self.readable(name, text):
            return None
        return text or None

    def readable(self, name: str, text: str) -> bool:
        if len(text) > LONGEST:
            self.wrong("parameter.too-long", N_("This is longer than %(most)s characters"), name, most=LONGEST)
        elif not text_is_kept(text):
            self.wrong("parameter.character", N_("The text holds a character that cannot be kept"), name)
        else:
            return True
        return False

    def names(self, name: str, most: int) -> tuple[str, ...]:
        text = self.text(name)
        names = tuple(part.strip() for part in text.split(",")) if text else ()
        if len(names) > most:
            self.wrong("parameter.too-many", N_("Name at most %(most)s fields"), name, most=most)
            return ()
        if len(set(names)) != len(names) or not all(names):
            self.wrong("parameter.names", N_("Separate the names by commas, each once"), name)
            return ()
        return names

    def number(self, name: str, default: int, largest: int) -> int:
        text = self.text(name)
        if text is None and self.args.get(name) != "":
            return default
        if text is None or not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= largest):
            self.wrong("parameter.number", N_("Write a whole number from 1 to %(most)s"), name, most=largest)
            return default
        return int(text)

    def yes(self, name: str) -> bool:
        text = self.text(name)
        if text not in (None, "yes", "no") or self.args.get(name) == "":
            self.wrong("parameter.yesno", N_("Write yes or no"), name)
        return text == "yes"

    def filters(self) -> list[tuple[str, str, list[str]]]:
        """`field=value` and `field.operator=value`; `in` and `between` take commas or the parameter several times."""
        found = []
        for name, values in self.args.lists():
            if name in OWN:
                continue
            path, dot, operator = name.rpartition(".")
            if not dot or operator not in operators():
                path, operator = name, "is"
            if not self.readable(name, name) or not all(self.readable(name, v) for v in values):
                continue
            if operator in several() and len(values) == 1:
                values = values[0].split(",")
            found.append((path, operator, list(values)))
        return found


@cache
def operators() -> frozenset[str]:
    """Names of the filter operators of all field types."""
    kinds = registry().field_types.parts.values()
    return frozenset(o.name for kind in kinds for o in kind.operators)


@cache
def several() -> frozenset[str]:
    """Operators that take more than one value."""
    kinds = registry().field_types.parts.values()
    return frozenset(o.name for kind in kinds for o in kind.operators if o.values != 1)
