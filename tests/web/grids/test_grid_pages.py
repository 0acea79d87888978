"""A grid without scripts: read as a table, written as a form of one day or one row; and what scripts send and get."""

from __future__ import annotations

import gzip
import json
import re
from html import unescape

import pytest

from engine.services.identity import set_password
from tests.conftest import Statements
from tests.web.conftest import PASSWORD
from tests.web.grids.conftest import Page, strip

MARCH = "2026-03-01"


@pytest.fixture
def team(guild):
    made, members = guild.team(3)
    made.rows = [str(m.id) for m in members]
    made.given = {"of_team": str(made.id), "month": MARCH}
    return made


def settings(page: str) -> dict:
    return json.loads(unescape(re.search(r'data-settings="([^"]*)"', page)[1]))


def form_of(page: str) -> dict[str, str]:
    """Every input of the form as the browser would send it back untouched."""
    data = {}
    for cell in strip(page):
        data |= {f"{cell['n']}-at": cell["at"], f"{cell['n']}-was": cell["was"], f"{cell['n']}-text": cell["text"]}
    return data


def test_the_table_says_what_each_cell_is(guild, team, tutor):
    guild.make("guild.presence", {"member": team.rows[0], "day": "2026-03-02", "mark": "late", "minutes": 40})
    page = tutor.open(**team.given).text
    assert page.count("<tr data-k=") == 3 and page.count('<th scope="col" data-k=') == 22
    (cell,) = re.findall(r'<td data-s="1-[0-9a-f]{8}"[^>]*>о</td>', page)
    assert 'data-m="red"' in cell and "data-n" in cell and 'title="опоздал"' in cell
    told = settings(page)
    assert {"letter": "н", "text": "н", "title": "отсутствует", "colour": "red", "key": "KeyY"} in told["keys"]
    assert ["Ещё не наступил", False] in told["reasons"] and page.count('data-l="0"') == 3 * 9
    assert 'href="/guild/presence/grids/days" title="Дни" aria-current="page"' in page


def test_the_list_of_the_cells_leads_to_the_grid(tutor):
    page = tutor.get("/guild/presence").text
    assert re.search(r'<a href="/guild/presence/grids/days"[^>]*hx-boost="false"', page)
    assert "/guild/presence/grids/quarter" not in page  # for others


@pytest.mark.parametrize("path", [
    "/guild/presence/grids/nothing", "/guild/presence/grids/quarter", "/guild/review/grids/reviews",
    "/guild/presence/grids/days?of_team=018f0000-0000-7000-8000-000000000001",
    "/guild/presence/grids/days?column=2026-03-07", "/guild/presence/grids/days?row=nonsense",
])
def test_what_is_not_there_or_not_offered_is_not_found(guild, team, tutor, path):
    assert tutor.get(path).status_code == 404


def test_a_form_of_one_day_saves_what_was_changed(guild, team, tutor):
    guild.make("guild.presence", {"member": team.rows[1], "day": "2026-03-02", "mark": "ill"})
    tutor.open(**team.given)
    page = tutor.get(f"{tutor.url}?{tutor.query}&column=2026-03-02").text
    assert [cell["text"] for cell in strip(page)] == ["", "б", ""]
    data = form_of(page) | {"0-text": "н", "1-text": ""}
    answer = tutor.post(f"{tutor.url}?{tutor.query}&column=2026-03-02", data)
    assert answer.status_code == 303 and "column=2026-03-02" in answer.headers["Location"]
    assert guild.shown(guild.tutor, "days", **team.given) == {("Участник 00", "2026-03-02"): "н"}
    assert "Сохранено" in tutor.get(answer.headers["Location"]).text


def test_a_form_of_one_row_shows_its_days_and_why_some_are_locked(team, tutor):
    tutor.open(**team.given)
    page = tutor.get(f"{tutor.url}?{tutor.query}&row={team.rows[0]}").text
    assert len(strip(page)) == 13 and page.count("Ещё не наступил") >= 9 and "Участник 00" in page


