"""Nodes to typed Python values, directed by a JSON Schema: the schema says what a text means.

This is the fast reader of the same schemas that are published for editors: each schema is turned once into nested
functions, and where a value may have several shapes the shape of what is written chooses, so no branch is tried in
vain. A test holds it equal to the `jsonschema` library. What cannot be read is left out of the result and noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.loading.nodes import Mapping, Node, Path, Scalar, Sequence
from engine.loading.patterns import pattern_fault
from engine.loading.problems import Collector

Schema = Map[str, Any]
Reader = Callable[[Node, Path, Collector], Any]

NOTHING: Any = object()
"""What a reader returns for something it could not read."""
TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?\Z")
SCALARS = ("string", "integer", "number", "boolean")


def refuse(found: Collector, node: Node, path: Path, code: str, **more: Any) -> Any:
    found.broken.add(path)
    found.on(node, code, path, **more)
    return NOTHING


class Readers:
    """Builds and keeps the readers of one document of schemas (its `$defs` are shared)."""

    def __init__(self, definitions: Map[str, Schema]) -> None:
        self.definitions = definitions
        self._named: dict[str, Reader] = {}

    def named(self, name: str) -> Reader:
        """The reader of a definition; definitions may refer to each other in a circle."""
        if name not in self._named:
            self._named[name] = lambda node, path, found: self._named[name](node, path, found)
            self._named[name] = self.build(self.definitions[name])
        return self._named[name]

    def build(self, schema: Schema) -> Reader:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return lambda node, path, found: self.named(name)(node, path, found)
        if schema.get("x-raw"):
            return _raw
        if "x-dispatch" in schema:
            return self._dispatched(schema)
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            return self._by_shape(branches)
        kinds = schema.get("type", ())
        kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        if not kinds:
            kinds = _implied(schema)
        shaped = [self._one(kind, schema) for kind in ("object", "array") if kind in kinds]
        scalars = [kind for kind in kinds if kind in SCALARS]
        if scalars:
            shaped.append(_scalar(scalars, schema))
        return shaped[0] if len(shaped) == 1 else self._choose(
            {kind: self._one(kind, schema) for kind in ("object", "array") if kind in kinds},
            _scalar(scalars, schema) if scalars else None)

    def _one(self, kind: str, schema: Schema) -> Reader:
        return self._object(schema) if kind == "object" else self._array(schema)

    def _by_shape(self, branches: list[Schema]) -> Reader:
        shapes: dict[str, Reader] = {}
        scalars: list[Schema] = []
        for branch in branches:
            target = branch
            while "$ref" in target:
                target = self.definitions[target["$ref"].rpartition("/")[2]]
            if "x-dispatch" in target:
                shapes["object"] = self.build(branch)
                continue
            kinds = target.get("type") or _implied(target)
            kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
            for kind in ("object", "array"):
                if kind in kinds:
                    shapes.setdefault(kind, self.build(branch))
            if any(kind in SCALARS for kind in kinds):
                scalars.append(target)
        return self._choose(shapes, _first_of(scalars) if scalars else None)

    def _choose(self, shapes: dict[str, Reader], scalar: Reader | None) -> Reader:
        mapping, sequence = shapes.get("object"), shapes.get("array")

        def read(node: Node, path: Path, found: Collector) -> Any:
            if type(node) is Scalar:
                if scalar is not None:
                    return scalar(node, path, found)
            elif type(node) is Mapping:
                if mapping is not None:
                    return mapping(node, path, found)
            elif sequence is not None:
                return sequence(node, path, found)
            return _wrong_shape(node, path, found, "text" if scalar else "mapping" if mapping else "list")

        return read

    def _object(self, schema: Schema) -> Reader:
        known = {key: self.build(sub) for key, sub in schema.get("properties", {}).items()}
        extra = schema.get("additionalProperties", True)
        other = self.build(extra) if isinstance(extra, dict) else _raw if extra else None
        required = tuple(schema.get("required", ()))
        names = schema.get("propertyNames", {})
        pattern = re.compile(names["pattern"]) if "pattern" in names else None
        least, most = schema.get("minProperties", 0), schema.get("maxProperties", 10_000)

        def read(node: Node, path: Path, found: Collector) -> Any:
            if type(node) is not Mapping:
                return _wrong_shape(node, path, found, "mapping")
            values: dict[str, Any] = {}
            for key, (name, value) in node.entries.items():
                reader = known.get(key, other)
                here = (*path, key)
                if reader is None:
                    hint = "comma" if node.flow and isinstance(value, Scalar) and value.blank else None
                    found.on(name, "key.unknown", path, hint=hint, word=key, among=known, name=key)
                    found.broken.add(here)
                    continue
                if pattern is not None and not pattern.match(key):
                    found.on(name, "name.form", here, name=key)
                    found.broken.add(here)
                    continue
                read_value = reader(value, here, found)
                if read_value is not NOTHING:
                    values[key] = read_value
            for key in required:
                if key not in node.entries:
                    found.on(node, "key.missing", path, name=key)
                    found.broken.add((*path, key))
            if not least <= len(node.entries) <= most:
                return refuse(found, node, path, "list.size", least=least, most=most)
            return values

        return read

    def _array(self, schema: Schema) -> Reader:
        item = self.build(schema["items"]) if "items" in schema else None
        least, most = schema.get("minItems", 0), schema.get("maxItems", 10_000)
        once = schema.get("uniqueItems", False)

        def read(node: Node, path: Path, found: Collector) -> Any:
            if type(node) is not Sequence:
                return _wrong_shape(node, path, found, "list")
            values = []
            for index, inner in enumerate(node.items):
                value = item(inner, (*path, index), found) if item else plain(inner)
                if value is NOTHING:
                    continue
                if once and value in values:
                    found.on(inner, "list.twice", (*path, index), value=value)
                else:
                    values.append(value)
            if not least <= len(node.items) <= most:
                return refuse(found, node, path, "list.size", least=least, most=most)
            return values

        return read

    def _dispatched(self, schema: Schema) -> Reader:
        """An element whose one key chooses the schema of all: a field by its `type`."""
        key, prefix = schema["x-dispatch"], schema["x-definitions"]
        names = tuple(schema["properties"][key]["enum"])
        readers = {name: self.named(prefix + name) for name in names}
        code = schema["x-unknown"]
        default = self.named(schema["x-default"]) if "x-default" in schema else None

        def read(node: Node, path: Path, found: Collector) -> Any:
            if type(node) is Scalar:  # the short form: `note: longtext`
                if node.text in readers:
                    return {key: node.text}
                return refuse(found, node, path, code, word=node.text, among=names, name=node.text)
            if type(node) is not Mapping:
                return _wrong_shape(node, path, found, "mapping")
            chosen = node.get(key)
            if chosen is None and default is not None:
                return default(node, path, found)
            if chosen is None:
                return refuse(found, node, path, "key.missing", name=key)
            if not isinstance(chosen, Scalar):
                return _wrong_shape(chosen, (*path, key), found, "text")
            reader = readers.get(chosen.text)
            if reader is None:
                found.broken.add(path)
                return refuse(found, chosen, (*path, key), code, word=chosen.text, among=names, name=chosen.text)
            return reader(node, path, found)

        return read


def plain(node: Node) -> Any:
    """A node as Python texts, lists and dicts: for what is kept raw (samples, records)."""
    if isinstance(node, Scalar):
        return None if node.blank else node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {key: plain(value) for key, (_, value) in node.entries.items()}


def _raw(node: Node, path: Path, found: Collector) -> Any:
    return plain(node)


def _implied(schema: Schema) -> tuple[str, ...]:
    """The types that a schema without `type` speaks of."""
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None:
        return tuple({bool: "boolean", int: "integer", str: "string"}.get(type(v), "number") for v in values)
    if "properties" in schema or "additionalProperties" in schema:
        return ("object",)
    if "items" in schema:
        return ("array",)
    return ("object", "array", *SCALARS)


def _wrong_shape(node: Node, path: Path, found: Collector, wanted: str) -> Any:
    return refuse(found, node, path, f"shape.{wanted}")


def _first_of(schemas: list[Schema]) -> Reader:
    """Several scalar branches: the first that fits; the problem is told by the first one."""
    readers = [_scalar(_scalar_kinds(schema), schema) for schema in schemas]
    if len(readers) == 1:
        return readers[0]

    def read(node: Node, path: Path, found: Collector) -> Any:
        for reader in readers:
            probe = Collector("")
            value = reader(node, path, probe)
            if value is not NOTHING:
                return value
        return readers[0](node, path, found)

    return read


def _scalar_kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type") or _implied(schema)
    return [kind for kind in ((kinds,) if isinstance(kinds, str) else kinds) if kind in SCALARS]


def _scalar(kinds: list[str], schema: Schema) -> Reader:
    # A text that may be a text stays one; otherwise the narrowest type that reads it.
    if "string" in kinds:
        return _text(schema)
    order = [kind for kind in ("boolean", "integer", "number") if kind in kinds]
    parsers = [_PARSERS[kind] for kind in order]
    code = f"value.{order[-1] if len(order) == 1 or 'boolean' not in order else order[0]}"
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    low, high = schema.get("minimum"), schema.get("maximum")

    def read(node: Node, path: Path, found: Collector) -> Any:
        if type(node) is not Scalar:
            return _wrong_shape(node, path, found, "text")
        for parse in parsers:
            value = parse(node.text)
            if value is not None:
                break
        else:
            return refuse(found, node, path, code, text=node.text[:80])
        if allowed is not None and value not in allowed:
            return refuse(found, node, path, "value.choice", text=node.text[:80], allowed=_listed(allowed))
        if not isinstance(value, bool):
            if low is not None and value < low:
                return refuse(found, node, path, "value.low", text=node.text, limit=low)
            if high is not None and value > high:
                return refuse(found, node, path, "value.high", text=node.text, limit=high)
        return value

    return read


def _text(schema: Schema) -> Reader:
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    choice = frozenset(a for a in allowed if isinstance(a, str)) if allowed is not None else None
    pattern = re.compile(schema["pattern"]) if "pattern" in schema else None
    code = schema.get("x-code", "value.pattern")
    least, most = schema.get("minLength", 0), schema.get("maxLength", 20_000)
    is_regex = schema.get("format") == "regex"
    may_be_blank = schema.get("x-blank", False)

    def read(node: Node, path: Path, found: Collector) -> Any:
        if type(node) is not Scalar:
            return _wrong_shape(node, path, found, "text")
        text = node.text
        if choice is not None:
            if text in choice:
                return text
            return refuse(found, node, path, "value.choice", text=text[:80], allowed=_listed(allowed or ()),
                          word=text[:80], among=choice)
        if not text and node.plain and not may_be_blank:
            return refuse(found, node, path, "value.nothing")
        if len(text) > most:
            return refuse(found, node, path, "value.long", limit=most)
        if len(text) < least:
            return refuse(found, node, path, "value.short", limit=least)
        if pattern is not None and not pattern.search(text):
            return refuse(found, node, path, code, text=text[:80], name=text[:80])
        if is_regex:
            fault = pattern_fault(text)
            if fault:
                return refuse(found, node, path, fault, text=text[:80])
        return text

    return read


def _listed(values: Any) -> str:
    return ", ".join({True: "yes", False: "no"}[v] if isinstance(v, bool) else str(v) for v in values)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text) if _NUMBER.match(text) else None
    except InvalidOperation:
        return None


_PARSERS: dict[str, Callable[[str], Any]] = {
    "boolean": TRUTH.get,
    "integer": lambda text: int(text) if _INTEGER.match(text) else None,
    "number": _decimal,
}
