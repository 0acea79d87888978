"""Files: one, several, or a picture. A column `<key>_id` points to the engine's table of files; bytes are elsewhere.

The value is the id of the file (a list of them for `files`). What may be uploaded is said by `upload`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from engine.expression.types import ID, list_of
from engine.fields import operators as op
from engine.fields.base import FieldType, Upload
from engine.fields.column_types import Id
from engine.fields.link import EachOnce, LinkValue, count_problems

_SIZE = re.compile(r"(\d{1,6})\s*(B|KB|MB|GB)", re.ASCII | re.IGNORECASE)
_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30}
DOCUMENTS = (
    "application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain", "text/csv",
    "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/zip",
)
PICTURES = ("image/jpeg", "image/png", "image/webp")
DEFAULT_SIZE = 20 * 2**20


@cache
def size_of(text: str) -> int:
    """Bytes in `5 MB`; ValueError for a text of another form."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2].lower()]


class FileType(FieldType):
    name = "file"
    options: Mapping[str, Mapping[str, Any]] = {
        "accept": {"type": "array", "items": {"type": "string", "pattern": r"^[a-z]+/[-+.a-z0-9*]+$"}, "minItems": 1},
        "max_size": {"type": "string", "pattern": r"^[0-9]{1,6} ?([Kk]|[Mm]|[Gg])?[Bb]$"},
        "preview": {"type": "boolean"},
        "retention": {"type": "string", "pattern": r"^[0-9]{1,3} (days|months|years)$"},
    }
    operators = (op.EMPTY,)
    accepts_unique = False
    single_column = True
    pictures = False

    def upload(self, field):
        accept = tuple(field.options.get("accept") or (PICTURES if self.pictures else DOCUMENTS))
        size = field.options.get("max_size")
        return Upload(accept, size_of(size) if size else DEFAULT_SIZE, field.is_many, self.pictures)

    def rule_type(self, field, scope_of):
        return list_of(ID) if field.is_many else ID

    def columns(self, field):
        return [sa.Column(f"{field.key}_id", Id())]

    def to_columns(self, field, value, row=None):
        return {f"{field.key}_id": value}

    def from_columns(self, field, row):
        return row[f"{field.key}_id"]

    def expression(self, field, table):
        return table.c[f"{field.key}_id"]

    def can_sort(self, field):
        return False

    def schema(self, field):
        return LinkValue(("",))

    def encoder(self, field):
        return str

    def json_schema(self, field):
        return {"type": "string", "format": "uuid"}

    def formatter(self, field, language, names):
        """`@key` holds the name of the file."""
        shown = f"@{field.key}"
        return lambda record: record.get(shown) or ""

    @property
    def input_template(self):
        return "fields/file/input.html"

    def widget_options(self, field, language, names):
        upload = self.upload(field)
        return {
            "accept": ",".join(upload.accept), "max_size": upload.max_size, "multiple": upload.many,
            "image": upload.image,
        }


class ImageType(FileType):
    name = "image"
    pictures = True


class FilesType(FileType):
    name = "files"
    options = {
        **FileType.options,
        "min": {"type": "integer", "minimum": 0, "maximum": 1000},
        "max": {"type": "integer", "minimum": 1, "maximum": 1000},
    }

    def inner(self, options):
        kept = {key: options[key] for key in ("accept", "max_size", "preview", "retention") if key in options}
        title = {"kk": "Файл", "ru": "Файл", "en": "File"}
        return {"file": {"type": "file", "required": "yes", "title": title, **kept}}

    def columns(self, field):
        return []

    def to_rows(self, field, value):
        return [{"file": one} for one in value or ()]

    def from_rows(self, field, rows):
        return [row["file"] for row in rows]

    def clause(self, field, table, operator, values):
        raise KeyError(operator)  # `empty` is asked of the whole table by the query builder

    def from_form(self, field, texts, language):
        return [text for text in (t.strip() for t in texts) if text]

    def schema(self, field):
        return EachOnce(LinkValue(("",)))

    def problems(self, field, value, bounds):
        return count_problems(len(value), bounds)

    def encoder(self, field):
        return lambda value: [str(one) for one in value]

    def json_schema(self, field):
        return {"type": "array", "items": super().json_schema(field), "uniqueItems": True}

    def formatter(self, field, language, names):
        shown = f"@{field.key}"
        return lambda record: ", ".join(text for text in record.get(shown) or () if text)

    def form_text(self, field, value, language):
        return [str(one) for one in value or ()]


FIELD_TYPES = [FileType(), ImageType(), FilesType()]
