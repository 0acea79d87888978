"""The shape and the corners of rules in SQL: what stays bare for indexes, what is refused, what must not drift."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.expression import TEXT, Context, Function, RuleProblem, compile_rule, register
from engine.expression.functions import FUNCTIONS
from engine.storage.numbers import ScaledDecimal, register_functions
from engine.storage.rules import Binds, clause, value
from tests.storage.rules_world import TableSource, invoice_scope, invoices, line_scope, lines, make_world


@pytest.fixture(scope="module")
def world():
    return make_world(5)


@pytest.fixture(scope="module")
def connection(world):
    engine = sa.create_engine("sqlite://")
    sa.event.listen(engine, "connect", lambda raw, record: register_functions(raw))
    with engine.connect() as opened:
        world.store(opened)
        yield opened
    engine.dispose()


def where(text: str, dialect: str = "sqlite") -> str:
    source = TableSource(invoices, dialect)
    found = clause(compile_rule(text, invoice_scope), source, Binds())
    made = {"sqlite": sqlite, "postgresql": postgresql}[dialect].dialect()
    return str(found.compile(dialect=made)).replace("invoice_1.", "")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_comparisons_under_and_and_or_stay_bare(dialect):
    for text in ('price > 100 and state == "posted"', "date >= today or copies == 3", "copies in [1, 2]"):
        assert "coalesce" not in where(text, dialect)
    assert "coalesce" in where("not (price > 100)", dialect)


def test_an_integer_column_is_not_cast_when_compared_with_a_whole_number():
    assert "CAST" not in where("copies > 5", "postgresql")


def test_a_condition_over_a_link_is_a_search_for_its_targets():
    assert where('supplier.kind == "state"').startswith("supplier IN (SELECT")


def test_a_clause_must_be_a_condition():
    with pytest.raises(RuleProblem) as caught:
        where("price + 1")
    assert caught.value.code == "rule.boolean_expected"


def test_working_days_need_a_calendar():
    with pytest.raises(RuleProblem) as caught:
        where("workday(date, 1) > today")
    assert caught.value.code == "rule.no_calendar"


def test_a_function_without_an_sql_reading_is_refused_in_queries():
    register(Function("shout", "shout(text)", str.upper, {"kk": "-", "ru": "-", "en": "-"}, "", ("text",), TEXT))
    try:
        with pytest.raises(RuleProblem) as caught:
            where('shout(note) == "A"')
        assert caught.value.code == "rule.no_sql"
    finally:
        del FUNCTIONS["shout"]


def test_a_rule_that_multiplies_itself_is_refused_in_bounded_time():
    text = "note"
    for _ in range(14):
        text = f'iif({text} not in ["a"], "b", "c")'
    with pytest.raises(RuleProblem) as caught:
        where(f"{text} not in [note]")
    assert caught.value.code in ("rule.too_many_parts", "rule.too_deep")


def test_more_than_18_digits_cannot_be_stored(connection):
    table = sa.Table("wide", sa.MetaData(), sa.Column("n", ScaledDecimal(2)))
    table.create(connection)
    connection.execute(table.insert().values(n=Decimal("9999999999999999.99")))
    assert connection.execute(sa.select(table.c.n)).scalar_one() == Decimal("9999999999999999.99")
    with pytest.raises(sa.exc.StatementError, match="18 digits"):
        connection.execute(table.insert().values(n=Decimal("10000000000000000.00")))


@pytest.mark.parametrize(
    "text",
    [
        "999999999999999999 * 999999999999999999 - 1",
        "price * price * price * weight",
        "price + weight + copies",
        "sum(lines, amount * 999999)",
        "999999999999999999 + 999999999999999999 * 10",
        "price * 1000000 / 3",
        "round(price * price, -3)",
        "avg(lines.quantity) * 99999999",
        "-999999999999999999 * copies % 7",
        "max(price * price, weight)",
        "sum(lines, quantity * quantity * quantity)",
    ],
)
def test_what_passes_64_bits_is_exact(connection, world, text):
    rule = compile_rule(text, invoice_scope)
    source = TableSource(invoices, "sqlite")
    got = dict(iter(connection.execute(sa.select(source.table.c.id, value(rule, source, world.binds()))).fetchall()))
    assert got == {record["id"]: rule.evaluate(world.context(record)) for record in world.invoices}


def test_many_large_amounts_sum_without_overflow(connection):
    """SQLite's own SUM gives up at 64 bits."""
    table = sa.Table("amounts", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("n", ScaledDecimal(2)))
    table.create(connection)
    connection.execute(table.insert(), [{"id": 1, "n": Decimal("9999999999999999.99")} for _ in range(100)])
    with pytest.raises(sa.exc.OperationalError, match="overflow"):
        connection.execute(sa.text("SELECT sum(n) FROM amounts")).scalar_one()
    joined = sa.text("SELECT q_join(sum(n / 1000000000), sum(n % 1000000000)) FROM amounts")
    assert int(connection.execute(joined).scalar_one()) == 999999999999999999 * 100


def test_a_value_is_rounded_to_the_places_of_its_field(connection, world):
    rule = compile_rule("price * weight", invoice_scope)
    source = TableSource(invoices, "sqlite")
    rows = connection.execute(sa.select(source.table.c.id, value(rule, source, world.binds(), places=2))).fetchall()
    for key, got in rows:
        record = next(each for each in world.invoices if each["id"] == key)
        exact = rule.evaluate(world.context(record))
        assert got == (None if exact is None else exact.quantize(Decimal("0.01"), "ROUND_HALF_UP"))


def test_a_rule_of_rows_reads_the_row_and_its_record(connection, world):
    rule = compile_rule("amount > price or empty(caption)", invoice_scope, row=line_scope)
    record, row = TableSource(invoices, "sqlite"), TableSource(lines, "sqlite")
    query = sa.select(row.table.c.id).join_from(row.table, record.table, row.table.c.owner == record.table.c.id)
    chosen = set(connection.execute(query.where(clause(rule, record, world.binds(), row=row))).scalars())
    assert chosen == {
        line["id"] for each in world.invoices for line in each["lines"] if rule.holds(Context(record=each, row=line))
    }
    assert chosen


class RecordSource:
    """A record that is being filled in: its values stand where columns would."""

    def __init__(self, table: sa.Table, record: dict, dialect: str) -> None:
        self.table, self.record, self.dialect = table, record, dialect

    def column(self, name: str) -> sa.ColumnElement:
        kind = self.table.c[name].type
        given = self.record[name]
        return sa.cast(sa.null(), kind) if given is None else sa.literal(given, kind)


@pytest.mark.parametrize(
    "text", ["amount > price", "quantity * price >= weight", "on <= due and caption == note", "pieces < copies"]
)
def test_a_record_that_is_not_stored_yet_gives_its_values(connection, world, text):
    rule = compile_rule(text, invoice_scope, row=line_scope)
    every = [line for each in world.invoices for line in each["lines"]]
    for record in world.invoices:
        row = TableSource(lines, "sqlite")
        found = clause(rule, RecordSource(invoices, record, "sqlite"), world.binds(), row=row)
        chosen = set(connection.execute(sa.select(row.table.c.id).where(found)).scalars())
        assert chosen == {line["id"] for line in every if rule.holds(Context(record=record, row=line))}
