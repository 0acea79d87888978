"""One page of every kind that the school has: what accessibility, phones and printing are judged on.

New kinds are found in the Catalog: a way of drawing lists, a grid, a form in steps that somebody ships is looked at the
day it is born.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.services.actor import system
from engine.services.registries import Query, listing
from engine.services.seeding.filling import organisations
from tests.browsing import arrive


@dataclass(frozen=True)
class PageKind:
    name: str
    login: str
    """Who looks; empty for nobody signed in."""
    path: str
    prepare: Callable[[Any], None] = lambda page: None
    """What is done on the page before it is judged."""


def page_kinds(site: Any) -> list[PageKind]:
    """A page of each kind, in a fixed order."""
    found = [*_frame(), *_lists(site), *_records(site), *_layouts(site)]
    return list({kind.name: kind for kind in found}.values())


def _frame() -> Iterator[PageKind]:
    yield PageKind("sign-in", "", "/sign-in")
    yield PageKind("a forgotten password", "", "/sign-in/forgotten")
    yield PageKind("a link that is gone", "", "/sign-in/link/nobody-was-sent-this")
    yield PageKind("offline", "", "/offline")
    for login in ("director", "teacher"):
        yield PageKind(f"home of {login}", login, "/")
    yield PageKind("module", "accountant", "/accounting")
    yield PageKind("search", "clerk", "/search?q=14")
    yield PageKind("palette", "clerk", "/", _press("Control+k"))
    yield PageKind("help", "teacher", "/help")
    yield PageKind("jobs", "accountant", "/jobs")
    yield PageKind("journal", "director", "/journal")
    yield PageKind("entry of the journal", "director", "/journal?kind=changes", _first_entry)
    yield PageKind("statistics of the journal", "director", "/journal/figures?by=person")
    yield PageKind("proof of the journal", "director", "/journal/proof")
    yield PageKind("notices", "accountant", "/notices")
    yield PageKind("starred", "clerk", "/starred")
    yield PageKind("not found", "clerk", "/edms/nothing")
    yield PageKind("person menu", "clerk", "/", lambda page: page.locator("summary.q-person").click())


def _lists(site: Any) -> Iterator[PageKind]:
    yield PageKind("list", "accountant", "/accounting/invoice")
    yield PageKind("list of nothing found", "accountant", "/accounting/invoice?q=zzzzzzz")
    yield PageKind("list with an open filter", "accountant", "/accounting/invoice?_filter=state")
    yield PageKind("filter builder", "accountant", "/accounting/invoice/filter")
    yield PageKind("export menu", "accountant", "/accounting/invoice", _open(".q-export"))
    yield PageKind("picked records", "clerk", "/edms/order", _pick)
    yield PageKind("change of many records", "clerk", "/edms/order", lambda page: (_pick(page), _change(page)))
    yield PageKind("columns of a list", "accountant", "/accounting/invoice", _panel("/columns"))
    yield PageKind("order and groups", "accountant", "/accounting/invoice/order")
    yield PageKind("saved views", "accountant", "/accounting/invoice", _open(".q-views"))
    yield PageKind("archive", "accountant", "/accounting/service?archived=1")
    for address, layouts in sorted(site.catalog.registries.items()):
        for layout in layouts:
            for view in layout.views.values():
                login = _who(site, address, layout.roles)
                if login:
                    yield PageKind(f"list as {view.kind}", login, f"{site.catalog.entity(address).url}?view={view.key}")


def _records(site: Any) -> Iterator[PageKind]:
    invoice, learner = _first(site, "accounting.invoice", 'state == "draft"'), _first(site, "school.learner")
    posted = _first(site, "accounting.invoice", 'state == "posted"')
    yield PageKind("new record", "accountant", "/accounting/invoice/new")
    yield PageKind("form with mistakes", "accountant", "/accounting/invoice/new",
                   lambda page: (page.click("[data-save]"), arrive(page, ".q-errors")))
    yield PageKind("record", "accountant", f"/accounting/invoice/{posted}")
    yield PageKind("record being edited", "accountant", f"/accounting/invoice/{invoice}/edit")
    yield PageKind("record with sides", "deputy", f"/school/learner/{learner}")
    yield PageKind("form with tabs", "deputy", f"/school/learner/{learner}/edit")
    yield PageKind("history", "accountant", f"/accounting/invoice/{posted}/history")


def _layouts(site: Any) -> Iterator[PageKind]:
    catalog = site.catalog
    for address, forms in sorted(catalog.forms.items()):
        for form in forms:
            login = _who(site, address, form.roles, "create")
            if getattr(form, "steps", None) and login:
                yield PageKind("form in steps", login, f"{catalog.entity(address).url}/new?form={form.key}")
    for address, grids in sorted(catalog.grids.items()):
        for grid in grids:
            login = _who(site, address, frozenset())
            if login:
                yield PageKind("entry grid", login, f"{catalog.entity(address).url}/grids/{grid.slug}")
    for address in ("school.learner", "accounting.service", "directory.counterparty"):
        login = _who(site, address, frozenset(), "import")
        if login:
            yield PageKind("import", login, f"{catalog.entity(address).url}/import")
    yield PageKind("columns of an import", "accountant", "/accounting/service/import", _upload)
    yield PageKind("mistakes of an import", "accountant", "/accounting/service/import",
                   lambda page: (_upload(page), page.click("[data-save]"), arrive(page, "#mend")))


def _who(site: Any, address: str, roles: frozenset[str], verb: str = "read") -> str:
    """A login of the sample school (its logins are its roles) that may do it."""
    access = site.catalog.entity(address).access
    able = [r for r, a in access.items() if {"read", verb} <= a.can and (not roles or r in roles)]
    known = ("teacher", "deputy", "accountant", "clerk", "cook", "nurse", "director", "administrator", "parent")
    return next((login for login in known if login in able), "")


def _first(site: Any, address: str, where: str = "") -> Any:
    def work(view: Any) -> Any:
        return listing(view, address, Query(fields=(), where=where, limit=1)).records[0]["id"]

    return site.read(system(organisations(site)[0]), work)


def _press(keys: str) -> Callable[[Any], None]:
    return lambda page: page.keyboard.press(keys)


def _first_entry(page: Any) -> None:
    """The first record of a table, opened."""
    page.locator("tbody a").first.click()
    page.wait_for_load_state("networkidle")


def _open(inside: str) -> Callable[[Any], None]:
    return lambda page: page.locator("details.q-drop", has=page.locator(inside)).locator("summary").first.click()


def _panel(end: str) -> Callable[[Any], None]:
    button = f"[hx-target='#panel'][href*='{end}']"
    return lambda page: (page.locator(button).first.click(), arrive(page, "#panel form"))


def _change(page: Any) -> None:
    page.locator(".q-bulk-actions button").first.click()
    arrive(page, ".q-bulk-page")


def _upload(page: Any) -> None:
    """A table in which every kind and every price is wrong."""
    table = "code;name.kk;name.ru;kind;measure;price;since\nX-1;Сабақ;Урок;?;?;дорого;31.02.2026\n"
    page.set_input_files("#file", {"name": "table.csv", "mimeType": "text/csv", "buffer": table.encode()})
    page.click("[data-save]")
    arrive(page, "#columns")


def _pick(page: Any) -> None:
    boxes = page.locator("td.q-pick input")
    for number in range(min(2, boxes.count())):
        boxes.nth(number).check()
