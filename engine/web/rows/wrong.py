"""Which problems a form says while it is being typed: those of values that are there, not of what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import Problem
from engine.fields.link import UNREADABLE
from engine.services.cells.names import unknown
from engine.web.rows.commands import Edited

EMPTY = (None, "", [])
_STEP = re.compile(r"([a-z0-9_]+)|\[(\d+)\]")


def wrong_so_far(draft: Any, edited: Edited) -> list[Problem]:
    """Problems of typed values, each once; what a paste knows of its cells goes before what their fields say.

    Rules over the whole record wait for the save: they would speak before the record is finished.
    """
    known = {problem.path: problem for problem in edited.problems}
    found = []
    for problem in draft.problems:
        if problem.path in known or problem.code == "field.required" or problem.code.startswith("rules."):
            continue
        if problem.path and typed_at(edited.raw, problem.path) not in EMPTY:
            found.append(problem)
    return [*known.values(), *named(found, edited.raw)]


def named(problems: Iterable[Problem], raw: Mapping[str, Any]) -> list[Problem]:
    """The same problems; where the name of a record was typed or pasted that leads to none, the name is said."""
    said = []
    for problem in problems:
        text = typed_at(raw, problem.path) if problem.message == UNREADABLE else None
        said.append(unknown(text).at(problem.path) if isinstance(text, str) else problem)
    return said


def typed_at(raw: Any, path: str) -> Any:
    """What was typed at a path (`lines[2].price`); None where nothing was."""
    for key, number in _STEP.findall(path):
        if number:
            raw = raw[int(number)] if isinstance(raw, list) and int(number) < len(raw) else None
        else:
            raw = raw.get(key) if isinstance(raw, Mapping) else None
    return raw
