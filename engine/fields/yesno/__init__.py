"""Yes, no, or not answered."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from marshmallow import fields as mm

from engine.expression.types import BOOLEAN
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.language import N_, translate
from engine.language.formats import NO, YES, yes_no_of

_TICKS = {"+": True, "✓": True, "✔": True, "v": True, "x": True, "х": True, "☑": True, "-": False, "–": False,
          "—": False, "✗": False, "☐": False}
"""How lists on paper and in sheets are ticked."""


class YesNo(mm.Field):
    default_error_messages = {"invalid": N_("Answer yes or no")}

    def _deserialize(self, value, attr, data, **kwargs):
        answer = yes_no_of(value) if isinstance(value, str) else value
        if not isinstance(answer, bool):
            raise self.make_error("invalid")
        return answer


class YesNoType(FieldType):
    name = "yesno"
    reads_dashes = True
    options = {"widget": {"type": "string", "enum": ["select", "checkbox"]}}
    operators = (op.IS, op.IS_NOT, op.EMPTY)
    accepts_unique = False

    def literal(self, options, text):
        if text not in ("yes", "no", "true", "false"):
            raise ValueError(text)
        return text in ("yes", "true")

    def rule_type(self, field, scope_of):
        return BOOLEAN

    def columns(self, field):
        return [sa.Column(field.key, sa.Boolean())]

    def sought(self, field):
        return replace(field, options={})  # a filter asks for yes or no, never by a box that cannot stay unanswered

    def group_parts(self, field):
        return ("",)

    def from_form(self, field, texts, language):
        text = super().from_form(field, texts, language)
        answer = yes_no_of(text) if text else None
        return text if answer is None else answer

    def cell_reader(self, field, language, names):
        def read(cell):
            text = self.said_in(cell)
            return _TICKS.get(text.casefold()) if text.casefold() in _TICKS else self.from_form(field, [text], language)

        return read

    def cell_choices(self, field, language, names):
        return translate(YES, language), translate(NO, language)

    def schema(self, field):
        return YesNo()

    def json_schema(self, field):
        return {"type": "boolean"}

    def formatter(self, field, language, names):
        key, yes, no = field.key, translate(YES, language), translate(NO, language)

        def cell(record):
            value = record.get(key)
            return "" if value is None else yes if value else no

        return cell

    def form_text(self, field, value, language):
        return "" if value is None else "yes" if value else "no"

    def widget_options(self, field, language, names):
        return {
            "checkbox": field.options.get("widget") == "checkbox",
            "choices": [("yes", translate(YES, language)), ("no", translate(NO, language))],
        }

    def sample(self, field):
        return True


FIELD_TYPE = YesNoType()
