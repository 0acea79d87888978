"""The address of a page: http or https only, so that a link on a screen can never be a script."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from engine.fields.text import PlainText, TextType
from engine.language import N_


class Url(PlainText):
    default_error_messages = {"invalid": N_("Enter an address that begins with https:// or http://")}

    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise self.make_error("invalid") from None
        # Names before the host (`https://kz@evil`) deceive the reader and are never needed.
        odd = "@" in parts.netloc or re.search(r"[\s\\<>\"]", text)
        if parts.scheme.lower() not in ("http", "https") or not host or odd:
            raise self.make_error("invalid")
        return text


class UrlType(TextType):
    name = "url"
    reads_dashes = False
    options = {}
    accepts_translated = False
    limit = 2000

    def plain(self, field):
        return Url()

    def json_schema(self, field):
        return {"type": "string", "format": "uri", "maxLength": self.limit}

    @property
    def input_template(self):
        return "fields/url/input.html"

    def sample(self, field):
        return "https://mektep.kz/"


FIELD_TYPE = UrlType()
