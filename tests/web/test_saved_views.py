"""Saved views and chosen columns through the page: kept, opened, changed, shared, removed; columns, widths, totals."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from engine.services import records
from engine.services.actor import system
from tests.web.conftest import Browser
from tests.web.test_registry import count

HERE = "/club/member"
MADE: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def members(club):
    raws = [{"name": f"Мүше {n:02}", "joined": f"2026-01-{n % 28 + 1:02}", "paying": n % 4 == 0,
             **({"fee": str(n * 10)} if n % 4 == 0 else {})} for n in range(30)]
    club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.member", raws))


@pytest.fixture
def admin(club):
    """Somebody whose role may share views."""
    from tests.web.conftest import PASSWORD, set_password

    def make(uow):
        user = records.create(uow, "system.user", {
            "login": "admin", "active": True, "roles": [{"role": "administrator"}, {"role": "chief"}]})
        set_password(uow, user.id, PASSWORD)

    if "admin" not in MADE:
        MADE.append("admin")
        club.site.write(system(club.organisation), make)
    return Browser(club.app, "admin")


def keep(browser, url, title, audience="mine"):
    browser.get(url)
    answer = browser.post(url.replace(HERE, f"{HERE}/views", 1), title=title, audience=audience)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def heads(page):
    return re.findall(r'<th scope="col" data-path="([^"]+)"', page.text)


def shown(page):
    plain = re.sub(r"</?mark[^>]*>", "", page.text)  # what was searched for is marked
    return re.findall(r"Мүше (\d\d)</a>", plain)


def form(page, id):
    found = rf'<form id="{id}" method="post" action="([^"]+)">.*?name="version" value="(\d+)"'
    body = re.search(found, page.text, re.S)
    return unescape(body[1]), body[2]


def test_a_view_keeps_filters_rule_order_and_not_what_was_searched(chief):
    place = keep(chief, f"{HERE}?q=мүше&paying.is=yes&where={quote('fee > 100')}&sort=-name", "Төлейтін")
    page = chief.get(place)
    assert shown(page) == ["28", "24", "20", "16", "12"]
    assert 'aria-current="page"' in page.text and "Төлейтін" in page.text
    assert 'id="quick" type="search" name="q" value=""' in page.text
    link = unescape(re.search(r'data-path="name"[^>]*><a href="([^"]+)"', page.text)[1])
    assert parse_qs(urlsplit(link).query) == {
        "paying.is": ["yes"], "where": ["fee > 100"], "sort": ["name"], "of": [place.rpartition("=")[2]]}


def test_changes_of_a_view_are_told_and_saved_into_it(chief):
    place = keep(chief, f"{HERE}?paying.is=yes", "Өзгереді")
    id = place.rpartition("=")[2]
    assert "Сохранить изменения" not in chief.get(place).text
    page = chief.get(f"{HERE}?paying.is=no&of={id}")
    assert "Сохранить изменения в «Өзгереді»" in page.text and "q-changed" in page.text
    url, version = form(page, "view-change")
    assert chief.post(url, do="state", version=version).status_code == 303
    assert set(shown(chief.get(place))).isdisjoint({"00", "04"})
    assert chief.post(url, do="state", version=version).status_code == 409, "the version is stale"


def test_a_view_is_renamed_removed_and_brought_back(chief):
    place = keep(chief, f"{HERE}?paying.is=yes", "Аты")
    url, version = form(chief.get(place), "view-rename")
    chief.post(url, do="rename", title="Жаңа аты", audience="mine", version=version)
    page = chief.get(place)
    assert "Жаңа аты" in page.text
    url, version = form(page, "view-change")
    page = chief.get(chief.post(url, do="remove", version=version).headers["Location"])
    assert "Вид удалён" in page.text and "Жаңа аты" not in page.text
    undo = re.search(r'action="([^"]+do=restore)"', page.text)[1]
    gone = chief.get(place)
    assert gone.status_code == 200 and "Этого вида больше нет" in gone.text and len(shown(gone)) == 30
    assert "Жаңа аты" in chief.get(chief.post(undo).headers["Location"]).text


def test_the_list_opens_with_the_chosen_view_and_the_plain_list_stays_near(chief):
    place = keep(chief, f"{HERE}?paying.is=yes", "Бастапқы")
    url, _ = form(chief.get(place), "view-change")
    chief.post(url, do="default")
    page = chief.get(HERE)
    assert len(shown(page)) == 8
    every = re.search(r'<li><a href="([^"]+)"[^>]*>Все</a>', page.text)[1].replace("&amp;", "&")
    assert every == f"{HERE}?all=1" and len(shown(chief.get(every))) == 30
    assert len(shown(chief.get(f"{HERE}?q=мүше"))) == 30, "a URL that says something is not overruled"
    chief.post(url, do="usual")
    assert len(shown(chief.get(HERE))) == 30


def test_only_who_may_share_is_offered_it(chief, helper, admin):
    assert 'name="audience"' not in chief.get(HERE).text
    page = admin.get(HERE)
    assert 'value="everyone"' in page.text and 'value="role:helper"' in page.text
    place = keep(admin, f"{HERE}?paying.is=no", "Көмекшіге", "role:helper")
    assert "Көмекшіге" in helper.get(HERE).text and "Көмекшіге" not in chief.get(HERE).text
    assert "Этого вида больше нет" in chief.get(place).text
    assert chief.post(f"{HERE}/views", title="x", audience="everyone").status_code == 403


def test_a_shared_view_over_a_hidden_field_says_so_and_opens(admin, helper):
    """The helper sees neither the fee nor what it would tell: no filter, no order, no column, no total by it."""
    admin.post(f"{HERE}/columns", do="apply", column=["name", "fee"], show=["name", "fee"], total_fee="sum")
    rule = quote("fee > 50 and not empty(joined)")
    place = keep(admin, f"{HERE}?fee.gt=100&sort=-fee&where={rule}", "Жарна", "everyone")
    admin.post(f"{HERE}/columns", do="usual")
    page = helper.get(place)
    assert page.status_code == 200 and len(shown(page)) == 30 and heads(page) == ["name"]
    assert "Вид называет поле, которого больше нет: fee" in page.text and "Взнос" not in page.text
    assert shown(page) == [f"{n:02}" for n in range(30)], "ordered as usual, not by the fee"
    assert "not empty(joined)" in page.text and "fee &gt;" not in page.text


def test_a_leak_in_the_fitting_would_be_caught(admin, helper, monkeypatch):
    """The same view with nothing left out: the list refuses it instead of telling."""
    place = keep(admin, f"{HERE}?fee.gt=100", "Тесік", "everyone")
    from engine.services.registries.kept import Fitted
    from engine.web.registries import arranged

    monkeypatch.setattr(arranged, "fit", lambda view, entity, layout, state: Fitted(
        filters=[tuple(f) for f in state.get("filters", [])]))
    assert helper.get(place).status_code == 400


# -- columns -----------------------------------------------------------------------------------------------------------


def test_columns_are_chosen_ordered_sized_and_summed_up(chief):
    panel = chief.get(f"{HERE}/columns")
    assert panel.status_code == 200 and 'value="joined"' in panel.text and 'name="total-fee"' in panel.text
    chosen = {"column": ["fee", "name", "paying", "joined"], "show": ["name", "paying", "fee"], "width-fee": "150",
              "total-fee": "avg"}
    moved = chief.post(f"{HERE}/columns", {**chosen, "do": "down:fee"})
    assert re.findall(r'name="show" value="([^"]+)" checked', moved.text) == ["name", "fee", "paying"]
    assert heads(chief.get(HERE)) == ["name", "joined", "fee"], "moving alone keeps nothing"
    chief.post(f"{HERE}/columns", {**chosen, "do": "apply"})
    page = chief.get(HERE)
    assert heads(page) == ["fee", "name", "paying"] and '<col width="150">' in page.text
    assert "среднее" in page.text
    chief.post(f"{HERE}/columns", do="usual")
    page = chief.get(HERE)
    assert heads(page) == ["name", "joined", "fee"] and "<colgroup>" not in page.text


def test_a_width_is_kept_by_itself(chief):
    chief.get(HERE)
    sent = chief.post(f"{HERE}/columns", {"do": "width:joined", "width-joined": "222", "width-name": "301"})
    assert sent.status_code == 204
    page = chief.get(HERE)
    assert '<col width="222">' in page.text and '<col width="301">' in page.text
    chief.post(f"{HERE}/columns", do="usual")


def test_columns_of_linked_records_and_hidden_ones(helper, chief):
    panel = helper.get(f"{HERE}/columns")
    assert 'value="joined"' in panel.text and 'value="fee"' not in panel.text
    helper.post(f"{HERE}/columns", do="apply", column=["name", "fee", "nothing"], show=["name", "fee", "nothing"])
    assert heads(helper.get(HERE)) == ["name"]
    helper.post(f"{HERE}/columns", do="usual")


def test_columns_stand_in_a_view_once_it_is_saved(chief):
    place = keep(chief, f"{HERE}?paying.is=yes", "Бағандар")
    id = place.rpartition("=")[2]
    chief.post(f"{HERE}/columns?paying.is=yes&of={id}", do="apply", column=["name", "paying"], show=["name", "paying"])
    page = chief.get(place)
    assert heads(page) == ["name", "paying"] and "Сохранить изменения" in page.text
    assert heads(chief.get(HERE)) == ["name", "joined", "fee"], "the list itself is as it was"
    url, version = form(page, "view-change")
    chief.post(url, do="state", version=version)
    page = chief.get(place)
    assert heads(page) == ["name", "paying"] and "Сохранить изменения" not in page.text


def test_order_by_several_columns_is_numbered_and_turned(chief):
    page = chief.get(f"{HERE}?sort=paying,-joined")
    assert re.search(r'data-path="joined"[^>]*data-order="descending"', page.text)
    assert '<span class="q-order">2' in page.text and "data-add" in page.text
    added = [unescape(u) for u in re.findall(r'data-add="([^"]+)"', page.text)]
    assert "/club/member?sort=paying%2Cjoined" in added, "turned round in its place"
    assert "/club/member?sort=paying%2C-joined%2Cname" in added
    menu = unescape(re.search(r'hx-get="([^"]+/order\?[^"]*column=joined)"', page.text)[1])
    drawn = chief.get(menu, HX_Request="true")
    links = [unescape(u) for u in re.findall(r'class="q-drop-item" href="([^"]+)"', drawn.text)]
    orders = [parse_qs(urlsplit(u).query).get("sort") for u in links]
    assert ["paying,joined"] in orders and ["paying"] in orders and "<html" not in drawn.text
    few = chief.get(f"{HERE}?sort=-paying,-joined").text
    assert few.index("Мүше 24<") < few.index("Мүше 20<") < few.index("Мүше 27<")


def test_order_and_groups_are_a_page_for_phones_and_without_scripts(chief, helper):
    page = chief.get(f"{HERE}?sort=paying")
    there = unescape(re.search(r'class="q-icon-button q-to-order" href="([^"]+)"', page.text)[1])
    panel = chief.get(there)
    links = [unescape(u) for u in re.findall(r'class="q-drop-item" href="([^"]+)"', panel.text)]
    asked = [parse_qs(urlsplit(u).query) for u in links]
    assert {"sort": ["paying,-joined"]} in asked and {"sort": ["paying"], "group": ["joined:month"]} in asked
    assert re.search(r'aria-current="true">.*?По возрастанию', panel.text, re.DOTALL)
    assert 'hx-boost:inherited' not in panel.text.partition('id="panel"')[2], "a page of its own is left by plain links"
    assert 'hx-target:inherited="#registry"' in chief.get(there, HX_Request="true").text
    hidden = chief.get(f"{HERE}/order?column=fee&sort=paying", HX_Request="true")
    assert hidden.status_code == 200
    unknown = chief.get(f"{HERE}/order?column=nothing", HX_Request="true")
    secret = helper.get(f"{HERE}/order?column=fee", HX_Request="true")
    assert unknown.status_code == secret.status_code == 404


def test_a_list_with_views_and_columns_costs_no_statement_more(chief, club):
    chief.get(HERE)
    assert count(club, lambda: chief.get(HERE)) <= 4


def test_the_last_page_is_read_from_the_end(chief, club):
    raws = [{"name": f"Соңғы {n:03}"} for n in range(100)]
    club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.member", raws))
    first = chief.get(HERE)
    last = re.search(r'href="([^"]+last=1[^"]*)"', first.text)[1].replace("&amp;", "&")
    page = chief.get(last)
    assert "Соңғы 099" in page.text and 'rel="next"' not in page.text and 'rel="prev"' in page.text
    assert len(re.findall(r"<tr id=", page.text)) == 50
    back = re.search(r'href="([^"]+)" rel="prev"', page.text)[1].replace("&amp;", "&")
    assert "Соңғы 049" in chief.get(back).text
