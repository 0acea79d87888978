"""Heads of columns: which field a title means, in Kazakh, Russian or English, or by its key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from engine.language import LANGUAGES
from engine.language.folding import folded
from engine.model import Field

_AROUND = re.compile(r"\s*(\([^()]*\)|,\s*(₸|тг\.?|тенге|теңге|kzt|%|шт\.?|дана))?\s*[*:.]*\s*$")

_NUMBER_OF = re.compile(r"№\s*(?=[^\W\d_])")
"""The sign before a word is the word it stands for; alone it heads a column that only counts lines."""


def title_key(text: str) -> str:
    """A title without case, a unit in brackets, and the marks that people put after it."""
    return _AROUND.sub("", folded(_NUMBER_OF.sub("номер ", text)).replace("\n", " "))


def titles_of(key: str, field: Field) -> set[str]:
    """Everything that a column of the field may be called."""
    said = {title_key(field.title.in_(language)) for language in LANGUAGES}
    return (said | {folded(key), folded(field.key)}) - {""}


def match_titles(fields: Mapping[str, Field], heads: Sequence[str]) -> list[str | None]:
    """For each head the key of the field that it means; None for a stranger.

    `fields`: by key or by path (`lines.price`). A field is meant once, by the first head that names it; a title that
    two fields share means the first of them that is still free.
    """
    known: dict[str, list[str]] = {}
    for key, field in fields.items():
        for title in titles_of(key, field):
            known.setdefault(title, []).append(key)
    taken: set[str] = set()
    matched: list[str | None] = []
    for head in heads:
        found = next((k for k in known.get(title_key(head), ()) if k not in taken), None)
        matched.append(found)
        if found is not None:
            taken.add(found)
    return matched


def is_head(matched: Iterable[str | None], heads: Sequence[str]) -> bool:
    """Is a first line the titles of its columns? Most of what it says must be titles, and two of them at least unless
    it says nothing else."""
    said = sum(1 for head in heads if head.strip())
    found = sum(1 for key in matched if key is not None)
    return found > 0 and (found == said or (found >= 2 and found * 2 >= said))
