"""The compiled Catalog of the last start, in one file of the data folder. Whatever is wrong with it never matters."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.hooks import registry as hooks
from engine.loading.files import no_pauses
from engine.loading.keeping import from_bytes, to_bytes
from engine.model.catalog import Catalog

log = logging.getLogger(__name__)
ENGINE = Path(__file__).resolve().parents[1]
SEAL = hashlib.sha256().digest_size
MOST = 512 * 1024 * 1024
"""Bytes of a file that is read at all."""


class Shelf:
    """Keeps one Catalog in `file`, sealed with `key`.

    The seal covers the digest of the set it was compiled from and the code that compiled it: bytes of another set, of
    another version or of somebody else do not bear it and are not even looked into.
    """

    def __init__(self, file: Path, key: bytes) -> None:
        self.file = file
        self._key = hmac.digest(key, b"compiled catalog", "sha256")

    def take(self, digest: str, revision: int) -> Catalog | None:
        """The kept Catalog of the set with this digest, as revision `revision`; None when there is none to be had."""
        try:
            if self.file.stat().st_size > MOST:
                return None
            content = self.file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("the compiled Catalog cannot be read: %s", error)
            return None
        seal, kept = content[:SEAL], memoryview(content)[SEAL:]
        if not hmac.compare_digest(seal, self._seal(digest, kept)):
            return None
        try:
            with no_pauses():
                return from_bytes(kept, revision)
        except Exception:  # ours, and still not to be had: the set is compiled as if there were no file
            log.exception("the compiled Catalog cannot be used")
            return None

    def put(self, catalog: Catalog) -> bool:
        """Keep `catalog` in place of what is there; False when that is not possible, which the log says."""
        draft = self.file.with_name(f"{self.file.name}.{secrets.token_hex(8)}.new")
        try:
            with no_pauses():
                kept = to_bytes(catalog)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(self._seal(catalog.digest, memoryview(kept)))
                    file.write(kept)
                os.replace(draft, self.file)  # whoever reads meanwhile has the old or the new one, never a part
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        except Exception as error:  # a start without this file is slower, and that is all
            log.warning("the compiled Catalog cannot be kept: %s", error)
            return False
        return True

    def _seal(self, digest: str, kept: memoryview) -> bytes:
        total = hmac.new(self._key, f"{stamp()}:{digest}:".encode(), "sha256")
        total.update(kept)
        return total.digest()


def stamp() -> str:
    """A digest that differs between any two versions of Python, of the engine's code and of its plug-ins' types."""
    total = hashlib.sha256(sys.version.encode())
    for path, size, changed in sorted(_sources(ENGINE)):
        total.update(f"{path}:{size}:{changed};".encode())
    for name, kind in sorted(hooks().field_types.parts.items()):
        module = type(kind).__module__
        total.update(f"{name}:{module}.{type(kind).__qualname__}".encode())
        source = getattr(sys.modules.get(module), "__file__", None)
        if source is not None and not module.startswith("engine."):
            about = os.stat(source)
            total.update(f"{source}:{about.st_size}:{about.st_mtime_ns};".encode())
    return total.hexdigest()


def _sources(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Path, bytes and time of change of every Python file: cheaper than its content, and as telling."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in ("__pycache__", "static", "templates"):
                    yield from _sources(Path(entry.path))
            elif entry.name.endswith(".py"):
                about = entry.stat()
                yield entry.path, about.st_size, about.st_mtime_ns
