"""The attendance of a class for a day: by keyboard in under forty keys, by thumb on a phone, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.services import records
from engine.services.actor import system
from engine.services.registries import Query, listing
from engine.services.seeding.filling import organisations
from tests.browsing import arrive
from tests.journeys.people import picture

REGISTER = "/school/attendance/grids/class-register"
MOST_KEYS = 40
SURNAMES = [
    "Абдрахманов", "Айтбаева", "Әлімбекова", "Байжанов", "Бекмұратова", "Ғабитов", "Досанов", "Есенова", "Жүнісова",
    "Ибраев", "Ким", "Қалиев", "Қожахметова", "Мұратов", "Мұсабекова", "Нұрғалиева", "Омаров", "Өтегенова", "Петров",
    "Рахимов", "Сәрсенова", "Төлегенов", "Ұзақбаева", "Шәкіров",
]
GIVEN = ["Арман", "Дана", "Ержан", "Мадина"]
NAMES = [f"{surname} {GIVEN[n % 4]}" for n, surname in enumerate(SURNAMES)]


@pytest.fixture(scope="module")
def full_class(school):
    """The class of the teacher who signs in, with as many children as a real one."""
    site = school.site
    who = system(organisations(site)[0])

    def fill(uow):
        group = listing(uow, "school.group", Query(where='name == "5 А"')).records[0]
        unit = str(group["study_unit"])
        people = records.create_many(uow, "system.person", [
            dict(zip(("last_name", "first_name"), name.split(), strict=True)) for name in NAMES])
        learners = records.create_many(uow, "school.learner", [
            {"person": str(p.id), "file_number": f"Ж-{n}", "study_unit": unit, "enrolled_on": "2020-09-01",
             "instruction_language": group["instruction_language"]} for n, p in enumerate(people)])
        return records.create_many(uow, "school.membership", [
            {"learner": str(one.id), "group": str(group["id"]), "since": "2020-09-01"} for one in learners])

    return site.write(who, fill)


def marks(school) -> list[tuple[str, str]]:
    """(day, code) of all that is marked in the class, as the database has it."""
    found = school.site.read(system(organisations(school.site)[0]), lambda view: listing(
        view, "school.attendance", Query(sort=("date",), limit=200)))
    return [(str(r["date"]), r["code"]) for r in found.records if r["@learner"] in NAMES]


def open_day(page) -> str:
    """The last day of the month that is not locked; a month back where this one has none yet."""
    find = """() => [...document.querySelectorAll('#grid thead th[data-k]')].filter(h => {
        const c = h.cellIndex;
        return [...document.querySelectorAll('#grid tbody tr')].some(r => r.cells[c].dataset.l === undefined);
    }).map(h => h.dataset.k).at(-1) || ''"""
    day = page.evaluate(find)
    if not day:
        page.locator(".q-grid-choice a").first.click()
        arrive(page, "#grid.is-live")
        day = page.evaluate(find)
    return day


def test_a_teacher_marks_a_class_for_a_day_in_under_forty_keys(person, school, full_class):
    teacher = person("teacher", "kk")
    page = teacher.page
    teacher.go(REGISTER)
    arrive(page, "#grid.is-live")
    day = open_day(page)
    rows = page.locator("#grid tbody tr")
    assert rows.count() >= len(NAMES)
    session = page.context.new_cdp_session(page)
    keys = 0

    def press(key: str, code: str = ""):
        nonlocal keys
        keys += 1
        if not code:
            page.keyboard.press(key)
            return
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": code, "text": key})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "code": code})

    # The day of the table that is open has the focus already; a day off has none, then the last one is gone to.
    while page.evaluate("document.activeElement.cellIndex") != page.evaluate(
            "d => document.querySelector(`#grid th[data-k='${d}']`).cellIndex", day):
        press("ArrowLeft" if keys < 3 else "End")
    names = page.locator("#grid tbody th").all_inner_texts()
    told = {2: ("ж", "Semicolon"), 3: ("а", "KeyF"), 9: ("с", "KeyC"), 20: ("к", "KeyR")}
    absent = {names.index(NAMES[n]): key for n, key in told.items()}
    for row in range(max(absent) + 1):
        if row in absent:
            press(*absent[row])  # the mark is written and the next child has the focus
        else:
            press("ArrowDown")
    expect(page.locator("[data-grid-state]")).to_have_text("Сақталды")
    assert keys < MOST_KEYS, f"{keys} keys for a class of {rows.count()}"
    assert sorted(code for on, code in marks(school) if on == day) == ["absent", "late", "sick", "valid"]
    picture(page, "grid")
    page.reload()
    arrive(page, "#grid.is-live")
    assert [page.locator(f"#grid tbody tr:nth-child({row + 1}) td[data-m]").last.inner_text() for row in absent] == [
        letter for letter, _ in absent.values()]


def test_a_teacher_marks_a_class_with_a_thumb(person, school, full_class):
    teacher = person("teacher", "ru", 390)
    page = teacher.page
    teacher.go(REGISTER)
    arrive(page, "[data-grid-strip]")
    before = len(marks(school))
    while not page.locator(".q-strip-list label").first.is_visible():  # a day off, or one that is still to come
        page.locator(".q-strip-head a").first.tap()
        page.wait_for_load_state()
    item = {name: page.locator(".q-strip-list li", has_text=name) for name in (NAMES[5], NAMES[12])}
    for name, letter in ((NAMES[5], "н"), (NAMES[12], "б")):
        item[name].locator("label", has_text=letter).first.tap()
    expect(page.locator("[data-grid-state]")).to_have_text("Сохранено")
    assert len(marks(school)) == before + 2
    expect(item[NAMES[5]].locator("input:checked")).to_have_value("н")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "grid-phone")


def test_a_day_is_marked_without_scripts(person, school, full_class):
    teacher = person("teacher", "ru", java_script_enabled=False)
    page = teacher.page
    teacher.go(REGISTER)
    columns = page.locator("#grid thead th[data-k] a").all()
    for link in reversed([one.get_attribute("href") for one in columns]):
        page.click(f"#grid thead a[href='{link}']")
        item = page.locator(".q-strip-list li", has_text=NAMES[20])
        if item.locator("input[type=radio]").count():
            break
        page.go_back()
    item.locator("label", has_text="у").first.click()
    page.click("[data-save]")
    arrive(page, ".q-notice-done")
    expect(page.locator(".q-strip-list li", has_text=NAMES[20]).locator("input:checked")).to_have_value("у")
