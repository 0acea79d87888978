"""Kazakh, Russian and English: sentences, dates, numbers and alphabetical order. Part of the hall: every floor may use it."""

from engine.language.folding import search_key, sort_key
from engine.language.messages import LANGUAGES, N_, plural, translate

__all__ = ["LANGUAGES", "N_", "plural", "search_key", "sort_key", "translate"]
