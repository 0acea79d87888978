"""Answers made small for browsers that take gzip: texts of pages as they leave, static files once a process.

A page holds a secret (the token of its forms) beside what a stranger may have put into its address, and the length of
a compressed page could tell them apart, guess by guess (the attack BREACH). So the header of every compressed page
carries a file name of random length, which drowns the few bytes that a right guess would save.
"""

from __future__ import annotations

import gzip
import secrets
import struct
import zlib
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from flask import Response, request
from werkzeug.security import safe_join

LEAST = 1_400
"""Bytes that fit into one packet anyway."""
LEVEL = 5
NOISE = 100
"""Random bytes of a header at most."""
TEXTS = frozenset({"text/html", "application/json", "application/problem+json", "text/css", "text/javascript",
                   "image/svg+xml", "application/manifest+json"})
NAMED = 0x08
"""The flag of a gzip header that says: a file name follows."""


def compress(response: Response) -> Response:
    """The answer compressed, where the browser takes it and it is worth it. Streams and parts pass as they are."""
    if (response.direct_passthrough or response.is_streamed or response.status_code in (204, 206, 304)
            or response.mimetype not in TEXTS or "Content-Encoding" in response.headers):
        return response
    response.vary.add("Accept-Encoding")
    if not takes_gzip() or (response.content_length or 0) < LEAST:
        return response
    response.set_data(_compressed(response.get_data(), secrets.randbelow(NOISE) + 1))
    response.headers["Content-Encoding"] = "gzip"
    return response


def takes_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0


def _compressed(data: bytes, noise: int) -> bytes:
    body = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    name = secrets.token_hex(noise)[:noise].encode() + b"\0"
    head = b"\x1f\x8b\x08" + bytes([NAMED]) + b"\0\0\0\0\0\xff" + name
    return head + body.compress(data) + body.flush() + struct.pack("<LL", zlib.crc32(data), len(data) & 0xFFFFFFFF)


@lru_cache(maxsize=64)
def compressed_file(path: Path, changed: float) -> bytes:
    """A file that ships with the program, compressed once for each time of its change (`changed`)."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def static_file(folder: Path, name: str, max_age: int) -> Response | None:
    """The compressed static file; None when it is not for compressing and is to be sent as it is."""
    found = safe_join(str(folder), name)
    if found is None or not takes_gzip():
        return None
    path = Path(found)
    if path.suffix not in (".css", ".js", ".svg", ".json", ".webmanifest", ".txt") or not path.is_file():
        return None
    data = compressed_file(path, path.stat().st_mtime)
    kind: Any = guess_type(path.name)[0] or "text/plain"
    response = Response(data, mimetype=kind)
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.cache_control.public, response.cache_control.max_age = True, max_age
    response.set_etag(f"{zlib.crc32(data):08x}")
    return response.make_conditional(request)
