"""Problems of metadata: what is wrong, in which file, at which line and column, and what to type instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.errors import Problem
from engine.loading.messages import HINTS, SENTENCES, WARNINGS
from engine.loading.nodes import Node, Path, Scalar, node_at, spelled
from engine.model.text import Text

MAX_PROBLEMS = 1_000


@dataclass(frozen=True)
class LoadProblem(Problem):
    """A `Problem` with a place in a file. Lines and columns count from 1; 0 means the file as a whole."""

    file: str = ""
    line: int = 0
    column: int = 0
    severity: str = "error"
    """error stops a check and a publish; warning does not."""

    @property
    def is_error(self) -> bool:
        return self.severity == "error"

    def line_text(self, language: str) -> str:
        """`metadata/accounting/invoice.yaml:4:9: fields.total.type: there is no ... (did you mean ...)`."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = ": ".join(part for part in (place, self.path, self.text(language)) if part)
        hint = self.hint_text(language)
        return f"{said} ({hint})" if hint else said


def problem_in_file(problem: Problem, file: str, content: bytes, path: Path) -> LoadProblem:
    """A problem that was found later, at the place in `file` that `path` leads to."""
    from engine.loading.strict import read

    root = read(content, Collector(file))
    node = node_at(root, path, key=True) if root is not None else None
    where = ".".join(part for part in (spelled(path), problem.path) if part)
    return LoadProblem(problem.code, problem.message, where, problem.params, problem.hint, file,
                       node.line if node else 0, node.column if node else 0)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a mistyped one."""
    names = list(known)
    folded = {name.lower(): name for name in names}
    if word.lower() in folded:
        return folded[word.lower()]
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


class Collector:
    """Gathers the problems of one file; knows its tree, so that a path is enough to find a place."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[LoadProblem] = []
        self.broken: set[Path] = set()
        """Paths whose text could not be read: what follows from that is not said again."""

    def at(self, line: int, column: int, code: str, path: Path = (), /, hint: str | None = None,
           among: Iterable[str] = (), word: str | None = None, said: Text | None = None, **params: Any) -> None:
        """Note a problem at a place.

        `word` and `among` give a "did you mean"; `hint` names a sentence of HINTS; `said` is a message that is there
        in all languages already, for codes of other rooms.
        """
        if len(self.problems) >= MAX_PROBLEMS:
            return
        if word is not None and hint is None:
            near = closest(word, among)
            if near is not None and near != word:
                hint, params = "did-you-mean", {**params, "near": near}
        severity = "warning" if code in WARNINGS else "error"
        self.problems.append(LoadProblem(
            code, said or SENTENCES[code], spelled(path), params, HINTS[hint] if hint else "",
            self.file, line, column, severity))

    def on(self, node: Node, code: str, path: Path = (), /, **more: Any) -> None:
        """Note a problem on a node."""
        self.at(node.line, node.column, code, path, **more)

    def path(self, path: Path, code: str, /, offset: int | None = None, key: bool = False, **more: Any) -> None:
        """Note a problem where `path` leads; `offset` is a character inside the text there."""
        if any(path[:n] in self.broken for n in range(1, len(path) + 1)):
            return
        if self.root is None:
            self.at(0, 0, code, path, **more)
            return
        node = node_at(self.root, path, key)
        column = node.column_of(offset) if isinstance(node, Scalar) else node.column
        self.at(node.line, column, code, path, **more)

    @property
    def has_errors(self) -> bool:
        return any(problem.is_error for problem in self.problems)
