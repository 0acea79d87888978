"""The lists of the shipped modules are read off indexes, from the first page to the last, on both databases."""

from __future__ import annotations

import itertools
import re

import pytest
import sqlalchemy as sa

from engine.config import Settings
from engine.ids import new_id
from engine.loading.files import read_folder
from engine.services.actor import Actor
from engine.services.publishing import publish
from engine.services.registries import Query, listing
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.schema import order_column
from engine.storage.tables import tables_of
from tests.conftest import ROOT, Statements


@pytest.fixture(scope="module")
def shipped(module_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("indexes")
    database = Database(module_url)
    publish(database, read_folder(ROOT))
    database.close()
    site = Site.open(Settings.of(folder, module_url).prepare())
    yield site
    site.database.close()


def orders(catalog):
    """(entity, order) of every list as it is opened, where the first field has a column of its own."""
    found = set()
    for address, layouts in catalog.registries.items():
        entity = catalog.entity(address)
        for layout in layouts:
            for sort in (layout.sort, *(v.sort or ((v.by,) if v.by else ()) for v in layout.views.values())):
                f = entity.fields.get(sort[0].lstrip("-")) if sort else None
                if f is not None and order_column(entity, tables_of(catalog).of(entity), f) is not None:
                    found.add((address, sort))
    return sorted(found)


def plans(site, entity, sort, **where):
    """How the database would read a page, as the lines of its plan."""
    actor = Actor("user", new_id(), "x", "x", None, new_id(), (), frozenset({"administrator"}), "ru")
    query = Query(fields=("id",), sort=sort, limit=50, shown=False, **where)
    given = []

    def note(connection, cursor, statement, parameters, context, many):
        given.append(parameters)

    sa.event.listen(site.database.engine, "before_cursor_execute", note)
    with Statements(site.database.engine) as sql:
        site.read(actor, lambda view: listing(view, entity, query))
    statement, parameters = sql.texts[-1], given[-1]
    sa.event.remove(site.database.engine, "before_cursor_execute", note)
    with site.database.writing() as connection:  # SET LOCAL is of a transaction
        if site.database.dialect == "postgresql":
            for switch in ("enable_sort", "enable_seqscan", "enable_bitmapscan"):
                connection.exec_driver_sql(f"SET LOCAL {switch} = off")
        explain = "EXPLAIN QUERY PLAN " if site.database.dialect == "sqlite" else "EXPLAIN "
        return [str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)]


def whole_sorts(site, lines):
    """Lines of the plan that say that everything which matches is put in order.

    Not counted: the filled and the empty ones of an order, fifty of each, merged on top of all; and on SQLite the order
    of the empty ones among themselves.
    """
    if site.database.dialect == "sqlite":
        whole = re.compile(r"SEARCH .*\((organisation_id=\?)?\)|SCAN (?!anon).*")
        return [line for before, line in itertools.pairwise(lines)
                if line == "USE TEMP B-TREE FOR ORDER BY" and whole.fullmatch(before)]
    merged = next((n for n, line in enumerate(lines) if "Append" in line), -1)
    return [line for line in lines[merged + 1:] if re.match(r"\s*(->)?\s*Sort\b(?! Key)", line)]


def test_every_list_opens_from_an_index_at_both_ends(shipped):
    told = {}
    for address, sort in orders(shipped.catalog):
        for place in ({}, {"before": ""}):
            lines = plans(shipped, address, sort, **place)
            if whole_sorts(shipped, lines):
                told[address, sort, tuple(place)] = lines
    assert len(orders(shipped.catalog)) > 15
    assert not told, told


def test_the_reading_of_plans_can_fail(shipped):
    """An order that nobody declared has no index: the whole list is sorted."""
    lines = plans(shipped, "school.learner", ("updated_at",))
    assert whole_sorts(shipped, lines)
