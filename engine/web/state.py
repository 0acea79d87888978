"""What a registry is asked to show, kept in its URL: `?view=unpaid&q=…&due.le=2026-11-30&sort=-date,number&after=…`.

A filter is `path.operator=value`; the words of the page itself have no dot, so a field called `view` is no trouble.
Names are only passed on: the registries' service looks them up and refuses unknown and hidden ones alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
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
        said: list[tuple[str, str]] = []
        if now["view"]:
            said.append(("view", now["view"]))
        if now["search"]:
            said.append(("q", now["search"]))
        said += [(f.name, text) for f in now["filters"] for text in f.texts]
        if now["where"]:
            said.append(("where", now["where"]))
        said += [(name, ",".join(now[name])) for name in ("sort", "group") if now[name]]
        said += [(name, "1") for name in ("archived", "last", "exact", "counts") if now[name]]
        said += [(word, now[name]) for name, word in SHAPE if now[name]]
        said += [(name, now[name]) for name in ("saved", "of") if now[name]]
        if now["all"] and not said:
            said.append(("all", "1"))  # every other word says by itself that the list is not the usual one
        for name, value in (("after", now["after"]), ("before", now["before"]), ("_filter", now["editing"])):
            if value:
                said.append((name, value))
        return said

    def url(self, base: str, *, column: str | None = None, **changes: Any) -> str:
        """The URL of the same list with `changes`; another order or filter begins at the first page again. `column`:
        said last, for what is asked about one column."""
        pairs = self.pairs(**{**FIRST_PAGE, **changes})
        if column is not None:
            pairs.append(("column", column))
        return f"{base}?{'&'.join([_encoded(*pair) for pair in pairs])}" if pairs else base

    @property
    def bare(self) -> bool:
        """Does the URL say nothing of what is to be shown?"""
        return not self.pairs()

    def without(self, gone: Iterable[Filter]) -> tuple[Filter, ...]:
        names = set(gone)
        return tuple(f for f in self.filters if f not in names)


@lru_cache(maxsize=4096)
def _encoded(name: str, text: str) -> str:
    """A page says its filters in dozens of URLs."""
    return f"{quote_plus(name)}={quote_plus(text)}"


def _listed(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in args.get(name, "").split(",") if part))
