"""What a registry is asked to show, kept in its URL: `?view=unpaid&q=…&due.le=2026-11-30&sort=-date,number&after=…`.

A filter is `path.operator=value`; the words of the page itself have no dot, so a field called `view` is no trouble.
Names are only passed on: the registries' service looks them up and refuses unknown and hidden ones alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote_plus

from werkzeug.datastructures import MultiDict

WORDS = 200
"""Characters of a search that are read."""
MOST = 20
"""Filters read from one URL."""
WORD = 64
"""Characters of the name of a field or of a kind."""
SHAPE = (("kind", "as"), ("by", "by"), ("on", "on"), ("span", "span"))
"""What says how the list is drawn: the attribute and its word in the URL."""
LONG = 2_000
"""Characters of a rule that are read; the rule language takes no more."""
SORTED_BY, GROUPED_BY = 5, 3
ORDER = {
    "view": "view", "search": "q", "filters": "", "where": "where", "sort": "sort", "group": "group",
    "archived": "archived", "last": "last", "exact": "exact", "counts": "counts", **dict(SHAPE),
    "saved": "saved", "of": "of", "all": "all", "after": "after", "before": "before", "editing": "_filter",
}
"""Attributes in the order in which a URL says them, and their words there; a filter is said by its own name."""
_PLACES = {name: place for place, name in enumerate(ORDER)}
FIRST_PAGE = {"after": None, "before": None, "last": False, "editing": "", "exact": False}
PLAIN = {"view": None, "filters": (), "where": "", "sort": (), "group": (), "archived": False, "of": None, "all": True}
"""The list as nobody has narrowed or ordered it."""


@dataclass(frozen=True)
class Filter:
    path: str
    operator: str
    texts: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.path}.{self.operator}"


@dataclass(frozen=True)
class State:
    view: str | None = None
    search: str = ""
    filters: tuple[Filter, ...] = ()
    where: str = ""
    """A condition as a rule: what the filter builder makes."""
    sort: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    """Fields that the list is grouped by, `date:month`; `-` for not at all, where the layout groups."""
    after: str | None = None
    before: str | None = None
    last: bool = False
    """The last page."""
    exact: bool = False
    """Count to the end, and sum up, however many there are."""
    archived: bool = False
    saved: str | None = None
    """The saved view that is opened: it says the rest."""
    of: str | None = None
    """The saved view that this state began as."""
    counts: bool = False
    """With the quick filters counted."""
    all: bool = False
    """The plain list, for who opens another one by default."""
    editing: str = ""
    """The field whose filter is being made."""
    kind: str | None = None
    """How the list is drawn, when not as its layout says: `as` in the URL."""
    by: str | None = None
    """The field by which it is drawn."""
    on: str | None = None
    """The day that a calendar shows."""
    span: str | None = None
    """How much of it: month, week, day, agenda."""

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> State:
        """The state in a query string; what the line of filters sent joins the other filters."""
        filters = [
            Filter(*name.rpartition(".")[::2], tuple(v for v in args.getlist(name) if v != ""))
            for name in list(args)[:MOST * 2] if "." in name
        ]
        added = args.get("_field", "")
        if added:
            operator, _, fixed = args.get("_op", "").partition(":")
            texts = (fixed,) if fixed else tuple(v for v in (*args.getlist("_v"), *args.getlist("_v2")) if v.strip())
            if operator != "between":
                texts = texts[:1]
            filters = [f for f in filters if f.path != added]
            if texts:
                filters.append(Filter(added, operator, texts))
        return cls(
            view=args.get("view") or None, search=args.get("q", "").strip()[:WORDS],
            sort=_listed(args, "sort")[:SORTED_BY], group=_listed(args, "group")[:GROUPED_BY],
            where=args.get("where", "").strip()[:LONG + 1], last=args.get("last") == "1",
            exact=args.get("exact") == "1", counts=args.get("counts") == "1",
            saved=args.get("saved", "")[:WORD] or None, of=args.get("of", "")[:WORD] or None,
            all=args.get("all") == "1",
            filters=tuple(f for f in filters if f.texts)[:MOST], after=args.get("after"), before=args.get("before"),
            archived=args.get("archived") == "1", editing="" if added else args.get("_filter", ""),
            **{name: args.get(word, "")[:WORD] or None for name, word in SHAPE},
        )

    def pairs(self, **changes: Any) -> list[tuple[str, str]]:
        """Name and value of everything that is not as usual, with `changes` made."""
        now = {**self.__dict__, **changes} if changes else self.__dict__
        said = {name: now[name] for name in ORDER if now[name]}
        return [pair for name, value in _needed(said).items() for pair in _pairs(name, value)]

    def url(self, base: str, *, column: str | None = None, **changes: Any) -> str:
        """The URL of the same list with `changes`; another order or filter begins at the first page again. `column`:
        said last, for what is asked about one column."""
        parts = self._parts
        if changes:
            parts = {**parts, **{name: _written(name, value) if value else "" for name, value in changes.items()}}
            parts = {name: parts[name] for name in sorted(parts, key=_PLACES.__getitem__) if parts[name]}
        words = [*_needed(parts).values()]
        if column is not None:
            words.append(_encoded("column", column))
        return f"{base}?{'&'.join(words)}" if words else base

    @cached_property
    def _parts(self) -> dict[str, str]:
        """What a URL of the first page says, by attribute: a page has dozens of URLs that differ in a word."""
        return {name: _written(name, value) for name in ORDER
                if name not in FIRST_PAGE and (value := getattr(self, name))}

    @property
    def bare(self) -> bool:
        """Does the URL say nothing of what is to be shown?"""
        return not self.pairs()

    def without(self, gone: Iterable[Filter]) -> tuple[Filter, ...]:
        names = set(gone)
        return tuple(f for f in self.filters if f not in names)


def _needed(said: dict[str, Any]) -> dict[str, Any]:
    """`said` without what goes without saying: every other word tells by itself that the list is not the usual one."""
    if "all" in said and any(_PLACES[name] < _PLACES["all"] for name in said):
        return {name: value for name, value in said.items() if name != "all"}
    return said


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    if name == "filters":
        return [(f.name, text) for f in value for text in f.texts]
    return [(ORDER[name], "1" if value is True else value if isinstance(value, str) else ",".join(value))]


def _written(name: str, value: Any) -> str:
    return "&".join([_encoded(*pair) for pair in _pairs(name, value)])


@lru_cache(maxsize=4096)
def _encoded(name: str, text: str) -> str:
    """A page says its filters in dozens of URLs."""
    return f"{quote_plus(name)}={quote_plus(text)}"


def _listed(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in args.get(name, "").split(",") if part))
