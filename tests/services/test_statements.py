"""How many statements the verbs cost, BEGIN and COMMIT not counted: a budget that does not grow with rows or records.

The door's own statement (session or key, with the rights and the revision) is counted in.
"""

from __future__ import annotations

import pytest

from engine.services import records
from engine.services.identity import actor_of_key, create_key
from engine.services.registries import Query, listing
from tests.conftest import Statements
from tests.services.conftest import Office

LIST, READ, CREATE = 4, 3, 6


@pytest.fixture(scope="module")
def counted(site):
    """(kind of request, rows or records) -> statements; the caches are warm, as in a process that serves."""
    office = Office(site)
    key = create_key(site, office.owner.login, "statements")
    supplier = office.create("lab.supplier", {"name": "Ағаш", "area": "wood"})
    items = [
        office.create("lab.item", {"name": f"Зат {n}", "price": "5", "supplier": str(supplier.id)}) for n in range(5)
    ]

    def raw(rows):
        return {
            "supplier": str(supplier.id),
            "lines": [{"item": str(items[n % 5].id), "quantity": "2"} for n in range(rows)],
        }

    def asked(work, write=False):
        actor = actor_of_key(site, key)
        return (site.write if write else site.read)(actor, work)

    def made(rows):
        return asked(lambda uow: records.create(uow, "lab.order", raw(rows)), True)

    found = {}
    page = Query(
        sort=("-date",),
        count=True,
        limit=200,
        totals=("total",),
        fields=("number", "date", "supplier", "total", "state"),
        filters=[("state", "is", ["draft"])],
    )

    def measure(name, work):
        work()
        with Statements(site.database.engine) as sql:
            work()
        found[name] = sql.texts

    for rows in (3, 100):
        measure(("create", rows), lambda rows=rows: made(rows))
        record = made(rows)
        measure(("read", rows), lambda record=record: asked(lambda v: records.read(v, "lab.order", record.id)))
        holder = [record]

        def edit(holder=holder):
            last = holder[0]
            holder[0] = asked(
                lambda u: records.edit(u, "lab.order", last.id, {"note": str(last.version)}, last.version), True
            )

        measure(("edit", rows), edit)
    measure(("list", "few"), lambda: asked(lambda v: listing(v, "lab.order", page)))
    asked(lambda uow: records.create_many(uow, "lab.order", [raw(3)] * 190), True)
    assert len(asked(lambda v: listing(v, "lab.order", page)).records) > 190
    measure(("list", "many"), lambda: asked(lambda v: listing(v, "lab.order", page)))
    for count in (2, 50):
        measure(
            ("create many", count),
            lambda count=count: asked(lambda uow: records.create_many(uow, "lab.order", [raw(3)] * count), True),
        )
    return found


def told(texts):
    return "\n\n".join(text[:300] for text in texts)


@pytest.mark.parametrize(
    ("kind", "sizes", "budget"),
    [
        ("list", ("few", "many"), LIST),
        ("create", (3, 100), CREATE),
        ("create many", (2, 50), CREATE),
    ],
)
def test_the_budget_holds_and_does_not_grow(counted, kind, sizes, budget):
    few, many = (counted[kind, size] for size in sizes)
    assert len(few) == len(many), told(many)
    assert len(few) <= budget, told(few)


def test_reading_costs_one_statement_a_table_of_rows(counted):
    """The order has rows within rows, a table more than the invoice that the budget of three speaks of."""
    few, many = counted["read", 3], counted["read", 100]
    assert len(few) == len(many) <= READ + 1, told(few)


def test_an_edit_of_one_field_leaves_the_rows_alone(counted):
    assert len(counted["edit", 3]) == len(counted["edit", 100])
    assert not [
        t for t in counted["edit", 100] if "lab_order__lines" in t and t.startswith(("INSERT", "UPDATE", "DELETE"))
    ]


def test_a_read_of_rows_without_rows_inside_costs_three(site):
    office = Office(site)
    key = create_key(site, office.owner.login, "statements")
    user = office.person("reader")

    def read():
        actor_of_key(site, key)
        return site.read(office.system, lambda v: records.read(v, "system.user", user.user_id))

    read()
    with Statements(site.database.engine) as sql:
        assert read().values["roles"]
    assert len(sql) <= READ, told(sql.texts)
