"""An e-mail address. The part after @ is kept in small letters, because it does not depend on case."""

from __future__ import annotations

import re

from marshmallow import ValidationError, validate

from engine.fields.text import PlainText, TextType
from engine.language import N_

_CHECK = validate.Email()


class Email(PlainText):
    default_error_messages = {"invalid": N_("Enter an e-mail address, for example name@mail.kz")}

    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None:
            return None
        name, _, domain = text.rpartition("@")
        address = f"{name}@{domain.lower()}"
        try:
            _CHECK(address)
        except ValidationError:
            raise self.make_error("invalid") from None
        if len(address) > 254 or not re.fullmatch(r"[\x21-\x7e]+", address):
            raise self.make_error("invalid")
        return address


class EmailType(TextType):
    name = "email"
    reads_dashes = False
    options = {}
    accepts_translated = False
    limit = 254

    def plain(self, field):
        return Email()

    def json_schema(self, field):
        return {"type": "string", "format": "email", "maxLength": 254}

    @property
    def input_template(self):
        return "fields/email/input.html"

    def sample(self, field):
        return "aigerim@mektep.kz"


FIELD_TYPE = EmailType()
