"""A postal address, as it is written on an envelope."""

from __future__ import annotations

from engine.fields.text import TextType


class AddressType(TextType):
    name = "address"
    options = {"max": {"type": "integer", "minimum": 1, "maximum": 1000}}
    accepts_unique = False
    limit = 500
    lines = 2

    def sample(self, field):
        return "Алматы, Абай даңғылы, 10"[: self.length(field)] if not field.translated else super().sample(field)


FIELD_TYPE = AddressType()
