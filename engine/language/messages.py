"""The engine's own sentences in kk, ru and en.

English is the message id; `translations/<language>/*.po` hold the rest, one file for each part of the house.
They are read once, straight from the .po files, so there is nothing to compile and nothing to forget.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("kk", "ru", "en")
FOLDER = Path(__file__).resolve().parents[2] / "translations"


def N_(message: str) -> str:
    """Mark a sentence for translation where it is not yet shown."""
    return message


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """All translations of one language; English needs none."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    merged = Catalog(locale=language)
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not message.fuzzy:
                    merged[message.id] = message
    if not len(merged):
        return gettext.NullTranslations()
    buffer = io.BytesIO()
    write_mo(buffer, merged)
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)


def translate(message: str, language: str, params: Mapping[str, Any] | None = None) -> str:
    """`message` in `language`, its named placeholders (`%(name)s`) filled from `params`."""
    text = message if language == "en" else _sentences(language)(message)
    return text % params if params else text


@cache
def _sentences(language: str) -> Callable[[str], str]:
    """Message -> sentence, each looked up once: a page says two hundred of them."""
    return lru_cache(maxsize=8192)(catalogue(language).gettext)


def plural(one: str, many: str, number: int, language: str, params: Mapping[str, Any] | None = None) -> str:
    """The form that `number` asks for; `%(number)s` may stand in it."""
    text = (one if number == 1 else many) if language == "en" else catalogue(language).ngettext(one, many, number)
    return text % {"number": number, **(params or {})}
