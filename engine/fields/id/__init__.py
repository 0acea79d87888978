"""The id of a record: made by the engine, a UUIDv7. Not to be used in YAML."""

from __future__ import annotations

import sqlalchemy as sa

from engine.expression.types import ID
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.column_types import Id
from engine.fields.link import LinkValue


class IdType(FieldType):
    name = "id"
    internal = True
    operators = (op.IS, op.IN)

    def rule_type(self, field, scope_of):
        return ID

    def columns(self, field):
        return [sa.Column(field.key, Id(), primary_key=True)]

    def schema(self, field):
        return LinkValue(("",))

    def encoder(self, field):
        return str

    def json_schema(self, field):
        return {"type": "string", "format": "uuid"}

    def sample(self, field):
        return "01931f5e-7c00-7000-8000-000000000001"


FIELD_TYPE = IdType()
