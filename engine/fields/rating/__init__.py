"""A mark from 1 to `max`, 5 unless said otherwise."""

from __future__ import annotations

import sqlalchemy as sa

from engine.errors import Problem
from engine.fields.number import IntegerType
from engine.language import N_


class RatingType(IntegerType):
    name = "rating"
    options = {"max": {"type": "integer", "minimum": 2, "maximum": 100}}
    accepts_unique = False

    def most(self, field) -> int:
        return field.options.get("max") or 5

    def columns(self, field):
        return [sa.Column(field.key, sa.SmallInteger())]

    def problems(self, field, value, bounds):
        if not 1 <= value <= self.most(field):
            yield Problem("rating.range", N_("Choose a mark from 1 to %(max)s"), params={"max": self.most(field)})

    def json_schema(self, field):
        return {"type": "integer", "minimum": 1, "maximum": self.most(field)}

    def writer(self, field, language):
        most = self.most(field)
        return lambda mark: f"{mark}\u00a0/\u00a0{most}"

    def cell_choices(self, field, language, names):
        return [str(mark) for mark in range(1, self.most(field) + 1)]

    def bare(self, text, units):
        return text.split("/")[0].strip()

    def form_text(self, field, value, language):
        return "" if value is None else str(value)

    @property
    def input_template(self):
        return "fields/rating/input.html"

    def widget_options(self, field, language, names):
        return {"choices": [str(mark) for mark in range(1, self.most(field) + 1)]}

    def sample(self, field):
        return self.most(field)


FIELD_TYPE = RatingType()
