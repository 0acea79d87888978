"""A place on the map: latitude and longitude in degrees, a column each, six places (a tenth of a metre)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa
from marshmallow import ValidationError
from marshmallow import fields as mm

from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.column_types import ScaledDecimal
from engine.fields.number import ExactNumber
from engine.language import N_
from engine.language.formats import read_number

PLACES = 6


class Place(mm.Field):
    default_error_messages = {"invalid": N_("Enter latitude and longitude, for example 43.238949, 76.889709")}

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, Mapping) or set(value) != {"lat", "lon"}:
            raise self.make_error("invalid")
        read = {}
        for key, most in (("lat", 90), ("lon", 180)):
            try:
                degrees = ExactNumber(12).deserialize(value[key])
            except ValidationError:
                raise self.make_error("invalid") from None
            if degrees is None:
                raise self.make_error("invalid")
            # Maps give twelve digits; the seventh is a centimetre.
            read[key] = degrees.quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP)
            if abs(degrees) > most:
                raise self.make_error("invalid")
        return read


class GeoType(FieldType):
    name = "geo"
    operators = (op.EMPTY,)
    accepts_unique = False

    def columns(self, field):
        return [sa.Column(f"{field.key}_{part}", ScaledDecimal(PLACES)) for part in ("lat", "lon")]

    def to_columns(self, field, value, row=None):
        return {f"{field.key}_{part}": (value or {}).get(part) for part in ("lat", "lon")}

    def from_columns(self, field, row):
        lat, lon = row[f"{field.key}_lat"], row[f"{field.key}_lon"]
        return None if lat is None or lon is None else {"lat": lat, "lon": lon}

    def expression(self, field, table):
        return table.c[f"{field.key}_lat"]

    def can_sort(self, field):
        return False

    def from_form(self, field, texts, language):
        text = super().from_form(field, texts, language)
        if text is None:
            return None
        # `43,2389; 76,8897` as well: with a semicolon or a space between, a comma may be the decimal sign.
        split = text.split(";") if ";" in text else text.split(", ") if ", " in text else text.replace(",", " ").split()
        if len(split) != 2:
            return text
        numbers = [read_number(part) for part in split]
        return text if None in numbers else {"lat": str(numbers[0]), "lon": str(numbers[1])}

    def schema(self, field):
        return Place()

    def encoder(self, field):
        return lambda value: {"lat": float(value["lat"]), "lon": float(value["lon"])}

    def json_schema(self, field):
        degrees = [("lat", 90), ("lon", 180)]
        parts = {key: {"type": "number", "minimum": -most, "maximum": most} for key, most in degrees}
        return {"type": "object", "required": ["lat", "lon"], "properties": parts, "additionalProperties": False}

    def formatter(self, field, language, names):
        key = field.key

        def cell(record):
            value = record.get(key)
            return f"{value['lat']:f}, {value['lon']:f}" if value else ""

        return cell

    def form_text(self, field, value, language):
        return f"{value['lat']:f}, {value['lon']:f}" if value else ""

    @property
    def input_template(self):
        return "fields/text/input.html"

    def widget_options(self, field, language, names):
        return {"maxlength": 60, "lines": 1, "mask": "43.238949, 76.889709", "languages": ()}

    def sample(self, field):
        return {"lat": 43.238949, "lon": 76.889709}


FIELD_TYPE = GeoType()
