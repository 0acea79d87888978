"""Cold starts with few and with many entities: `qurastyr serve` as a fresh process on a published site.

`health`: until /health answers. `catalog`: until a request is answered for which the Catalog is needed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.many_entities import many_entities
from benchmarks.school import ROOT
from benchmarks.servers import Server, free_port
from engine.config import Settings
from engine.loading.files import read_folder
from engine.services.publishing import publish
from engine.storage.database import Database

ASKED = {"health": "/health", "catalog": "/api/v1/many0/thing0"}


def cold_start(folder: Path, count: int, rounds: int = 3) -> dict[str, float]:
    """Seconds (the best of some rounds) until each of `ASKED` answers, and of processor until then; MiB afterwards."""
    _published(folder, count)
    _start(folder, "/health").stop()  # the first one also loads reference data, and Python compiles its files
    best: dict[str, float] = {}
    for name, path in ASKED.items():
        for _ in range(rounds):
            server = _start(folder, path)
            try:
                best[name] = min(best.get(name, server.seconds), server.seconds)
                best[f"{name} processor"] = min(best.get(f"{name} processor", 1e9), server.cpu())
                best["memory"] = server.memory()["rss"]
            finally:
                server.stop()
    return best


def _start(folder: Path, path: str) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "engine.cli.main", "serve", "--data", str(folder), "--port", str(port),
               "--no-demo"]
    # A key that is none: to refuse it the server needs the tables of its Catalog.
    return Server(command, port, path, {"Authorization": "Bearer qk_none"}, {}, folder / "start.log")


def _published(folder: Path, count: int) -> None:
    """A site in `folder` with the shipped modules and `count` more entities of ten fields."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: text for name, text in many_entities(count).items() if not name.startswith("metadata/system/")}
    database = Database(Settings.of(folder).prepare().database_url)
    try:
        publish(database, {**read_folder(ROOT), **made})
    finally:
        database.close()
