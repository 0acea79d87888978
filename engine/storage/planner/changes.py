"""Changes of one table that exists: columns, types, keys."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property, partial

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateTable

from engine.model import Field
from engine.storage.names import digest
from engine.storage.planner import backfill
from engine.storage.planner.found import ForeignKey, Found, FoundTable, count
from engine.storage.planner.kinds import Change, change, kind_of, spelled
from engine.storage.planner.steps import COPIES, DECISION, SAFE, Plan
from engine.storage.tables import inner_fields


class TableChanges:
    """Compares one desired table with the one found, and adds the steps between them."""

    def __init__(self, plan: Plan, connection: sa.Connection, found: Found, table: sa.Table, agreed: Collection[str]):
        self.plan, self.connection, self.database, self.table = plan, connection, found, table
        self.found: FoundTable = found.tables[table.name]
        self.agreed = agreed
        self.dialect = connection.dialect
        self.physical = self.found.original_name
        self.converted: dict[str, str] = {}
        """Column -> expression that SQLite uses while it copies the table."""
        self.later: list[tuple] = []
        self.fresh: list[Field] = []
        """Fields whose columns the existing rows do not have yet."""

    @cached_property
    def rows(self) -> int:
        """Counted only where a step needs it."""
        return count(self.connection, self.physical)

    @property
    def address(self) -> str:
        field = self.table.info.get("field")
        return field.address if field else self.table.info["entity"].address

    def add(self) -> None:
        fields = self._fields()
        missing = [c for c in self.table.columns if c.name not in self.found.columns]
        for column in self.table.columns:
            if column.name in self.found.columns and column.name != "_row":
                self._compare_type(column, fields.get(column.name), missing)
        rebuild = self._keys_differ() or bool(self.converted)
        if self.dialect.name == "sqlite" and rebuild:
            self._rebuild(missing)
        else:
            for column in missing:
                self._add_column(column, fields.get(column.name))
            self._add_keys()
        self._fill(missing, fields)

    def _fields(self) -> dict[str, Field]:
        rows = self.table.info.get("field")
        if self.table.info["part"] == "tree":
            return {}
        owners = inner_fields(rows) if rows else self.table.info["entity"].column_fields
        known = self.table.info.get("names", {})
        return {name: field for field in owners for name in known.get(field) or _names(field)}

    # -- types -------------------------------------------------------------------------------------------------------

    def _compare_type(self, column: sa.Column, field: Field | None, missing: list[sa.Column]) -> None:
        old, new = self.found.columns[column.name], spelled(column, self.dialect)
        if old == new:
            return
        said = {"column": column.name, "old": old, "new": new, "table": self.table.name,
                "address": field.address if field else self.address}
        how = change(kind_of(old), kind_of(new), self.dialect.name)
        lost = self._lost(column.name, how)
        if lost == 0:
            self._convert(column, how, said)
        elif said["address"] in self.agreed:
            kept = f"{column.name[:40]}__{digest(old + column.name)[:6]}"
            self.plan.add("retire column", f'ALTER TABLE "{self.table.name}" RENAME COLUMN "{column.name}" TO "{kept}"',
                          **(said | {"old": column.name, "column": kept}))
            self.found.rename_column(column.name, kept)
            missing.append(column)
        else:
            self.plan.add("change type", level=DECISION, rows=lost, count=lost, **said)

    def _lost(self, name: str, how: Change) -> int:
        """How many values would not survive; a rename planned before this has not happened yet."""
        quoted = f'"{self.found.original_columns.get(name, name)}"'
        if how.expression is None:
            condition = f"{quoted} IS NOT NULL"
        elif how.loses:
            condition = how.loses.replace("{c}", quoted)
        else:
            return 0
        sql = f'SELECT count(*) FROM "{self.physical}" WHERE {condition}'  # noqa: S608 - names of the Catalog
        return self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True}).scalar() or 0

    def _convert(self, column: sa.Column, how: Change, said: dict) -> None:
        expression = (how.expression or "NULL").replace("{c}", f'"{column.name}"')
        kind = "widen column" if how.widens else "convert column"
        if self.dialect.name == "sqlite":
            self.converted[column.name] = expression
            self.plan.add(kind, level=COPIES, rows=self.rows, **said)
            return
        new = self.dialect.type_compiler_instance.process(column.type)
        cast = new.partition(" COLLATE")[0]
        rewrites = not (how.widens and kind_of(said["old"]).family == "text")
        self.plan.add(
            kind,
            f'ALTER TABLE "{self.table.name}" ALTER COLUMN "{column.name}" TYPE {new} USING ({expression})::{cast}',
            level=COPIES if rewrites else SAFE, rows=self.rows if rewrites else 0, **said)

    # -- keys --------------------------------------------------------------------------------------------------------

    def _wanted_keys(self) -> dict[ForeignKey, sa.ForeignKeyConstraint]:
        return {foreign_key(c): c for c in self.table.constraints if isinstance(c, sa.ForeignKeyConstraint)}

    def _own_keys(self) -> dict[ForeignKey, str]:
        """Found foreign keys over described columns only: those of retired columns stay as they are."""
        return {k: n for k, n in self.found.foreign_keys.items() if set(k[0]) <= set(self.table.c.keys())}

    def _wanted_checks(self) -> dict[str, sa.CheckConstraint]:
        return {c.name: c for c in self.table.constraints if isinstance(c, sa.CheckConstraint) and c.name}

    def _keys_differ(self) -> bool:
        return self._wanted_keys().keys() != self._own_keys().keys() or self._wanted_checks().keys() != self._checks()

    def _checks(self) -> set[str]:
        return {name for name in self.found.checks if name.startswith("ck_")}

    def _add_keys(self) -> None:
        wanted, own, name = self._wanted_keys(), self._own_keys(), self.table.name
        drop = [own[k] for k in own.keys() - wanted.keys()] + sorted(self._checks() - self._wanted_checks().keys())
        for constraint in drop:
            self.plan.add("drop constraint", f'ALTER TABLE "{name}" DROP CONSTRAINT "{constraint}"', table=name,
                          name=constraint, address=self.address)
        add = [c for k, c in wanted.items() if k not in own]
        add += [c for n, c in self._wanted_checks().items() if n not in self._checks()]
        for constraint in add:
            if isinstance(constraint, sa.ForeignKeyConstraint) and self._broken(constraint):
                continue
            self.later.append(("add constraint", str(AddConstraint(constraint).compile(dialect=self.dialect)),
                               {"table": name, "name": constraint.name, "rows": self.rows, "address": self.address}))

    def add_later(self) -> None:
        """Constraints wait until every table and column is there."""
        for kind, sql, said in self.later:
            self.plan.add(kind, sql, **said)

    def _broken(self, constraint: sa.ForeignKeyConstraint) -> bool:
        """Adds a step that needs a decision when existing values point to nothing under the new key."""
        columns, target, to = foreign_key(constraint)
        existing = self.database.tables.get(target)
        original = [self.found.original_columns.get(c, c) for c in columns]
        if not self.rows or existing is None or any(c not in self.found.columns for c in columns):
            return False
        same = " AND ".join(
            f't."{existing.original_columns.get(b, b)}" = o."{a}"' for a, b in zip(original, to, strict=True))
        filled = " AND ".join(f'o."{a}" IS NOT NULL' for a in original)
        sql = (f'SELECT count(*) FROM "{self.physical}" o WHERE {filled} AND NOT EXISTS '  # noqa: S608
               f'(SELECT 1 FROM "{existing.original_name}" t WHERE {same})')
        broken = self.connection.exec_driver_sql(sql).scalar() or 0
        if broken:
            self.plan.add("broken links", level=DECISION, rows=broken, count=broken, column=columns[-1],
                          table=self.table.name, address=self.address)
        return bool(broken)

    # -- columns -----------------------------------------------------------------------------------------------------

    def _add_column(self, column: sa.Column, field: Field | None) -> None:
        kind = str(CreateColumn(_optional(column)).compile(dialect=self.dialect))
        self.plan.add("add column", f'ALTER TABLE "{self.table.name}" ADD COLUMN {kind}', column=column.name,
                      table=self.table.name, address=field.address if field else self.address)

    def _fill(self, missing: list[sa.Column], fields: dict[str, Field]) -> None:
        if not missing or not self.rows:
            return
        names = {c.name for c in missing}
        for field in dict.fromkeys(fields[n] for n in fields if n in names):
            own = [c.name for c in field.kind.columns(field)]
            new = [n for n in own if n in names]
            if len(new) == len(own):
                self.fresh.append(field)
            if len(new) < len(own):
                self.plan.add("fill keys", level=COPIES, rows=self.rows, address=field.address, field=field.address,
                              run=partial(backfill.fill_keys, table=self.table, field=field, new=new))
            elif field.default is not None and not hasattr(field.default, "evaluate") and field.value is None:
                self.plan.add("fill default", level=COPIES, rows=self.rows, address=field.address, field=field.title,
                              run=partial(backfill.fill_default, table=self.table, field=field))

    # -- SQLite ------------------------------------------------------------------------------------------------------

    def _rebuild(self, missing: list[sa.Column]) -> None:
        """SQLite cannot add a key over several columns nor change a type: the table is copied into a new one."""
        for constraint in self.table.foreign_key_constraints:
            if foreign_key(constraint) not in self.found.foreign_keys:
                self._broken(constraint)
        name, draft = self.table.name, f"{self.table.name}__new"[-63:]
        # Retired columns move along with their data and their keys.
        retired = [n for n in self.found.columns if n not in self.table.c]
        create = create_table(self.table, self.dialect)
        create = create.replace(f"CREATE TABLE {_quoted(self.dialect, name)}", f'CREATE TABLE "{draft}"', 1)
        extra = [f'"{n}" {self.found.columns[n].upper()}' for n in retired]
        for (columns, target, to), _ in self.found.foreign_keys.items():
            if not set(columns) <= set(self.table.c.keys()):
                extra.append(f'FOREIGN KEY({_list(columns)}) REFERENCES "{target}" ({_list(to)})')
        create = _with_columns(create, extra)
        kept = [c.name for c in self.table.columns if c not in missing and c.name in self.found.columns] + retired
        values = ", ".join(self.converted.get(n, f'"{n}"') for n in kept)
        triggers = [f'DROP TRIGGER "{t}"' for t in sorted(self.found.triggers)]
        self.plan.add(
            "rebuild table", *triggers, create,
            f'INSERT INTO "{draft}" ({_list(kept)}) SELECT {values} FROM "{name}"',  # noqa: S608
            f'DROP TABLE "{name}"', f'ALTER TABLE "{draft}" RENAME TO "{name}"',
            level=COPIES, rows=self.rows, table=name, address=self.address, rebuilds=name)
        self.found.indexes.clear()  # dropped with the old table
        self.found.triggers.clear()


def _names(field: Field) -> list[str]:
    return [column.name for column in field.kind.columns(field)]


def create_table(table: sa.Table, dialect: sa.Dialect, keys: bool = True) -> str:
    """CREATE TABLE; without foreign `keys` where they are added afterwards."""
    create = CreateTable(table) if keys else CreateTable(table, include_foreign_key_constraints=[])
    return str(create.compile(dialect=dialect)).strip()


def foreign_key(constraint: sa.ForeignKeyConstraint) -> ForeignKey:
    """(columns, table, its columns), as they are found in a database."""
    targets = [element.target_fullname.rsplit(".", 1) for element in constraint.elements]
    return tuple(constraint.column_keys), targets[0][0], tuple(column for _, column in targets)


def _with_columns(create: str, extra: list[str]) -> str:
    """`create` with more columns before its first constraint, and more keys at its end."""
    body = create.rstrip().removesuffix(")").rstrip()
    columns = [e for e in extra if not e.startswith("FOREIGN KEY(")]
    keys = [e for e in extra if e.startswith("FOREIGN KEY(")]
    if columns:
        head, paren, rest = body.partition("(")
        body = f"{head}{paren}\n\t{', '.join(columns)}, {rest.lstrip()}"
    return ", ".join([body, *keys]) + "\n)"


def _optional(column: sa.Column) -> sa.Column:
    """A copy that an existing table can take: rows that are there have no value for it."""
    copy = sa.Column(column.name, column.type)
    sa.Table(column.table.name, sa.MetaData(), copy)  # compiling a column asks for its table
    return copy


def _quoted(dialect: sa.Dialect, name: str) -> str:
    return dialect.identifier_preparer.quote(name)


def _list(names) -> str:
    return ", ".join(f'"{name}"' for name in names)
