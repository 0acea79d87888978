"""One contract for every field type, built in or of a plug-in. Walks the registry: a new room is tested at once."""

from __future__ import annotations

import operator as py
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import jsonschema
import orjson
import pytest
import sqlalchemy as sa
from markupsafe import Markup
from marshmallow import ValidationError

import engine
from engine import hooks
from engine.fields.base import FieldType
from engine.fields.column_types import Id
from engine.ids import new_id
from engine.language import LANGUAGES, sort_key
from engine.language.messages import catalogue
from tests.fields.cases import CASES, TITLE, Case, KnownNames, field_of

TYPES = hooks.registry().field_types
ALL = [TYPES[name] for name in TYPES]
STORED = [kind for kind in ALL if not kind.virtual]
NAMES = KnownNames()
TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(engine.__file__).parent), autoescape=True)


def by_name(kinds: list[FieldType]) -> Any:
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.name)


def needs_no_record(kind: FieldType) -> bool:
    field = field_of(kind)
    return not (kind.virtual or kind.targets(field) or kind.upload(field) or field.is_many or kind.dictionary(field))


def require_sample(kind: FieldType) -> None:
    """Fail, saying what to write, when a room has no sample."""
    if needs_no_record(kind) and kind.sample(field_of(kind)) is None:
        pytest.fail(
            f"The field type `{kind.name}` has no sample: in its room write `def sample(self, field)` that returns a "
            "JSON value which its schema accepts under the options of the field.")


def raw_values(kind: FieldType) -> list[Any]:
    sample = kind.sample(field_of(kind))
    return [*([] if sample is None else [sample]), *CASES.get(kind.name, Case()).values]


def values_of(kind: FieldType, field=None) -> list[Any]:
    field = field or field_of(kind)
    return [kind.schema(field).deserialize(raw) for raw in raw_values(kind)]


# -- values ----------------------------------------------------------------------------------------------------------


@by_name(ALL)
def test_has_a_name_options_and_a_sample(kind):
    assert kind.name == kind.name.lower() and kind.name.isidentifier()
    require_sample(kind)
    for schema in kind.options.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert set(kind.required_options) <= set(kind.options)


def test_a_room_without_a_sample_is_told_what_to_write():
    class Bare(FieldType):
        name = "bare"

    with pytest.raises(pytest.fail.Exception, match="def sample"):
        require_sample(Bare())


@by_name(STORED)
def test_sample_is_accepted_and_without_problems(kind):
    field = field_of(kind)
    for value in values_of(kind, field):
        assert value is not None
        assert list(kind.problems(field, value, field.options)) == []


@by_name(STORED)
def test_value_survives_json(kind):
    field = field_of(kind)
    encode = kind.encoder(field) or (lambda value: value)
    for value in values_of(kind, field):
        said = orjson.loads(orjson.dumps(encode(value)))
        if kind.secret:
            assert said is None
            continue
        jsonschema.validate(said, kind.json_schema(field))
        assert kind.schema(field).deserialize(said) == value


