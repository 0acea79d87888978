"""What rules say, as sentences."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.expression import BOOLEAN, Calendar, Context, RuleProblem, compile_rule
from tests.expression.office import context, invoice, line, money, rule, value


def test_numbers_are_exact():
    assert value("0.1 + 0.2 == 0.3") is True
    assert value("total * 3", total=money("0.10")) == Decimal("0.30")
    assert value("999999999999999999 * 999999999999999999") == 999999999999999999**2


def test_a_result_keeps_its_places():
    assert str(value("total + 1", total=money("2.50"))) == "3.50"
    assert str(value("total * total", total=money("2.50"))) == "6.2500"
    assert type(value("copies * 2", copies=3)) is int


def test_division_carries_ten_places_half_up():
    assert str(value("2 / 3")) == "0.6666666667"
    assert str(value("-2 / 3")) == "-0.6666666667"
    assert value("1 / 8 / 1000000000") == Decimal("0.0000000001")


def test_division_by_nothing_and_by_zero_is_empty():
    assert value("total / 0", total=money("1.00")) is None
    assert value("total / copies", total=money("1.00"), copies=None) is None
    assert value("copies % 0", copies=3) is None


def test_a_remainder_has_the_sign_of_what_is_divided():
    assert (value("-7 % 3"), value("7 % -3")) == (-1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(1.005, 2)", "1.01"),
        ("round(1250, -2)", "1300"),
        ("floor(-1.5)", "-2"),
        ("ceil(-1.5)", "-1"),
        ("abs(-1.50)", "1.50"),
        ("round(5, 2)", "5.00"),
        ("-0.00 * 1", "0.00"),
    ],
)
def test_rounding(text, expected):
    assert str(value(text)) == expected


def test_a_comparison_with_empty_is_false_and_its_denial_true():
    assert value("total != 5", total=None) is False
    assert value("not (total == 5)", total=None) is True
    assert value('note not in ["a"]', note=None) is False
    assert value("not paid", paid=None) is True


def test_arithmetic_with_empty_is_empty():
    assert value("total + 1", total=None) is None


def test_a_text_of_no_letters_is_empty():
    assert value("empty(note)", note="") is True
    assert value("trim(note)", note="  ") is None
    assert value('note + "!"', note=None) == "!"
    assert value('concat(note, "")', note=None) is None


def test_capital_and_small_letters_of_kazakh_and_russian():
    assert value("lower(note)", note="ҚАЗАҚСТАН Ёлка ӘІ") == "қазақстан ёлка әі"
    assert value("upper(note)", note="өңір ұлы") == "ӨҢІР ҰЛЫ"


def test_sums_over_rows():
    lines = [{"amount": money("1.10"), "quantity": money("2.000"), "price": money("3.00")}, {"amount": None}]
    assert value("sum(lines.amount)", lines=lines) == Decimal("1.10")
    assert value("sum(lines, quantity * price)", lines=lines) == 6
    assert value("sum(lines.amount)", lines=[]) == 0
    assert value("count(lines)", lines=lines) == 2
    assert value("count(lines.amount)", lines=lines) == 1
    assert value("count(lines, amount > 1)", lines=lines) == 1
    assert value("avg(lines.amount)", lines=lines) == Decimal("1.1")
    assert value("min(lines.amount)", lines=[]) is None
    assert value("all(lines, amount > 0)", lines=[]) is True
    assert value("any(lines, amount > 0)", lines=lines) is True


def test_rows_within_rows_are_taken_together():
    lines = [
        {"quantity": Decimal(2), "parts": [{"mass": Decimal("1.5")}, {"mass": None}]},
        {"quantity": Decimal(1), "parts": []},
    ]
    assert value("sum(lines.parts.mass)", lines=lines) == Decimal("1.500")
    assert value("sum(lines, quantity * sum(parts.mass))", lines=lines) == 3
    assert value("count(lines.parts)", lines=lines) == 2


def test_least_and_greatest_skip_what_is_empty():
    assert value("min(total, 5)", total=None) == 5
    assert value("max(date, due)", date=date(2026, 1, 1), due=None) == date(2026, 1, 1)


def test_a_path_over_a_link():
    assert value('supplier.kind == "state"', supplier=1) is True
    assert value("supplier.kind", supplier=None) is None
    assert value('supplier.kind == "state"', supplier=2) is False, "a record that cannot be seen gives nothing"


def test_the_actor():
    assert value('"nurse" in actor.roles') is True
    assert value("author == actor.id", author=7) is True
    assert value("author in actor.units", author=3) is False


def test_days_and_ages():
    assert value("days(date, due)", date=date(2026, 9, 1), due=date(2026, 9, 11)) == 10
    assert value("age(date)", date=date(2012, 9, 2)) == 13
    assert value("age(date, due)", date=date(2012, 2, 29), due=date(2013, 2, 28)) == 0
    assert value("add_months(date, 1)", date=date(2026, 1, 31)) == date(2026, 2, 28)
    assert value("add_days(date, 1)", date=date(9999, 12, 31)) is None
    assert value("date(now)") == date(2026, 9, 2), "half past one in the night in Almaty"
    assert value('due > "2026-09-01"', due=date(2026, 9, 2)) is True
    assert value("created < now", created=datetime(2026, 9, 1, tzinfo=UTC)) is True


def test_working_days():
    assert value("workday(date, 10)", date=date(2026, 9, 1)) == date(2026, 9, 15)
    assert value("workday(date, 0)", date=date(2026, 9, 5)) == date(2026, 9, 7)
    assert value("workday(date, -1)", date=date(2026, 9, 5)) == date(2026, 9, 4)
    assert value("workday(date, -1)", date=date(2026, 9, 7)) == date(2026, 9, 4)
    assert value("workdays(date, due)", date=date(2026, 9, 4), due=date(2026, 9, 7)) == 1
    assert value("workday(date, 10)", date=date(2030, 1, 1)) is None, "outside the calendar"


def test_a_calendar_refuses_gaps_and_counts_ordinals():
    days = list(Calendar.of_weeks(date(2026, 9, 4), date(2026, 9, 7)).rows())
    assert [(ordinal, works) for _, ordinal, works in days] == [(1, True), (1, False), (1, False), (2, True)]
    with pytest.raises(ValueError, match="gaps"):
        Calendar.from_rows([(date(2026, 9, 1), True), (date(2026, 9, 3), True)])


def test_working_days_without_a_calendar_say_so():
    with pytest.raises(RuleProblem) as caught:
        rule("workday(date, 1)").evaluate(Context(record={"date": date(2026, 9, 1)}))
    assert caught.value.code == "rule.no_calendar"


def test_a_chain_of_comparisons():
    assert value("1 < total <= 5", total=money("5.00")) is True
    assert value("1 < total <= 5", total=money("1.00")) is False


def test_a_rule_of_rows_sees_the_row_and_the_record():
    made = compile_rule("quantity * price > total", invoice, row=line, expect=BOOLEAN)
    assert made.is_row_rule
    assert made.row_paths == {("quantity",), ("price",)}
    assert made.holds(Context(record={"total": money("5.00")}, row={"quantity": Decimal(2), "price": Decimal(3)}))


def test_a_rule_knows_what_it_reads():
    made = rule(
        'total > 1 and supplier.kind == "state" and sum(lines, amount * copies) > 0 '
        "and author == actor.id and due < today"
    )
    assert made.paths == {
        ("total",),
        ("supplier", "kind"),
        ("lines",),
        ("lines", "amount"),
        ("copies",),
        ("author",),
        ("due",),
    }
    assert (made.uses_actor, made.uses_today, made.uses_calendar) == (True, True, False)


def test_a_check_knows_when_a_field_that_it_names_is_empty():
    made = rule("due >= date")
    assert made.names_empty(context(date=date(2026, 1, 1), due=None))
    assert not made.names_empty(context(date=date(2026, 1, 1), due=date(2026, 1, 1)))
    assert not rule("not empty(due)").names_empty(context(due=None)), "the rule asks about it itself"
    assert not rule("sum(lines.amount) > 0").names_empty(context(lines=[]))


def test_a_rule_can_be_asked_from_many_threads():
    from concurrent.futures import ThreadPoolExecutor

    made = rule("round(total / 7, 2)")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: made.evaluate(context(total=Decimal(n))), range(2000)))
    assert found == [made.evaluate(context(total=Decimal(n))) for n in range(2000)]
