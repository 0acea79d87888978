"""What was meant when the keyboard stood on the wrong letters: `fhvfy` is `арман`."""

from __future__ import annotations

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_MEANT = str.maketrans(_LATIN, _RUSSIAN)


def as_cyrillic(text: str) -> str:
    """`text` as the same keys write it in small Russian letters; empty when it is not of Latin letters and signs."""
    if not text.isascii() or not any(c.isalpha() for c in text):
        return ""
    return text.lower().translate(_MEANT)
