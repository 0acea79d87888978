"""A list in parts: counts and totals of each value, the first records of all parts by one statement, rights held."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import BadRequest, NotFound
from engine.services.registries import Query
from engine.services.registries.parts import divide, firsts
from tests.conftest import Statements
from tests.services.conftest import refused, said

GAUGE = "lab.gauge"


@pytest.fixture(scope="module")
def gauges(office, things):
    made = []
    for n in range(30):
        made.append(office.create(GAUGE, {
            "label": f"ө{n:02}", "whole": n, "money": str(n), "flag": [True, False, None][n % 3],
            "group": ["p", "q", None][n % 3], **({"supplier": str(things.wood.id if n % 2 else things.metal.id)}
                                                  if n < 20 else {})}))
    return made


def parts(office, by, who=None, **query):
    return office.read(who or office.owner, lambda view: divide(view, GAUGE, Query(**query), by))


def first(office, divisions, who=None, **query):
    return office.read(who or office.owner, lambda view: firsts(view, GAUGE, Query(**query), divisions))


def test_each_value_has_its_count_and_its_totals(office, gauges):
    found = {p.value: (p.count, p.totals["money"]) for p in parts(office, "group", totals=("money",))}
    assert found == {"p": (10, Decimal(135)), "q": (10, Decimal(145)), None: (10, Decimal(155))}
    assert {p.value: p.count for p in parts(office, "flag", filters=[("whole", "lt", ["9"])])} == {
        True: 3, False: 3, None: 3}


def test_links_are_named_and_the_fullest_come_first(office, gauges, things):
    found = parts(office, "supplier", filters=[("whole", "lt", ["15"])])
    assert [(p.value, p.text, p.count) for p in found] == [
        (things.metal.id, "Темір", 8), (things.wood.id, "Ағаш", 7)]


def test_the_first_records_of_all_parts_come_in_the_order_of_the_list_and_go_on(office, gauges):
    heavy = [("group", "is", ["p"]), ("whole", "gt", ["25"])]
    divisions = [[("group", "is", ["q"])], [("group", "empty", ["yes"])], heavy]
    pages = first(office, divisions, sort=("-whole",), limit=4, fields=("whole",))
    assert [[r["whole"] for r in p.records] for p in pages] == [[28, 25, 22, 19], [29, 26, 23, 20], [27]]
    assert pages[2].next is None
    more = office.list(GAUGE, fields=("whole",), sort=("-whole",), filters=divisions[0], after=pages[0].next, limit=4)
    assert [r["whole"] for r in more.records] == [16, 13, 10, 7]


def test_empty_sort_keys_stand_last_in_every_part(office, gauges):
    wanted = {"sort": ("supplier", "whole"), "limit": 20, "fields": ("whole", "supplier")}
    pages = first(office, [[("group", "is", ["p"])]], **wanted)
    names = [r.get("@supplier") for r in pages[0].records]
    assert names == sorted((n for n in names if n), reverse=False) + [None] * names.count(None)


def test_rights_hold_in_parts(office, other, gauges):
    other.create(GAUGE, {"label": "бөтен", "group": "p"})
    reader = office.person("reader")  # sees whole > 1 only
    assert {p.value: p.count for p in parts(office, "group", reader)} == {"p": 9, "q": 9, None: 10}
    pages = first(office, [[("group", "is", ["p"])]], reader, sort=("whole",), limit=2, fields=("whole",))
    assert [r["whole"] for r in pages[0].records] == [3, 6]
    assert sum(p.count for p in parts(other, "group")) == 1
    with pytest.raises(NotFound):
        office.read(office.owner, lambda view: divide(view, "lab.nothing", Query(), "group"))


def test_a_hidden_and_an_unknown_field_are_refused_alike(office, gauges):
    reader = office.person("reader")

    def asked(by):
        return refused(lambda: office.read(reader, lambda view: divide(view, "lab.card", Query(), by)))

    assert said(asked("gamma")) == said(asked("gamna")) == {("by", "field.unknown")}
    assert isinstance(refused(lambda: parts(office, "moment")), BadRequest)


def test_statements_do_not_grow_with_parts_or_records(site, office, gauges):
    with Statements(site.database.engine) as sql:
        parts(office, "supplier", totals=("money", "whole"))
    assert len(sql) == 2, sql.texts
    for divisions in ([[("group", "is", ["p"])]], [[("whole", "is", [str(n)])] for n in range(20)]):
        with Statements(site.database.engine) as sql:
            first(office, divisions, limit=5)
        assert len(sql) == 1, sql.texts
