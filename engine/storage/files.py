"""Where the bytes of files are: a port, and its implementation in a folder of this machine.

The row in `engine_file` is the services' business. A blob is named by its SHA-256 inside the folder of one
organisation, so equal files of one organisation are kept once and no organisation learns what another one has.
A blob is complete before the transaction that names it begins; blobs that no row names are swept later.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID, uuid4

from engine.errors import Invalid, NotFound, Problem, TooLarge
from engine.language import N_
from engine.storage.media_types import media_type
from engine.storage.pictures import FORMATS, SIZES, redrawn, small_copy

CHUNK = 256 * 1024
DIGEST = re.compile(r"[0-9a-f]{64}")
SHARED = "shared"
"""Folder of files that belong to no organisation."""
UNFINISHED = 24 * 3600
"""Seconds after which an unfinished upload, or a blob that nothing names, may be swept."""

TOO_LARGE = N_("The file is larger than %(limit)s MB")
WRONG_TYPE = N_("A file of this type is not accepted here")
EMPTY = N_("The file is empty")


@dataclass(frozen=True)
class Stored:
    digest: str
    size: int
    media_type: str


class FileStore(Protocol):
    """Keeps bytes. Another implementation (object storage) answers the same."""

    def save(self, stream: BinaryIO, organisation: UUID | None, name: str, accept: Sequence[str], limit: int) -> Stored:
        """Keep what `stream` gives. Raises TooLarge beyond `limit` bytes, Invalid for a type not among `accept`.

        A picture is drawn anew (`storage.pictures`): Invalid for one that is damaged or has too many pixels.
        """
        ...

    def read(self, organisation: UUID | None, digest: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end` (exclusive), in pieces. Raises NotFound before the first piece."""
        ...

    def small(self, organisation: UUID | None, digest: str, kind: str, size: int) -> bytes:
        """A copy of a picture whose longest side is `size`, as WebP. Raises NotFound where there is none."""
        ...

    def sweep(self, organisation: UUID | None, is_named: Callable[[str], bool]) -> int:
        """Remove old blobs whose digest `is_named` denies, and old unfinished uploads; how many."""
        ...


class LocalFileStore:
    """Blobs in `folder/ORGANISATION/ab/DIGEST`; unfinished ones in `folder/incoming`."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time):
        self.folder = Path(folder)
        self._incoming = self.folder / "incoming"
        self._clock = clock

    def save(self, stream: BinaryIO, organisation: UUID | None, name: str, accept: Sequence[str], limit: int) -> Stored:
        self._incoming.mkdir(parents=True, exist_ok=True)
        draft = self._incoming / uuid4().hex
        try:
            digest, size = _write(stream, draft, limit)
            if not size:
                raise Invalid([Problem("file.empty", EMPTY)])
            kind = media_type(draft, name, accept)
            if kind is None:
                raise Invalid([Problem("file.type", WRONG_TYPE, params={"name": name})])
            if redrawn(draft, kind):
                digest, size = _measured(draft)
            self._settle(draft, self._path(organisation, digest))
        finally:
            draft.unlink(missing_ok=True)
        return Stored(digest, size, kind)

    def _settle(self, draft: Path, path: Path) -> None:
        """Give the finished blob its name; after this it survives a loss of power."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            os.utime(path, (self._clock(), self._clock()))  # young again: a sweep leaves it to its new row
            return
        os.replace(draft, path)
        for folder in (path.parent, path.parent.parent, self.folder):
            _sync(folder)

    def size(self, organisation: UUID | None, digest: str) -> int:
        """Bytes of a blob; NotFound when it is not there."""
        try:
            return self._path(organisation, digest).stat().st_size
        except FileNotFoundError as error:
            raise NotFound from error

    def read(self, organisation: UUID | None, digest: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        try:
            file = self._path(organisation, digest).open("rb")
        except FileNotFoundError as error:
            raise NotFound from error
        return pieces(file, max(start, 0), end)

    def small(self, organisation: UUID | None, digest: str, kind: str, size: int) -> bytes:
        source = self._path(organisation, digest)
        if kind not in FORMATS or size not in SIZES or not source.is_file():
            raise NotFound
        # Named as the picture is, so that a sweep removes both together.
        kept = self._folder_of(organisation) / f"small-{size}" / digest[:2] / digest
        try:
            return kept.read_bytes()
        except FileNotFoundError:
            pass
        try:
            made = small_copy(source, kind, size)
        except Invalid as error:  # kept before pictures were drawn anew, or damaged since
            raise NotFound from error
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"{digest}.{uuid4().hex[:8]}")
        draft.write_bytes(made)
        os.replace(draft, kept)
        return made

    def sweep(self, organisation: UUID | None, is_named: Callable[[str], bool]) -> int:
        young, removed = self._clock() - UNFINISHED, 0
        for path in [*_files(self._incoming), *_files(self._folder_of(organisation))]:
            if path.stat().st_mtime > young:
                continue
            if path.parent == self._incoming or not is_named(path.name):
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _folder_of(self, organisation: UUID | None) -> Path:
        return self.folder / (SHARED if organisation is None else str(organisation))

    def _path(self, organisation: UUID | None, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise NotFound
        return self._folder_of(organisation) / digest[:2] / digest


def clean_name(name: str) -> str:
    """The name a person gave, without folders and invisible characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[:255] or "file"


def _measured(path: Path) -> tuple[str, int]:
    """Digest and size of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _write(stream: BinaryIO, draft: Path, limit: int) -> tuple[str, int]:
    """Copy with a limit that is kept while reading: what a sender says about the size is not believed."""
    total, size = hashlib.sha256(), 0
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
        while piece := stream.read(min(CHUNK, limit - size + 1)):
            size += len(piece)
            if size > limit:
                raise TooLarge([Problem("file.too-large", TOO_LARGE, params={"limit": max(limit // 2**20, 1)})])
            total.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return total.hexdigest(), size


def pieces(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes of an open file from `start` up to `end` (exclusive); it is closed after the last one."""
    with file:
        file.seek(start)
        left = None if end is None else max(end - start, 0)
        while left is None or left > 0:
            piece = file.read(CHUNK if left is None else min(CHUNK, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def _sync(folder: Path) -> None:
    """Make the new name durable; a system that cannot open folders (Windows) does this by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
