"""The YAML reader: text stays text, whatever could mean two things is refused, nothing costs much or escapes."""

from __future__ import annotations

import gc
import time

import pytest

from engine.loading import strict
from engine.loading.nodes import Mapping, Scalar, Sequence
from engine.loading.problems import Collector
from engine.loading.reading import plain


def read(text: str | bytes) -> tuple[object, list[str]]:
    found = Collector("a.yaml")
    root = strict.read(text if isinstance(text, bytes) else text.encode(), found)
    return (None if root is None else plain(root)), [problem.code for problem in found.problems]


def test_every_scalar_stays_what_was_written():
    text = "iin: 010101501234\ntime: 12:30\non: 1.10\nno: yes\ndate: 2026-09-01\nhex: 0x1F\nnull: ~\n"
    values, problems = read(text)
    assert problems == []
    assert values == {
        "iin": "010101501234",
        "time": "12:30",
        "on": "1.10",
        "no": "yes",
        "date": "2026-09-01",
        "hex": "0x1F",
        "null": "~",
    }


def test_nodes_know_their_place():
    root = strict.read("a:\n  - x\n  - {b: 'деп'}\n".encode(), Collector("a.yaml"))
    assert isinstance(root, Mapping)
    listed = root.get("a")
    assert isinstance(listed, Sequence) and (listed.line, listed.column) == (2, 3)
    inner = listed.items[1]
    assert isinstance(inner, Mapping) and inner.flow
    value = inner.get("b")
    assert isinstance(value, Scalar) and (value.line, value.column, value.column_of(0)) == (3, 9, 10)


REFUSED = {
    "anchor": ("a: &x 1\n", "yaml.anchor"),
    "alias": ("a: &x 1\nb: *x\n", "yaml.alias"),
    "anchored list": ("a: &x [1]\n", "yaml.anchor"),
    "tag": ("a: !!python/object:os.system 1\n", "yaml.tag"),
    "tag directive": ("%TAG ! tag:x,2000:\n---\na: 1\n", "yaml.tag"),
    "tagged mapping": ("a: !x {b: 1}\n", "yaml.tag"),
    "merge": ("a: {<<: {b: 1}}\n", "yaml.merge"),
    "duplicate": ("a: 1\nb: 2\na: 3\n", "yaml.duplicate-key"),
    "key is a list": ("? [a]\n: 1\n", "yaml.key-not-text"),
    "two documents": ("a: 1\n---\nb: 1\n", "yaml.documents"),
    "broken": ("a: [1\n", "yaml.syntax"),
    "tab": ("a:\n\tb: 1\n", "yaml.syntax"),
    "NUL": ("a: \0\n", "yaml.control"),
    "escape character": ("a: \x1b[31m\n", "yaml.control"),
    "mark within": ("a: \ufeffb\n", "yaml.control"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_mean_two_things_is_refused(case):
    text, code = REFUSED[case]
    assert code in read(text)[1]


def test_the_second_of_two_keys_does_not_win():
    values, problems = read("a: 1\na: 2\n")
    assert values == {"a": "1"} and problems == ["yaml.duplicate-key"]


def test_several_refusals_are_told_at_once():
    assert read("a: &x 1\nb: *x\nc: !!int 1\na: 2\n")[1] == [
        "yaml.anchor",
        "yaml.alias",
        "yaml.tag",
        "yaml.duplicate-key",
    ]


@pytest.mark.parametrize("text", ["a: ж\n".encode("utf-16"), b"a: \xff\n", b"\xfe\xff\x00a"])
def test_text_that_is_not_utf8_is_told(text):
    assert read(text) == (None, ["yaml.not-utf8"])


def test_the_mark_that_windows_editors_put_first_is_no_mistake():
    assert read(b"\xef\xbb\xbfa: 1\n") == ({"a": "1"}, [])


def many_events(count: int) -> str:
    return "a: [" + ",".join("1" for _ in range(count)) + "]"


BOMBS = {
    "100 kB of brackets": ("[" * 100_000, "yaml.too-deep"),
    "100 kB of braces": ("{" * 100_000, "yaml.key-not-text"),
    "open and closed": ("[" * 50_000 + "]" * 50_000, "yaml.too-deep"),
    "deep blocks": ("".join(" " * n + "a:\n" for n in range(900)), "yaml.too-deep"),
    "dashes": ("- " * 50_000, "yaml.too-deep"),
    "questions": ("? " * 50_000, "yaml.key-not-text"),
    "200,000 events": (many_events(210_000), "yaml.too-many-parts"),
    "more than a megabyte": ("a: " + "x" * 1_000_000, "yaml.too-large"),
    "laughs": ("a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a,*a]\n" for n in range(100)), "yaml.alias"),
    "quotes": ('"' * 99_999, "yaml.syntax"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_is_refused_in_bounded_time(case):
    text, code = BOMBS[case]
    gc.freeze()  # what other tests left is not walked again and again while this one is timed
    started = time.process_time()
    values, problems = read(text)
    taken = time.process_time() - started
    gc.unfreeze()
    assert code in problems
    assert values is None or code == "yaml.alias"
    assert taken < 3


def test_a_huge_scalar_below_the_limit_is_only_a_text():
    values, problems = read("a: " + "x" * 900_000)
    assert problems == [] and len(values["a"]) == 900_000


def test_the_limits_are_what_refuses(monkeypatch):
    """The planted defect: without the limits the same bombs pass, so the tests above can fail."""
    deep, wide, large = "[" * 200 + "]" * 200, many_events(210_000), BOMBS["more than a megabyte"][0]
    monkeypatch.setattr(strict, "MAX_DEPTH", 10_000)
    monkeypatch.setattr(strict, "MAX_EVENTS", 10_000_000)
    monkeypatch.setattr(strict, "MAX_BYTES", 10_000_000)
    found = Collector("a.yaml")
    assert all(strict.read(text.encode(), found) is not None for text in (deep, wide, large))
    assert found.problems == []


def test_depth_32_is_read_and_33_is_not():
    assert read("[" * 32 + "]" * 32)[1] == []
    assert read("[" * 33 + "]" * 33)[1] == ["yaml.too-deep"]


def test_a_reader_without_libyaml_says_what_to_install(monkeypatch):
    monkeypatch.setattr(strict, "EventReader", None)
    with pytest.raises(strict.NoFastReader, match="libyaml"):
        read("a: 1")


def test_nothing_but_problems_comes_out_of_random_bytes():
    import random

    drawn = random.Random(7)
    letters = "ab:,-[]{}&*!|>'\"%@`#?\n \t\u0000ж~<=."
    outcomes = set()
    for _ in range(2_000):
        _, problems = read("".join(drawn.choice(letters) for _ in range(drawn.randrange(1, 60))))
        outcomes.add(bool(problems))
    assert outcomes == {True, False}
