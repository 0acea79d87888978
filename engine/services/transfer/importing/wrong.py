"""What a check found wrong, kept beside the file: one line a record, so that a page of it costs a page of reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from engine.services.sentences import problem_kept
from engine.services.transfer.importing.assembling import Incoming
from engine.services.transfer.importing.passing import Wrong

FILE, DRAFT = "wrong.jsonl", "wrong.draft"
PAGE = 25
"""Wrong records on one page."""


class Writer:
    """Writes wrong records while a table passes; the file takes the place of an older one at the end."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.pages: list[int] = []
        """Where each page begins in the file."""
        self.count = 0
        self._file = (folder / DRAFT).open("wb")

    def add(self, one: Incoming, wrong: Sequence[Wrong]) -> None:
        if self.count % PAGE == 0:
            self.pages.append(self._file.tell())
        self.count += 1
        # The path is that of the target, not of the problem: the page asks what may be written there.
        cells = [{**problem_kept(w.problem), "line": w.line, "path": w.path, "said": w.text, "column": w.column,
                  "near": w.near} for w in wrong]
        self._file.write(orjson.dumps({"line": one.line, "label": one.label, "cells": cells}) + b"\n")

    def close(self) -> list[int]:
        """Keep what was written; where its pages begin."""
        self._file.close()
        (self.folder / DRAFT).replace(self.folder / FILE)
        return self.pages


def page(folder: Path, begins: int) -> list[dict[str, Any]]:
    """The wrong records of the page that begins there."""
    try:
        with (folder / FILE).open("rb") as file:
            file.seek(begins)
            return [orjson.loads(line) for _, line in zip(range(PAGE), file, strict=False)]
    except FileNotFoundError:
        return []


def every(folder: Path) -> Iterator[dict[str, Any]]:
    """All wrong records, in the order of the table."""
    try:
        with (folder / FILE).open("rb") as file:
            for line in file:
                yield orjson.loads(line)
    except FileNotFoundError:
        return
