"""What every field type answers. A room overrides what is special about it; the rest of the house asks only here.

A value passes these hands:  form text -> `from_form` -> raw -> `schema` (marshmallow) -> value -> `to_columns` ->
database -> `from_columns` -> value -> `encoder` (JSON), `formatter` (people), `form_text` (back into the input).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression.types import Scope, Type
from engine.fields.operators import Operator
from engine.model.field import Field

Value = Any
Record = Mapping[str, Any]


class Names(Protocol):
    """Titles of dictionary items as the site has them now."""

    def title(self, dictionary: str, code: str, language: str) -> str: ...

    def choices(self, dictionary: str, language: str, on: Any = None) -> list[tuple[str, str]]: ...


class FieldType:
    """One type of field. Stateless: everything about a particular field comes in as `field`."""

    name: str = ""
    options: Mapping[str, Mapping[str, Any]] = {}
    """JSON Schema (2020-12) of each own option, in typed form (`{"type": "integer", "minimum": 1}`).
    `"x-rule": "boolean"` marks rule text, `"x-literal": True` a literal of the field's type or `=rule`."""
    required_options: tuple[str, ...] = ()
    virtual: bool = False
    """True when nothing is stored and nothing is sent: backlinks, rollup, a live lookup."""
    align: str = "start"
    """How cells stand: `end` for numbers."""
    operators: tuple[Operator, ...] = ()
    """Filter operators, the first one is the default of the filter line."""
    searchable: bool = False
    """True for text that quick search may look into and that sorts by a folded key."""
    accepts_unique: bool = True

    # -- description ---------------------------------------------------------------------------------------------

    def inner(self, options: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Raw declarations of the fields of its own table; empty for a value that fits into the owner's row."""
        return {}

    def literal(self, options: Mapping[str, Any], text: str) -> Value:
        """The Python value that a default or bound spells in YAML; ValueError when it spells none."""
        raise ValueError(text)

    def rule_type(self, field: Field, scope_of: Callable[[str], Scope]) -> Type | None:
        """Its type in rules; None when a rule cannot read it."""
        return None

    def targets(self, field: Field) -> tuple[str, ...]:
        """Addresses of the entities it points to; empty for everything but links."""
        return ()

    # -- storage -------------------------------------------------------------------------------------------------

    def columns(self, field: Field) -> list[sa.Column]:
        """Fresh columns that hold it, named after the field. Foreign keys and indexes are storage's business."""
        return []

    def to_columns(self, field: Field, value: Value) -> dict[str, Any]:
        """Column name -> what goes in."""
        return {field.key: value}

    def from_columns(self, field: Field, row: Mapping[str, Any]) -> Value:
        """The value back from a row that holds all its columns."""
        return row[field.key]

    def expression(self, field: Field, table: sa.FromClause) -> sa.ColumnElement:
        """What a rule, a filter or a total reads."""
        return table.c[field.key]

    def order(self, field: Field, table: sa.FromClause) -> sa.ColumnElement:
        """What the field sorts by."""
        return self.expression(field, table)

    def clause(self, field: Field, table: sa.FromClause, operator: str, values: Sequence[Value]) -> sa.ColumnElement:
        """The condition of one filter; `values` are already of the field's type."""
        return self.operator(operator).clause(self.expression(field, table), values)

    def operator(self, name: str) -> Operator:
        """The operator called `name`; KeyError for one that this type does not have."""
        return next(o for o in self.operators if o.name == name) if name in self.operator_names() else _missing(name)

    def operator_names(self) -> tuple[str, ...]:
        return tuple(o.name for o in self.operators)

    # -- many-valued fields --------------------------------------------------------------------------------------

    def to_rows(self, field: Field, value: Value) -> list[dict[str, Any]]:
        """A many-valued field's rows as mappings of its inner fields (`id` where a row has one)."""
        return list(value or ())

    def from_rows(self, field: Field, rows: list[dict[str, Any]]) -> Value:
        return rows

    # -- doors ---------------------------------------------------------------------------------------------------

    def from_form(self, field: Field, texts: Sequence[str], language: str) -> Any:
        """What the inputs of a form hold, as JSON would say it: None for empty, spaces of thousands removed."""
        text = texts[-1].strip() if texts else ""
        return text or None

    def schema(self, field: Field) -> mm.Field:
        """The marshmallow field that reads JSON (and what `from_form` made) into a value. It keeps no request."""
        raise NotImplementedError(self.name)

    def problems(self, field: Field, value: Value, bounds: Mapping[str, Any]) -> Iterable[Problem]:
        """What is wrong with a non-empty value. `bounds`: its options, with rules already turned into values."""
        return ()

    def encoder(self, field: Field) -> Callable[[Value], Any] | None:
        """Value -> JSON; None when the value is JSON already. Called once a Catalog, its result once a row."""
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        """The JSON Schema of `encoder`'s result, for OpenAPI (without null)."""
        return {"type": "string"}

    # -- people --------------------------------------------------------------------------------------------------

    def formatter(self, field: Field, language: str, names: Names) -> Callable[[Record], str]:
        """Record -> the text of a cell. Called once for a list, its result once a row."""
        key = field.key
        return lambda record: "" if record.get(key) is None else str(record[key])

    def form_text(self, field: Field, value: Value, language: str) -> str | list[str]:
        """What stands in the input when the form is opened."""
        return "" if value is None else str(value)

    @property
    def input_template(self) -> str:
        """Template of the input, in the room: it is given one `widget`."""
        return f"fields/{self.name}/input.html"

    def widget_options(self, field: Field, language: str, names: Names) -> dict[str, Any]:
        """What the input template needs besides name, value and errors."""
        return {}

    def sample(self, field: Field) -> Any:
        """A raw (JSON) value that the type accepts under the field's options; None for one that needs records."""
        return None


def _missing(name: str) -> Operator:
    raise KeyError(name)
