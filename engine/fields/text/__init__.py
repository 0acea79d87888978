"""A line of text, or several. Empty and NULL are one: '' is never stored (decisions.md, 7).

Translated text owns a column for each language; encrypted text owns a ciphertext and a blind index.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from marshmallow import ValidationError
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression.types import TEXT
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.cipher import Encryptable
from engine.fields.column_types import ByteText
from engine.language import LANGUAGES, N_, sort_key

LIMIT = 255
DOT, HIDDEN, LEAST_MASKED = "•", 6, 10
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class PlainText(mm.String):
    """Text without control characters; blank text becomes None."""

    default_error_messages = {
        "invalid": N_("Enter a text"), "control": N_("Remove the invisible characters from this text"),
    }

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, str):
            raise self.make_error("invalid")
        # Browsers send \r\n from a text area; one form is kept.
        text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        if INVISIBLE.search(text):
            raise self.make_error("control")
        return text or None


class TranslatedText(PlainText):
    """{"kk": ..., "ru": ..., "en": ...}; a language without a text is left out."""

    default_error_messages = {"languages": N_("Send the text by language: kk, ru, en")}

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, Mapping) or not set(value) <= set(LANGUAGES):
            raise self.make_error("languages")
        read, wrong = {}, {}
        for language in LANGUAGES:
            if value.get(language) is None:
                continue
            try:
                text = super()._deserialize(value[language], attr, data, **kwargs)
            except ValidationError as problem:
                wrong[language] = problem.messages
            else:
                if text is not None:
                    read[language] = text
        if wrong:
            raise ValidationError(wrong)
        return read or None


class TextType(Encryptable, FieldType):
    name = "text"
    reads_dashes = True
    options: Mapping[str, Mapping] = {
        "min": {"type": "integer", "minimum": 0, "maximum": 10_000},
        "max": {"type": "integer", "minimum": 1, "maximum": 10_000},
        "pattern": {"type": "string", "format": "regex", "maxLength": 200},
        "mask": {"type": "string", "maxLength": 100},
    }
    operators: tuple[op.Operator, ...] = (op.CONTAINS, op.IS, op.IS_NOT, op.STARTS, op.IN, op.EMPTY)
    searchable = True
    accepts_encrypted = True
    accepts_masked = True
    accepts_translated = True
    single_column = True
    limit = LIMIT
    lines = 1
    """Height of the input."""

    def literal(self, options, text):
        return text

    def rule_type(self, field, scope_of):
        # A translated text is three texts, and a rule knows no reader whose language it could take; the database
        # cannot read an encrypted one.
        return None if field.translated or field.encrypted else TEXT

    # -- storage -------------------------------------------------------------------------------------------------

    def column_type(self, field) -> sa.types.TypeEngine:
        return sa.String(self.length(field))

    def columns(self, field):
        if field.encrypted:
            return self.cipher_columns(field)
        columns = []
        for key in self.keys(field):
            columns.append(sa.Column(key, self.column_type(field)))
            if field.sortable:
                columns.append(sa.Column(f"{key}__key", ByteText()))
        return columns

    def keys(self, field) -> list[str]:
        """The names of its columns, the key columns aside."""
        return [f"{field.key}_{language}" for language in LANGUAGES] if field.translated else [field.key]

    def to_columns(self, field, value, row=None):
        if field.encrypted:
            return self.to_cipher(field, value, row)
        texts = [(value or {}).get(language) for language in LANGUAGES] if field.translated else [value]
        columns = {}
        for key, text in zip(self.keys(field), texts, strict=True):
            columns[key] = text
            if field.sortable:
                columns[f"{key}__key"] = None if text is None else sort_key(text)
        return columns

    def from_columns(self, field, row):
        if field.encrypted:
            return self.from_cipher(field, row)
        if not field.translated:
            return row[field.key]
        return {lang: row[f"{field.key}_{lang}"] for lang in LANGUAGES if row[f"{field.key}_{lang}"]} or None

    def expression(self, field, table):
        if field.encrypted:
            return self.cipher_expression(field, table)
        return _first(table, self.keys(field))

    def can_sort(self, field):
        return field.sortable and super().can_sort(field)

    def order(self, field, table):
        if not field.sortable:
            return self.expression(field, table)
        return _first(table, [f"{key}__key" for key in self.keys(field)])

    def group_parts(self, field):
        return ("",) if field.sortable and not (
            field.translated or field.encrypted or field.masked) else ()

    def group_keys(self, field, table, part=""):
        # What a filter takes for equal stands in one group; it is called by one of its spellings.
        return [table.c[f"{field.key}__key"]]

    def group_columns(self, field, table, part=""):
        return [sa.func.min(table.c[field.key])]

    def group_value(self, field, keys, part=""):
        return keys[0]

    # -- filters -------------------------------------------------------------------------------------------------

    def operators_for(self, field):
        return self.cipher_operators if field.encrypted else self.operators

    def filter_value(self, field, operator, text, language):
        if field.translated and operator.takes == "value":
            return PlainText().deserialize(text)
        return super().filter_value(field, operator, text, language)

    def sought(self, field):
        return replace(field, translated=False, required=False) if field.translated else field

    def rule_shape(self, field, operator, yes=True):
        # Rules compare letter by letter, filters without regard to case.
        return super().rule_shape(field, operator, yes) if operator.takes == "yesno" else ""

    def filter_text(self, field, value):
        return str(value)

    def clause(self, field, table, operator, values):
        if field.encrypted:
            return self.cipher_clause(field, table, operator, values)
        found = self.operator(operator)
        if operator == "empty":
            return found.clause(self.expression(field, table), values)
        each = [self.one_clause(field, table, key, operator, values) for key in self.keys(field)]
        if operator == "not" and field.translated:
            # None of its languages says this; a language without a text is no objection.
            bare = [sa.or_(table.c[key].is_(None), one) for key, one in zip(self.keys(field), each, strict=True)]
            return sa.and_(self.expression(field, table).is_not(None), *bare)
        return each[0] if len(each) == 1 else sa.or_(*each)

    def one_clause(self, field, table, key, operator, values):
        if not field.sortable:
            return self.operator(operator).clause(table.c[key], values)
        column, folded = table.c[f"{key}__key"], [sort_key(value) for value in values]
        if operator == "contains":
            return op.key_contains(column, folded[0])
        if operator == "starts":
            return op.key_starts(column, folded[0])
        return self.operator(operator).clause(column, folded)

    # -- doors ---------------------------------------------------------------------------------------------------

    def from_form(self, field, texts, language):
        if not field.translated:
            return super().from_form(field, texts, language)
        said = {lang: text.strip() for lang, text in zip(LANGUAGES, texts, strict=False) if text.strip()}
        return said or None

    def cell_reader(self, field, language, names):
        if not field.translated:
            return super().cell_reader(field, language, names)

        def read(cell):
            text = self.said_in(cell)
            return {language: text} if text else None  # a column holds one language, that of whoever filled it in

        return read

    def schema(self, field):
        return TranslatedText() if field.translated else self.plain(field)

    def plain(self, field) -> mm.Field:
        """What reads one text."""
        return PlainText()

    def length(self, field) -> int:
        return field.options.get("max") or self.limit

    def problems(self, field, value, bounds):
        for text in value.values() if isinstance(value, dict) else [value]:
            yield from self.text_problems(field, text)

    def text_problems(self, field, text: str):
        longest, least = self.length(field), field.options.get("min") or 0
        if len(text) > longest:
            yield Problem("text.too-long", N_("Shorten the text to %(max)s characters"), params={"max": longest})
        if len(text) < least:
            yield Problem("text.too-short", N_("Enter at least %(min)s characters"), params={"min": least})
        pattern = field.options.get("pattern")
        # A long text is refused by its length alone: a pattern must not be given work without bound.
        if pattern and len(text) <= longest and not re.fullmatch(pattern, text):
            form = field.options.get("mask") or pattern
            yield Problem("text.pattern", N_("Write this in the form %(form)s"), params={"form": form})

    def json_schema(self, field):
        one = {"type": "string", "maxLength": self.length(field)}
        if not field.translated:
            return one
        one["type"] = ["string", "null"]  # a language without a text may be sent as well as left out
        return {"type": "object", "properties": dict.fromkeys(LANGUAGES, one), "additionalProperties": False}

    def mask(self, field, value):
        if isinstance(value, dict):
            return {language: masked(text) for language, text in value.items()}
        return masked(value)

    # -- people --------------------------------------------------------------------------------------------------

    def formatter(self, field, language, names):
        key = field.key
        if not field.translated:
            return lambda record: record.get(key) or ""
        order = list(dict.fromkeys((language, "ru", "kk", "en")))

        def cell(record):
            value = record.get(key)
            if not value:
                return ""
            if isinstance(value, str):  # a filter shows the text that is looked for
                return value
            return next((value[lang] for lang in order if value.get(lang)), "")

        return cell

    def form_text(self, field, value, language):
        if field.translated:
            return [(value or {}).get(lang, "") for lang in LANGUAGES]
        return value or ""

    @property
    def input_template(self):
        return "fields/text/input.html"

    def widget_options(self, field, language, names):
        return {
            "maxlength": self.length(field), "lines": self.lines, "mask": field.options.get("mask"),
            "languages": LANGUAGES if field.translated else (),
        }

    def sample(self, field):
        if field.options.get("pattern"):
            return None
        text = ("Мәтін " * 1700)[: min(self.length(field), max(5, field.options.get("min") or 0))].strip().ljust(
            field.options.get("min") or 0, "ә")
        return {"kk": text, "ru": text} if field.translated else text


def masked(text: str) -> str:
    """The ends of a text, so that people know it again: `0101•••••234`. Short and spaced ones tell nothing at all."""
    if len(text) < LEAST_MASKED or any(letter.isspace() for letter in text):
        return DOT * HIDDEN
    ahead, behind = len(text) // 3, len(text) // 4
    return text[:ahead] + DOT * (len(text) - ahead - behind) + text[-behind:]


def _first(table: sa.FromClause, keys: list[str]) -> sa.ColumnElement:
    """The first filled of some columns: a translated text is compared and sorted by its Kazakh, Russian, English."""
    columns = [table.c[key] for key in keys]
    return columns[0] if len(columns) == 1 else sa.func.coalesce(*columns)


FIELD_TYPE = TextType()
