"""Work on lists: twenty children moved to another class at once and back, prices changed in the table by keyboard."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from engine.services import records
from engine.services.actor import system
from engine.services.registries import Query, listing
from engine.services.seeding.filling import organisations
from tests.browsing import arrive
from tests.journeys.people import picture

MOVED = 20
WORDS = {
    "kk": SimpleNamespace(tab="Басқа сыныпқа ауыстыру", change="Өзгерту", will="Өзгереді: 20",
                          done="20 жазба өзгертілді", undo="Қайтару", back="Кері қайтарылды: 20 жазба"),
    "ru": SimpleNamespace(tab="Перевод в другой класс", change="Изменить", will="Изменится: 20",
                          done="Изменено 20 записей", undo="Вернуть", back="Отменено: 20 записей"),
}


@pytest.fixture(scope="module")
def classes(school):
    """Two classes of one language, twenty children in the first of them."""
    site = school.site
    who = system(organisations(site)[0])

    def fill(uow):
        like = listing(uow, "school.group", Query(where='kind == "class"', limit=1)).records[0]
        whole = records.read(uow, "school.group", like["id"], shown="").hidden
        common = {key: whole[key] for key in ("school_year", "instruction_language", "level", "shift")}
        common |= {"kind": "class", "study_unit": str(whole["study_unit"]), "norm": 30}
        names = [f"{whole['level']} {letter}" for letter in "ЯЩ"]
        groups = records.create_many(uow, "school.group", [{**common, "name": name} for name in names])
        people = records.create_many(uow, "system.person", [
            {"last_name": f"Көшпелі{n:02}", "first_name": "Арман"} for n in range(MOVED)])
        learners = records.create_many(uow, "school.learner", [
            {"person": str(p.id), "file_number": f"К-{n}", "study_unit": common["study_unit"],
             "enrolled_on": "2020-09-01", "instruction_language": whole["instruction_language"]}
            for n, p in enumerate(people)])
        made = records.create_many(uow, "school.membership", [
            {"learner": str(one.id), "group": str(groups[0].id), "since": "2020-09-01"} for one in learners])
        return SimpleNamespace(first=groups[0].id, second=groups[1].id, members=[m.id for m in made])

    return site.write(who, fill)


def groups_of(school, classes) -> set:
    wanted = Query(fields=("group",), ids=classes.members, limit=200)
    page = school.site.read(system(organisations(school.site)[0]),
                            lambda view: listing(view, "school.membership", wanted))
    return {record["group"] for record in page.records}


@pytest.mark.parametrize(("language", "width"), [("kk", 1280), ("ru", 390)])
def test_twenty_children_are_moved_to_another_class_and_back(person, school, classes, language, width):
    words = WORDS[language]
    deputy = person("deputy", language, width)
    page = deputy.page
    deputy.go("/school/membership")
    page.get_by_role("link", name=words.tab).click()
    page.wait_for_url("**view=transfer**")
    page.wait_for_load_state("networkidle")  # the values take the place of the link that asks for them
    value = page.locator(".q-facet-value", has_text=re.compile(r"^\d+ Я"))
    expect(value.or_(page.locator(".q-facet-link:visible")).first).to_be_visible()
    if not value.count():
        page.locator(".q-facet-link").click()
    value.click()
    expect(page.locator(".q-table tbody tr")).to_have_count(MOVED)
    boxes = page.locator(".q-table tbody .q-pick input")
    if deputy.phone:
        boxes.first.check()
        page.locator(".q-bulk [data-pick-page]").check()
    else:
        boxes.first.focus()
        boxes.first.click()
        boxes.nth(MOVED - 1).click(modifiers=["Shift"])
    expect(page.locator("[data-picked-count]")).to_have_text(str(MOVED))
    picture(page, f"bulk-{language}")
    page.locator(".q-bulk").get_by_role("button", name=words.change).click()
    arrive(page, ".q-bulk-page")
    page.locator("#field-group .ts-control").click()
    page.keyboard.type(" Щ")
    page.locator(".ts-dropdown .option", has_text=" Щ").first.click()
    expect(page.locator("#field-group .item")).to_contain_text(" Щ")
    expect(page.locator("#weighed")).to_contain_text(words.will)
    picture(page, f"bulk-change-{language}")
    page.locator("[data-save]").click()
    expect(page.locator("#notices")).to_contain_text(words.done)
    assert groups_of(school, classes) == {classes.second}
    page.locator("#notices").get_by_role("button", name=words.undo).click()
    expect(page.locator("#notices")).to_contain_text(words.back)
    assert groups_of(school, classes) == {classes.first}


def test_prices_are_changed_in_the_table_by_keyboard_alone(person, school):
    accountant = person("accountant", "kk")
    page = accountant.page
    accountant.go("/accounting/service")
    arrive(page, "table[role=grid]")
    page.locator("td[data-edit=price]").first.evaluate("cell => window.qCells.focus(cell)")
    keys = page.keyboard
    keys.press("F2")
    arrive(page, "td.q-cell-edit input.num")
    keys.type("қымбат")
    keys.press("Enter")
    expect(page.locator("td.q-cell-edit .q-error")).to_be_visible()
    keys.press("Control+a")
    keys.type("777,5")
    keys.press("Enter")
    expect(page.locator("td[data-edit=price]").first).to_contain_text("777,50")
    keys.press("Space")
    keys.press("Shift+ArrowDown")
    expect(page.locator("[data-picked-count]")).to_have_text("2")
    keys.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("dialog#keys")).to_have_count(0)
    picture(page, "cells-in-the-table")
