"""Records that point to this one: a related list. Nothing is stored and nothing is sent."""

from __future__ import annotations

from engine.expression import types
from engine.fields.base import FieldType


class BacklinksType(FieldType):
    name = "backlinks"
    options = {
        "from": {"type": "string", "x-entity": True},
        "field": {"type": "string"},
    }
    required_options = ("from", "field")
    virtual = True
    accepts_unique = False

    def points_back(self, field):
        return field.options["from"], field.options["field"]

    def rule_type(self, field, scope_of):
        return types.rows(scope_of(field.options["from"]))


FIELD_TYPE = BacklinksType()
