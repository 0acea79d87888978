"""Every column of this database that holds ciphertexts: of entities, of their rows, retired ones, the engine's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.fields.cipher import CIPHER, Encryptable, place_of
from engine.fields.column_types import Id
from engine.model import Catalog, Field
from engine.storage.planner.found import inspect
from engine.storage.system.ciphers import SYSTEM_SEALED
from engine.storage.tables import inner_fields, inner_row_fields, tables_of

PLAIN = Encryptable()


@dataclass(frozen=True)
class SealedColumn:
    """One column of ciphertexts, and all that is needed to seal its cells anew."""

    address: str
    """How people are told of it: `system.person.iin`, or table and column of the engine's own."""
    table: sa.TableClause
    key: tuple[str, ...]
    """Columns that tell its rows apart."""
    cipher: str
    place: Callable[[Mapping[str, Any]], str]
    blind: str = ""
    """The column of its blind index; empty where it has none."""
    blind_place: str = ""
    blind_text: Callable[[str], str] = PLAIN.blind_text
    packed: bool = False
    """Base64 in a JSON value, not bytes."""


def sealed_columns(catalog: Catalog | None, connection: sa.Connection) -> list[SealedColumn]:
    """All of them. Columns that metadata no longer names keep their data, so they are found in the database itself."""
    found = [_of_field(table, field) for table, field in _fields(catalog)] if catalog else []
    known = {(one.table.name, one.cipher) for one in found}
    for name, table in sorted(inspect(connection).tables.items()):
        if name.startswith("engine_"):
            continue
        columns = set(table.columns)
        retired = sorted(c for c in columns if c.endswith(CIPHER) and (name, c) not in known and "id" in columns)
        found += [_retired(name, cipher, columns) for cipher in retired]
    return found + [_of_system(one) for one in SYSTEM_SEALED]


def _fields(catalog: Catalog) -> Iterator[tuple[str, Field]]:
    """(table, field) of every encrypted field."""
    tables = tables_of(catalog)

    def rows(owner: Field) -> Iterator[tuple[str, Field]]:
        name = tables.rows(owner).name
        yield from ((name, f) for f in inner_fields(owner) if f.encrypted)
        for inner in inner_row_fields(owner):
            yield from rows(inner)

    for entity in catalog.entities.values():
        yield from ((entity.table, f) for f in entity.column_fields if f.encrypted)
        for field in entity.row_fields:
            yield from rows(field)


def _of_field(table: str, field: Field) -> SealedColumn:
    return _column(table, field.owner, field.key, field.address, True, field.kind.blind_text)


def _retired(table: str, cipher: str, columns: set[str]) -> SealedColumn:
    """Of a field that is no longer described: tables and columns are named after what they held."""
    head, *rows = table.split("__")
    module, _, entity = head.partition("_")
    owner, key = ".".join((module, entity, *rows)), cipher.removesuffix(CIPHER)
    return _column(table, owner, key, f"{table}.{cipher}", f"{key}_blind" in columns)


def _column(
    table: str, owner: str, key: str, address: str, blind: bool, text: Callable[[str], str] = PLAIN.blind_text
) -> SealedColumn:
    names = [f"{key}{CIPHER}", *([f"{key}_blind"] if blind else [])]
    bare = sa.table(table, sa.column("id", Id()), *(sa.column(name, sa.LargeBinary()) for name in names))
    return SealedColumn(
        address, bare, ("id",), names[0], lambda row: place_of(owner, key, row["id"]),
        names[1] if blind else "", f"{owner}|{key}", text,
    )


def _of_system(one) -> SealedColumn:
    table = one.column.table
    keys = tuple(c.name for c in table.primary_key.columns)
    return SealedColumn(f"{table.name}.{one.column.name}", table, keys, one.column.name, one.place, packed=one.packed)
