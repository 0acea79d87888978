"""How numbers, money and dates are written and read, the compiled writers compared with Babel's own."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal

from engine import hooks
from engine.language import LANGUAGES
from engine.language.formats import (
    duration_formatter,
    money_formatter,
    month_names,
    number_formatter,
    read_date,
    read_moment,
    read_number,
    read_time,
    write_date,
    write_moment,
    write_time,
)
from tests.fields.cases import KnownNames, field_of

TYPES = hooks.registry().field_types


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_numbers_equal_babels(language):
    random.seed(456)
    for _ in range(500):
        places = random.choice((0, 1, 2, 3))
        number = Decimal(random.randint(-(10**12), 10**12)).scaleb(-places)
        expected = format_decimal(number, "#,##0." + "0" * places if places else "#,##0", locale=language)
        written = number_formatter(language, places)(number)
        assert written.replace("\u202f", "\u00a0") == expected.replace("\u202f", "\u00a0")
        money = Decimal(random.randint(-(10**9), 10**9)).scaleb(-2)
        expected = format_currency(money, "EUR", locale=language).replace("\u202f", "\u00a0")
        assert money_formatter(language, 2, "EUR")(money) == expected


def test_money_is_in_tenge_and_never_breaks_across_lines():
    amount = Decimal("-1234567.50")
    assert money_formatter("kk")(amount) == "-1\u00a0234\u00a0567,50\u00a0₸"
    assert money_formatter("ru")(amount) == "-1\u00a0234\u00a0567,50\u00a0₸"
    assert money_formatter("en")(amount) == "-₸1,234,567.50"
    assert money_formatter("ru", 2, "UZS")(Decimal("5")) == "5,00\u00a0UZS"


def test_money_of_another_currency_is_shown_in_it():
    field = field_of(TYPES["money"], {"currency": "currency"})
    cell = TYPES["money"].formatter(field, "ru", KnownNames())
    assert cell({"value": Decimal("5.00"), "currency": "USD"}) == "5,00\u00a0$"
    assert cell({"value": Decimal("5.00"), "currency": None}) == "5,00\u00a0₸"


def test_dates_are_written_day_first_and_moments_where_the_organisation_is():
    assert write_date(date(2026, 2, 3)) == "03.02.2026"
    assert write_moment(datetime(2026, 2, 3, 20, 30, tzinfo=UTC)) == "04.02.2026 01:30"
    assert write_time(time(9, 5)) == "09:05"
    assert duration_formatter("kk")(90) == "1\u00a0сағ 30\u00a0мин"
    assert duration_formatter("ru")(0) == "0\u00a0мин"


@pytest.mark.parametrize(("text", "language", "number"), [
    ("1 234,50", "ru", "1234.50"), ("1234.50", "kk", "1234.50"), ("1,234.50", "en", "1234.50"),
    ("1.234,50", "ru", "1234.50"),
    ("1,234", "en", "1234"), ("1,234", "ru", "1.234"), ("1.234", "en", "1.234"), ("1,234,567", "ru", "1234567"),
    ("−5", "ru", "-5"), ("1\u202f000", "kk", "1000"), ("", "ru", None), ("1,2,3", "ru", None), ("1e5", "ru", None),
    ("\u0663", "ru", None), ("--1", "ru", None), ("9" * 61, "ru", None), ("1.2.3", "en", None), ("12,34.5", "en", None),
])
def test_numbers_are_read_as_people_type_them(text, language, number):
    assert read_number(text, language) == (None if number is None else Decimal(number))


def test_dates_and_times_that_do_not_exist_are_not_guessed():
    assert [read_date(t) for t in ("31.02.2026", "2026-02-31", "3.2.26", "2026-02-3", "")] == [None] * 5
    assert read_date("3/2/2026") == date(2026, 2, 3)
    assert [read_time(t) for t in ("24:00", "9", "12:60", "")] == [None] * 4
    assert [read_moment(t) for t in ("03.02.2026 25:00", "2026-02-03", "9999-12-31T23:59:59-23:00", "")] == [None] * 4
    assert read_moment("2026-02-03T14:30+00:00") == datetime(2026, 2, 3, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["integer", "decimal", "percent", "money"])
def test_a_number_shown_in_the_input_is_read_back_unchanged(name, language):
    kind = TYPES[name]
    field = field_of(kind, {"places": 3} if name == "decimal" else {})
    for raw in ("1", "1234", "-1234567", "1234.5" if name != "integer" else "5"):
        value = kind.schema(field).deserialize(raw)
        text = kind.form_text(field, value, language)
        assert kind.schema(field).deserialize(kind.from_form(field, [text], language)) == value


def test_a_day_is_said_as_people_say_it():
    from datetime import date

    from engine.language.formats import write_day

    assert write_day(date(2026, 11, 26), "kk") == "Бейсенбі, 26 қараша"
    assert write_day(date(2026, 3, 2), "kk") == "Дүйсенбі, 2 наурыз"
    assert write_day(date(2026, 11, 26), "ru") == "Четверг, 26 ноября", "the month stands in its form after a number"
    assert write_day(date(2026, 11, 26), "en") == "Thursday, 26 November"
    kazakh = ["қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша",
              "желтоқсан"]
    assert [write_day(date(2026, n, 15), "kk").split()[-1] for n in range(1, 13)] == kazakh
    assert [name.lower() for name in month_names("kk")] == kazakh


@pytest.mark.parametrize(("language", "text"), [
    ("kk", "1\u00a0234,50\u00a0₸"), ("ru", "1\u00a0234,50\u00a0₸"), ("en", "₸1,234.50")])
def test_the_tenge_has_its_sign_in_every_language(language, text):
    assert money_formatter(language)(Decimal("1234.5")) == text
