"""How far a page counts: less where a list is long, by what the database knows without counting."""

from __future__ import annotations

from engine.services import records, sizes
from engine.storage.tables import tables_of
from tests.conftest import Statements
from tests.services.conftest import Office

USER = "system.user"


def test_a_long_list_is_counted_less_far(site, monkeypatch):
    office = Office(site)
    office.write(office.system, lambda uow: records.create_many(
        uow, USER, [{"login": f"{office.code.lower()}.many{n}", "active": True, "roles": [{"role": "owner"}]}
                     for n in range(30)]))
    if site.database.dialect == "postgresql":
        with site.database.altering() as connection:
            connection.exec_driver_sql(f"ANALYZE {tables_of(site.catalog).of(USER).name}")

    def asked(view):
        return sizes.counted_to(view, view.catalog.entity(USER))

    monkeypatch.setattr(site, "sizes", sizes.Sizes())
    assert office.read(office.owner, asked) == sizes.COUNTED
    monkeypatch.setattr(sizes, "LONG", 20)
    assert office.read(office.owner, asked) == sizes.COUNTED  # not asked for again so soon
    monkeypatch.setattr(site, "sizes", sizes.Sizes())
    with Statements(site.database.engine) as sql:
        assert [office.read(office.owner, asked) for _ in range(3)] == [sizes.COUNTED_OF_LONG] * 3
    assert len(sql) == 1
