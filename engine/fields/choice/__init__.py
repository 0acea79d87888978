"""A choice among codes: written with the field, or of a dictionary whose items the site may edit.

Records keep the code. Several choices stand in a table of their own; the value is then a list of codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression.types import TEXT, list_of
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.column_types import Code
from engine.fields.link import AMONG, EachOnce, count_problems
from engine.language import LANGUAGES, N_
from engine.language.folding import folded
from engine.model.text import Text

LENGTH = 64
FEW = 6
"""Choices among which a single letter is enough to tell one; else it takes three."""
_LINES, _COMMAS = re.compile(r"[;\n]"), re.compile(",")
UNKNOWN = N_("Choose one of the offered values")


class CodeValue(mm.Field):
    default_error_messages = {"invalid": UNKNOWN}

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, str) or not value.strip() or len(value) > LENGTH:
            raise self.make_error("invalid")
        return value.strip()


class ChoiceType(FieldType):
    name = "choice"
    options: Mapping[str, Mapping[str, Any]] = {
        "options": {"type": "object", "x-texts": True, "minProperties": 1, "maxProperties": 200},
        "dictionary": {"type": "string", "x-dictionary": True},
        "multiple": {"type": "boolean"},
        "widget": {"type": "string", "enum": ["select", "radio", "checkboxes"]},
        "min": {"type": "integer", "minimum": 0, "maximum": 200},
        "max": {"type": "integer", "minimum": 1, "maximum": 200},
    }
    operators = op.CHOSEN

    def inner(self, options):
        if not options.get("multiple"):
            return {}
        code: dict[str, Any] = {"type": "choice", "required": "yes", "title": {"kk": "Код", "ru": "Код", "en": "Code"}}
        if "dictionary" in options:
            code["dictionary"] = options["dictionary"]
        if "options" in options:
            code["options"] = {key: _raw(text) for key, text in options["options"].items()}
        return {"code": code}

    def literal(self, options, text):
        if "options" in options and text not in options["options"]:
            raise ValueError(text)
        return text

    def dictionary(self, field):
        return field.options.get("dictionary")

    def codes(self, field) -> Mapping[str, Any]:
        """Code -> text, of those written with the field."""
        return field.options.get("options") or {}

    def rule_type(self, field, scope_of):
        return list_of(TEXT) if field.is_many else TEXT

    # -- storage -------------------------------------------------------------------------------------------------

    def columns(self, field):
        return [] if field.is_many else [sa.Column(field.key, Code(LENGTH))]

    def group_parts(self, field):
        return () if field.is_many else ("",)

    def to_rows(self, field, value):
        return [{"code": code} for code in value or ()]

    def from_rows(self, field, rows):
        return [row["code"] for row in rows]

    def clause(self, field, table, operator, values):
        column = table.c["code" if field.is_many else field.key]
        return self.operator(operator).clause(column, values)

    def filter_value(self, field, operator, text, language):
        if operator.takes == "value":
            return CodeValue().deserialize(text)
        return super().filter_value(field, operator, text, language)

    def sought(self, field):
        one = field.fields["code"] if field.is_many else field
        return replace(one, title=field.title, required=False, options={**one.options, "widget": "select"})

    def filter_text(self, field, value):
        return value if isinstance(value, str) else super().filter_text(field, value)

    def rule_shape(self, field, operator, yes=True):
        if field.is_many and operator.takes == "value":
            return AMONG.get(operator.name, "")
        return super().rule_shape(field, operator, yes)

    def sentence(self, field, operator, values, language, names):
        title = self.titles(field, language, names)
        found = self.operator(operator)
        said = [str(value) if found.takes != "value" else title(value) for value in values]
        return found.say(field.title.in_(language), said, language, values)

    # -- doors ---------------------------------------------------------------------------------------------------

    def from_form(self, field, texts, language):
        if not field.is_many:
            return super().from_form(field, texts, language)
        return [text for text in (t.strip() for t in texts) if text]

    def cell_reader(self, field, language, names):
        """Codes by their title in any language, without case, or by the beginning of it that no other title shares
        (`жен.`); several stand apart by `;` or `,`."""
        known = self.known_titles(field, names)
        codes = frozenset(known.values())
        least = 1 if len(codes) <= FEW else 3

        def code(text):
            if text in codes:
                return text
            said = folded(text)
            if said not in known and len(said := said.rstrip(". ")) >= least:
                begun = {c for title, c in known.items() if title.startswith(said)}
                return begun.pop() if len(begun) == 1 else text
            return known.get(said, text)

        def read(cell):
            text = self.said_in(cell)
            if not field.is_many:
                return code(text) if text else None
            if folded(text) in known:
                return [known[folded(text)]]
            parts = (_LINES if _LINES.search(text) else _COMMAS).split(text)  # a comma may belong to a title
            return [code(part.strip()) for part in parts if part.strip()]

        return read

    def cell_choices(self, field, language, names):
        if field.is_many:
            return ()  # several stand in one cell: no list can offer that
        address, title = self.dictionary(field), self.titles(field, language, names)
        known = self.known_titles(field, names)
        codes = [code for code, _ in names.choices(address, language)] if address else list(self.codes(field))
        # A title that two codes share would choose neither.
        return [text if known.get(folded(text)) == code else code for code in codes for text in [title(code)]]

    def known_titles(self, field, names) -> Mapping[str, str]:
        """Folded title or code -> code. A title that two codes share names none of them."""
        found: dict[str, set[str]] = {}
        for language in LANGUAGES:
            address, title = self.dictionary(field), self.titles(field, language, names)
            codes = [c for c, _ in names.choices(address, language)] if address else self.codes(field)
            for one in codes:
                found.setdefault(folded(title(one)), set()).add(one)
        for one in {c for codes in found.values() for c in codes}:
            found[folded(one)] = {one}  # the code itself says it best
        return {text: next(iter(codes)) for text, codes in found.items() if len(codes) == 1}

    def schema(self, field):
        return EachOnce(CodeValue()) if field.is_many else CodeValue()

    def problems(self, field, value, bounds):
        codes = self.codes(field)
        if self.dictionary(field) is None and any(code not in codes for code in (value if field.is_many else [value])):
            yield Problem("choice.unknown", UNKNOWN)
        if field.is_many:
            yield from count_problems(len(value), bounds)

    def json_schema(self, field):
        one: dict[str, Any] = {"type": "string", "maxLength": LENGTH}
        if self.dictionary(field) is None:
            one = {"type": "string", "enum": list(self.codes(field))}
        return {"type": "array", "items": one, "uniqueItems": True} if field.is_many else one

    # -- people --------------------------------------------------------------------------------------------------

    def titles(self, field, language, names):
        """A function code -> its title; a code that is no longer known shows itself."""
        address = self.dictionary(field)
        if address is not None:
            return lambda code: names.title(address, code, language)
        texts = {code: _said(text, language) for code, text in self.codes(field).items()}
        return lambda code: texts.get(code, code)

    def formatter(self, field, language, names):
        key, title = field.key, self.titles(field, language, names)
        if field.is_many:
            return lambda record: ", ".join(title(code) for code in record.get(key) or ())
        known: dict[str, str] = {}

        def cell(record):
            code = record.get(key)
            if code is None:
                return ""
            if code not in known:
                known[code] = title(code)
            return known[code]

        return cell

    def form_text(self, field, value, language):
        return list(value or ()) if field.is_many else value or ""

    @property
    def input_template(self):
        return "fields/choice/input.html"

    def widget_options(self, field, language, names):
        address = self.dictionary(field)
        if address is not None:
            choices = names.choices(address, language)
        else:
            choices = [(code, _said(text, language)) for code, text in self.codes(field).items()]
        usual = "checkboxes" if field.is_many and len(choices) <= 12 else "select"
        kind = field.options.get("widget") or usual
        if kind in ("radio", "checkboxes"):
            kind = "checkboxes" if field.is_many else "radio"
        return {"kind": kind, "multiple": field.is_many, "choices": choices}

    def sample(self, field):
        code = next(iter(self.codes(field)), None)
        return [code] if field.is_many and code else code


def _said(text: Any, language: str) -> str:
    if isinstance(text, Text):
        return text.in_(language)
    return Text(**{"kk": "", "ru": "", **text}).in_(language) if isinstance(text, Mapping) else str(text)


def _raw(text: Any) -> Any:
    """A text as YAML writes it."""
    if isinstance(text, Text):
        return {k: v for k, v in (("kk", text.kk), ("ru", text.ru), ("en", text.en)) if v}
    return text


FIELD_TYPE = ChoiceType()
