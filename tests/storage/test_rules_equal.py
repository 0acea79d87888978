"""Both readings of the rule language mean the same: Python's value, SQLite's and PostgreSQL's, on random typed rules.

QURASTYR_RULES_SEED draws other rules; QURASTYR_RULES_COUNT more of them. QURASTYR_TEST_POSTGRESQL is a URL of a
server on
which a database may be made (default: the local one); without a server that half is skipped, and says so.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from engine.expression import FUNCTIONS, RuleProblem, closures, compile_rule, exact
from engine.expression.rule import Rule
from engine.storage import numbers as sqlite_numbers
from engine.storage.rules import clause, reading, value
from engine.storage.rules import functions as sql_functions
from tests.conftest import FULL
from tests.proofs import write_proof
from tests.storage.rules_generator import Generator
from tests.storage.rules_world import TableSource, World, invoice_scope, invoices, make_world

SEED = int(os.environ.get("QURASTYR_RULES_SEED", "20260901"))
COUNT = int(os.environ.get("QURASTYR_RULES_COUNT", "2000" if FULL else "800"))
POSTGRESQL = os.environ.get("QURASTYR_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
FIGURES: dict[str, tuple[Any, str, Any]] = {}


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(SEED)


@pytest.fixture(scope="module")
def sqlite(world: World) -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    sa.event.listen(engine, "connect", lambda connection, record: sqlite_numbers.register_functions(connection))
    with engine.connect() as connection:
        world.store(connection)
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql(world: World) -> Iterator[sa.Connection]:
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    name = f"q_rules_{os.getpid()}"
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except sa.exc.OperationalError as problem:
        pytest.skip(f"no PostgreSQL: {str(problem.orig).splitlines()[0]}")
    engine = sa.create_engine(sa.make_url(POSTGRESQL).set(database=name))
    try:
        with engine.connect() as connection:
            world.store(connection)
            connection.commit()
            connection.exec_driver_sql("SET jit = off")
            yield connection
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


@pytest.fixture(scope="module")
def drawn() -> tuple[list[Rule], Generator]:
    """The rules of this run. What the checker refuses is not drawn again, but counted."""
    generator = Generator(SEED)
    made: list[Rule] = []
    refused: Counter[str] = Counter()
    while len(made) < COUNT:
        _, text = generator.rule()
        try:
            made.append(compile_rule(text, invoice_scope))
        except RuleProblem as problem:
            refused[problem.code] += 1
    generator.counts.update({f"refused {code}": count for code, count in refused.items()})
    # Bounds and comparisons with what is always empty; anything else would be a mistake of the generator.
    assert set(refused) <= {
        "rule.too_deep",
        "rule.too_many_parts",
        "rule.too_long",
        "rule.number_too_wide",
        "rule.compare_with_none",
    }, refused
    return made, generator


def differences(connection: sa.Connection, world: World, rule: Rule) -> list[str]:
    """Where the readings of one rule part; empty when they agree."""
    expected = {record["id"]: rule.evaluate(world.context(record)) for record in world.invoices}
    source = TableSource(invoices, connection.dialect.name)
    key = source.table.c.id
    got = {row[0]: row[1] for row in connection.execute(sa.select(key, value(rule, source, world.binds())))}
    found = [
        f"value of {rule.text!r} for {number}: Python {expected[number]!r}, SQL {got.get(number)!r}"
        for number in expected
        if (got.get(number), type(got.get(number))) != (expected[number], type(expected[number]))
    ]
    if rule.type.name == "boolean":
        source = TableSource(invoices, connection.dialect.name)
        chosen = set(
            connection.execute(sa.select(source.table.c.id).where(clause(rule, source, world.binds()))).scalars()
        )
        wanted = {number for number, holds in expected.items() if holds}
        if chosen != wanted:
            found.append(f"WHERE {rule.text!r}: Python {sorted(map(str, wanted))}, SQL {sorted(map(str, chosen))}")
    return found


def compare_all(connection: sa.Connection, world: World, rules: list[Rule]) -> None:
    started = time.perf_counter()
    found = [each for rule in rules for each in differences(connection, world, rule)]
    name = connection.dialect.name
    FIGURES[f"rules compared on {name}"] = (len(rules), ">=", 2000)
    FIGURES[f"values compared on {name}"] = (len(rules) * len(world.invoices), ">=", 2000)
    FIGURES[f"differences on {name}"] = (len(found), "==", 0)
    print(
        f"\n{name}: {len(rules)} rules over {len(world.invoices)} records, seed {SEED}, "
        f"{time.perf_counter() - started:.1f} s, differences: {len(found)}"
    )
    assert not found, "\n".join(found[:10])


def test_sqlite_and_python_agree(sqlite, world, drawn):
    compare_all(sqlite, world, drawn[0])


def test_postgresql_and_python_agree(postgresql, world, drawn):
    compare_all(postgresql, world, drawn[0])


def test_the_generator_covers_the_language(world, drawn):
    """Every function, every type, links, rows, rows within rows; and the answers are neither all empty nor all
    false."""
    rules, generator = drawn
    values = [rule.evaluate(world.context(record)) for rule in rules for record in world.invoices[:4]]
    empty = sum(each is None for each in values) / len(values)
    truths = [each for each in values if isinstance(each, bool)]
    true = sum(truths) / len(truths)
    data = [each for record in world.invoices for each in record.values() if not isinstance(each, list)]
    over_rows = sum(any(path[0] == "lines" for path in rule.paths) for rule in rules)
    over_links = sum(
        any(len(path) > 1 and path[-2] in ("supplier", "payer", "parent", "service") for path in rule.paths)
        for rule in rules
    )
    print(
        f"\nseed {SEED}; {len(rules)} rules; answers: {empty:.0%} empty, {true:.0%} of conditions true; "
        f"data: {sum(each is None for each in data) / len(data):.0%} empty; "
        f"{over_rows} rules read rows, {over_links} read over links"
    )
    for what, count in sorted(generator.counts.items()):
        print(f"  {what}: {count}")
    # `matches` has one reading only: a list's own scope says what it compares.
    drawn_ones = {what.split()[1] for what in generator.counts if what.startswith("function ")}
    unused = set(FUNCTIONS) - {"matches"} - drawn_ones
    assert not unused, f"functions never drawn: {sorted(unused)}"
    assert 0.02 < empty < 0.6
    assert 0.15 < true < 0.85
    assert over_rows > len(rules) * 0.1
    assert over_links > len(rules) * 0.1
    FIGURES["functions never drawn"] = (len(unused), "==", 0)


@contextmanager
def planted(holder: Any, name: str, wrong: Any) -> Iterator[None]:
    """A mistake for the time of the block, in a module or a dict."""
    get, put = (dict.__getitem__, dict.__setitem__) if isinstance(holder, dict) else (getattr, setattr)
    right = get(holder, name)
    put(holder, name, wrong)
    try:
        yield
    finally:
        put(holder, name, right)


def _native_case(name: str) -> Callable[..., sa.ColumnElement]:
    return lambda reader, node, frames: getattr(sa.func, name)(
        reader.value(node.arguments[0], frames), type_=sa.String()
    )


def _floored_remainder(a: Any, b: Any) -> Any:
    rest = exact.remainder(a, b)
    return rest + b if rest and (a < 0) != (b < 0) else rest


def _cut_quotient(a: Any, b: Any) -> Any:
    if not b:
        return None
    return exact.CONTEXT.divide(Decimal(a), Decimal(b)).quantize(Decimal("1e-10"), "ROUND_DOWN", exact.CONTEXT)


def _drifting(number: int, fit: Callable[[int], Any] = sqlite_numbers._fit) -> Any:
    return fit(number if abs(number) < 2**53 else number // 1000 * 1000)


#: Name: where it is planted, and the word of the rules that are worth trying.
PLANTED: dict[str, tuple[Any, str, Any, str]] = {
    ">= read as >": (reading._COMPARE, ">=", reading._COMPARE[">"], ">="),
    "NULL leaks out of comparisons": (reading, "_always", lambda node: True, "not"),
    "half goes to even": (sqlite_numbers, "_half_up", lambda number, unit: round(number / unit), "round("),
    "remainder with the sign of the divisor": (closures._ARITHMETIC, "%", _floored_remainder, "%"),
    "quotient cut, not rounded": (closures._ARITHMETIC, "/", _cut_quotient, "/"),
    "least of rows is the first": (closures._GATHER, "min", lambda values: next(values, None), "min("),
    "begins with means contains": (sql_functions.SQL, "starts_with", sql_functions.SQL["contains"], "starts_with("),
    "the database's own lower": (sql_functions.SQL, "lower", _native_case("lower"), "lower("),
    "large numbers as floats": (sqlite_numbers, "_fit", _drifting, "*"),
    "all means any": (closures._GATHER, "all", any, "all("),
    "empty texts stay": (sql_functions.SQL, "trim", _native_case("trim"), "trim("),
}


def drawn_with(word: str, most: int = 300) -> Iterator[str]:
    """Rules of the generator that hold a word; as many as are asked for, whatever QURASTYR_RULES_COUNT says."""
    generator, given = Generator(SEED), 0
    while given < most:
        _, text = generator.rule()
        if word not in text:
            continue
        try:
            compile_rule(text, invoice_scope)
        except RuleProblem:
            continue
        given += 1
        yield text


def test_a_planted_difference_is_caught(sqlite, world):
    """The comparison is worth something: each mistake planted in either reading shows up within the drawn rules."""
    missed, after = [], []
    for name, (holder, key, wrong, word) in PLANTED.items():
        with planted(holder, key, wrong):
            for position, text in enumerate(drawn_with(word), 1):
                # Compiled anew, so that a mistake planted in the closures is in them.
                if differences(sqlite, world, compile_rule(text, invoice_scope)):
                    after.append(f"{name} (rule {position} of those with {word})")
                    break
            else:
                missed.append(name)
    print(f"\ncaught {len(PLANTED) - len(missed)} of {len(PLANTED)}: " + "; ".join(after))
    FIGURES["planted differences caught"] = (len(PLANTED) - len(missed), "==", len(PLANTED))
    assert not missed


def test_the_proof_is_written(drawn):
    """Last in the file: the figures of the tests above. A run of a part of them, or with fewer rules, writes
    nothing."""
    needed = {
        "rules compared on sqlite",
        "rules compared on postgresql",
        "planted differences caught",
        "functions never drawn",
    }
    if not needed <= set(FIGURES) or COUNT < 2000:
        pytest.skip("not everything that the proof names was run")
    proof = write_proof(
        "rule-language",
        FIGURES,
        SEED,
        "Random typed rules over 12 invoices with lines, parts and linked suppliers; "
        "a quarter of the data empty, numbers up to 18 digits. tests/storage/test_rules_equal.py",
    )
    assert all(figure["ok"] for figure in proof["figures"].values())
