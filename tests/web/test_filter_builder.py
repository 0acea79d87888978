"""The filter builder through the page: with and without scripts, from the URL and back, mistakes at their place."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from engine.services import records
from engine.services.actor import system

HERE = "/club/member"


@pytest.fixture(scope="module", autouse=True)
def members(club):
    raws = [{"name": f"Мүше {n:02}", "joined": f"2026-01-{n % 28 + 1:02}", "paying": n % 4 == 0,
             **({"fee": str(n * 10)} if n % 4 == 0 else {})} for n in range(40)]
    club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.member", raws))
    club.site.write(system(club.organisation), lambda uow: records.create(uow, "club.order", {
        "note": "бояу", "lines": [{"service": str(club.service), "quantity": 3}]}))


def shown(page) -> set[str]:
    return set(re.findall(r"Мүше (\d\d)</a>", page.text))


def inputs(page) -> list[tuple[str, str]]:
    """What the builder's form would send: its hidden inputs, chosen options and texts."""
    form = page.text.partition('id="panel"')[2].partition("</form>")[0]
    found = [(m[1], unescape(m[2])) for m in re.finditer(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)]
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body) or re.search(r'<option value="([^"]*)"', body)
        found.append((name, unescape(chosen[1])))
    for tag in re.findall(r'<input type="(?:text|date)"[^>]*>', form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        found.append((name[1], unescape(value[1])))
    return found


def sent(page, do: str, **changed: str) -> str:
    held = {name: changed.get(name.replace("-", "_"), value) for name, value in inputs(page)}
    pairs = [*held.items(), ("do", do)]
    return f"{HERE}/filter?" + "&".join(f"{quote(n)}={quote(v)}" for n, v in pairs)


def test_a_filter_is_built_step_by_step_without_scripts(chief):
    page = chief.get(f"{HERE}/filter")
    assert page.status_code == 200 and "<html" in page.text and 'value="name" selected' in page.text
    page = chief.get(sent(page, "draw", b_0_path="joined", b_0_op="ge"))
    assert 'type="date"' in page.text
    page = chief.get(sent(page, "group:", b_0_v0="2026-01-20"))
    page = chief.get(sent(page, "draw", b_1_0_path="paying", b_1_1_path="name"))
    page = chief.get(sent(page, "draw", b_1_0_op="is", b_1_0_v0="yes", b_1_1_op="contains", b_1_1_v0="МҮШЕ 21"))
    assert "Найдено записей: " in page.text
    assert "Вступил: начиная с 20.01.2026 и (Платит: да или Имя: содержит" in page.text
    answer = chief.get(sent(page, "apply"))
    assert answer.status_code == 303
    where = parse_qs(urlsplit(answer.headers["Location"]).query)["where"][0]
    assert where == 'joined >= "2026-01-20" and (paying == true or matches(name, "contains", "МҮШЕ 21"))'
    page = chief.get(answer.headers["Location"])
    assert shown(page) == {"20", "21", "24"}
    assert "Вступил: начиная с 20.01.2026" in page.text and "paying == true" in page.text


def test_the_builder_opens_from_any_rule_and_keeps_it(chief):
    rule = 'joined < today and not (paying or fee > 100) and (joined > "2026-01-05" or year(joined) == 2025)'
    page = chief.get(f"{HERE}/filter?where={quote(rule)}")
    assert 'value="year(joined) == 2025"' in page.text and 'name="b-1-how"' in page.text
    again = parse_qs(urlsplit(chief.get(sent(page, "apply")).headers["Location"]).query)["where"][0]
    assert shown(chief.get(f"{HERE}?where={quote(again)}")) == shown(chief.get(f"{HERE}?where={quote(rule)}")) != set()


def test_lines_and_groups_are_removed_where_they_stand(chief):
    rule = quote('joined >= "2026-01-20" and (paying == true or empty(fee))')
    page = chief.get(f"{HERE}/filter?where={rule}")
    page = chief.get(sent(page, "remove:1-0"))
    assert 'value="paying" selected' not in page.text and 'value="empty:yes" selected' in page.text
    page = chief.get(sent(page, "remove:0"))
    assert 'value="joined" selected' not in page.text
    where = chief.get(sent(page, "apply")).headers["Location"]
    assert parse_qs(urlsplit(where).query)["where"] == ["empty(fee)"]


def test_an_unfinished_line_says_what_is_missing_and_keeps_what_was_typed(chief):
    page = chief.get(f"{HERE}/filter?where={quote('fee > 10 and fee < 30')}")
    page = chief.get(sent(page, "apply", b_0_v0="көп", b_1_v0=""))
    assert page.status_code == 200 and page.text.count('<p class="q-error">') == 2
    assert 'value="көп"' in page.text and "Введите число" in page.text


def test_a_wrong_rule_is_told_with_its_place_in_the_language_of_the_person(chief):
    page = chief.get(f"{HERE}/filter?do=text&rule={quote('fee > 10 and joned == today')}")
    assert "Знак 14: " in page.text and "<mark>j</mark>" in page.text and "joined" in page.text
    kazakh = chief.get(f"{HERE}/filter?lang=kk&do=text&rule={quote('fee > ')}")
    assert "-таңба: " in kazakh.text
    chief.get(f"{HERE}?lang=ru")
    assert chief.get(f"{HERE}/filter?do=text&rule={quote('fee > 10')}").status_code == 303


def test_other_filters_search_and_order_stay(chief):
    page = chief.get(f"{HERE}/filter?q=мүше&paying.is=yes&sort=-joined&where={quote('fee > 100')}")
    location = chief.get(sent(page, "apply", b_0_v0="200")).headers["Location"]
    assert parse_qs(urlsplit(location).query) == {
        "q": ["мүше"], "paying.is": ["yes"], "sort": ["-joined"], "where": ["fee > 200"]}


def test_htmx_gets_the_builder_alone_and_then_the_list(chief):
    part = chief.get(f"{HERE}/filter?where={quote('fee > 100')}", HX_Request="true")
    assert part.text.lstrip().startswith("<section") and 'id="panel"' in part.text and "<html" not in part.text
    answer = chief.get(sent(part, "apply"), HX_Request="true")
    assert answer.headers["HX-Retarget"] == "#registry" and 'id="registry"' in answer.text
    assert parse_qs(urlsplit(answer.headers["HX-Push-Url"]).query)["where"] == ["fee > 100"]


def test_a_hidden_field_is_no_choice_and_no_oracle(helper):
    page = helper.get(f"{HERE}/filter")
    assert 'value="joined"' in page.text and 'value="fee"' not in page.text and "Взнос" not in page.text
    told = []
    for name in ("fee", "nothing"):
        page = helper.get(f"{HERE}/filter?b-how=all&b-0-path={name}&b-0-op=gt&b-0-v0=100&do=apply")
        assert page.status_code == 200 and "Найдено" not in page.text
        told.append(re.sub(name, "?", page.text))
        rule = helper.get(f"{HERE}/filter?do=text&rule={quote(name + ' > 100')}")
        told.append(re.findall(r'id="rule-error"[^>]*>(.*?)</p>', rule.text)[0].replace(name, "?"))
        assert helper.get(f"{HERE}?where={quote(name + ' > 100')}").status_code == 400
    assert plain(told[0]) == plain(told[2]) and told[1] == told[3]


def plain(page: str) -> str:
    return re.sub(r'value="[^"]*csrf[^"]*"|name="csrf_token" value="[^"]+"|X-CSRFToken[^}]*', "", page)


def test_rows_and_links_in_a_condition(chief, club):
    rule = f'any(lines, service == "{club.service}")'
    page = chief.get(f"/club/order/filter?where={quote(rule)}")
    assert 'value="lines.service" selected' in page.text and "Сурет" in page.text
    assert 'data-suggest="/club/order/choices/lines.service?any=1"' in page.text
    listed = chief.get(f"/club/order?where={quote(rule)}")
    assert "бояу" in listed.text and "Строки › Занятие: Сурет" in listed.text
    assert "бояу" in chief.get(f"/club/order?lines.service.is={club.service}").text
    assert "Строки › Занятие: Сурет" in chief.get(f"/club/order?lines.service.is={club.service}").text


def test_nonsense_in_the_names_of_inputs_does_no_harm(chief):
    for query in (
        "b-0-0-0-0-0-0-path=name", "b-x-path=name", "b-how=some", "b-99999-path=name", "b-0-path=name&b-0-op=no",
        "b-0-path=joined&b-0-op=ge&b-0-d0=9999999&do=apply", "do=remove:5-5-5&b-how=all",
        "do=group:0-0-0-0&b-how=all", "b-0-rule=" + "(" * 500 + "&do=apply",
        "b-0-path=name&b-0-op=is&b-0-v0=%00&do=apply",
    ):
        assert chief.get(f"{HERE}/filter?{query}").status_code in (200, 303), query
    many = "&".join(f"b-{n}-path=name&b-{n}-op=is&b-{n}-v0=а{n}" for n in range(60))
    assert chief.get(f"{HERE}/filter?{many}&b-how=any&do=apply").status_code in (200, 303)
