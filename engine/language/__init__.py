"""Kazakh, Russian and English: sentences, dates, numbers, alphabetical order. Every floor may use this room."""

from engine.language.folding import search_key, sort_key
from engine.language.messages import LANGUAGES, N_, plural, translate

__all__ = ["LANGUAGES", "N_", "plural", "search_key", "sort_key", "translate"]
