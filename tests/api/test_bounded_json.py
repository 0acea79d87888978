"""Bodies from strangers: accepted as JSON says, or refused with a reason, quickly."""

import time
import tracemalloc

import pytest

from engine.api.bounded_json import DEPTH, Fraction, read_json
from engine.errors import BadRequest


def code_of(body: bytes) -> str:
    with pytest.raises(BadRequest) as refused:
        read_json(body)
    (problem,) = refused.value.problems
    for language in ("kk", "ru", "en"):
        assert "%(" not in problem.text(language)
    return problem.code


def test_ordinary_bodies_are_read():
    body = '{"name": "Әлия \\"[{", "n": -9223372036854775808, "rows": [{"a": null}, true], "u": "\\u04d9"}'
    assert read_json(body.encode()) == {
        "name": 'Әлия "[{', "n": -(2**63), "rows": [{"a": None}, True], "u": "ә"}


def test_a_fraction_is_known_to_be_one():
    assert isinstance(read_json(b'[1.5]')[0], Fraction)
    assert isinstance(read_json(b'[1e2]')[0], Fraction)
    assert type(read_json(b'[15]')[0]) is int


@pytest.mark.parametrize(("body", "code"), [
    (b'{"a": 1, "a": 2}', "json.duplicate"),
    (b'{"a": {"b": 1, "c": 2, "b": 1}}', "json.duplicate"),
    (b'[NaN]', "json.number"), (b'[Infinity]', "json.number"), (b'[-Infinity]', "json.number"),
    (b'[1e999]', "json.number"),
    (b'[9223372036854775808]', "json.integer"), (b'[-9223372036854775809]', "json.integer"),
    (b'[' + b'9' * 100_000 + b']', "json.integer"),
    (b'["\\u0000"]', "json.character"), (b'{"\\ud800": 1}', "json.character"),
    (b'', "json.syntax"), (b'{', "json.syntax"), (b'{"a": 1,}', "json.syntax"), (b'"' * 1001, "json.syntax"),
    (b'["\x00"]', "json.syntax"), (b'1 2', "json.syntax"), (b'"abc\\', "json.syntax"),
    (b'\xff\xfe', "json.encoding"), ('{"a": 1}'.encode("utf-16"), "json.encoding"),
    (b'[' * (DEPTH + 1) + b']' * (DEPTH + 1), "json.too-deep"),
    (b'[' * 100_000, "json.too-deep"), (b'{"a":' * 100_000, "json.too-deep"), (b']' * 99 + b'[', "json.syntax"),
    (b'[' + b'[],' * 300_000 + b'0]', "json.too-many"),
])
def test_what_is_not_accepted_says_why(body, code):
    assert code_of(body) == code


def test_brackets_inside_strings_are_not_nesting():
    assert read_json(b'["' + b'[' * 1000 + b'\\"[["]') == ['[' * 1000 + '"[[']


def test_depth_allowed_is_depth_allowed():
    assert read_json(b'[' * DEPTH + b']' * DEPTH) is not None


@pytest.mark.parametrize("body", [
    b'[' * 4_000_000, b'"\\' * 2_000_000, b'"' * 3_999_999, b'[' + b'[],' * 1_300_000, b'{"a":' * 800_000,
    b'\\"' * 2_000_000, b'1' * 4_000_000,
], ids=["brackets", "backslashes", "quotes", "siblings", "objects", "escaped", "digits"])
def test_four_megabytes_of_malice_are_refused_in_bounded_time_and_memory(body):
    tracemalloc.start()
    begun = time.perf_counter()
    code_of(body)
    spent = time.perf_counter() - begun
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 3, f"{spent:.2f} s"
    assert peak < 60 * 2**20, f"{peak / 2**20:.0f} MB"
