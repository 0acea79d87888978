"""A role of the Catalog, kept as its key."""

from __future__ import annotations

from engine.fields.base import ROLES
from engine.fields.choice import ChoiceType


class RoleType(ChoiceType):
    name = "role"
    options = {}

    def inner(self, options):
        return {}

    def literal(self, options, text):
        return text

    def dictionary(self, field):
        return ROLES


FIELD_TYPE = RoleType()