def test_a_form_over_somebody_elses_change_shows_both_and_saves_the_rest(guild, team, tutor):
    tutor.open(**team.given)
    page = tutor.get(f"{tutor.url}?{tutor.query}&column=2026-03-03").text
    guild.make("guild.presence", {"member": team.rows[0], "day": "2026-03-03", "mark": "ill"},
               {"member": team.rows[2], "day": "2026-03-03", "mark": "ill"})
    data = form_of(page) | {"0-text": "н", "1-text": "о"}  # the third cell was not touched: theirs stays
    answer = tutor.post(f"{tutor.url}?{tutor.query}&column=2026-03-03", data)
    assert answer.status_code == 409
    assert "Сейчас там: б. Ваше: н" in answer.text and "Не сохранено: 1" in answer.text
    assert sorted(guild.shown(guild.tutor, "days", **team.given).values()) == ["б", "б", "о"]
    again = tutor.post(f"{tutor.url}?{tutor.query}&column=2026-03-03", form_of(answer.text))
    assert again.status_code == 303  # both were seen, so mine stands now
    assert sorted(guild.shown(guild.tutor, "days", **team.given).values()) == ["б", "н", "о"]


def test_a_wrong_number_comes_back_as_it_was_typed(guild, team, master):
    (shift,) = guild.make("guild.shift", {"name": "С", "team": str(team.id), "held": "2026-03-02"})
    master.open("scores", of_team=str(team.id))
    page = master.get(f"{master.url}?{master.query}&column={shift.id}").text
    assert page.count('inputmode="decimal"') == 3
    answer = master.post(f"{master.url}?{master.query}&column={shift.id}",
                         form_of(page) | {"0-text": "99", "1-text": "<b>", "2-text": "7,5"})
    assert answer.status_code == 422 and 'value="99"' in answer.text and "&lt;b&gt;" in answer.text
    assert list(guild.shown(guild.master, "scores", of_team=str(team.id)).values()) == ["7,5"]


def test_a_batch_is_answered_cell_by_cell_with_its_totals(guild, team, tutor):
    tutor.open(**team.given)
    answer = tutor.send((team.rows[0], "2026-03-02", "н"), (team.rows[1], "2026-03-02", "щ"),
                        (team.rows[2], "2026-03-27", "н"), json=True)
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    first, second, third = answer.json["cells"]
    assert first["state"] == "saved" and re.fullmatch(r"1-[0-9a-f]{8}", first["seen"]) and first["colour"] == "red"
    assert second["state"] == "refused" and "щ" in second["reason"] and second["text"] == ""
    assert third["reason"] == "Ещё не наступил"
    assert answer.json["totals"] == {"rows": {team.rows[0]: ["1", "92,3"]},
                                     "columns": {"2026-03-02": ["1", "66,7"]}}


