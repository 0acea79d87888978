"""Labels: one text or a text by language, the shared vocabulary for those that are left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.loading.nodes import Path
from engine.loading.problems import Collector
from engine.model.field import Serves
from engine.model.text import Text

_OF_ONE_LANGUAGE = re.compile("[\u0400-\u04ff]")


def text_of(value: Any, path: Path, found: Collector) -> Text | None:
    """The Text that was written, or None. A missing kk or ru is a problem: it would stop somebody from reading."""
    if value is None:
        return None
    if isinstance(value, str):
        # `E-mail` reads alike everywhere; Cyrillic letters belong to one language or the other.
        if _OF_ONE_LANGUAGE.search(value):
            found.path(path, "text.one-language")
            found.broken.add(path)
        return Text(value, value, value)
    missing = [language for language in ("kk", "ru") if not value.get(language)]
    for language in missing:
        if (*path, language) not in found.broken:
            found.path(path, "text.missing", language=language)
    return Text(value.get("kk", ""), value.get("ru", ""), value.get("en", ""))


def serves_of(value: Any, path: Path, found: Collector) -> tuple[Serves, ...]:
    if not value:
        return ()
    if isinstance(value, list):
        return tuple(Serves(clause) for clause in value)
    return tuple(
        Serves(clause, bool(more.get("part")), text_of(more.get("lacks"), (*path, clause, "lacks"), found))
        for clause, more in value.items())


def about(data: Mapping[str, Any], path: Path, found: Collector) -> dict[str, Any]:
    """What an element says about itself beside its own keys: a note, and the dates between which it is in use."""
    said: dict[str, Any] = {"note": data["note"]} if "note" in data else {}
    for key in ("since", "until"):
        if key in data:
            said[key] = date_of(data[key], (*path, key), found)
    return said


def date_of(value: str | None, path: Path, found: Collector) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        found.path(path, "value.date", text=value)
        return None
