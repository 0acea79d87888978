"""Lists: filters, order, search and pages live in the URL; the number of statements does not grow with rows."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from engine.services import records
from engine.services.actor import system


@pytest.fixture(scope="module", autouse=True)
def members(club):
    """A hundred and twenty members, some of them paying."""
    raws = [{"name": f"Мүше {n:03}", "joined": f"2026-01-{n % 28 + 1:02}", "paying": n % 4 == 0,
             **({"fee": "100"} if n % 4 == 0 else {})} for n in range(120)]
    club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.member", raws))


def test_a_filter_made_by_the_form_becomes_part_of_the_url_and_a_sentence(chief):
    sent = chief.get("/club/member?_field=joined&_op=between&_v=2026-01-05&_v2=2026-01-06")
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/club/member?joined.between=2026-01-05&joined.between=2026-01-06"
    page = chief.get(sent.headers["Location"])
    assert "05.01.2026 – 06.01.2026" in page.text and "q-chip" in page.text
    found = set(re.findall(r"\d\d\.01\.2026", page.text.partition("<tbody")[2]))
    assert found == {"05.01.2026", "06.01.2026"}


def test_the_filter_editor_asks_in_the_words_of_the_field(chief):
    page = chief.get("/club/member?_filter=joined")
    assert 'name="_op"' in page.text and 'type="date"' in page.text and 'name="_v2"' in page.text


def test_search_folds_case_and_kazakh_letters(chief):
    page = chief.get("/club/member?q=муше+007")
    assert "Мүше 007" in page.text and "Мүше 008" not in page.text


def test_nothing_found_says_how_to_loosen(chief):
    page = chief.get("/club/member?q=zzz")
    assert "Ничего не найдено" in page.text and 'href="/club/member"' in page.text


def test_order_is_a_link_and_announces_itself(chief):
    page = chief.get("/club/member?sort=-joined")
    assert 'aria-sort="descending"' in page.text
    assert 'href="/club/member?sort=joined"' in page.text


def test_pages_go_forth_and_back_without_skipping(chief):
    seen, url = [], "/club/member"
    while url:
        page = chief.get(url).text
        seen += re.findall(r"Мүше (\d{3})</a>", page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = found and found[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120
    assert re.search(r'rel="prev"', page)


def test_a_view_narrows_the_list_and_marks_rows(chief):
    page = chief.get("/club/member?view=paying")
    assert 'aria-current="page">Платящие' in page.text and '<span class="q-total" role="status">30</span>' in page.text
    assert chief.get("/club/member?view=nothing").status_code == 400


def test_unknown_and_hidden_names_are_refused_by_the_same_words(chief, helper):
    def said(browser, name):
        return re.search(r"<li>(.*?)</li>", browser.get(f"/club/member?{name}.is=1").text.partition("q-errors")[2])[1]

    assert said(helper, "fee").replace("fee", "?") == said(helper, "nonsense").replace("nonsense", "?")
    assert chief.get("/club/member?fee.is=1").status_code == 200


def test_htmx_gets_the_list_alone_and_the_canonical_url(chief):
    part = chief.get("/club/member?_field=paying&_op=is&_v=yes", HX_Request="true")
    assert part.status_code == 200 and part.text.lstrip().startswith("<section") and "<html" not in part.text
    assert part.headers["HX-Push-Url"] == "/club/member?paying.is=yes"


def test_a_list_takes_four_statements_however_many_rows(chief, club):
    chief.get("/club/member")
    few = count(club, lambda: chief.get("/club/member?q=007"))
    many = count(club, lambda: chief.get("/club/member"))
    assert many <= 3 and few == many, (few, many)
    assert count(club, lambda: None) == 0


def test_home_and_module_take_at_most_four_statements(chief, club):
    assert count(club, lambda: chief.get("/")) <= 4
    assert count(club, lambda: chief.get("/club")) <= 4


def count(club, act) -> int:
    """SQL statements that `act` sends, BEGIN, COMMIT and settings of the connection not counted."""
    sent = []

    def note(connection, cursor, statement, parameters, context, many):
        sent.append(statement)

    engine = club.site.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sum(not s.lstrip().upper().startswith(("PRAGMA", "BEGIN", "COMMIT", "SET ")) for s in sent)


def test_the_counter_counts(club):
    def ask():
        with club.site.database.reading() as connection:
            connection.execute(sa.text("SELECT 1"))
            connection.execute(sa.text("SELECT 2"))

    assert count(club, ask) == 2
