"""The one YAML reader: text only, bounded, and strict about everything that lets YAML mean two things.

libyaml turns the file into events; we count them, measure their depth and build our own nodes without recursion, so
100 kB of brackets costs nothing. There is no resolver and no constructor: `010101501234`, `12:30` and `on` stay text.
"""

from __future__ import annotations

import yaml

from engine.loading.nodes import Mapping, Node, Scalar, Sequence
from engine.loading.problems import Collector

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_EVENTS = 200_000
BOM = b"\xef\xbb\xbf"

try:
    from yaml import CSafeLoader as EventReader
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    EventReader = None  # type: ignore[assignment,misc]


class NoFastReader(RuntimeError):
    """PyYAML was installed without libyaml: install a wheel of PyYAML, or libyaml and its headers before building it."""


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
    for index, character in enumerate(text) if not text.isprintable() else ():
        if (character < " " and character not in "\t\n\r") or character in "\x7f\ufeff":
            line = text.count("\n", 0, index) + 1
            found.at(line, index - text.rfind("\n", 0, index), "yaml.control", character=f"U+{ord(character):04X}")
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
        root: Node | None = None
        stack: list[Node] = []
        names: list[Scalar | None] = []  # the key that waits for its value, one for each open collection
        next_event, scalar, alias = reader.get_event, yaml.ScalarEvent, yaml.AliasEvent
        opening = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
        closing = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        events = documents = 0
        while True:
            event = next_event()
            if event is None:
                return root
            events += 1
            mark = event.start_mark
            kind = type(event)
            if events > MAX_EVENTS:
                self._refuse(mark, "yaml.too-many-parts", limit=MAX_EVENTS)
                raise _Stop
            if kind is scalar:
                node: Node = self._scalar(event, mark)
            elif kind in closing:
                stack.pop()
                names.pop()
                continue
            elif kind in opening:
                self._no_marks(event, mark)
                if len(stack) >= MAX_DEPTH:
                    self._refuse(mark, "yaml.too-deep", limit=MAX_DEPTH)
                    raise _Stop
                if kind is yaml.MappingStartEvent:
                    node = Mapping(mark.line + 1, mark.column + 1, bool(event.flow_style))
                else:
                    node = Sequence(mark.line + 1, mark.column + 1)
            elif kind is alias:
                self._refuse(mark, "yaml.alias", name=event.anchor)
                node = Scalar("", mark.line + 1, mark.column + 1, False, None)
            else:
                if kind is yaml.DocumentStartEvent:
                    documents += 1
                    if event.tags:
                        self._refuse(mark, "yaml.tag", tag="%TAG")
                    if documents > 1:
                        self._refuse(mark, "yaml.documents")
                        raise _Stop
                continue
            if not stack:
                root = node
            elif not self._hang(stack[-1], names, node):
                continue
            if kind in opening:
                stack.append(node)
                names.append(None)

    def _scalar(self, event, mark) -> Scalar:
        if event.anchor is not None or event.tag is not None:
            self._no_marks(event, mark)
        plain = not event.style
        # A quoted text begins after its quote; one over several lines has no columns of its own.
        opening = (0 if plain else 1) if mark.line == event.end_mark.line else None
        return Scalar(event.value, mark.line + 1, mark.column + 1, plain, opening)

    def _hang(self, parent: Node, names: list[Scalar | None], node: Node) -> bool:
        """Put a node into its parent. A key waits in `names` for its value: False tells that this was a key."""
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return True
        assert isinstance(parent, Mapping)
        key = names[-1]
        if key is None:
            if not isinstance(node, Scalar):
                self.found.at(node.line, node.column, "yaml.key-not-text")
                raise _Stop
            if node.text == "<<" and node.plain:
                self.found.at(node.line, node.column, "yaml.merge")
            names[-1] = node
            return False
        names[-1] = None
        if key.text in parent.entries:
            first = parent.entries[key.text][0]
            self.found.at(key.line, key.column, "yaml.duplicate-key", name=key.text, first=first.line)
        else:
            parent.entries[key.text] = (key, node)
        return True

    def _no_marks(self, event, mark) -> None:
        if event.anchor is not None:
            self._refuse(mark, "yaml.anchor", name=event.anchor)
        if event.tag is not None:
            self._refuse(mark, "yaml.tag", tag=event.tag)

    def _refuse(self, mark, code: str, **params) -> None:
        self.found.at(mark.line + 1, mark.column + 1, code, **params)
