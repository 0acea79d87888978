"""What a list is asked to show, as a URL: the quick way of writing it says what the pairs say, and is read back."""

from __future__ import annotations

import random
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from engine.web.state import FIRST_PAGE, Filter, State

VALUES = {
    "view": [None, "unpaid"], "search": ["", "Қайрат & Co"], "where": ["", "total > 5"],
    "filters": [(), (Filter("state", "is", ("posted",)), Filter("date", "between", ("2026-01-01", "2026-02-01")))],
    "sort": [(), ("-date", "number")], "group": [(), ("date:month",), ("-",)], "archived": [False, True],
    "last": [False, True], "exact": [False, True], "counts": [False, True], "saved": [None, "a1"], "of": [None, "b2"],
    "all": [False, True], "kind": [None, "board"], "by": [None, "state"], "on": [None, "2026-05-01"],
    "span": [None, "week"], "after": [None, "to+ken/"], "before": [None, "x"], "editing": ["", "total"],
}


def drawn(draw, names):
    return {name: draw.choice(VALUES[name]) for name in names}


def test_a_url_says_what_the_pairs_say_whatever_is_changed():
    draw, changed = random.Random(20_261_126), 0
    for _ in range(3_000):
        state = State(**drawn(draw, VALUES))
        changes = drawn(draw, draw.sample(list(VALUES), draw.randrange(len(VALUES) + 1)))
        pairs = state.pairs(**{**FIRST_PAGE, **changes})
        assert state.url("/list", **changes) == ("/list?" + urlencode(pairs) if pairs else "/list")
        changed += bool(changes)
    assert changed > 2_000


def test_a_plain_list_stays_plain_when_what_narrowed_it_is_taken_away():
    state = State(all=True, search="x", filters=VALUES["filters"][1])
    assert state.url("/list", search="", filters=()) == "/list?all=1"
    assert "all" not in dict(parse_qsl(state.url("/list").partition("?")[2]))


def test_what_a_url_says_is_read_back():
    draw = random.Random(7)
    for _ in range(500):
        state = State(**{**drawn(draw, VALUES), "all": False})
        assert State.read(MultiDict(state.pairs())) == state
