"""Upper and lower case by one table, because the databases know Cyrillic differently or not at all.

Pairs: ASCII, Latin with marks (the Kazakh Latin drafts, Turkish, German, French), all of the Russian, Kazakh, Ukrainian
and other Cyrillic letters of the basic block. The same pairs are spelled out in the SQL for PostgreSQL.
"""

from __future__ import annotations

import string

_ASCII = string.ascii_uppercase
_BEYOND = (
    "".join(map(chr, (*range(0xC0, 0xD7), *range(0xD8, 0xDF))))  # À..Þ without the multiplication sign
    + "ĀĂĄĆČĎĒĖĘĚĞĢĪĮŁŃŇŌŐŘŚŞŠŢŤŪŮŰŹŻŽ"
    + "".join(map(chr, range(0x400, 0x430)))  # Ѐ..Я
    + "ӘҒҚҢӨҰҮҺ"
)

#: Letters beyond ASCII, pair by pair.
UPPER_LETTERS = _BEYOND
LOWER_LETTERS = _BEYOND.lower()

if len(UPPER_LETTERS) != len(LOWER_LETTERS):
    raise AssertionError("a letter has no single lower-case partner")

_TO_LOWER = str.maketrans(_ASCII + UPPER_LETTERS, _ASCII.lower() + LOWER_LETTERS)
_TO_UPPER = str.maketrans(_ASCII.lower() + LOWER_LETTERS, _ASCII + UPPER_LETTERS)

#: What `trim` takes away: the same characters everywhere (databases and Python differ in theirs).
BLANKS = " \t\r\n\u00a0"


def lower(text: str) -> str:
    return text.translate(_TO_LOWER)


def upper(text: str) -> str:
    return text.translate(_TO_UPPER)


def trim(text: str) -> str | None:
    return text.strip(BLANKS) or None
