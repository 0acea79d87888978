"""Small Catalogs made by hand: storage is tested without the loader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from engine.model import Catalog, Entity, Field, Text

ROOMS = ("id", "link", "text", "longtext", "number", "date", "yesno", "choice", "rows", "file")


def kinds() -> dict[str, Any]:
    found = {}
    for room in ROOMS:
        module = import_module(f"engine.fields.{room}")
        for kind in getattr(module, "FIELD_TYPES", None) or [module.FIELD_TYPE]:
            found[kind.name] = kind
    return found


KINDS = kinds()
BUILTIN = ("id", "organisation", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at")


def text(word: str) -> Text:
    return Text(word, word, word)


def field(owner: str, key: str, kind: str, **more: Any) -> Field:
    """A field; `options` are the type's own, `fields` (of rows) key -> (kind, options of `field`)."""
    inner = {k: field(f"{owner}.{key}", k, v[0], **v[1]) for k, v in more.pop("fields", {}).items()}
    if kind == "links":
        inner = {"target": field(f"{owner}.{key}", "target", "link", options={"to": more["options"]["to"]})}
    return Field(key, KINDS[kind], text(key), owner=owner, fields=inner, **more)


def entity(address: str, fields: Mapping[str, tuple[str, dict[str, Any]]], **more: Any) -> Entity:
    """An entity with its built-in fields. `fields`: key -> (kind, options of `field`)."""
    module, key = address.split(".")
    types = {"id": "id", "version": "integer", "organisation": "link", "created_by": "user", "updated_by": "user"}
    made: dict[str, Field] = {}
    for name in BUILTIN:
        if name == "organisation" and more.get("scope") == "shared":
            continue
        options = {"to": "system.unit"} if name == "organisation" else {}
        made[name] = field(address, name, types.get(name, "datetime"), builtin=True, options=options)
    if more.get("tree"):
        made["parent"] = field(address, "parent", "link", options={"to": address})
    if more.get("kind") == "document":
        made["number"] = field(address, "number", "text", builtin=True, sortable=True)
        made["date"] = field(address, "date", "date")
        made["state"] = field(address, "state", "text", builtin=True)
    for name, (kind, options) in fields.items():
        made[name] = field(address, name, kind, **options)
    more.setdefault("kind", "reference")
    return Entity(address=address, module=module, key=key, title=text(key), plural=text(key), fields=made,
                  table=f"{module}_{key}", **more)


UNIT = entity("system.unit", {"name": ("text", {"sortable": True})}, tree=True)
USER = entity("system.user", {"login": ("text", {"sortable": True, "unique": True})})


def catalog(*entities: Entity, revision: int = 1) -> Catalog:
    """A Catalog of these entities and of the two that built-in fields point to."""
    return Catalog(
        revision=revision, digest="", modules={}, roles={}, dictionaries={}, forms={}, registries={}, terms={},
        entities={e.address: e for e in (UNIT, USER, *entities)})


def with_field(one: Entity, chosen: str, /, **changes: Any) -> Entity:
    """The entity with one field changed (`key` among the changes renames it)."""
    fields = {}
    for name, value in one.fields.items():
        if name == chosen:
            value = replace(value, **changes)
        fields[value.key] = value
    return replace(one, fields=fields)


PAYER = entity("sales.payer", {
    "name": ("text", {"sortable": True, "options": {"max": 100}}),
    "bin": ("text", {"unique": True, "sortable": True}),
    "note": ("longtext", {}),
}, search=("name", "bin"))
INVOICE = entity("sales.invoice", {
    "payer": ("link", {"options": {"to": "sales.payer"}}),
    "party": ("link", {"options": {"to": ["sales.payer", "system.user"]}}),
    "total": ("money", {"options": {"places": 2}}),
    "paid": ("yesno", {}),
    "due": ("date", {}),
    "lines": ("rows", {"fields": {
        "service": ("text", {}), "payer": ("link", {"options": {"to": "sales.payer"}}),
        "quantity": ("decimal", {"options": {"places": 3}}),
        "taxes": ("rows", {"fields": {"name": ("text", {})}}),
    }}),
    "watchers": ("links", {"options": {"to": "system.user"}}),
}, kind="document")
SALES = catalog(PAYER, INVOICE)
