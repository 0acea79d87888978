"""Modules, roles, dictionaries and the shared vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from engine.loading.compile.texts import about, date_of, text_of
from engine.loading.nodes import Path
from engine.loading.source import Source
from engine.model.access import Role
from engine.model.dictionary import Dictionary, Item
from engine.model.module import Module
from engine.model.text import Text

BUILTIN_ROLES = {
    "administrator": Role(
        "administrator", Text("Әкімші", "Администратор", "Administrator"), "medical", None, True, None, True,
        "installation",
    ),
    "methodist": Role("methodist", Text("Әдіскер", "Методист", "Methodist"), "personal", None, True),
}
"""Roles that the engine relies on: they see an entity that names no access at all."""


ADDRESSES = frozenset(
    ("account", "accounts", "api", "health", "help", "jobs", "journal", "notices", "offline", "rights", "search",
     "starred", "static", "worker")
)
"""First words of the engine's own addresses: a module called so could not be reached. A test holds it complete."""
BEGINNINGS = ("engine", "pg", "procrastinate", "sqlite")
"""What tables of the engine, the databases and the queue begin with: a module called so would be taken for them."""


def terms_of(sources: Iterable[Source]) -> Mapping[str, Text]:
    terms: dict[str, Text] = {}
    for source in sources:
        for key, written in source.data.get("terms", {}).items():
            text = text_of(written, ("terms", key), source.found)
            if text is not None:
                terms[key] = text
    return MappingProxyType(terms)


def roles_of(sources: Iterable[Source]) -> Mapping[str, Role]:
    sources = list(sources)
    roles: dict[str, Role] = {}
    first: dict[str, str] = {}
    for source in sources:
        for key, written in source.data.get("roles", {}).items():
            path: Path = ("roles", key)
            if key in roles:
                source.found.path(path, "role.twice", key=True, name=key, file=first[key])
                continue
            first[key] = source.file
            title = text_of(written.get("title"), (*path, "title"), source.found) or Text(key, key)
            roles[key] = Role(key, title, written.get("sensitivity", "internal"),
                              text_of(written.get("hint"), (*path, "hint"), source.found),
                              written.get("shares_views", key in BUILTIN_ROLES), _given(written.get("gives", ())),
                              written.get("oversees", False), written.get("journal", ""))
    for source in sources:
        for key, written in source.data.get("roles", {}).items():
            for index, name in enumerate(() if written.get("gives") == "all" else written.get("gives", ())):
                if name not in roles and name not in BUILTIN_ROLES:
                    source.found.path(("roles", key, "gives", index), "role.unknown", word=name, among=roles, name=name)
    return MappingProxyType({**{key: role for key, role in BUILTIN_ROLES.items() if key not in roles}, **roles})


def _given(written: Any) -> frozenset[str] | None:
    return None if written == "all" else frozenset(written)


def modules_of(sources: Iterable[Source]) -> Mapping[str, Module]:
    sources = list(sources)
    known = {source.address for source in sources}
    modules: dict[str, Module] = {}
    for source in sources:
        data, key = source.data, source.address
        if key in ADDRESSES or key in BEGINNINGS:
            source.found.path(("module",), "name.reserved", name=key)
        requires = tuple(data.get("requires", ()))
        for index, other in enumerate(requires):
            if other not in known:
                source.found.path(("requires", index), "module.unknown", word=other, among=known, name=other)
        title = text_of(data.get("title"), ("title",), source.found) or Text(key, key)
        modules[key] = Module(key, title, data.get("icon", "folder"), data.get("order", 100), requires,
                              text_of(data.get("hint"), ("hint",), source.found),
                              text_of(data.get("help"), ("help",), source.found))
    for source in sources:
        circle = _circle(source.address, modules, ())
        if circle:
            source.found.path(("requires",), "module.circle", circle=" -> ".join(circle))
    return MappingProxyType(dict(sorted(modules.items(), key=lambda each: (each[1].order, each[0]))))


def _circle(key: str, modules: Mapping[str, Module], trail: tuple[str, ...]) -> tuple[str, ...]:
    if trail and key == trail[0]:
        return (*trail, key)
    if key in trail or key not in modules:
        return ()
    for other in modules[key].requires:
        found = _circle(other, modules, (*trail, key))
        if found:
            return found
    return ()


def dictionaries_of(sources: Iterable[Source]) -> Mapping[str, Dictionary]:
    made: dict[str, Dictionary] = {}
    for source in sources:
        data = source.data
        title = text_of(data.get("title"), ("title",), source.found) or Text(source.address, source.address)
        items = {code: item for code, written in data.get("items", {}).items()
                 if (item := _item(code, written, source, data["items"])) is not None}
        made[source.address] = Dictionary(
            source.address, source.place.module, source.place.name, title, MappingProxyType(items),
            data.get("editable", True), data.get("status", "unverified"), data.get("source", ""))
    return MappingProxyType(made)


def _item(code: str, written: Any, source: Source, items: Mapping[str, Any]) -> Item | None:
    """An item by language (`{kk, ru}`), with a `title`, or as one text for all languages."""
    path: Path = ("items", code)
    found = source.found
    if isinstance(written, str):
        title = text_of(written, path, found)
        return Item(code, title) if title else None
    if "title" in written:
        title = text_of(written["title"], (*path, "title"), found)
    else:
        title = text_of({key: written[key] for key in ("kk", "ru", "en") if key in written}, path, found)
    parent = written.get("parent")
    if parent is not None and parent not in items:
        found.path((*path, "parent"), "dictionary.parent", word=parent, among=items, name=parent)
    about(written, path, found)
    return Item(code, title or Text(code, code), parent, date_of(written.get("since"), (*path, "since"), found),
                date_of(written.get("until"), (*path, "until"), found))
