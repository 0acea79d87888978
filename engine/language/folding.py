"""Keys that make text sort and match alike on every database.

SQLite's `lower()` ignores Cyrillic and no database sorts Kazakh as people do, so the engine writes these keys
into columns of their own (decisions.md, 8). Keys are compared byte by byte (`COLLATE "C"` on PostgreSQL).
"""

from __future__ import annotations

import re
import unicodedata

_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL cannot keep, and halves of surrogate pairs, which are no characters."""
# A letter that follows its base letter in the Kazakh alphabet becomes base + AFTER: every word with the base
# letter then comes first, whatever its next letter is. Both marks sort after all letters and count as letters,
# so that trigram indexes keep them.
AFTER, AFTER_THAT = "\ua66e", "\ua698"
_SORT = str.maketrans({
    "ә": "а" + AFTER, "ғ": "г" + AFTER, "ё": "е" + AFTER, "қ": "к" + AFTER, "ң": "н" + AFTER, "ө": "о" + AFTER,
    "ұ": "у" + AFTER, "ү": "у" + AFTER_THAT, "һ": "х" + AFTER, "і": "ы" + AFTER,
})
# Someone at a Russian keyboard types к for қ and и for і: search forgives it.
_SEARCH = str.maketrans({
    "ә": "а", "ғ": "г", "ё": "е", "қ": "к", "ң": "н", "ө": "о", "ұ": "у", "ү": "у", "һ": "х", "і": "и",
})


def storable(text: str) -> bool:
    """Can both databases be given this text?"""
    return _IMPOSSIBLE.search(text) is None


def folded(text: str) -> str:
    """`text` without case, in one Unicode form and with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def sort_key(text: str) -> str:
    """A key whose byte order is the order of the Kazakh alphabet, which holds all Russian letters."""
    return folded(text).translate(_SORT)


def search_key(text: str) -> str:
    """A key for substring search: case and the letters that a Russian keyboard lacks make no difference.

    What no stored text can hold is left out of it, so that it may be asked of the database whoever typed it.
    """
    return folded(_IMPOSSIBLE.sub("", text)).translate(_SEARCH)
