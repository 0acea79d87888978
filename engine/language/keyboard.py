"""The keyboards in use here: what was meant when one stood on the wrong letters (`fhvfy` is `арман`), and which keys
write a letter, so that one key means one thing in every layout.

The Kazakh layout is the Russian one with the letters of its own on the row of digits.
"""

from __future__ import annotations

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_MEANT = str.maketrans(_LATIN, _RUSSIAN)
_KAZAKH = dict(zip("әіңғүұқөһ", "2345890-=", strict=True))
_SIGNS = {"[": "BracketLeft", "]": "BracketRight", ";": "Semicolon", "'": "Quote", ",": "Comma", ".": "Period",
          "`": "Backquote", "-": "Minus", "=": "Equal"}


def as_cyrillic(text: str) -> str:
    """`text` as the same keys write it in small Russian letters; empty when it is not of Latin letters and signs."""
    if not text.isascii() or not any(c.isalpha() for c in text):
        return ""
    return text.lower().translate(_MEANT)


def _named(key: str) -> str:
    return _SIGNS.get(key) or (f"Digit{key}" if key.isdigit() else f"Key{key.upper()}")


_KEYS = {
    **{letter: _named(letter) for letter in (*filter(str.isalpha, _LATIN), *"0123456789")},
    **{letter: _named(key) for letter, key in (*zip(_RUSSIAN, _LATIN, strict=True), *_KAZAKH.items())},
}


def key_of(letter: str) -> str:
    """The key that types `letter`, as browsers call its place (`KeyboardEvent.code`); '' for a sign that stands
    elsewhere in each layout."""
    return _KEYS.get(letter.lower(), "")
