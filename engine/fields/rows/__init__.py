"""Rows inside a record: lines of an invoice, courses of a teacher. They stand in a table of their own.

The value is a list of mappings: the inner fields and, for a row that is already stored, its `id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression import types
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.link import count_problems
from engine.fields.schemas import ReadSchema, read
from engine.ids import parse_id
from engine.language import N_, plural

LONGEST = 5_000


class RowId(mm.Field):
    default_error_messages = {"invalid": N_("This is no id of a row")}

    def _deserialize(self, value, attr, data, **kwargs):
        found = parse_id(value)
        if found is None:
            raise self.make_error("invalid")
        return found


class RowSchema(ReadSchema):
    """One row: unknown names are errors."""

    error_messages = {"unknown": N_("There is no such field"), "type": N_("Send an object with the fields of the row")}

    class Meta:
        unknown = ma.RAISE


class RowList(mm.Field):
    """A list of rows, read one by one so that problems keep their line."""

    default_error_messages = {"invalid": N_("Send a list of rows"), "long": N_("There are too many rows")}

    def __init__(self, schema: RowSchema, **kwargs):
        super().__init__(**kwargs)
        self.row = schema

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > LONGEST:
            raise self.make_error("long")
        rows, wrong = [], {}
        for index, one in enumerate(value):
            if not isinstance(one, Mapping):
                wrong[index] = {"_schema": [self.row.error_messages["type"]]}
                rows.append({})
                continue
            values, problems = read(self.row, one)
            rows.append(values)
            if problems:
                wrong[index] = problems
        if wrong:
            raise ma.ValidationError(wrong, valid_data=rows)  # what could be read stays in the form
        return rows


class RowsType(FieldType):
    name = "rows"
    options = {
        "fields": {"type": "object", "x-fields": True},
        "min": {"type": "integer", "minimum": 0, "maximum": LONGEST, "x-literal": True},
        "max": {"type": "integer", "minimum": 1, "maximum": LONGEST, "x-literal": True},
        "totals": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "x-inner": True},
    }
    required_options = ("fields",)
    operators = (op.EMPTY,)
    accepts_unique = False
    by_line = True

    def inner(self, options):
        return options.get("fields") or {}

    def literal(self, options, text):
        return int(text)

    def rule_type(self, field, scope_of):
        return types.rows(scope_of(field.address))

    def clause(self, field, table, operator, values):
        raise KeyError(operator)  # `empty` is asked of the whole table by the query builder

    def from_form(self, field, texts, language):
        """Rows do not come in one input: the web door reads each inner field of each line by its own kind."""
        return None

    def schema(self, field):
        parts: dict[str, mm.Field] = {"id": RowId(allow_none=True)}
        for key, inner in field.fields.items():
            if inner.is_input:
                parts[key] = inner.kind.schema(inner)
                parts[key].allow_none = True
        return RowList(RowSchema.from_dict(parts)())

    def problems(self, field, value, bounds):
        yield from count_problems(len(value), bounds)
        seen: set[Any] = set()
        for index, row in enumerate(value):
            known = row.get("id")
            if known is not None and known in seen:
                yield Problem("rows.same-id", N_("This row is sent twice"), path=f"[{index}]")
            seen.add(known)

    def encoder(self, field):
        encoders = [(key, inner.kind.encoder(inner)) for key, inner in field.fields.items() if not inner.kind.secret]

        def encode(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
            said = []
            for row in rows:
                one: dict[str, Any] = {"id": str(row["id"])} if row.get("id") is not None else {}
                for key, write in encoders:
                    value = row.get(key)
                    one[key] = value if write is None or value is None else write(value)
                said.append(one)
            return said

        return encode

    def json_schema(self, field):
        parts: dict[str, Any] = {"id": {"type": "string", "format": "uuid"}}
        for key, inner in field.fields.items():
            if not inner.kind.secret:
                said = inner.kind.json_schema(inner)
                kind = said.get("type")
                nullable = {**said, "type": [kind, "null"]}
                parts[key] = nullable if isinstance(kind, str) else {"anyOf": [said, {"type": "null"}]}
        return {"type": "array", "items": {"type": "object", "properties": parts, "additionalProperties": False}}

    def formatter(self, field, language, names):
        key, one, many = field.key, N_("%(number)s row"), N_("%(number)s rows")

        def cell(record):
            count = len(record.get(key) or ())
            return plural(one, many, count, language) if count else ""

        return cell

    def form_text(self, field, value, language):
        return []


FIELD_TYPE = RowsType()
