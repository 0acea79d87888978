"""A compiled Catalog as bytes and back, so that a start need not read its YAML again.

What only this process can have stands in the bytes as a name: types of fields by their key, scopes of rules by their
address. Rules are kept as their text, and compiled when somebody first asks them anything.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cached_property
from types import MappingProxyType
from typing import Any

from engine.expression import Rule, Scope, Type
from engine.hooks import registry as hooks
from engine.loading.compile.rules import LateRule
from engine.loading.compile.scopes import FieldScope
from engine.model.catalog import Catalog
from engine.model.field import EMPTY, Field

_KEPT = tuple(f.name for f in fields(Catalog) if not f.name.startswith("_") and f.name != "revision")
_OURS = ("engine.model.", "engine.expression.types", "engine.loading.compile.")
_PLAIN = {
    ("builtins", "frozenset"), ("builtins", "set"), ("datetime", "date"), ("datetime", "datetime"),
    ("datetime", "time"), ("datetime", "timedelta"), ("decimal", "Decimal"), ("uuid", "UUID"),
    (__name__, "proxy"),
}
"""What may be built besides the classes of the model. Nothing here runs anything."""


def to_bytes(catalog: Catalog) -> bytes:
    """`catalog` without its revision number. Raises pickle.PicklingError, TypeError or AttributeError for what cannot
    be kept: rules that were compiled for a check, things of plug-ins that hold open files."""
    stream = io.BytesIO()
    _Pickler(stream).dump({name: getattr(catalog, name) for name in _KEPT})
    return stream.getvalue()


def from_bytes(kept: bytes | memoryview, revision: int) -> Catalog:
    """The Catalog that `to_bytes` was given, as revision `revision`.

    For bytes of our own only; others raise whatever they lead to, and can build nothing but descriptions.
    """
    unpickler = _Unpickler(io.BytesIO(kept))
    catalog = Catalog(revision=revision, **unpickler.load())
    unpickler.scopes.entities = catalog.entities
    return catalog




def proxy(mapping: dict[str, Any]) -> MappingProxyType[str, Any]:
    """`MappingProxyType` cannot be named in bytes: this can."""
    return MappingProxyType(mapping)


def _rule(rule: Rule) -> Any:
    raise pickle.PicklingError(f"compiled with its problems in mind, not to be kept: {rule.text}")


class _Pickler(pickle.Pickler):
    dispatch_table = {
        MappingProxyType: lambda mapping: (proxy, (dict(mapping),)),
        LateRule: lambda rule: (LateRule, (rule.text, *rule.origin)),
        Rule: _rule,
    }

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=5)
        # By the object, not by its class: plug-ins may make two types of one class.
        self._kinds = {id(kind): name for name, kind in hooks().field_types.parts.items()}

    def persistent_id(self, one: Any) -> tuple[str, str] | None:
        if type(one) is FieldScope:
            return "scope", one.address
        if id(one) in self._kinds:
            return "kind", self._kinds[id(one)]
        return ("empty", "") if one is EMPTY else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.scopes = _Scopes()
        self._kinds = hooks().field_types.parts

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _PLAIN and not (module.startswith(_OURS) and name.isidentifier()):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a Catalog")
        found = super().find_class(module, name)
        if not isinstance(found, type) and (module, name) not in _PLAIN:
            raise pickle.UnpicklingError(f"{module}.{name} is no class")
        return found

    def persistent_load(self, named: tuple[str, str]) -> Any:
        what, name = named
        if what == "empty":
            return EMPTY
        return self.scopes.of(name) if what == "scope" else self._kinds[name]


class _Scopes:
    """The scopes of rules by address, over finished fields."""

    def __init__(self) -> None:
        self.entities: Mapping[str, Any] = {}
        self._made: dict[str, KeptScope] = {}

    def of(self, address: str) -> Scope:
        found = self._made.get(address)
        return found if found is not None else self._made.setdefault(address, KeptScope(address, self))

    def fields(self, address: str) -> Mapping[str, Field]:
        module, key, *rows = address.split(".")
        entity = self.entities.get(f"{module}.{key}")
        found: Mapping[str, Field] = entity.fields if entity is not None else {}
        for name in rows:
            found = found[name].fields if name in found else {}
        return found


class KeptScope:
    """What `FieldScope` is while files are compiled: the names of one record or row."""

    def __init__(self, address: str, scopes: _Scopes) -> None:
        self.address = address
        self._scopes = scopes

    @cached_property
    def _fields(self) -> Mapping[str, Field]:
        return self._scopes.fields(self.address)

    def resolve(self, name: str) -> Type | None:
        field = self._fields.get(name)
        return field.kind.rule_type(field, self._scopes.of) if field is not None else None

    def names(self) -> Iterable[str]:
        return [name for name in self._fields if self.resolve(name) is not None]
