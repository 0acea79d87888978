"""The one error of the rule language."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from engine.expression.messages import MESSAGES


class RuleProblem(Exception):
    """A rule that cannot be used.

    `code` is stable and tested for; `message_key` finds the sentence; `params` fill it; `offset` is the character
    in the rule at which it went wrong (None: the rule as a whole); `hint` is what to type instead, or None.
    """

    def __init__(
        self, code: str, params: Mapping[str, Any] | None = None, offset: int | None = None, hint: str | None = None
    ) -> None:
        self.code = code
        self.message_key = code
        self.params = dict(params or {})
        self.offset = offset
        self.hint = hint
        super().__init__(code, self.params, offset)

    def message(self, language: str = "en") -> str:
        """The sentence for a person, in kk, ru or en."""
        texts = MESSAGES[self.message_key]
        return texts.get(language, texts["en"]).format(**self.params)

    def __str__(self) -> str:
        place = "" if self.offset is None else f" (character {self.offset + 1})"
        hint = "" if self.hint is None else f"; did you mean `{self.hint}`?"
        return f"{self.message('en')}{place}{hint}"


def closest(word: str, among: Iterable[str]) -> str | None:
    """The known word nearest to a mistyped one, for "did you mean"."""
    known = list(among)
    by_lower = {name.lower(): name for name in known}
    if word.lower() in by_lower:
        return by_lower[word.lower()]
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None
