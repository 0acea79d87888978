"""A text in the languages of the product."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One saying in Kazakh, Russian and, where given, English. Always plain text, never markup or a template."""

    kk: str
    ru: str
    en: str = ""

    def in_(self, language: str) -> str:
        """The text in `language`; a language without one falls back to Russian, then Kazakh."""
        return getattr(self, language, "") or self.ru or self.kk or self.en
