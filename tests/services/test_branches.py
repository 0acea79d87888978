"""A list of a tree by its branches, with the conditions and the rights of the list throughout."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, NotFound
from engine.services.registries import Query
from engine.services.registries.branches import above, below, children_of, roots
from tests.conftest import Statements
from tests.services.conftest import refused

UNIT = "system.unit"


@pytest.fixture(scope="module")
def units(office):
    """School > two corps > classrooms, and a loose one; the school itself is the organisation of the office."""

    def make(code, parent=None, **more):
        raw = {"code": f"{office.code}-{code}", "name": {"kk": code, "ru": code}, "kind": "building", **more}
        return office.create(UNIT, raw | ({"parent": str(parent.id)} if parent else {}), who=office.system)

    a, b = make("a"), make("b")
    inner = [make(f"a{n}", a) for n in range(3)]
    deep = make("a0x", inner[0])
    gone = make("a9", a)
    office.do("archive", gone, who=office.system)
    return {"a": a, "b": b, "a0": inner[0], "a1": inner[1], "a2": inner[2], "a0x": deep, "gone": gone}


def codes(office, page):
    prefix = office.code + "-"
    return [r["code"].removeprefix(prefix) for r in page.records if r["code"].startswith(prefix)]


def ask(office, work, who=None):
    return office.read(who or office.system, work)


WANTED = Query(fields=("code", "parent"), sort=("code",))


def test_records_without_a_listed_parent_stand_on_top(office, units):
    assert codes(office, ask(office, lambda v: roots(v, UNIT, WANTED))) == ["a", "b"]
    lost = Query(fields=("code", "parent"), sort=("code",), filters=[("code", "not", [units["a"].values["code"]])])
    assert codes(office, ask(office, lambda v: roots(v, UNIT, lost))) == ["a0", "a1", "a2", "b"]


def test_only_what_is_listed_stands_below(office, units):
    page = ask(office, lambda v: below(v, UNIT, WANTED, [units["a"].id, units["a0"].id]))
    assert codes(office, page) == ["a0", "a0x", "a1", "a2"]
    counted = ask(office, lambda v: children_of(v, UNIT, WANTED, [u.id for u in units.values()]))
    assert counted == {units["a"].id: 3, units["a0"].id: 1}


def test_all_that_is_above_is_found_at_once(office, units):
    found = ask(office, lambda v: above(v, UNIT, [units["a0x"].id, units["b"].id]))
    assert set(found) == {units["a"].id, units["a0"].id}


def test_pages_of_the_top_go_on(office, units):
    first = ask(office, lambda v: roots(v, UNIT, Query(fields=("code",), sort=("-code",), limit=1, count=True)))
    assert first.next and first.count >= 2


def test_other_organisations_are_not_in_the_tree(office, other, units):
    assert codes(office, ask(other, lambda v: roots(v, UNIT, WANTED))) == []
    assert ask(other, lambda v: below(v, UNIT, WANTED, [units["a"].id])).records == []
    assert ask(other, lambda v: children_of(v, UNIT, WANTED, [units["a"].id])) == {}


def test_what_is_no_tree_is_refused(office):
    assert isinstance(refused(lambda: ask(office, lambda v: roots(v, "lab.card", Query()))), BadRequest)
    with pytest.raises(NotFound):
        ask(office, lambda v: above(v, "lab.nothing", []))


def test_statements_do_not_grow(site, office, units):
    for work in (lambda v: roots(v, UNIT, WANTED), lambda v: below(v, UNIT, WANTED, [u.id for u in units.values()]),
                 lambda v: children_of(v, UNIT, WANTED, [u.id for u in units.values()]),
                 lambda v: above(v, UNIT, [u.id for u in units.values()])):
        with Statements(site.database.engine) as sql:
            ask(office, work)
        assert len(sql) == 1, sql.texts