@by_name([kind for kind in STORED if kind.name != "rows"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_value_survives_its_form(kind, language):
    field = field_of(kind)
    for value in [*values_of(kind, field), None]:
        text = kind.form_text(field, value, language)
        raw = kind.from_form(field, [text] if isinstance(text, str) else text, language)
        if value is None or kind.secret:
            assert not raw
        else:
            assert kind.schema(field).deserialize(raw) == value


@by_name([kind for kind in STORED if CASES.get(kind.name, Case()).typed])
def test_what_people_type_is_understood(kind):
    field = field_of(kind)
    for text, raw in CASES[kind.name].typed.items():
        typed = kind.schema(field).deserialize(kind.from_form(field, [text], "ru"))
        assert typed == kind.schema(field).deserialize(raw), text


@by_name(STORED)
def test_empty_is_nothing(kind):
    field = field_of(kind)
    for texts in ([], [""], ["   "]):
        assert not kind.from_form(field, texts, "kk") or kind.secret
    for language in LANGUAGES:
        assert kind.formatter(field, language, NAMES)({}) == ""
    if not field.is_many:
        columns = kind.to_columns(field, None, new_id())
        assert set(columns.values()) == {None}
        assert kind.from_columns(field, {"id": new_id(), **columns}) is None


@by_name(STORED)
def test_wrong_and_too_long_values_are_refused_with_a_sentence(kind):
    field = field_of(kind)
    bounds = field.options
    wrong = [*CASES.get(kind.name, Case()).wrong, "x" * 200_000]
    if kind.name != "json":
        wrong.append({"unexpected": [1]})
    for raw in wrong:
        try:
            value = kind.schema(field).deserialize(raw)
        except ValidationError as problem:
            assert problem.messages
            continue
        problems = [] if value is None else list(kind.problems(field, value, bounds))
        assert problems, f"{kind.name} took {str(raw)[:60]!r}"
        assert kind.judges(field), f"{kind.name} would not be asked about {str(raw)[:60]!r}"
        for problem in problems:
            assert all(problem.text(language) for language in LANGUAGES)


@by_name(STORED)
def test_schema_keeps_nothing_between_values(kind):
    field, (first, *_) = field_of(kind), raw_values(kind)
    schema = kind.schema(field)
    before = dict(vars(schema))
    one, other = schema.deserialize(first), schema.deserialize(first)
    assert one == other and dict(vars(schema)) == before
    if isinstance(one, (dict, list)):
        assert one is not other


# -- database --------------------------------------------------------------------------------------------------------


def table_for(connection, field, name="test_thing") -> sa.Table:
    """A table with the field's columns (for a many-valued field: the table of its rows)."""
    fields = field.fields.values() if field.is_many else [field]
    columns = [column for one in fields for column in one.kind.columns(one)]
    own = [] if any(column.primary_key for column in columns) else [sa.Column("id", Id(), primary_key=True)]
    table = sa.Table(name, sa.MetaData(), *own, sa.Column("n", sa.Integer), *columns, prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def store(connection, table, field, values) -> None:
    """Write `values`, each with its number; many-valued ones row by row."""
    number = 0
    for value in values:
        for row in field.kind.to_rows(field, value) if field.is_many else [value]:
            row_id = new_id()
            columns = {"id": row_id, "n": number} if "id" in table.c else {"n": number}
            for one in field.fields.values() if field.is_many else [field]:
                columns |= one.kind.to_columns(one, row.get(one.key) if field.is_many else row, row_id)
            connection.execute(table.insert().values(**columns))
            number += 1


@by_name(STORED)
def test_value_survives_the_database(kind, connection):
    field = field_of(kind)
    values = values_of(kind, field)
    if not field.is_many and kind.name != "id":
        values.append(None)
    table = table_for(connection, field)
    for value in values:
        connection.execute(table.delete())
        store(connection, table, field, [value])
        rows = connection.execute(sa.select(table).order_by(table.c.n)).mappings().all()
        if field.is_many:
            inner = field.fields.values()
            back = kind.from_rows(field, [{one.key: one.kind.from_columns(one, row) for one in inner} for row in rows])
            if kind.name == "rows":
                value = [{one.key: row.get(one.key) for one in inner} for row in value]
        else:
            back = kind.from_columns(field, rows[0])
        assert back == (None if kind.secret else value)
        if not field.is_many and back is not None:
            assert type(back) is type(value)


def natural(kind: FieldType, value: Any, field=None) -> Any:
    """What Python sorts by where the database sorts by `order`."""
    if isinstance(value, dict) and "start" in value:
        return value["start"]
    return sort_key(value) if field is not None and field.sortable else value


@by_name([kind for kind in STORED if kind.searchable or kind.can_sort(field_of(kind))])
def test_sorts_as_people_do(kind, connection):
    field = field_of(kind, sortable=kind.searchable)
    if not kind.can_sort(field):
        pytest.fail(f"{kind.name} with a key column must sort")
    values = [v for i, v in enumerate(values_of(kind, field)) if v not in values_of(kind, field)[:i]]
    table = table_for(connection, field)
    store(connection, table, field, values)
    statement = sa.select(table).order_by(kind.order(field, table), table.c.n)
    read = [kind.from_columns(field, row) for row in connection.execute(statement).mappings()]
    assert read == sorted(values, key=lambda value: natural(kind, value, field))


READINGS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "is": lambda x, v: x == v[0], "not": lambda x, v: x != v[0], "in": lambda x, v: x in v,
    "lt": lambda x, v: x < v[0], "le": lambda x, v: x <= v[0], "gt": lambda x, v: x > v[0],
    "ge": lambda x, v: x >= v[0],
    "between": lambda x, v: v[0] <= x <= v[1], "contains": lambda x, v: py.contains(x, v[0]),
    "starts": lambda x, v: x.startswith(v[0]),
}


def arguments(operator, values: list[Any]) -> list[list[Any]]:
    if operator.takes == "yesno":
        return [[True], [False]]
    if operator.takes == "text":
        texts = [value if isinstance(value, str) else str(value) for value in values]
        return [[text[:2]] for text in texts] + [[text[1:3]] for text in texts] + [["%"], ["_"], ["\\"], [texts[0]]]
    if operator.values == 1:
        return [[value] for value in values]
    return [[a, b] for a in values for b in values]


@by_name(STORED)
@pytest.mark.parametrize("sortable", [False, True], ids=["plain", "keyed"])
def test_every_operator_agrees_with_python(kind, sortable, connection):
    if sortable and not kind.searchable:
        sortable = False
    field = field_of(kind, sortable=sortable)
    values: list[Any] = values_of(kind, field)
    if field.is_many:
        if kind.name in ("rows", "files"):
            assert kind.operator_names() == ("empty",)  # asked of the whole table by the query builder
            return
        one = next(iter(field.fields.values()))
        values = [value for several in values for value in several]
        table = table_for(connection, field)
        store(connection, table, field, [[value] for value in values])
    else:
        one = field
        table = table_for(connection, field)
        store(connection, table, field, [*values, *([] if kind.name == "id" else [None])])
    for operator in kind.operators_for(field):
        for given in arguments(operator, values):
            if field.is_many and operator.name == "empty":
                continue
            clause = kind.clause(field, table, operator.name, given)
            rows = connection.execute(sa.select(table).where(clause).order_by(table.c.n)).mappings().all()
            found = [row["n"] for row in rows]
            if operator.name == "empty":
                expected = [len(values)] if given[0] else list(range(len(values)))
                if kind.name == "id":
                    expected = [] if given[0] else expected
            else:
                fold = {k: [natural(kind, v, one) if operator.takes == "value" or one.sortable else v for v in vs]
                        for k, vs in (("have", values), ("want", given))}
                if kind.name == "period" and operator.name in ("is", "not", "in"):
                    fold = {"have": values, "want": given}
                expected = [n for n, value in enumerate(fold["have"]) if READINGS[operator.name](value, fold["want"])]
            assert found == expected, (kind.name, operator.name, given)


@by_name(STORED)
def test_filters_are_read_from_texts_and_refused_when_wrong(kind):
    field = field_of(kind)
    with pytest.raises(KeyError):
        kind.filter_values(field, "drop table", ["1"], "kk")
    for operator in kind.operators_for(field):
        if operator.takes == "yesno":
            assert kind.filter_values(field, operator.name, ["yes"], "kk") == [True]
        with pytest.raises(ValidationError):
            kind.filter_values(field, operator.name, [], "kk")
        if operator.takes == "value" and operator.values in (1, None) and not kind.virtual:
            value = values_of(kind, field)[0]
            one = value[0] if field.is_many else value
            inner = next(iter(field.fields.values())) if field.is_many else field
            said = inner.kind.form_text(inner, one, "kk")
            if isinstance(said, str):
                assert kind.filter_values(field, operator.name, [said], "kk") == [one]


# -- people ----------------------------------------------------------------------------------------------------------


@by_name(STORED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_filter_is_a_sentence_in_the_readers_language(kind, language):
    field = field_of(kind)
    for operator in kind.operators_for(field):
        given = {"yesno": [True], "text": ["аб"]}.get(operator.takes) or values_of(kind, field)[:1]
        if field.is_many and operator.takes == "value":
            given = given[0]
        given = given * (operator.values or 1)
        sentence = kind.sentence(field, operator.name, given, language, NAMES)
        assert TITLE.in_(language) in sentence and "%(" not in sentence
        for message in filter(None, (operator.sentence, operator.otherwise)):
            if language != "en" and message != "%(field)s: %(value)s":
                assert catalogue(language).gettext(message) != message, f"translate {message!r} into {language}"


@by_name(STORED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_cell_is_text(kind, language):
    field = field_of(kind)
    show = kind.formatter(field, language, NAMES)
    for value in values_of(kind, field):
        text = show({"value": value, "@value": ["Аты"] if field.is_many else "Аты"})
        assert isinstance(text, str)
        assert bool(text) != kind.secret


class Sent(HTMLParser):
    """What a browser would send from the controls of a fragment."""

    def __init__(self, html: str):
        super().__init__()
        self.sent: list[str] = []
        self.names: set[str | None] = set()
        self.ids: list[str] = []
        self._select: dict[str, Any] | None = None
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if said.get("id"):
            self.ids.append(said["id"])
        assert "style" not in said and not any(name.startswith("on") for name in said)
        assert tag != "script"
        if tag in ("input", "select", "textarea"):
            self.names.add(said.get("name"))
        if tag == "input" and said.get("type") != "file":
            if said.get("type") not in ("checkbox", "radio") or "checked" in said:
                self.sent.append(said.get("value", ""))
        elif tag == "select":
            self._select = {"multiple": "multiple" in said, "options": []}
        elif tag == "option" and self._select is not None:
            self._select["options"].append([said.get("value"), "selected" in said, ""])
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data):
        if self._area is not None:
            self._area += data
        elif self._select and self._select["options"]:
            self._select["options"][-1][2] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.sent.append(self._area or "")
            self._area = None
        elif tag == "select" and self._select is not None:
            options = [(text if value is None else value, chosen) for value, chosen, text in self._select["options"]]
            chosen = [value for value, is_chosen in options if is_chosen]
            self.sent += chosen if self._select["multiple"] else (chosen or [value for value, _ in options])[:1]
            self._select = None


def draw(kind, field, value, language) -> str:
    text = kind.form_text(field, value, language)
    texts = text if isinstance(text, list) else [text]
    shown = [(one, one) for one in texts if one]
    options = {
        "choices": shown, "files": [SimpleNamespace(id=one, name="файл", url="/files/1") for one, _ in shown],
        "lines": (), "columns": (("Аты", True),), "titles": SimpleNamespace(add="+", remove="-"), "add": "",
        **kind.widget_options(field, language, NAMES),
    }
    widget = SimpleNamespace(
        name="value", id="f-value", text=texts[0] if texts else "", texts=texts, field=field, search_url="",
        quick_url="",
        attributes=Markup('name="value" id="f-value" aria-describedby="f-value-hint"'), **options)
    return TEMPLATES.get_template(kind.input_template).render(widget=widget)


@by_name(STORED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_input_sends_back_what_it_shows(kind, language):
    field = field_of(kind)
    for value in [*values_of(kind, field), None]:
        page = Sent(draw(kind, field, value, language))
        assert page.ids.count("f-value") == 1
        if kind.name == "rows":
            continue
        assert page.names == {"value"}
        raw = kind.from_form(field, page.sent, language)
        if value is None or kind.secret:
            assert not raw, page.sent
        else:
            assert kind.schema(field).deserialize(raw) == value


@by_name(STORED)
def test_input_cannot_be_broken_out_of(kind):
    field = field_of(kind)
    hostile = '"><script>alert(1)</script>'
    try:
        drawn = draw(kind, field, hostile, "kk")
    except (TypeError, AttributeError, ValueError, KeyError):
        return  # the value is no text of this type: it never reaches a template
    assert "<script" not in drawn
