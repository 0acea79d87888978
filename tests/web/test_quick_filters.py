"""Quick filters with counts after the page; what was searched for is marked; nothing tells of hidden fields."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape

import pytest

from engine.services import records
from engine.services.actor import system
from engine.web import pages
from engine.web.highlight import highlighter
from tests.web.test_registry import count

HERE = "/club/member"
QUICK = ("paying", "name")


@pytest.fixture(scope="module", autouse=True)
def members(club):
    raws = [{"name": f"Мүше {n:02}", "joined": "2026-01-02", "paying": None if n % 5 == 0 else n % 4 == 0,
             **({"fee": "100"} if n % 4 == 0 and n % 5 else {})} for n in range(40)]
    club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.member", raws))


@pytest.fixture(autouse=True)
def layout(monkeypatch):
    usual = pages.registry_for

    def with_quick(catalog, actor, entity):
        found = usual(catalog, actor, entity)
        return replace(found, quick=QUICK) if entity.address == "club.member" else found

    monkeypatch.setattr(pages, "registry_for", with_quick)


def values(page):
    """(value, count, chosen, url) of the quick filters."""
    value = r'<a class="q-facet-value" href="([^"]+)"( aria-current="true")?>([^<]+)<span class="q-total">(\d+)'
    found = re.findall(value, page.text)
    return {text: (int(n), bool(chosen), unescape(url)) for url, chosen, text, n in found}


def test_the_list_itself_only_says_where_the_counts_come_from(chief, club):
    page = chief.get(HERE)
    assert 'hx-get="/club/member/quick" hx-trigger="load"' in page.text and values(page) == {}
    assert count(club, lambda: chief.get(HERE)) <= 4


def test_values_are_counted_under_the_filter_but_for_their_own(chief):
    part = chief.get(f"{HERE}/quick?q=мүше", HX_Request="true")
    assert part.text.lstrip().startswith("<div") and "<html" not in part.text
    told = values(part)
    assert told["нет"][0] == 24 and told["да"][0] == 8 and told["не заполнено"][0] == 8
    narrowed = values(chief.get(f"{HERE}/quick?paying.is=yes&where=not+empty(fee)", HX_Request="true"))
    assert narrowed["да"] == (8, True, f"{HERE}?where=not+empty%28fee%29") and "нет" not in narrowed
    listed = chief.get(told["не заполнено"][2])
    assert len(re.findall(r"<tr id=", listed.text)) == 8


def test_without_scripts_a_link_brings_the_page_with_counts(chief):
    answer = chief.get(f"{HERE}/quick?paying.is=no")
    assert answer.status_code == 303
    page = chief.get(answer.headers["Location"])
    assert values(page)["нет"][:2] == (24, True) and len(re.findall(r"<tr id=", page.text)) == 24


def test_a_statement_a_field_and_no_more(chief, club):
    assert count(club, lambda: chief.get(f"{HERE}/quick", HX_Request="true")) <= 5
    more = count(club, lambda: chief.get(f"{HERE}/quick?q=мүше", HX_Request="true"))
    assert more == count(club, lambda: chief.get(f"{HERE}/quick", HX_Request="true"))


def test_a_quick_filter_over_a_hidden_field_is_not_asked_at_all(helper, chief, monkeypatch):
    monkeypatch.setattr("tests.web.test_quick_filters.QUICK", ("fee", "paying"))
    part = helper.get(f"{HERE}/quick", HX_Request="true")
    assert part.status_code == 200 and set(values(part)) == {"да", "нет", "не заполнено"}
    assert chief.get(f"{HERE}/quick", HX_Request="true").status_code == 400, "who sees it is told that it has no values"


# -- search ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("search", "text", "marked"), [
    ("муше", "Мүше 07", "<mark>Мүше</mark> 07"),
    ("ҚАЗ 7", "Қазына №7", "<mark>Қаз</mark>ына №<mark>7</mark>"),
    ("аба", "Абабаб", "<mark>Аба</mark>баб"),
    ("straße", "STRASSE 5", "<mark>STRASSE</mark> 5"),
    ("b", "<b>&amp;", "&lt;<mark>b</mark>&gt;&amp;amp;"),
    ("<script>", "<script>", "<mark>&lt;script&gt;</mark>"),
    ("ab", "a b", "a b"),
    ("ёл", "Ёлка", "<mark>Ёл</mark>ка"),
    ("", "x<", "x&lt;"),
    ("ﬁ", "ﬁn fin", "<mark>ﬁ</mark>n <mark>fi</mark>n"),
])
def test_what_was_found_is_marked_and_everything_is_escaped(search, text, marked):
    assert highlighter(search)(text) == marked
    plain = re.sub(r"</?mark>", "", highlighter(search)(text))
    assert plain == escape(text)


def test_the_list_marks_what_was_searched_for(chief):
    page = chief.get(f"{HERE}?q=муше+07")
    assert "<mark>Мүше</mark> <mark>07</mark>" in page.text


def test_typing_leaves_no_history_of_half_a_name(chief):
    typed = chief.get(f"{HERE}?q=мү", HX_Request="true", HX_Source="input#quick")
    assert "HX-Push-Url" not in typed.headers and typed.headers["HX-Replace-Url"].startswith(HERE)
    turned = chief.get(f"{HERE}?q=мү&sort=-name", HX_Request="true", HX_Source="a")
    assert "HX-Push-Url" in turned.headers
    assert 'autocomplete="off"' in re.search(r'<input[^>]*id="quick"[^>]*>', chief.get(HERE).text)[0]
