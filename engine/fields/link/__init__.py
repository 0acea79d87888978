"""Links to records: to one entity, to one of several, to many records at once.

A link is a column `<key>_id`. A link that may point to several entities has a nullable column for each of them,
so that every one is a real foreign key; its value is a pair (address, id).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from marshmallow import ValidationError
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression import types
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.column_types import Id
from engine.fields.naming import fitted
from engine.ids import parse_id
from engine.language import N_

UNREADABLE = N_("Choose a record from the list")
AMONG = {"is": "value in field", "not": "value not in field"}
"""The shapes of filters of a field that holds several values."""
_ADDRESSES = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "x-entity": True}


class LinkValue(mm.Field):
    """The id of a record, or for several entities (address, id) from `address:id` or {"entity", "id"}."""

    default_error_messages = {"invalid": UNREADABLE}

    def __init__(self, targets: tuple[str, ...], **kwargs):
        super().__init__(**kwargs)
        self.targets = targets

    def _deserialize(self, value, attr, data, **kwargs):
        entity, found = None, value
        if isinstance(value, str):
            if ":" in value:
                entity, _, found = value.partition(":")
        elif isinstance(value, Mapping):
            if set(value) != {"entity", "id"}:
                raise self.make_error("invalid")
            entity, found = value["entity"], value["id"]
        elif isinstance(value, tuple) and len(value) == 2:
            entity, found = value
        found = parse_id(found)
        if found is None or (entity is not None and entity not in self.targets):
            raise self.make_error("invalid")
        if len(self.targets) == 1:
            return found
        if entity is None:
            raise self.make_error("invalid")
        return entity, found


class LinkType(FieldType):
    name = "link"
    options: Mapping[str, Mapping[str, Any]] = {
        "to": _ADDRESSES,
        "where": {"type": "string", "x-rule": "boolean"},
        "show": {"type": "string", "maxLength": 200},
        "quick": {"type": ["boolean", "array"], "items": {"type": "string"}, "minItems": 1, "uniqueItems": True,
                  "x-behind": True},
    }
    required_options: tuple[str, ...] = ("to",)
    operators = op.CHOSEN
    single_column = True
    fixed: str | None = None
    """The one entity that a link of this kind always points to."""

    def targets(self, field):
        to = self.fixed or field.options["to"]
        return (to,) if isinstance(to, str) else tuple(to)

    def rule_type(self, field, scope_of):
        targets = self.targets(field)
        return types.link(scope_of(targets[0]) if len(targets) == 1 else None)

    # -- storage -------------------------------------------------------------------------------------------------

    def column_of(self, field, target: str) -> str:
        """The name of the column that points to `target`."""
        if len(self.targets(field)) == 1:
            return f"{field.key}_id"
        return fitted(f"{field.key}_{target.replace('.', '_')}_id")

    def columns(self, field):
        return [sa.Column(self.column_of(field, target), Id()) for target in self.targets(field)]

    def to_columns(self, field, value, row=None):
        targets = field.targets
        if len(targets) == 1:
            return {f"{field.key}_id": value}
        columns: dict[str, Any] = {self.column_of(field, target): None for target in targets}
        if value is not None:
            columns[self.column_of(field, value[0])] = value[1]
        return columns

    def from_columns(self, field, row):
        targets = self.targets(field)
        if len(targets) == 1:
            return row[f"{field.key}_id"]
        for target in targets:
            found = row[self.column_of(field, target)]
            if found is not None:
                return target, found
        return None

    def expression(self, field, table):
        columns = [table.c[self.column_of(field, target)] for target in self.targets(field)]
        return columns[0] if len(columns) == 1 else sa.func.coalesce(*columns, type_=Id())

    def group_parts(self, field):
        return ("",) if len(self.targets(field)) == 1 else ()

    def clause(self, field, table, operator, values):
        if operator == "empty" or len(self.targets(field)) == 1:
            return super().clause(field, table, operator, values)
        wanted = [table.c[self.column_of(field, target)] == found for target, found in values]
        if operator == "not":
            # Filled, and not with this record: a comparison with an empty value is never true.
            one = table.c[self.column_of(field, values[0][0])]
            return sa.and_(self.expression(field, table).is_not(None), sa.or_(one.is_(None), one != values[0][1]))
        self.operator(operator)
        return sa.or_(*wanted)

    def filter_text(self, field, value):
        return _shown(value)

    def rule_shape(self, field, operator, yes=True):
        if len(self.targets(field)) > 1 and operator.takes == "value":
            return ""  # an id alone does not say of which entity
        return super().rule_shape(field, operator, yes)

    # -- doors ---------------------------------------------------------------------------------------------------

    def schema(self, field):
        return LinkValue(self.targets(field))

    def encoder(self, field):
        if len(self.targets(field)) == 1:
            return str
        return lambda value: {"entity": value[0], "id": str(value[1])}

    def json_schema(self, field):
        one = {"type": "string", "format": "uuid"}
        targets = self.targets(field)
        if len(targets) == 1:
            return one
        return {
            "type": "object", "required": ["entity", "id"], "additionalProperties": False,
            "properties": {"entity": {"type": "string", "enum": list(targets)}, "id": one},
        }

    # -- people --------------------------------------------------------------------------------------------------

    def formatter(self, field, language, names):
        shown = f"@{field.key}"
        return lambda record: record.get(shown) or ""

    def form_text(self, field, value, language):
        if value is None:
            return ""
        return f"{value[0]}:{value[1]}" if isinstance(value, tuple) else str(value)

    @property
    def input_template(self):
        return "fields/link/input.html"

    def widget_options(self, field, language, names):
        return {
            "several": len(self.targets(field)) > 1, "targets": self.targets(field),
            "multiple": False,
        }


class LinksType(FieldType):
    """Links to many records, in a table of their own. The value is a list of what a link holds, each once."""

    name = "links"
    options = {
        "to": _ADDRESSES,
        "where": {"type": "string", "x-rule": "boolean"},
        "show": {"type": "string", "maxLength": 200},
        "min": {"type": "integer", "minimum": 0, "maximum": 10_000, "x-literal": True},
        "max": {"type": "integer", "minimum": 1, "maximum": 10_000, "x-literal": True},
    }
    required_options = ("to",)
    operators = op.CHOSEN
    accepts_unique = False

    def inner(self, options):
        target = {
            "type": "link", "to": options["to"], "required": "yes",
            "title": {"kk": "Жазба", "ru": "Запись", "en": "Record"},
        }
        return {"target": {**target, **{k: options[k] for k in ("where", "show") if k in options}}}

    def literal(self, options, text):
        return int(text)

    def targets(self, field):
        to = field.options["to"]
        return (to,) if isinstance(to, str) else tuple(to)

    def rule_type(self, field, scope_of):
        return types.list_of(types.ID)

    def to_rows(self, field, value):
        return [{"target": one} for one in value or ()]

    def from_rows(self, field, rows):
        return [row["target"] for row in rows]

    def clause(self, field, table, operator, values):
        inner = field.fields["target"]
        return inner.kind.clause(inner, table, operator, values)

    def filter_value(self, field, operator, text, language):
        inner = field.fields["target"]
        return inner.kind.filter_value(inner, operator, text, language)

    def sought(self, field):
        return replace(field.fields["target"], title=field.title, required=False)

    def filter_text(self, field, value):
        return _shown(value)

    def rule_shape(self, field, operator, yes=True):
        if operator.takes == "value":
            return AMONG.get(operator.name, "") if len(self.targets(field)) == 1 else ""
        return super().rule_shape(field, operator, yes)

    def sentence(self, field, operator, values, language, names):
        said = ["" if self.operator(operator).takes == "yesno" else _shown(value) for value in values]
        return self.operator(operator).say(field.title.in_(language), said, language, values)

    def from_form(self, field, texts, language):
        return [text for text in (t.strip() for t in texts) if text]

    def schema(self, field):
        return EachOnce(LinkValue(self.targets(field)))

    def problems(self, field, value, bounds):
        return count_problems(len(value), bounds)

    def encoder(self, field):
        inner = field.fields["target"]
        encode = inner.kind.encoder(inner)
        return lambda value: [encode(one) for one in value]

    def json_schema(self, field):
        inner = field.fields["target"]
        return {"type": "array", "items": inner.kind.json_schema(inner), "uniqueItems": True}

    def formatter(self, field, language, names):
        """`@key` holds the texts of the linked records, in their order."""
        shown = f"@{field.key}"
        return lambda record: ", ".join(text for text in record.get(shown) or () if text)

    def form_text(self, field, value, language):
        return [_shown(one) for one in value or ()]

    @property
    def input_template(self):
        return "fields/link/input.html"

    def widget_options(self, field, language, names):
        targets = self.targets(field)
        return {"several": len(targets) > 1, "targets": targets, "multiple": True}


class EachOnce(mm.List):
    """A list in which a value stands once."""

    default_error_messages = {"invalid": N_("Send a list of values"), "long": N_("This list is too long")}
    longest = 10_000

    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
            raise self.make_error("invalid")
        if len(value) > self.longest:
            raise self.make_error("long")
        if any(one is None for one in value):
            raise ValidationError(UNREADABLE)
        return list(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


def count_problems(count: int, bounds: Mapping[str, Any]):
    """Too few or too many rows, links, files."""
    least, most = bounds.get("min"), bounds.get("max")
    if least is not None and count < least:
        yield Problem("list.too-few", N_("Enter at least %(min)s"), params={"min": least})
    if most is not None and count > most:
        yield Problem("list.too-many", N_("Leave at most %(max)s"), params={"max": most})


def _shown(value: UUID | tuple[str, UUID]) -> str:
    return f"{value[0]}:{value[1]}" if isinstance(value, tuple) else str(value)


class SystemLink(LinkType):
    """A link to an entity of the `system` module that the engine relies on."""

    options = {k: v for k, v in LinkType.options.items() if k != "to"}
    required_options = ()

    def __init__(self, name: str, fixed: str):
        self.name, self.fixed = name, fixed


FIELD_TYPES = [
    LinkType(), LinksType(), SystemLink("user", "system.user"), SystemLink("unit", "system.unit"),
    SystemLink("position", "system.position"),
]
