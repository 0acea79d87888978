"""Quick search finds what contains every word, on both databases, whatever characters are typed, by its index."""

import os
import random
from time import perf_counter

import pytest
import sqlalchemy as sa
from samples import PAYER, SALES

from engine.ids import new_id
from engine.language import search_key
from engine.storage.planner import apply_plan, make_plan
from engine.storage.search import search_clause, search_value
from engine.storage.tables import tables_of

NAMES = ["Қайрат Әлиев", "100% шырын", "a_b", 'ТОО "Алма"', "O'Brien", "back\\slash", "Ёлка, ель", "ЖШС Нұр-Сұлтан",
         "AND OR NOT", "(скобки)*", "x^2", "semi;colon -- drop", "тире–длинное", "ab", "Нан"]

SIZE = int(os.environ.get("QURASTYR_SEARCH_ROWS", "20000"))
"""100,000 were tried by hand: 0.2 ms by the index on SQLite, 3 ms on PostgreSQL."""


@pytest.fixture
def filled(database):
    with database.altering() as connection:
        apply_plan(connection, make_plan(connection, SALES))
    tables, unit = tables_of(SALES), new_id()
    with database.writing() as c:
        c.execute(sa.insert(tables.of("system.unit")).values(id=unit, organisation_id=unit, version=1))
        c.execute(sa.insert(tables.of("sales.payer")), [
            {"id": new_id(), "organisation_id": unit, "version": 1, "name": name,
             "search_text": search_value(PAYER, {"name": name, "bin": f"{n:012}"})} for n, name in enumerate(NAMES)])
    return database, tables.of("sales.payer"), unit


def found(database, table, typed):
    with database.reading() as c:
        return set(c.execute(sa.select(table.c.name).where(
            search_clause(database.dialect, table, search_key(typed)))).scalars())


TYPED = [
    "кайрат", "ҚАЙРАТ", "алиев қайрат", "100%", "%", "_", "a_b", "axb", '"Алма"', '"', "'", "o'br", "\\", "back\\s",
    "ель", "нур-султан", "and or", "NOT", "(скобки)*", "*", "^2", ";colon -- drop", "–", "ab", "н", "", "  ", "нан 14",
    "000000000003", "nothing like it", "a* OR b", "search_text:x", "NEAR(a b)",
]


def test_every_character_means_itself(filled):
    database, table, _ = filled
    said = {name: search_value(PAYER, {"name": name, "bin": f"{n:012}"}) for n, name in enumerate(NAMES)}
    for typed in TYPED:
        words = search_key(typed).split()
        expected = {name for name, text in said.items() if all(word in text for word in words)}
        assert found(database, table, typed) == expected, typed
    assert database.dialect == "postgresql" or found(database, table, "\0") <= set(NAMES)


def test_an_alias_is_searched_as_well(filled):
    database, table, _ = filled
    other = table.alias("other")
    with database.reading() as c:
        names = c.execute(sa.select(other.c.name).select_from(table.join(other, other.c.id == table.c.id)).where(
            search_clause(database.dialect, other, "кайрат"))).scalars().all()
    assert names == ["Қайрат Әлиев"]


def test_changes_are_followed_in_the_same_transaction(filled):
    database, table, _ = filled
    with database.writing() as c:
        c.execute(sa.update(table).where(table.c.name == "Нан").values(search_text="бауырсак"))
        ask = sa.select(table.c.name)
        assert c.execute(ask.where(search_clause(database.dialect, table, "бауыр"))).scalars().all() == ["Нан"]
        assert c.execute(ask.where(search_clause(database.dialect, table, "нан"))).scalars().all() == []
        c.execute(sa.delete(table).where(table.c.name == "ab"))
    if database.dialect == "sqlite":
        with database.altering() as c:
            c.exec_driver_sql("""INSERT INTO sales_payer__search (sales_payer__search) VALUES ('integrity-check')""")
        with database.altering() as c:
            c.exec_driver_sql("COMMIT")
            c.exec_driver_sql("VACUUM")
            c.exec_driver_sql("BEGIN")
        assert found(database, table, "бауыр") == {"Нан"}  # VACUUM renumbers rows that have no name of their own


def test_many_records_are_searched_by_the_index(filled):
    database, table, unit = filled
    draw = random.Random(3)
    letters = "абвгдежзиклмнопрстуфхцчшыьэюя"
    rows = []
    for n in range(SIZE):
        name = " ".join("".join(draw.choices(letters, k=7)) for _ in range(2))
        rows.append({"id": new_id(), "organisation_id": unit, "version": 1, "name": name,
                     "search_text": f"{name}\n{n:06}"})
    with database.writing() as c:
        for start in range(0, len(rows), 5000):
            c.execute(sa.insert(table), rows[start:start + 5000])
    if database.dialect == "postgresql":
        with database.altering() as c:
            c.exec_driver_sql("ANALYZE sales_payer")
    wanted = rows[SIZE * 3 // 4]["name"].split()[1][:6]
    query = sa.select(table.c.id).where(
        table.c.organisation_id == unit, search_clause(database.dialect, table, wanted)).order_by(table.c.id).limit(50)
    slow = sa.select(table.c.id).where(table.c.organisation_id == unit, table.c.name.like(f"%{wanted}%")).limit(50)

    def best(statement):
        times = []
        with database.reading() as c:
            for _ in range(5):
                started = perf_counter()
                rows = c.execute(statement).scalars().all()
                times.append(perf_counter() - started)
        return min(times), rows

    quick, answer = best(query)
    scan, same = best(slow)
    print(f"\n{database.dialect}: {quick * 1000:.2f} ms by the index, {scan * 1000:.2f} ms by reading all")
    assert set(answer) == set(same) and answer
    assert quick < scan
    assert ("INTEGER PRIMARY KEY" if database.dialect == "sqlite" else "tx_sales_payer") in plan_of(database, query)


def plan_of(database, query):
    """How the database would run it, with the values it would have."""
    if database.dialect == "sqlite":
        seen = []
        with database.altering() as c:
            raw = c.connection.dbapi_connection
            raw.set_trace_callback(seen.append)
            c.execute(query)
            raw.set_trace_callback(None)
            asked = next(text for text in seen if text.startswith("SELECT sales_payer"))
            return str(raw.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall())
    with database.reading() as c:
        text = query.compile(database.engine, compile_kwargs={"literal_binds": True}).string
        return str(c.exec_driver_sql(f"EXPLAIN {text}", execution_options={"no_parameters": True}).all())
