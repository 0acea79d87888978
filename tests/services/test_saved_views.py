"""Saved views: for whom they are, and that they never show more than their reader may see."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.services.publishing import publish
from engine.services.registries import Query, listing
from engine.services.registries.kept import (
    change_view,
    column_at,
    columns_offered,
    fit,
    keep_columns,
    kept,
    remove_view,
    restore_view,
    save_view,
    set_default,
)
from engine.storage.database import Database
from tests.services import world
from tests.services.conftest import Office, open_site, refused

ORDER = "lab.order"
ROLES = world.WORKSHOP["metadata/lab/_roles.yaml"].replace(
    "owner: {title: {kk: Иесі, ru: Хозяин}", "owner: {shares_views: yes, title: {kk: Иесі, ru: Хозяин}")


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    made = open_site(module_url, tmp_path_factory.mktemp("views"), world.files({"metadata/lab/_roles.yaml": ROLES}))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def office(site):
    return Office(site)


def entity(view):
    return view.catalog.entity(ORDER)


def save(office, who, title, audience="mine", role=None, **state):
    return office.write(who, lambda uow: save_view(uow, entity(uow), title, audience, role, state))


def titles(office, who):
    return {v.title for v in office.read(who, lambda view: kept(view, entity(view))).views}


def test_a_view_is_seen_by_whom_it_is_for_and_by_nobody_else(office, site):
    owner, author, reader = office.person("owner"), office.person("author"), office.person("reader")
    neighbour = Office(site).person("owner")
    save(office, owner, "Өзімдікі")
    save(office, author, "Автордікі")
    save(office, owner, "Авторларға", "role", "author")
    save(office, owner, "Барлығына", "everyone")
    assert titles(office, owner) == {"Өзімдікі", "Авторларға", "Барлығына"}
    assert titles(office, author) == {"Автордікі", "Авторларға", "Барлығына"}
    assert titles(office, reader) == {"Барлығына"}
    assert titles(office, neighbour) == set() and titles(office, office.person("stranger")) == set()


def test_only_who_may_share_keeps_views_for_others(office):
    author = office.person("author")
    for audience, role in (("everyone", None), ("role", "reader")):
        assert isinstance(refused(lambda a=audience, r=role: save(office, author, "x", a, r)), NotAllowed)
    mine = save(office, author, "Менікі")
    for audience, role in (("everyone", None), ("role", "reader")):
        assert isinstance(refused(lambda a=audience, r=role: office.write(author, lambda uow: change_view(
            uow, entity(uow), str(mine), 1, title="x", audience=a, role=r))), NotAllowed)
    assert isinstance(refused(lambda: save(office, office.owner, "x", "role", "stranger")), Invalid)
    assert isinstance(refused(lambda: save(office, office.owner, "  ")), Invalid)
    assert isinstance(refused(lambda: save(office, office.person("stranger"), "x")), NotFound)


def test_the_view_of_another_person_is_neither_read_nor_changed(office):
    owner, author = office.owner, office.person("author")
    hers = save(office, owner, "Жеке", where="total > 5")
    theirs = save(office, owner, "Ортақ", "everyone")

    def told(act, id):
        return type(refused(lambda: office.write(author, lambda uow: act(uow, entity(uow), str(id)))))

    for act in (lambda uow, e, id: change_view(uow, e, id, 1, state={}), lambda uow, e, id: remove_view(uow, e, id, 1)):
        assert told(act, hers) is NotFound and told(act, theirs) is NotAllowed
    assert told(set_default, hers) is NotFound and told(restore_view, hers) is NotFound


def test_a_stale_change_is_refused_and_a_removed_view_comes_back(office):
    owner = office.owner
    id = str(save(office, owner, "Өзгеретін", "everyone", where="total > 5"))
    office.write(owner, lambda uow: change_view(uow, entity(uow), id, 1, state={"where": "total > 6"}))
    assert isinstance(refused(lambda: office.write(
        owner, lambda uow: change_view(uow, entity(uow), id, 1, state={"where": "total > 7"}))), Conflict)
    office.write(owner, lambda uow: remove_view(uow, entity(uow), id, 2))
    assert "Өзгеретін" not in titles(office, owner) | titles(office, office.person("reader"))
    office.write(owner, lambda uow: restore_view(uow, entity(uow), id))
    found = office.read(office.person("reader"), lambda view: kept(view, entity(view)).view(id))
    assert found.title == "Өзгеретін" and found.audience == "everyone" and found.state == {"where": "total > 6"}


def test_one_statement_brings_views_columns_and_the_default(office, site):
    from tests.conftest import Statements

    owner = office.owner
    id = str(save(office, owner, "Әдепкі"))
    office.write(owner, lambda uow: set_default(uow, entity(uow), id))
    chosen = {"paths": ["number", "total"], "widths": {"total": 5_000}}
    office.write(owner, lambda uow: keep_columns(uow, entity(uow), "", **chosen))
    with Statements(site.database.engine) as sql:
        held = office.read(owner, lambda view: kept(view, entity(view)))
    assert len(sql) == 1 and str(held.default) == id
    assert held.columns == {"": {"paths": ["number", "total"], "widths": {"total": 900}}}
    office.write(owner, lambda uow: keep_columns(uow, entity(uow), "", totals={"total": "avg"}))
    held = office.read(owner, lambda view: kept(view, entity(view)))
    assert held.columns[""] == {"paths": ["number", "total"], "widths": {"total": 900}, "totals": {"total": "avg"}}
    office.write(owner, lambda uow: keep_columns(uow, entity(uow), ""))
    office.write(owner, lambda uow: set_default(uow, entity(uow), None))
    held = office.read(owner, lambda view: kept(view, entity(view)))
    assert held.columns == {} and held.default is None


def test_what_is_remembered_of_a_list_is_read_again_once_somebody_keeps_something(office, site):
    from dataclasses import replace

    from engine.services.identity.sessions import UNMOVED
    from engine.storage.stamps import LISTS, stamp_of
    from tests.conftest import Statements

    def now(who):
        """The person as a request that begins now knows them."""
        with site.database.reading() as connection:
            return replace(who, lists=connection.scalar(sa.select(stamp_of(LISTS))) or UNMOVED)

    def seen(who):
        return {v.title for v in office.read(who, lambda view: kept(view, entity(view))).views}

    owner, reader = office.owner, office.person("reader")
    here = now(owner)
    before = seen(here)
    with Statements(site.database.engine) as sql:
        assert seen(here) == before
    assert len(sql) == 0
    id = str(save(office, owner, "Жаңа", "everyone"))
    assert seen(now(owner)) == before | {"Жаңа"} and "Жаңа" in seen(now(reader))
    save(office, reader, "Менікі")
    assert "Менікі" in seen(now(reader)) and "Менікі" not in seen(now(owner))
    office.write(owner, lambda uow: keep_columns(uow, entity(uow), "", widths={"total": 300}))
    columns = office.read(now(owner), lambda view: kept(view, entity(view))).columns
    assert columns[""]["widths"] == {"total": 300}

    def within(uow):
        set_default(uow, entity(uow), id)
        return kept(uow, entity(uow)).default

    assert str(office.write(now(owner), within)) == id
    assert str(office.read(now(owner), lambda view: kept(view, entity(view))).default) == id


# -- what is hidden or gone -------------------------------------------------------------------------------------------

STATE = {
    "where": 'margin > 100 and (total > 5 or supplier.pin == "7") and any(lines, price > 1) and nothing == 1',
    "filters": [["margin", "gt", ["1"]], ["total", "gt", ["1"]], ["total", "contains", ["1"]], ["gone", "is", ["1"]]],
    "sort": ["-margin", "total", "gone"], "group": ["state", "margin", "date:month", "total"],
    "columns": ["number", "margin", "supplier.pin", "supplier.name", "gone"], "widths": {"number": 90, "margin": 50},
    "totals": {"margin": "sum", "total": "avg", "note": "sum"}, "view": "gone", "archived": True,
}


def fitted(office, who, state=STATE):
    def work(view):
        layout = view.catalog.registries[ORDER][-1]
        return fit(view, entity(view), layout, state)

    return office.read(who, work)


def test_what_the_reader_may_not_see_is_left_out_and_named_like_what_is_gone(office):
    made = fitted(office, office.person("author"))
    assert made.where == "total > 5 and any(lines, price > 1)"
    assert made.filters == [("total", "gt", ("1",))]
    assert made.sort == ("total",) and made.group == ("state", "date:month")
    assert made.paths == ("number", "supplier.name") and made.widths == {"number": 90}
    assert made.totals == {"total": "avg"} and made.view is None and made.archived is True
    assert set(made.gone) == {"gone", "margin", "supplier.pin", "nothing", "total"}
    seen = fitted(office, office.owner)
    assert "margin > 100" in seen.where and "supplier.pin" in seen.where and "margin" in seen.paths
    assert set(seen.gone) == {"gone", "nothing", "total", "margin"}, "money makes no groups, so that part goes for all"


def test_what_is_left_always_opens(office):
    for who in (office.owner, office.person("author"), office.person("reader")):
        made = fitted(office, who)
        query = Query(fields=made.paths, filters=made.filters, where=made.where, sort=made.sort,
                      totals=tuple(made.totals.items()), archived=True)
        assert office.read(who, lambda view, q=query: listing(view, ORDER, q)).records == []


def test_without_the_fitting_a_hidden_field_would_be_refused_by_the_list(office):
    """The second net under it: what `fit` leaves out the list itself would not answer."""
    author = office.person("author")
    for query in ({"where": "margin > 100"}, {"filters": [("margin", "gt", ["1"])]}, {"sort": ("-margin",)},
                  {"fields": ("margin",)}, {"totals": (("margin", "avg"),)}):
        assert {p.code for p in refused(lambda q=query: office.list(ORDER, author, **q)).problems} == {"field.unknown"}


@pytest.mark.parametrize("state", [
    {"where": 5, "filters": "x", "sort": {"a": 1}, "columns": [1, None, "number"], "widths": [1], "totals": "sum"},
    {"where": "((((", "filters": [["total"], "x", ["total", "gt", "1"]], "view": ["all"], "kind": "nothing"},
    {"where": "a" * 5_000, "sort": ["--total"], "group": ["date:week", ":", ""], "columns": ["a.b.c.d", "supplier."]},
])
def test_a_state_that_makes_no_sense_is_an_empty_view(office, state):
    made = fitted(office, office.owner, state)
    assert made.where == "" and made.filters == [] and made.sort == () and made.group == ()
    assert made.paths in ((), ("number",))


def test_columns_are_offered_as_far_as_they_are_seen(office):
    def offered(who):
        return {c.path for c in office.read(who, lambda view: columns_offered(view, entity(view)))}

    assert {"margin", "supplier.pin", "supplier.name", "lines"} <= offered(office.owner)
    assert not {"margin", "supplier.pin"} & offered(office.person("author"))
    # The reader sees suppliers on condition only: what stands behind the link is shown all the same, row by row.
    assert office.read(office.person("author"), lambda view: column_at(view, entity(view), "supplier.pin")) is None


def test_renamed_fields_are_followed(module_url, tmp_path_factory):
    """The rename is published under a view that names the old field everywhere."""
    site = open_site(module_url, tmp_path_factory.mktemp("renamed"), world.files({"metadata/lab/_roles.yaml": ROLES}))
    office = Office(site)
    state = {
        "where": 'margin > 100 and supplier.rating >= 3 and any(lines, amount > 5) and matches(note, "is", "а")',
        "filters": [["margin", "gt", ["1"]], ["lines.amount", "gt", ["1"]]], "sort": ["-margin"],
        "columns": ["number", "margin", "supplier.rating"], "widths": {"margin": 70}, "totals": {"margin": "max"},
    }
    renamed = {
        "metadata/lab/_roles.yaml": ROLES,
        "metadata/lab/order.yaml": world.WORKSHOP["metadata/lab/order.yaml"]
        .replace("  margin: {", "  profit: {was: margin, ").replace("      amount: {", "      cost_all: {was: amount, ")
        .replace("lines.amount", "lines.cost_all").replace("  note: {", "  remark: {was: note, ")
        .replace("search: [number, note, supplier]", "search: [number, remark, supplier]"),
        "metadata/lab/supplier.yaml": world.WORKSHOP["metadata/lab/supplier.yaml"]
        .replace("  rating: {", "  grade: {was: rating, "),
    }
    database = Database(module_url)
    publish(database, world.files(renamed))
    database.close()
    site.holder.current(site.catalog.revision + 1)
    made = fitted(office, office.owner, state)
    assert made.gone == []
    assert made.where == ('profit > 100 and supplier.grade >= 3 and any(lines, cost_all > 5) and '
                          'matches(remark, "is", "а")')
    assert made.filters == [("profit", "gt", ("1",)), ("lines.cost_all", "gt", ("1",))]
    assert made.sort == ("-profit",) and made.paths == ("number", "profit", "supplier.grade")
    assert made.widths == {"profit": 70} and made.totals == {"profit": "max"}
    site.database.close()
