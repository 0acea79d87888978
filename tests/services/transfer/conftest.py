"""The shop on each database, tables as people make them, and an import taken from the file to its end."""

from __future__ import annotations

import io
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from engine.errors import Refusal
from engine.services import records
from engine.services.transfer.importing import keeping, verbs, wrong
from engine.services.transfer.importing.plan import Corrections, Plan
from engine.services.transfer.importing.targets import targets
from tests.services.conftest import Office, open_site
from tests.services.transfer import shop


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    made = open_site(module_url, tmp_path_factory.mktemp("shop"), shop.files())
    yield made
    made.database.close()


class Shop(Office):
    """An organisation with a keeper, and what becomes of tables there."""

    def __init__(self, site):
        super().__init__(site)
        self.keeper = self.owner

    def begin(self, address: str, data: bytes, who=None, name: str = "table.xlsx", language: str = "ru"):
        return verbs.begin(self.site, who or self.keeper, address, io.BytesIO(data), name, language=language)

    def proposed(self, address: str, id, who=None, language: str = "ru") -> Plan:
        """The plan that the page of columns would offer."""
        def work(view):
            entity, one = self.one(view, address, id)
            found = targets(view, entity)
            plan = verbs.proposed(view, entity, verbs.top_of(view, entity, one, found), found)
            plan.sheet, plan.head = one.plan.sheet, one.plan.head
            return plan

        return self.site.read(who or self.keeper, work, language=language)

    def one(self, view, address: str, id):
        entity = verbs.entity_for(view, address)
        return entity, keeping.one(view, entity, id)

    def choose(self, address: str, id, plan: Plan, who=None):
        return self.write(who or self.keeper, lambda uow: verbs.choose(uow, address, id, plan))

    def check(self, address: str, id, who=None, language: str = "ru") -> SimpleNamespace:
        """The figures of a check, and (line, path, message) of what is wrong."""
        who = who or self.keeper

        def work(view):
            entity, one = self.one(view, address, id)
            return one, verbs.check(view, entity, one)

        one, figures = self.site.read(who, work, language=language)
        self.write(who, lambda uow: verbs.keep_check(uow, one, figures))
        told = [(c["line"], c["path"], c) for record in wrong.every(one.folder) for c in record["cells"]]
        return SimpleNamespace(**figures, told=told, places={(line, path) for line, path, _ in told})

    def carry_out(self, address: str, id, who=None) -> dict[str, Any]:
        def work(uow):
            entity, one = self.one(uow, address, id)
            return verbs.carry_out(uow, entity, one)

        return self.write(who or self.keeper, work)

    def bring(self, address: str, data: bytes, who=None, language: str = "ru", **changes: Any):
        """From the file to the end, with the plan that is offered; a failure tells what was wrong."""
        id = self.begin(address, data, who, language=language)
        plan = self.proposed(address, id, who, language)
        for key, value in changes.items():
            setattr(plan, key, value)
        self.choose(address, id, plan, who)
        checked = self.check(address, id, who, language)
        assert not checked.wrong, checked.told
        done = self.carry_out(address, id, who)
        assert {k: done[k] for k in ("created", "updated", "same")} == {
            "created": checked.created, "updated": checked.updated, "same": checked.same}
        return done

    def mend(self, address: str, id, cells=None, everywhere=None, left_out=(), who=None):
        mended = Corrections(cells or {}, everywhere or {}, set(left_out))
        return self.write(who or self.keeper, lambda uow: verbs.mend(uow, address, id, mended))

    def all(self, address: str, *fields: str, who=None, **query: Any) -> list[dict[str, Any]]:
        """Every record whole, the oldest first."""
        found = self.list(address, who, fields=(), limit=200, **query).records
        return [self.read(who or self.keeper, lambda view, id=r["id"]: records.read(view, address, id)).values
                for r in sorted(found, key=lambda r: r["id"])]


@pytest.fixture(scope="module")
def office(site):
    return Shop(site)


@pytest.fixture
def store(site):
    """An organisation of this test's own: nothing was brought in before."""
    return Shop(site)


def csv(lines: Sequence[Sequence[Any]], delimiter: str = ";") -> bytes:
    return "\n".join(delimiter.join(str(c) for c in line) for line in lines).encode()


def xlsx(*sheets: Sequence[Sequence[Any]], merged: Sequence[str] = (), names: Sequence[str] = ()) -> bytes:
    """A workbook of lines of cells, as openpyxl writes it."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for n, lines in enumerate(sheets):
        sheet = book.create_sheet(names[n] if names else f"S{n + 1}")
        for line in lines:
            sheet.append(list(line))
        for cells in merged if not n else ():
            sheet.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refused(work) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value
