"""A stored file as the page shows it: its size in words, whether it may be seen without downloading it."""

from __future__ import annotations

from engine.language import N_, translate
from engine.language.formats import number_formatter
from engine.services.attachments import FileInfo
from engine.web.drawn import FileShown

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Types that a page may show as pictures."""
DOCUMENT, TEXTS = "application/pdf", frozenset({"text/plain", "text/csv"})
KILOBYTES, MEGABYTES = N_("%(size)s KB"), N_("%(size)s MB")
MEGABYTE = 1024 * 1024


def shows(media_type: str) -> str:
    """How a page may show such a file: picture, document, text; empty for a file that is only downloaded."""
    if media_type in PICTURES:
        return "picture"
    return "document" if media_type == DOCUMENT else "text" if media_type in TEXTS else ""


def shown_file(info: FileInfo, record_url: str, language: str) -> FileShown:
    """The file under its record; without `record_url` it has no address yet."""
    url = f"{record_url}/files/{info.id}" if record_url else ""
    return FileShown(str(info.id), info.name, url, size_said(info.size, language),
                     shows(info.media_type) if url else "")


def size_said(size: int, language: str) -> str:
    """`214 KB`, `3.4 MB`."""
    if size < MEGABYTE:
        return translate(KILOBYTES, language, {"size": number_formatter(language)(max(round(size / 1024), 1))})
    return translate(MEGABYTES, language, {"size": number_formatter(language, 1)(round(size / MEGABYTE, 1))})
