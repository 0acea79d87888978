"""The palette: by a few letters to any screen, action or record. Its sections are those of the search page too.

Screens and actions come from the hook `screens`, records from the lists' own search; each asks what the actor may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from engine import hooks
from engine.language import N_, search_key
from engine.language.keyboard import as_cyrillic
from engine.model import Text
from engine.services.places import Place, places
from engine.services.registries import everywhere
from engine.web import pages

SCREENS, ACTIONS = 6, 4
"""Screens and actions shown for one text."""
RECENT, STARRED = 8, 8
NO_MATCH = 9


@dataclass(frozen=True)
class Screen:
    """Somewhere to go, or something to do."""

    title: Text
    url: str = ""
    icon: str = "file"
    place: Text | None = None
    """Where it belongs: the module of a list."""
    also: tuple[Text, ...] = ()
    """Other words by which it is found."""
    press: str = ""
    """For an action of the page: the element (a CSS selector) that is pressed. Without scripts it is not offered."""
    begins: bool = False
    """It begins a record: offered before anything is typed."""

    def rank(self, typed: str) -> int:
        """How well `typed` (a `search_key`) fits: 0 begins with it, 1 a word does, 2 each word begins one, 3 held."""
        titles = [search_key(t) for text in (self.title, *self.also) for t in (text.kk, text.ru, text.en) if t]
        if any(t.startswith(typed) for t in titles):
            return 0
        if any(f" {typed}" in t for t in titles):
            return 1
        place = [search_key(t) for t in (self.place.kk, self.place.ru, self.place.en) if t] if self.place else []
        said = " " + " ".join((*titles, *place))
        words = typed.split()
        if all(f" {word}" in said for word in words):
            return 2
        return 3 if len(typed) > 2 and all(word in said for word in words) else NO_MATCH


@dataclass(frozen=True)
class Item:
    title: str
    url: str
    icon: str
    note: str = ""
    press: str = ""


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    items: tuple[Item, ...]
    more: Item | None = None
    rank: int = 0


def screens(view: Any) -> Iterator[Screen]:
    """Everything that the parts of the house and plug-ins offer to this actor."""
    for name in hooks.registry().screens:
        yield from hooks.registry().screens[name](view)


def sections(view: Any, text: str) -> tuple[list[Section], str]:
    """What is offered for `text`, best first, and the text that was looked for: the same, or as the keys were meant."""
    typed = search_key(text)
    if not typed:
        return _at_first(view), ""
    found = _found(view, text)
    meant = as_cyrillic(text) if not found else ""
    if meant and (again := _found(view, meant)):
        return again, meant
    return found, text


def _at_first(view: Any) -> list[Section]:
    """Before anything is typed: where the person was, what they marked, what they may begin."""
    kept = places(view, RECENT, STARRED)
    marked = {p.url for p in kept.starred}
    begun = [_item(view, s) for s in screens(view) if s.begins]
    made = [
        Section("starred", pages.said(N_("Starred")), tuple(_visited(view, p) for p in kept.starred)),
        Section("recent", pages.said(N_("Opened lately")),
                tuple(_visited(view, p) for p in kept.recent if p.url not in marked)),
        Section("begin", pages.said(N_("Begin")), tuple(begun[:SCREENS])),
    ]
    return [section for section in made if section.items]


def _found(view: Any, text: str) -> list[Section]:
    typed = search_key(text)
    fit = sorted(((s.rank(typed), n, s) for n, s in enumerate(screens(view))), key=lambda each: each[:2])
    fit = [each for each in fit if each[0] < NO_MATCH]
    made = [
        _section(view, "screens", pages.said(N_("Screens")), [f for f in fit if f[2].url], SCREENS),
        _section(view, "actions", pages.said(N_("Actions")), [f for f in fit if not f[2].url], ACTIONS),
    ]
    for group in everywhere(view, text):
        entity = group.entity
        title = pages.list_title(view.catalog, view.actor, entity).in_(view.language)
        items = tuple(Item(name, f"{entity.url}/{id}", entity.icon) for id, name in group.records)
        more = Item(pages.said(N_("More in the list “%(title)s”"), title=title),
                    f"{entity.url}?{urlencode({'q': text})}", "list")
        made.append(Section(entity.address, title, items, more if group.more else None, group.rank))
    return sorted((s for s in made if s.items), key=lambda s: s.rank)


def _section(view: Any, key: str, title: str, fit: list[tuple[int, int, Screen]], most: int) -> Section:
    return Section(key, title, tuple(_item(view, s) for _, _, s in fit[:most]), rank=fit[0][0] if fit else 0)


def _item(view: Any, screen: Screen) -> Item:
    place = screen.place.in_(view.language) if screen.place else ""
    return Item(screen.title.in_(view.language), screen.url, screen.icon, place, screen.press)


def _visited(view: Any, place: Place) -> Item:
    return Item(place.title, place.url, place.entity.icon, place.entity.title.in_(view.language))


def without_presses(sections: Iterable[Section]) -> list[Section]:
    """The sections for a page without scripts: what can be followed as a link."""
    kept = [replace(s, items=tuple(i for i in s.items if i.url)) for s in sections]
    return [s for s in kept if s.items]