def test_a_batch_without_a_token_or_from_another_site_changes_nothing(guild, team, tutor):
    tutor.open(**team.given)
    tutor.token = "forged"
    assert tutor.send((team.rows[0], "2026-03-02", "н"), json=True).status_code == 400
    answer = tutor.client.post(tutor.url, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert guild.shown(guild.tutor, "days", **team.given) == {}


@pytest.mark.parametrize("at", ["", "x", "a b c d e", "\u202e 2026-03-02", "<script> 2026-03-02 1-00000000"])
def test_nonsense_for_a_place_is_refused_in_words(team, tutor, at):
    tutor.open(**team.given)
    answer = tutor.post(f"{tutor.url}?{tutor.query}", {"0-at": at, "0-text": "н"}, {"Accept": "application/json"})
    assert answer.status_code == 200 and answer.json["cells"][0]["state"] == "refused"


def test_texts_of_people_are_texts_everywhere(guild, master):
    team, _ = guild.team(0)
    guild.make("guild.member", {"name": '<script>x</script> "К" & שלום', "team": str(team.id), "since": "2026-01-01"})
    page = master.open(of_team=str(team.id), month=MARCH).text
    assert "<script>x" not in page and "&lt;script&gt;x&lt;/script&gt; &quot;К&quot; &amp; שלום" in page


def test_who_may_only_read_gets_a_table_without_inputs(guild, team):
    reader = Page(guild.app, "reader")
    page = reader.open(**team.given).text
    assert strip(page) == [] and "data-grid-tools" not in page and 'data-l="0"' not in page
    assert reader.send((team.rows[0], "2026-03-02", "н"), json=True).json["cells"][0]["state"] == "refused"


def test_nothing_to_choose_and_nobody_in_it_are_said_apart(guild, tutor, master):
    team, _ = guild.team(0)
    assert "Таблица пуста" in master.open(of_team=str(team.id)).text
    stranger = guild.person("tutor", "fourth")
    guild.site.write(guild.system, lambda uow: set_password(uow, stranger.user_id, PASSWORD))
    assert "Таблица пуста" in Page(guild.app, "tutorfourth").open(of_team=str(team.id)).text


# -- everything of one cell -------------------------------------------------------------------------------------------


def cell(page: Page, row: str, day: str, **more):
    query = f"{page.query}&row={row}&column={day}"
    return page.get(f"{page.url}/cell?{query}", **more), f"{page.url}/cell?{query}"


def test_the_pop_up_holds_the_value_and_what_stands_beside_it(guild, team, tutor):
    tutor.open(**team.given)
    answer, url = cell(tutor, team.rows[0], "2026-03-04", HX_Request="true")
    assert answer.status_code == 200 and "<html" not in answer.text
    assert 'name="mark"' in answer.text and 'name="minutes"' in answer.text and 'name="secret"' not in answer.text
    late = {"_fields": "mark minutes", "mark": "late", "minutes": "15"}
    saved = tutor.post(url, late, {"Accept": "application/json"})
    assert saved.status_code == 200 and saved.json["cells"][0]["text"] == "о" and saved.json["cells"][0]["more"] is True
    assert saved.json["totals"]["rows"][team.rows[0]] == ["0", "100"]
    again, url = cell(tutor, team.rows[0], "2026-03-04")
    version = re.search(r'name="version" value="(\d+)"', again.text)[1]
    assert version == "1" and 'value="15"' in again.text
    plain = tutor.post(url, {"_fields": "mark minutes", "mark": "late", "minutes": "20", "version": version})
    assert plain.status_code == 303 and "column=2026-03-04" in plain.headers["Location"]
    stale = tutor.post(url, {"_fields": "mark minutes", "mark": "ill", "minutes": "30", "version": version})
    assert stale.status_code == 409 and 'value="30"' in stale.text and 'name="version" value="2"' in stale.text
    wrong = tutor.post(url, {"_fields": "mark minutes", "mark": "late", "minutes": "999", "version": "2"})
    assert wrong.status_code == 422 and 'value="999"' in wrong.text


def test_the_pop_up_of_a_locked_cell_is_read_only_and_of_a_place_outside_is_none(guild, team, tutor):
    tutor.open(**team.given)
    answer, url = cell(tutor, team.rows[0], "2026-03-27")
    assert "Ещё не наступил" in answer.text and 'name="mark"' not in answer.text
    refused = tutor.post(url, {"_fields": "mark", "mark": "ill"})
    assert refused.status_code == 403 and guild.shown(guild.tutor, "days", **team.given) == {}
    assert cell(tutor, team.rows[0], "2026-04-01")[0].status_code == 404
    _, theirs = guild.team(1, tutor=guild.other)
    assert cell(tutor, str(theirs[0].id), "2026-03-04")[0].status_code == 404


# -- weight and cost --------------------------------------------------------------------------------------------------


def test_thirty_people_by_sixty_days_are_a_light_page_of_few_statements(guild, master):
    team, members = guild.team(30)
    guild.make("guild.presence", *(
        {"member": str(m.id), "day": f"2026-02-{day:02}", "mark": "ill"} for m in members for day in (2, 9, 16)))
    given = {"of_team": str(team.id), "span": "2026-01-01"}
    master.open("quarter", **given)
    with Statements(guild.site.database.engine) as statements:
        page = master.open("quarter", **given).text
    assert page.count("<tr data-k=") == 30 and page.count('<th scope="col" data-k=') >= 60
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    assert len(table) < 40_000 and len(gzip.compress(page.encode())) < 18_000
    assert len(statements) <= 6, statements.texts  # who asks, then the grid


def test_a_small_screen_gets_the_day_of_today_with_the_page(guild, team, tutor):
    page = tutor.open(**team.given).text
    assert len(strip(page)) == 3 and all(c["at"].split()[1] == "2026-03-18" for c in strip(page))
    assert 'column=2026-03-17#strip' in page and 'column=2026-03-19#strip' in page


def test_help_says_what_the_marks_mean(tutor):
    page = tutor.get("/help/guild/presence?on=grid&grid=days").text
    assert "отсутствует" in page and "Ctrl" in page
    assert "квартал" not in tutor.get("/help/guild/presence?on=grid&grid=quarter").text.lower()  # not theirs


def test_kazakh_pages_have_kazakh_letters(guild, team):
    page = Page(guild.app, "tutor", "kk").open(**team.given).text
    assert '<html lang="kk"' in page and settings(page)["keys"][1]["letter"] == "ж" and "осында" in page
