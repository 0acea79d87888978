"""Groups of a list on the page: heads with counts and sums, opened in place or as a list, within one another."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.services import records
from engine.services.actor import system
from tests.web.test_registry import count

HERE = "/club/member"


@pytest.fixture(scope="module", autouse=True)
def members(club):
    raws = [{"name": f"Мүше {n:02}", "joined": f"2026-{n % 3 + 1:02}-{n % 28 + 1:02}" if n % 5 else None,
             "paying": n % 4 == 0, **({"fee": str(n * 10)} if n % 4 == 0 else {})} for n in range(60)]
    club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.member", raws))


def heads(page):
    """(what the group is called, how many) of the heads of groups."""
    found = re.findall(r'<th scope="rowgroup".*?</th>', page.text, re.S)
    told = []
    for head in found:
        text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", head)
        *name, size = text.split()
        told.append((" ".join(name), int(size)))
    return told


def links(page, kind):
    return [unescape(u) for u in re.findall(rf'class="{kind}" href="([^"]+)"', page.text)]


def opened(page):
    return [unescape(u) for u in re.findall(r'data-group="[^"]+"[^>]*hx-get="([^"]+)"', page.text)]


def test_groups_say_how_many_and_open_as_lists(chief):
    page = chief.get(f"{HERE}?group=joined:month")
    assert [size for _, size in heads(page)] == [16, 16, 16, 12]
    assert "Январь" in page.text and "не заполнено" in page.text and "Мүше 01" not in page.text
    first = links(page, "q-group-open")[0]
    listed = chief.get(first)
    assert len(re.findall(r"Мүше \d\d</a>", listed.text)) == 16
    assert parse_qs(urlsplit(first).query)["where"] == ['"2026-01-01" <= joined <= "2026-01-31"']
    empty = chief.get(links(page, "q-group-open")[-1])
    assert len(re.findall(r"Мүше \d\d</a>", empty.text)) == 12


def test_a_group_opens_in_place_level_by_level(chief):
    page = chief.get(f"{HERE}?group=paying,joined:month")
    inner = chief.get(opened(page)[1], HX_Request="true")
    assert inner.text.lstrip().startswith("<tbody") and "<html" not in inner.text
    assert len(heads(inner)) == 4 and 'data-within="g1"' in inner.text and 'id="g1-0"' in inner.text
    rows = chief.get(opened(inner)[0], HX_Request="true")
    assert 'data-within="g1-0"' in rows.text and len(re.findall(r"<tr id=", rows.text)) == heads(inner)[0][1]
    plain = chief.get(opened(page)[1])
    assert plain.status_code == 303 and "/group" not in plain.headers["Location"]


def test_groups_stay_within_the_filter_and_can_be_taken_off(chief):
    page = chief.get(f"{HERE}?where=paying&group=joined:month&q=мүше")
    assert sum(size for _, size in heads(page)) == 15
    off = re.search(r'class="q-chip q-chip-group">.*?<a class="q-chip-off" href="([^"]+)"', page.text, re.S)[1]
    assert "group" not in parse_qs(urlsplit(unescape(off)).query)
    assert "where" in parse_qs(urlsplit(unescape(off)).query)


def test_sums_of_groups_stand_in_their_columns(chief):
    chief.get(HERE)
    chief.post(f"{HERE}/columns", do="apply", column=["name", "fee"], show=["name", "fee"], **{"total-fee": "max"})
    page = chief.get(f"{HERE}?group=paying")
    body = page.text.partition("<tbody")[2]
    assert re.search(r'<td class="num"[^>]*>560,00', body) and "560,00" in page.text.partition("<tfoot>")[2]
    chief.post(f"{HERE}/columns", do="usual")


def test_a_hidden_field_groups_nothing_for_who_does_not_see_it(helper, chief):
    told = []
    for name in ("fee", "nothing"):
        page = helper.get(f"{HERE}?group={name}")
        told.append((page.status_code, len(heads(page))))
    assert told == [(200, 0), (200, 0)]
    assert "Взнос" not in helper.get(f"{HERE}?group=fee").text


def test_a_grouped_list_costs_as_many_statements_however_many_groups(chief, club):
    chief.get(HERE)  # now and then a list also asks how long it is
    one = count(club, lambda: chief.get(f"{HERE}?group=paying"))
    many = count(club, lambda: chief.get(f"{HERE}?group=joined:day"))
    assert one == many <= 5


def test_groups_of_the_layout_can_be_undone(chief, monkeypatch, club):
    from dataclasses import replace

    from engine.web import pages

    usual = pages.registry_for

    def layout(catalog, actor, entity):
        found = usual(catalog, actor, entity)
        return replace(found, group=("paying",)) if entity.address == "club.member" else found

    monkeypatch.setattr(pages, "registry_for", layout)
    assert len(heads(chief.get(HERE))) == 2
    assert heads(chief.get(f"{HERE}?group=-")) == []
    assert len(re.findall(r"<tr id=", chief.get(links(chief.get(HERE), "q-group-open")[0]).text)) > 10
