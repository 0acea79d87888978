"""Sentences kept in the database and said later, each time in the language of whoever reads them.

Kept is the English message id with its values; never a finished text, for the reader may not be the writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from engine.errors import Problem, Refusal
from engine.language import translate
from engine.model.text import Text

Said = str | Text | tuple[str, Mapping[str, Any]]
"""A sentence by itself, one written in metadata, or a sentence with the values of its placeholders."""
MOST_REASONS = 20


def kept(said: Said) -> dict[str, Any]:
    """`said` as JSON: {message, params}, or {text} for one that metadata gives in three languages."""
    if isinstance(said, Text):
        return {"text": _json(said)}
    message, params = (said, {}) if isinstance(said, str) else said
    return {"message": message, "params": {k: _json(v) for k, v in params.items()}}


def refusal_kept(refusal: Refusal) -> dict[str, Any]:
    """Why something was refused, with its reasons: what the refusal says of itself, then each problem once."""
    reasons = [r for p in refusal.problems[:MOST_REASONS] if (r := problem_kept(p))["message"] != refusal.title]
    return {**kept(refusal.title), "reasons": reasons}


def problem_kept(problem: Problem) -> dict[str, Any]:
    said = kept(problem.message if isinstance(problem.message, Text) else (problem.message, problem.params))
    return {"message": "", **said, "path": problem.path}


def say(stored: Mapping[str, Any] | None, language: str) -> str:
    """The sentence in `language`; empty when there is none."""
    if not stored:
        return ""
    if "text" in stored:
        return Text(**stored["text"]).in_(language)
    params = {k: Text(**v).in_(language) if isinstance(v, Mapping) else v for k, v in stored["params"].items()}
    return translate(stored["message"], language, params)


def say_reasons(stored: Mapping[str, Any] | None, language: str) -> list[str]:
    """What a kept refusal lists below its sentence."""
    reasons: Iterable[Mapping[str, Any]] = (stored or {}).get("reasons", ())
    return [say(r, language) for r in reasons]


def _json(value: Any) -> Any:
    if isinstance(value, Text):
        return {"kk": value.kk, "ru": value.ru, "en": value.en}
    return str(value) if isinstance(value, UUID) or not isinstance(value, str | int | float | bool) else value
