"""SQL statements of a request, BEGIN and COMMIT not counted: bounded, and the same for ten rows and two hundred."""

import contextlib

import pytest
import sqlalchemy as sa

from tests.api.conftest import Caller

LIST, READ, CREATE = 4, 3, 6


class Counted(list):
    """The statements that were sent."""

    def __str__(self):
        return f"{len(self)} statements:\n" + "\n".join(" ".join(s.split())[:200] for s in self)


@contextlib.contextmanager
def counted(shop):
    found = Counted()

    def note(connection, cursor, statement, parameters, context, executemany):
        if not statement.lstrip().upper().startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            found.append(statement)

    engine = shop.site.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def lines(shop, count):
    return [{"service": str(shop.ids.service), "quantity": "1"}] * count


@pytest.fixture(scope="module")
def warm(shop):
    """Bills of 10 and of 200 rows, and 200 bills; everything that is compiled once is compiled."""
    keeper = Caller(shop, "keeper")
    customers = [keeper.made("/shop/customer", {"name": f"Warm {n}"})["id"] for n in range(3)]
    made = {n: keeper.made("/shop/bill", {"customer": customers[0], "lines": lines(shop, n)})["id"] for n in (10, 200)}
    answer = keeper("POST", "/shop/bill", {"records": [
        {"customer": customers[n % 3], "note": "warm", "lines": lines(shop, 1)} for n in range(200)]})
    assert answer.status_code == 201, answer.text
    for path in ("/shop/bill?limit=1&count=yes&shown=yes", f"/shop/bill/{made[10]}"):
        assert keeper("GET", path).status_code == 200
    return made


@pytest.mark.parametrize("query", [
    "sort=-date", "sort=-date&count=yes", "sort=customer&count=yes&shown=yes", "where=total+>+1&count=yes",
    "note=warm&pieces.empty=yes&sort=-number&count=yes", "expand=customer", "fields=note,customer.name",
    "fields=note,lines", "search=warm&count=yes"])
def test_a_list_costs_at_most_four_whatever_the_page_holds(shop, warm, query):
    keeper, spent = Caller(shop, "keeper"), []
    for limit in (10, 200):
        with counted(shop) as found:
            answer = keeper("GET", f"/shop/bill?{query}&limit={limit}")
        assert answer.status_code == 200, answer.text
        assert len(answer.json["data"]) == limit
        assert len(found) <= LIST, str(found)
        spent.append(len(found))
    assert spent[0] == spent[1]


def test_a_read_costs_at_most_three_whatever_its_rows(shop, warm):
    keeper, spent = Caller(shop, "keeper"), []
    for rows, id in warm.items():
        with counted(shop) as first:
            keeper("GET", f"/shop/bill/{id}")
        assert len(first) <= READ + 1, f"a first look at a restricted field is journalled: {first}"
        with counted(shop) as found:
            answer = keeper("GET", f"/shop/bill/{id}")
        assert len(answer.json["lines"]) == rows
        assert len(found) <= READ, str(found)
        spent.append(len(found))
    assert spent[0] == spent[1]


def test_a_create_costs_at_most_six_whatever_its_rows(shop, warm):
    keeper, spent = Caller(shop, "keeper"), []
    for rows in (10, 200):
        with counted(shop) as found:
            answer = keeper("POST", "/shop/bill", {"customer": str(shop.ids.customer), "lines": lines(shop, rows)})
        assert answer.status_code == 201, answer.text
        assert len(found) <= CREATE, str(found)
        spent.append(len(found))
    assert spent[0] == spent[1]


def test_creating_many_costs_no_more_statements_than_a_few(shop, warm):
    keeper, spent = Caller(shop, "keeper"), []
    for count in (10, 200):
        with counted(shop) as found:
            answer = keeper("POST", "/shop/bill", {"records": [
                {"customer": str(shop.ids.customer), "lines": lines(shop, 2)}] * count})
        assert answer.status_code == 201, answer.text
        spent.append(len(found))
    assert spent[0] == spent[1] <= CREATE + 1, spent


def test_an_edit_of_one_field_is_cheap(shop, warm):
    keeper = Caller(shop, "keeper")
    with counted(shop) as found:
        answer = keeper("PATCH", f"/shop/bill/{warm[200]}", {"version": 1, "note": "one field"})
    assert answer.status_code == 200, answer.text
    assert len(found) <= CREATE, str(found)


def test_the_count_would_notice(shop, warm):
    """A planted statement per row is seen by the same count."""
    with counted(shop) as found, shop.site.database.reading() as connection:
        for _ in range(10):
            connection.execute(sa.text("SELECT 1"))
    assert len(found) == 10
