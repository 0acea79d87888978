"""What a file really is, by its content; its name only decides between types that share their first bytes."""

from __future__ import annotations

import mimetypes
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import puremagic

SHORT = 3
"""First bytes fewer than this say nothing: every second text would be some exotic format."""
SAMPLE = 64 * 1024
ENTRIES = 10_000
"""An archive with more entries is not opened to see whether it is a document."""
OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "word/",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xl/",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "ppt/",
}
OLE = {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXTS = {"text/plain", "text/csv"}


def media_type(path: Path, name: str, accept: Sequence[str]) -> str | None:
    """The accepted type (`image/png`, `image/*`) that the content has; None when it has none of them.

    A program called `photo.png` has none; a PDF called `scan.txt` is a PDF.
    """
    guessed = mimetypes.guess_type(name, strict=False)[0] or ""
    types = _types(path, guessed)
    for one in sorted(types, key=lambda t: t != guessed):
        if any(fnmatchcase(one, pattern) for pattern in accept):
            return one
    return None


def _types(path: Path, guessed: str) -> list[str]:
    """Types that the content has, the surest first."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith(b"PK\x03\x04"):
        return [*_inside(path), "application/zip"]
    if head.startswith(OLE_MARK):
        return [guessed] if guessed in OLE else []
    found = _magic(path)
    if guessed in TEXTS and _is_text(head) and all(length <= SHORT for length in found.values()):
        return [guessed]
    # Among equally long matches the name decides; a shorter match than the longest is a guess.
    longest = max(found.values(), default=0)
    return [kind for kind, length in found.items() if length == longest or kind == guessed]


def _magic(path: Path) -> dict[str, int]:
    """Type -> number of its first bytes that matched."""
    try:
        matches = puremagic.magic_file(str(path))
    except (puremagic.PureError, ValueError):
        return {}
    found: dict[str, int] = {}
    for match in matches:
        if match.mime_type and len(match.byte_match) >= SHORT:
            found[match.mime_type] = max(found.get(match.mime_type, 0), len(match.byte_match))
    return found


def _inside(path: Path) -> list[str]:
    """The kinds of document that are archives: told by what is inside, read in bounded memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) > ENTRIES:
                return []
            if names and names[0] == "mimetype" and archive.getinfo("mimetype").file_size < 200:
                return [archive.read("mimetype").decode("ascii", "replace").strip()]
            if "[Content_Types].xml" in names:
                return [kind for kind, folder in OFFICE.items() if any(n.startswith(folder) for n in names)]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return []
    return []


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    for encoding in ("utf-8", "cp1251"):
        try:
            text = head[: len(head) - 4 if len(head) == SAMPLE else None].decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)
    return False
