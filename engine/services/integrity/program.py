"""Checksums of the program's files, sealed by a key that is not among them."""

from __future__ import annotations

import hashlib
import hmac
import json
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import engine
from engine.services.journal.heads import write_signed
from engine.storage.journal_codes import signed

MANIFEST = "program.manifest"
SECRET = "program"  # noqa: S105 - the name of a file with a key, no key
FOLDERS = ("metadata", "forms", "workflows", "translations", "seed")
CHANGED, MISSING, ADDED, FORGED, NONE = "changed", "missing", "added", "forged", "none"
PASSED_OVER = ("__pycache__",)


@dataclass(frozen=True)
class ProgramFinding:
    """One file that is not as it was sealed; `forged` and `none` are about the manifest itself."""

    kind: str
    path: str


def places() -> dict[str, Path]:
    """Name in the manifest -> folder: the engine, what stands beside it, and the libraries that it uses."""
    home = Path(engine.__file__).parent
    beside = {name: home.parent / name for name in FOLDERS if (home.parent / name).is_dir()}
    return {"engine": home, **beside, "libraries": Path(sysconfig.get_paths()["purelib"])}


def seal_program(settings, folders: dict[str, Path] | None = None) -> int:
    """Write the manifest of the files as they are now: after installing or updating. How many they are."""
    files = dict(_sums(folders or places()))
    write_signed(settings.data / MANIFEST, settings.secret(SECRET), {"files": files})
    return len(files)


def check_program(settings, folders: dict[str, Path] | None = None) -> list[ProgramFinding]:
    """What differs from the manifest, by path."""
    try:
        kept = json.loads((settings.data / MANIFEST).read_text(encoding="utf-8"))
        files, seal = kept["files"], str(kept["signature"])
    except FileNotFoundError:
        return [ProgramFinding(NONE, MANIFEST)]
    except (ValueError, KeyError, TypeError):
        return [ProgramFinding(FORGED, MANIFEST)]
    if not hmac.compare_digest(seal, signed(settings.secret(SECRET), {"files": files})):
        return [ProgramFinding(FORGED, MANIFEST)]
    now = dict(_sums(folders or places()))
    found = [ProgramFinding(ADDED, path) for path in now.keys() - files.keys()]
    found += [ProgramFinding(MISSING, path) for path in files.keys() - now.keys()]
    found += [ProgramFinding(CHANGED, path) for path in files.keys() & now.keys() if files[path] != now[path]]
    return sorted(found, key=lambda one: one.path)


def _sums(folders: dict[str, Path]) -> Iterator[tuple[str, str]]:
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(part in PASSED_OVER for part in path.parts):
                with path.open("rb") as file:
                    yield f"{name}/{path.relative_to(folder).as_posix()}", hashlib.file_digest(file, "sha256").hexdigest()

