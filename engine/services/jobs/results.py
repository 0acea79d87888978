"""Files that jobs leave for whoever asked for them: in a folder of their own, named by chance, kept for a week."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from engine.errors import NotFound
from engine.storage.files import clean_name, pieces

KEPT = timedelta(days=7)


def folder_of(site: Any) -> Path:
    folder = site.settings.data / "results"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep_result(site: Any, job: UUID, name: str, media_type: str, write: Callable[[BinaryIO], None]) -> dict[str, Any]:
    """What the job's row says of the file that `write` fills; it is whole on the disk before this returns."""
    path = folder_of(site) / f"{job}-{secrets.token_hex(8)}"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    return {"name": clean_name(name), "path": path.name, "media_type": media_type, "size": path.stat().st_size}


def read_result(site: Any, file: Mapping[str, Any]) -> Iterator[bytes]:
    """The bytes of a kept file. Raises NotFound when it was swept."""
    try:
        return pieces((folder_of(site) / Path(file["path"]).name).open("rb"))
    except FileNotFoundError as error:
        raise NotFound from error


def sweep_results(site: Any, clock: Callable[[], float] = time.time) -> int:
    """Remove files older than a week; how many."""
    old, removed = clock() - KEPT.total_seconds(), 0
    for path in folder_of(site).iterdir():
        if path.is_file() and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
