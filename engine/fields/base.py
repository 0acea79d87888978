"""What every field type answers. A room overrides what is special about it; the rest of the house asks only here.

A value passes these hands:  form text -> `from_form` -> raw -> `schema` (marshmallow) -> value -> `to_columns` ->
database -> `from_columns` -> value -> `encoder` (JSON), `formatter` (people), `form_text` (back into the input).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from marshmallow import ValidationError
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression.types import Scope, Type
from engine.fields import operators as op
from engine.fields.cells import Cell
from engine.fields.operators import Operator
from engine.language.folding import storable
from engine.language.formats import number_formatter, yes_no_of
from engine.language.sheets import DASHES, cell_text
from engine.model.field import Field

Value = Any
Record = Mapping[str, Any]


class Names(Protocol):
    """Titles of dictionary items as the site has them now. The dictionary `ROLES` holds the roles of the Catalog."""

    def title(self, dictionary: str, code: str, language: str) -> str: ...

    def choices(self, dictionary: str, language: str, on: Any = None) -> list[tuple[str, str]]: ...


ROLES = "@roles"
"""The dictionary of role keys: made from the Catalog, in no file and in no table."""


@dataclass(frozen=True)
class Upload:
    """What may be uploaded into a field."""

    accept: tuple[str, ...]
    """Media types (`application/pdf`, `image/*`)."""
    max_size: int
    """Bytes of one file."""
    many: bool = False
    image: bool = False
    """Only pictures, shown as pictures."""


class FieldType:
    """One type of field. Stateless: everything about a particular field comes in as `field`."""

    name: str = ""
    options: Mapping[str, Mapping[str, Any]] = {}
    """JSON Schema (2020-12) of each own option, in typed form (`{"type": "integer", "minimum": 1}`).

    Marks for the loader: `"x-rule": "boolean"` rule text of that type; `"x-literal": True` a literal of the field's
    type or `=rule`; `"x-entity": True` addresses of entities; `"x-dictionary": True` the address of a dictionary;
    `"x-field": True` the key of a field beside this one;
    `"x-behind": True` keys of fields of the linked entity; `"x-text": True` a text in the languages (model.Text);
    `"x-texts": True` code -> text; `"x-fields": True` declarations of fields."""
    required_options: tuple[str, ...] = ()
    virtual: bool = False
    """True when nothing is stored and nothing is sent: backlinks, rollup, a live lookup."""
    internal: bool = False
    """True for a type that only the engine uses and YAML may not name."""
    compiled_away: bool = False
    """True for a mere way of writing (lookup, rollup) that loading turns into a computed field."""
    single_column: bool = False
    """True when a field of this type that has one column has its value there as it is, though `from_columns` says
    more for fields of several columns: lists then skip a call a cell."""
    secret: bool = False
    """True when the value is written and never read back: left out of lists, history, exports and answers."""
    by_line: bool = False
    """True for rows that people fill in line by line, each inner field with an input of its own."""
    reads_dashes: bool = False
    """True when a dash in a cell of a sheet says something: a text, a tick. For all others it is an empty cell."""
    align: str = "start"
    """How cells stand: `end` for numbers."""
    operators: tuple[Operator, ...] = ()
    """Filter operators, the first one is the default of the filter line."""
    searchable: bool = False
    """True for text that quick search may look into and that sorts by a folded key."""
    accepts_unique: bool = True
    accepts_encrypted: bool = False
    accepts_translated: bool = False
    accepts_masked: bool = False

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

    def points_back(self, field: Field) -> tuple[str, str] | None:
        """(entity, field) of the records whose link leads to this one; None for everything but related lists."""
        return None

    def dictionary(self, field: Field) -> str | None:
        """The dictionary whose codes it holds: the services check a code against `Names.choices`."""
        return None

    def upload(self, field: Field) -> Upload | None:
        """What may be uploaded into it; None for everything that is no file."""
        return None

    # -- stretches of days ---------------------------------------------------------------------------------------

    def stretch_unit(self, field: Field) -> str | None:
        """What its values are stretches of (`month`), '' when they differ; None for a type without first and last
        days."""
        return None

    def stretch(self, field: Field, value: Value) -> tuple[date, date]:
        """The first and the last day of a value. Only for fields with a `stretch_unit`."""
        raise NotImplementedError(self.name)

    def stretch_of(self, field: Field, day: date, steps: int = 0) -> Value:
        """The value that holds a day, or the one so many steps after it."""
        raise NotImplementedError(self.name)

    def fitted(self, field: Field, value: Value) -> Value:
        """A computed value as the field keeps it: a number rounded half up to its places."""
        return value

    # -- storage -------------------------------------------------------------------------------------------------

    def columns(self, field: Field) -> list[sa.Column]:
        """Fresh columns that hold it, named after the field. Foreign keys and indexes are storage's business."""
        return []

    def to_columns(self, field: Field, value: Value, row: UUID | None = None) -> dict[str, Any]:
        """Column name -> what goes in. `row` is the id of the row; an encrypted field is bound to it."""
        return {field.key: value}

    def from_columns(self, field: Field, row: Mapping[str, Any]) -> Value:
        """The value back from a row that holds all its columns (and `id`, which an encrypted field needs)."""
        return row[field.key]

    def expression(self, field: Field, table: sa.FromClause) -> sa.ColumnElement:
        """What a rule, a filter or a total reads."""
        return table.c[field.key]

    def can_sort(self, field: Field) -> bool:
        """False when sorting by it has no meaning or is not possible (encrypted, many-valued, secret)."""
        return not (self.virtual or self.secret or field.encrypted or field.is_many)

    def order(self, field: Field, table: sa.FromClause) -> sa.ColumnElement:
        """What the field sorts by."""
        return self.expression(field, table)

    # -- lists ---------------------------------------------------------------------------------------------------

    def totals(self, field: Field) -> tuple[str, ...]:
        """What stands in the foot of its column, of `model.layout.TOTALS`; the usual one first."""
        return ("count",) if self.group_parts(field) else ()

    def average(self, field: Field, total: Value, count: int) -> Value:
        """What `avg` shows; `count` is not 0."""
        return self.fitted(field, total / count)

    def total_text(self, field: Field, kind: str, value: Value, language: str, names: Names) -> str:
        """A total as the foot says it."""
        if kind == "count":
            return number_formatter(language)(value)
        return self.formatter(field, language, names)({field.key: value})

    def group_parts(self, field: Field) -> tuple[str, ...]:
        """How records may be put into groups by it: `""` by its value, `month` by a part of the calendar."""
        return ()

    def group_keys(self, field: Field, table: sa.FromClause, part: str = "") -> list[sa.ColumnElement]:
        """The columns whose equal values make a group."""
        return [table.c[column.name] for column in self.columns(field)]

    def group_columns(self, field: Field, table: sa.FromClause, part: str = "") -> list[sa.ColumnElement] | None:
        """What is selected of a group, for `group_value`; None for the keys themselves."""
        return None

    def group_value(self, field: Field, keys: Sequence[Any], part: str = "") -> Value:
        """The value that a group's keys stand for: what `group_text` says and `group_filter` asks for."""
        names = [column.name for column in self.columns(field)]
        return self.from_columns(field, dict(zip(names, keys, strict=True)))

    def group_filter(self, field: Field, value: Value, part: str = "") -> tuple[str, list[Value]]:
        """The filter (operator, values) that leaves the records of one group; `value` is not None."""
        return "is", [value]

    def group_text(self, field: Field, value: Value, part: str, language: str, names: Names) -> str:
        """The head of a group; links are named by the services."""
        return self.formatter(field, language, names)({field.key: value})

    # -- filters -------------------------------------------------------------------------------------------------

    def operators_for(self, field: Field) -> tuple[Operator, ...]:
        """The operators of this very field: an encrypted one has fewer."""
        return self.operators

    def operator_for(self, field: Field, name: str) -> Operator:
        """The operator called `name`; KeyError for one that this field does not have."""
        for operator in self.operators_for(field):
            if operator.name == name:
                return operator
        raise KeyError(name)

    def operator(self, name: str) -> Operator:
        """The operator called `name`; KeyError for one that this type does not have."""
        for operator in self.operators:
            if operator.name == name:
                return operator
        raise KeyError(name)

    def operator_names(self) -> tuple[str, ...]:
        return tuple(o.name for o in self.operators)

    def filter_values(self, field: Field, operator: str, texts: Sequence[Any], language: str) -> list[Value]:
        """What stands in a filter (of a URL or a form) as values for `clause`.

        KeyError for an operator that the field does not have, marshmallow's ValidationError for unreadable values.
        """
        found = self.operator_for(field, operator)
        if any(isinstance(text, str) and not storable(text) for text in texts):
            raise ValidationError(op.WRONG_COUNT)
        values = [self.filter_value(field, found, text, language) for text in texts]
        if any(v is None for v in values) or (len(values) != found.values if found.values else not values):
            raise ValidationError(op.WRONG_COUNT)
        return values

    def filter_value(self, field: Field, operator: Operator, text: Any, language: str) -> Value:
        if operator.takes == "yesno":
            return yes_no_of(text) if isinstance(text, str) else text
        if operator.takes == "text":
            return str(text)
        raw = self.from_form(field, [text], language) if isinstance(text, str) else text
        return None if raw is None else self.schema(field).deserialize(raw)

    def sought(self, field: Field) -> Field:
        """The field whose input takes the value of a filter: one code of several, one language of a translated text."""
        return field

    def filter_text(self, field: Field, value: Value) -> str:
        """A filter's value as URLs and rules hold it; `filter_values` reads it back in whatever language."""
        encode = self.encoder(field)
        said = value if encode is None else encode(value)
        return ("yes" if said else "no") if isinstance(said, bool) else str(said)

    def rule_shape(self, field: Field, operator: Operator, yes: bool = True) -> str:
        """How a filter is written in the rule language (`Operator.rule`); empty: by `matches(field, "operator", …)`.

        A shape is given only where the rule finds exactly the records that the filter finds.
        """
        if self.rule_type(field, lambda address: None) is None:  # type: ignore[arg-type, return-value]
            return ""
        return operator.rule if yes or operator.takes != "yesno" else operator.rule_otherwise

    def clause(self, field: Field, table: sa.FromClause, operator: str, values: Sequence[Value]) -> sa.ColumnElement:
        """The condition of one filter; `values` are already of the field's type (see `filter_values`).

        For a many-valued field `table` is the table of its rows, and the condition is of one row: the query builder
        wraps it into EXISTS (`not` is NOT EXISTS of `is`, `empty` asks whether there is any row).
        """
        return self.operator(operator).clause(self.expression(field, table), values)

    def sentence(self, field: Field, operator: str, values: Sequence[Value], language: str, names: Names) -> str:
        """A filter said to a person: `Due date: before 03.02.2026`."""
        found = self.operator_for(field, operator)
        shown = self.formatter(field, language, names)
        said = [str(v) if found.takes != "value" else shown({field.key: v}) for v in values]
        return found.say(field.title.in_(language), said, language, values)

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

    def cell_reader(self, field: Field, language: str, names: Names) -> Callable[[Any], Any]:
        """A function that reads cells of a sheet: a text, or the number, day or answer that a workbook holds.

        It gives what `from_form` gives; a text that it cannot read goes on as it is, for `schema` to refuse. Called
        once a column, its result once a cell. Links are read in bulk by `services.cells`, not here.
        """
        return lambda cell: self.from_form(field, [self.said_in(cell)], language)

    def said_in(self, cell: Any) -> str:
        """The text of a cell, empty where people left it so."""
        text = cell_text(cell)
        return "" if text in DASHES and not self.reads_dashes else text

    def cell_choices(self, field: Field, language: str, names: Names) -> Sequence[str]:
        """What a cell may say where it is one of a few, for lists in workbooks and on pages; `cell_reader` reads it."""
        return ()

    def schema(self, field: Field) -> mm.Field:
        """The marshmallow field that reads JSON (and what `from_form` made) into a value. It keeps no request."""
        raise NotImplementedError(self.name)

    def problems(self, field: Field, value: Value, bounds: Mapping[str, Any]) -> Iterable[Problem]:
        """What is wrong with a non-empty value. `bounds`: its options, with rules already turned into values."""
        return ()

    def judges(self, field: Field) -> bool:
        """May `problems` find anything in values of this field? Asked once a Catalog: what cannot is not called."""
        return type(self).problems is not FieldType.problems

    def encoder(self, field: Field) -> Callable[[Value], Any] | None:
        """Value -> JSON; None when the value is JSON already. Called once a Catalog, its result once a row.

        It is never asked to encode None.
        """
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        """The JSON Schema of `encoder`'s result, for OpenAPI (without null)."""
        return {"type": "string"}

    def mask(self, field: Field, value: Value) -> Value:
        """What lists show of a value of a masked field. Only for types that accept `masked`."""
        raise NotImplementedError(self.name)

    # -- people --------------------------------------------------------------------------------------------------

    def formatter(self, field: Field, language: str, names: Names) -> Callable[[Record], str]:
        """Record -> the text of a cell. Called once for a list, its result once a row."""
        key = field.key

        def cell(record: Record) -> str:
            value = record.get(key)
            return "" if value is None else str(value)

        return cell

    def cell(self, field: Field, language: str, names: Names) -> Cell:
        """How it is exported: typed where a workbook has such a type, else the text of a cell on screen."""
        return Cell(self.formatter(field, language, names), width=30 if self.searchable else 18)

    def form_text(self, field: Field, value: Value, language: str) -> str | list[str]:
        """What stands in the input when the form is opened; a list for a type with several inputs of one name."""
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
