"""The one YAML reader: text only, bounded, and strict about everything that lets YAML mean two things.

libyaml turns the file into events; we count them, measure their depth and build our own nodes without recursion, so
100 kB of brackets costs nothing. There is no resolver and no constructor: `010101501234`, `12:30` and `on` stay text.
"""

from __future__ import annotations

import re

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from engine.loading.nodes import Mapping, Node, Scalar, Sequence
from engine.loading.problems import Collector

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_EVENTS = 200_000
BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ufeff]")

try:
    from yaml import CSafeLoader as EventReader
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    EventReader = None  # type: ignore[assignment,misc]


class NoFastReader(RuntimeError):
    """PyYAML lacks libyaml: install a wheel of PyYAML, or libyaml with its headers before building it."""


class _Stop(Exception):
    """Reading on would be pointless or dear; what is wrong has been noted."""


def read(data: bytes, found: Collector) -> Node | None:
    """The tree of one file; None when it could not be read. Everything wrong goes to `found`; nothing else escapes."""
    if EventReader is None:
        raise NoFastReader(NoFastReader.__doc__)
    text = _decoded(data, found)
    if text is None:
        return None
    try:
        return _Builder(found).build(text)
    except _Stop:
        return None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        said = " ".join(str(part) for part in (problem.context, problem.problem) if part)
        found.at(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, "yaml.syntax", fault=said)
    except (yaml.YAMLError, ValueError, RecursionError, MemoryError) as problem:
        found.at(1, 1, "yaml.syntax", fault=str(problem)[:200])
    return None


def _decoded(data: bytes, found: Collector) -> str | None:
    if len(data) > MAX_BYTES:
        found.at(1, 1, "yaml.too-large", size=len(data), limit=MAX_BYTES)
        return None
    try:
        text = data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        found.at(line, problem.start - (data.rfind(b"\n", 0, problem.start) + 1) + 1, "yaml.not-utf8")
        return None
    control = _CONTROL.search(text)
    if control:
        index = control.start()
        line = text.count("\n", 0, index) + 1
        found.at(line, index - text.rfind("\n", 0, index), "yaml.control", character=f"U+{ord(control.group()):04X}")
        return None
    return text


class _Builder:
    """Events in, nodes out, with an explicit stack."""

    def __init__(self, found: Collector) -> None:
        self.found = found

    def build(self, text: str) -> Node | None:
        reader = EventReader(text)
        try:
            return self._nodes(reader)
        finally:
            reader.dispose()

    def _nodes(self, reader) -> Node | None:
        """The loop runs once for every word of every file, so what is done for each stands here, not in methods."""
        root: Node | None = None
        here: Node | None = None  # the collection that is open
        key: Scalar | None = None  # the key of `here` that waits for its value
        stack: list[tuple[Node | None, Scalar | None]] = []
        next_event = reader.get_event
        events = 0
        while (event := next_event()) is not None:
            events += 1
            kind = type(event)
            mark = event.start_mark
            if events > MAX_EVENTS:
                self._refuse(mark, "yaml.too-many-parts", limit=MAX_EVENTS)
                raise _Stop
            opens = False
            node: Node
            if kind is ScalarEvent:
                if event.anchor is not None or event.tag is not None:
                    self._no_marks(event, mark)
                # A quoted text begins after its quote; one over several lines has no columns of its own.
                plain, line = not event.style, mark.line
                opening = (0 if plain else 1) if line == event.end_mark.line else None
                node = Scalar(event.value, line + 1, mark.column + 1, plain, opening)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                here, key = stack.pop()
                continue
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                node, opens = self._opened(event, mark, len(stack)), True
            elif kind is AliasEvent:
                self._refuse(mark, "yaml.alias", name=event.anchor)
                node = Scalar("", mark.line + 1, mark.column + 1, False, None)
            else:
                if kind is DocumentStartEvent:
                    self._document(event, mark, second=root is not None)
                continue
            if here is None:
                root = node
            elif type(here) is Sequence:
                here.items.append(node)
            elif key is None:
                key = self._key(node)
                continue
            else:
                first = here.entries.setdefault(key.text, (key, node))  # type: ignore[attr-defined]
                if first[1] is not node:
                    self.found.at(key.line, key.column, "yaml.duplicate-key", name=key.text, first=first[0].line)
                key = None
            if opens:
                stack.append((here, key))
                here, key = node, None
        return root

    def _opened(self, event, mark, depth: int) -> Node:
        self._no_marks(event, mark)
        if depth >= MAX_DEPTH:
            self._refuse(mark, "yaml.too-deep", limit=MAX_DEPTH)
            raise _Stop
        if type(event) is MappingStartEvent:
            return Mapping(mark.line + 1, mark.column + 1, bool(event.flow_style))
        return Sequence(mark.line + 1, mark.column + 1)

    def _document(self, event, mark, second: bool) -> None:
        if event.tags:
            self._refuse(mark, "yaml.tag", tag="%TAG")
        if second:
            self._refuse(mark, "yaml.documents")
            raise _Stop

    def _key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self.found.at(node.line, node.column, "yaml.key-not-text")
            raise _Stop
        if node.text == "<<" and node.plain:
            self.found.at(node.line, node.column, "yaml.merge")
        return node

    def _no_marks(self, event, mark) -> None:
        if event.anchor is not None:
            self._refuse(mark, "yaml.anchor", name=event.anchor)
        if event.tag is not None:
            self._refuse(mark, "yaml.tag", tag=event.tag)

    def _refuse(self, mark, code: str, **params) -> None:
        self.found.at(mark.line + 1, mark.column + 1, code, **params)
