"""Renames said by `was:`: tables and columns change their names and keep their data."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from engine.model import Catalog, Entity, Field
from engine.storage.names import closure_table, search_table
from engine.storage.planner import backfill
from engine.storage.planner.found import Found
from engine.storage.planner.steps import COPIES, Plan
from engine.storage.tables import inner_fields, inner_row_fields, rows_table_name


def plan_renames(plan: Plan, found: Found, catalog: Catalog) -> None:
    """Add the renames that are still to be done, and do them in `found`, so that the rest compares with new names."""
    moved: list[Entity] = []
    for entity in catalog.entities.values():
        if entity.was and _rename_entity(plan, found, entity):
            moved.append(entity)
    for entity in catalog.entities.values():
        owner = _old_address(entity) if entity in moved else entity.address
        _rename_columns(plan, found, entity.table, entity.column_fields, owner)
        for field in entity.row_fields:
            _rename_rows(plan, found, catalog, field, owner)


def _old_address(entity: Entity) -> str:
    return entity.was if "." in entity.was else f"{entity.module}.{entity.was}"


def _rename_entity(plan: Plan, found: Found, entity: Entity) -> bool:
    """True when the entity is renamed by this plan."""
    old = _old_address(entity).replace(".", "_")
    if old not in found.tables or entity.table in found.tables:
        return False  # done by an earlier publishing, or there never was one
    if search_table(old) in found.virtual:
        # The search table names its content table and has to be made anew.
        drops = [f'DROP TRIGGER "{t}"' for t in sorted(found.tables[old].triggers)]
        plan.add("drop search", *drops, f'DROP TABLE "{search_table(old)}"', table=old, address=entity.address)
        found.virtual.discard(search_table(old))
        found.tables[old].triggers.clear()
    _rename_table(plan, found, old, entity.table, entity.address)
    _rename_table(plan, found, closure_table(old), closure_table(entity.table), entity.address)
    for name in [n for n in found.tables if n.startswith(f"{old}__")]:
        _rename_table(plan, found, name, entity.table + name.removeprefix(old), entity.address)
    return True


def _rename_table(plan: Plan, found: Found, old: str, new: str, address: str) -> None:
    if old in found.tables and new not in found.tables:
        plan.add("rename table", f'ALTER TABLE "{old}" RENAME TO "{new}"', old=old, table=new, address=address)
        found.rename_table(old, new)


def _rename_rows(plan: Plan, found: Found, catalog: Catalog, field: Field, owner: str) -> None:
    name = rows_table_name(catalog, field)
    if field.was:
        old = rows_table_name(catalog, replace(field, key=field.was))
        for table in [n for n in found.tables if n == old or n.startswith(f"{old}__")]:
            _rename_table(plan, found, table, name + table.removeprefix(old), field.address)
    inside = f"{owner}.{field.was if field.was else field.key}"
    _rename_columns(plan, found, name, inner_fields(field), inside)
    for inner in inner_row_fields(field):
        _rename_rows(plan, found, catalog, inner, inside)


def _rename_columns(plan: Plan, found: Found, table: str, fields, owner: str) -> None:
    """Rename columns, and seal again what was encrypted under another address: `owner` as it was before this plan."""
    present = found.tables.get(table)
    if present is None:
        return
    for field in fields:
        before = replace(field, key=field.was or field.key, owner=owner)
        moved = owner != field.owner
        for old, new in zip(field.kind.columns(before), field.kind.columns(field), strict=True):
            if old.name != new.name and old.name in present.columns and new.name not in present.columns:
                moved = True
                plan.add("rename column", f'ALTER TABLE "{table}" RENAME COLUMN "{old.name}" TO "{new.name}"',
                         old=old.name, column=new.name, table=table, address=field.address)
                present.rename_column(old.name, new.name)
        if field.encrypted and moved:
            plan.add("reseal", level=COPIES, address=field.address, field=field.title,
                     run=partial(backfill.reseal, table=table, before=before, field=field))
