"""Cells of spreadsheets: what a list shows and what a workbook holds is read back as the same value, by every type."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from engine import hooks
from engine.fields.base import FieldType
from engine.language import LANGUAGES
from engine.model.text import Text
from tests.fields.cases import CASES, Case, KnownNames, field_of

TYPES = hooks.registry().field_types
NAMES = KnownNames()


def comes_in_a_cell(kind: FieldType) -> bool:
    """Rows come in cells of their own, links by the names of records, files and secrets not at all."""
    field = field_of(kind)
    apart = kind.virtual or kind.internal or kind.secret or kind.by_line
    return not (apart or kind.upload(field) or kind.targets(field))


READ = [kind for kind in (TYPES[name] for name in TYPES) if comes_in_a_cell(kind)]


def values_of(kind: FieldType, field: Any) -> list[Any]:
    sample = kind.sample(field)
    raws = [*([] if sample is None else [sample]), *CASES.get(kind.name, Case()).values]
    return [kind.schema(field).deserialize(raw) for raw in raws]


def read(kind: FieldType, field: Any, cell: Any, language: str = "ru") -> Any:
    raw = kind.cell_reader(field, language, NAMES)(cell)
    return None if raw is None else kind.schema(field).deserialize(raw)


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_list_shows_is_read_back_as_the_same_value(kind, language):
    field = field_of(kind)
    show = kind.formatter(field, language, NAMES)
    for value in values_of(kind, field):
        cell = show({field.key: value})
        again = read(kind, field, cell, language)
        if kind.name in ("richtext", "datetime"):  # a list shows the words without marks, moments without seconds
            assert show({field.key: again}) == cell
        else:
            assert again == value, cell


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
def test_blank_cells_are_empty(kind):
    field = field_of(kind)
    for cell in (None, "", "  ", "\u00a0", "\u200b\t"):
        assert kind.cell_reader(field, "kk", NAMES)(cell) in (None, [])


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
@pytest.mark.parametrize("cell", ["<script>", "😀 \u202eكتاب", "x" * 40_000, 1e300, -1e-300, 2**70, True,
                                  date(1, 1, 1), datetime(9999, 12, 31, 23, 59), time(1, 2, 3), timedelta(days=-5)])
def test_nonsense_is_refused_by_a_message_and_never_by_a_crash(kind, cell):
    field = field_of(kind)
    try:
        value = read(kind, field, cell)
    except ValidationError as refused:
        assert refused.messages
    else:
        list(kind.problems(field, value, field.options) if value is not None else ())


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("integer", 5.0, 5), ("integer", "1 234", 1234), ("decimal", 0.1 + 0.2, Decimal("0.30")),
        ("money", "1 234,50 тг.", Decimal("1234.50")), ("money", "1,234.50 KZT", Decimal("1234.50")),
        ("money", 1500, Decimal("1500.00")), ("percent", "15%", Decimal("15.00")), ("money", "—", None),
        ("date", datetime(2026, 2, 3, 0, 0), date(2026, 2, 3)), ("date", 46056, date(2026, 2, 3)),
        ("date", "46056", date(2026, 2, 3)), ("date", "03.02.2026 г.", date(2026, 2, 3)),
        ("date", "3 февраля 2026 года", date(2026, 2, 3)), ("date", "3 ақпан 2026 ж.", date(2026, 2, 3)),
        ("date", "2026 жылғы 3 ақпан", date(2026, 2, 3)), ("date", "Feb 3, 2026", date(2026, 2, 3)),
        ("date", "2026-02-03T00:00:00", date(2026, 2, 3)), ("date", "03-02-2026", date(2026, 2, 3)),
        ("time", 0.5, time(12, 0)), ("time", time(9, 5, 59), time(9, 5)), ("duration", timedelta(hours=30), 1800),
        ("duration", "1 ч 30 мин", 90), ("yesno", "Да", True), ("yesno", "ЖОҚ", False), ("yesno", "+", True),
        ("yesno", 1.0, True), ("yesno", "-", False), ("iin", 150315600201.0, "150315600201"),
        ("iin", 50315600209.0, "050315600209"), ("iin", "150315 600201", "150315600201"),
        ("phone", 87011234567.0, "+77011234567"), ("phone", "8 (701) 123-45-67", "+77011234567"),
        ("text", 12.0, "12"), ("text", "-", "-"), ("text", date(2026, 2, 3), "03.02.2026"),
        ("text", " a\u00a0b_x000D_ ", "a b"),
        ("choice", "ТӨЛЕНДІ", "paid"), ("choice", "owed", "owed"), ("choice", "debt", None),
        ("role", "teacher (kk)", "teacher"),
        ("period", "Ақпан 2026", {"kind": "month", "start": date(2026, 2, 1)}),
        ("period", "2026-2027 оқу жылы", {"kind": "school_year", "start": date(2026, 9, 1)}),
    ],
)
def test_cells_as_people_fill_them(name, cell, value):
    kind = TYPES[name]
    field = field_of(kind)
    if cell == "debt":
        assert kind.cell_reader(field, "ru", NAMES)(cell) == "debt"  # left for the message beside it
        return
    assert read(kind, field, cell) == value


@pytest.mark.parametrize("cell", [2026, 12.5, "2026", "13/25/2026", "31.02.2026", "март", "2026.13.01"])
def test_a_date_is_never_guessed(cell):
    kind = TYPES["date"]
    with pytest.raises(ValidationError):
        read(kind, field_of(kind), cell)


def test_a_moment_without_a_zone_is_meant_where_the_organisation_is():
    kind = TYPES["datetime"]
    assert read(kind, field_of(kind), datetime(2026, 2, 3, 14, 30)).isoformat() == "2026-02-03T09:30:00+00:00"
    assert read(kind, field_of(kind), 46056.5).isoformat() == "2026-02-03T07:00:00+00:00"
    assert read(kind, field_of(kind), "03.02.2026").isoformat() == "2026-02-02T19:00:00+00:00"


def test_a_translated_text_takes_the_language_of_its_column():
    kind = TYPES["text"]
    field = field_of(kind, {}, translated=True)
    assert kind.cell_reader(field, "kk", NAMES)(" Атауы ") == {"kk": "Атауы"}


def test_several_choices_stand_in_one_cell():
    kind = TYPES["choice"]
    options = {"multiple": True, "options": {"a": Text("бір, екі", "раз, два"), "b": Text("үш", "три")}}
    field = field_of(kind, options)
    for cell in ("раз, два; три", "Раз, два\nүш", "a;b"):
        assert read(kind, field, cell) == ["a", "b"], cell
    assert read(kind, field, "раз, два") == ["a"]


def test_a_title_that_two_codes_share_is_left_to_the_person():
    kind = TYPES["choice"]
    field = field_of(kind, {"options": {"a": Text("бірдей", "то же"), "b": Text("бірдей", "другое")}})
    assert kind.cell_reader(field, "kk", NAMES)("бірдей") == "бірдей"
    assert kind.cell_reader(field, "kk", NAMES)("другое") == "b"


def test_markup_in_a_cell_of_rich_text_is_cleaned_and_plain_text_keeps_its_signs():
    kind = TYPES["richtext"]
    field = field_of(kind)
    assert read(kind, field, "5 < 7\nтағы") == "<p>5 &lt; 7</p><p>тағы</p>"
    assert "script" not in read(kind, field, "<p>a</p><script>alert(1)</script>")


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_list_in_a_workbook_offers_is_read(kind, language):
    field = field_of(kind)
    offered = list(kind.cell_choices(field, language, NAMES))
    values = [read(kind, field, text, language) for text in offered]
    assert len({repr(v) for v in values}) == len(offered)
    assert not [p for value in values for p in kind.problems(field, value, field.options)]


def test_the_beginning_of_a_title_is_enough_where_it_means_one():
    kind = TYPES["choice"]
    options = {"m": Text("ер", "мужской"), "f": Text("әйел", "женский"), "x": Text("иә", "млад.")}
    field = field_of(kind, {"options": options})
    said = [kind.cell_reader(field, "kk", NAMES)(text) for text in ("жен.", "Ж", "м", "муж", "е", "женщина")]
    assert said == ["f", "f", "м", "m", "m", "женщина"]
