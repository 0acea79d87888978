"""What quick search found, marked in the cells: case and letters that a Russian keyboard lacks make no difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from engine.language import search_key
from engine.web.markup import escape

MOST = 20
"""Words that are looked for in a cell."""

Say = Callable[[str], str]
"""A text as safe HTML."""


def highlighter(search: str) -> Say:
    """A function that writes a text as HTML with the words of the search marked; plain `escape` for an empty search."""
    words = tuple(dict.fromkeys(search_key(search).split()))[:MOST]
    if not words:
        return escape

    def say(text: str) -> str:
        spans = _found(text, words)
        if not spans:
            return escape(text)
        said, at = [], 0
        for begin, end in spans:
            said += [escape(text[at:begin]), "<mark>", escape(text[begin:end]), "</mark>"]
            at = end
        return "".join([*said, escape(text[at:])])

    return say


@cache
def _key(character: str) -> str:
    return " " if character.isspace() else search_key(character)


def _found(text: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the words stand in the text, overlapping places taken together."""
    keys = [_key(character) for character in text]
    folded = "".join(keys)
    places: Sequence[int] = range(len(text))
    if any(len(key) != 1 for key in keys):  # some letter is folded into several, or into none
        places = [n for n, key in enumerate(keys) for _ in key]
    spans = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            end = at + len(word)
            spans.append((places[at], places[end - 1] + 1))
            at = folded.find(word, end)
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
