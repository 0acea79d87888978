"""Three hundred learners of an untidy workbook are imported after two cells were mended on the page."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from engine.fields.iin import check_digit
from engine.services.actor import system
from engine.services.registries import Query, listing
from engine.services.seeding.filling import organisations
from tests.browsing import arrive
from tests.journeys.people import picture

COUNT = 300
HEADS = ["№ р/с", "Фамилия ", "Имя", "Отчество (при наличии)", "ЖСН", "Туған күні", "Жынысы", "Номер личного дела*",
         "Дата зачисления", "Телефон мамы"]
NAMES = ["Арман", "Әсел", "Нұрлан", "Аружан", "Тимур", "Дана", "Ерасыл", "Мадина"]


def iin(born: date, number: int, turn: int) -> str:
    """A right IIN of somebody born then; `turn` keeps two runs apart."""
    while True:
        body = f"{born:%y%m%d}{5 + turn % 2}{number:04d}"
        digit = check_digit(body)
        if digit is not None:
            return f"{body}{digit}"
        number += 1000


def workbook(path: Path, turn: int) -> tuple[int, int]:
    """The lines of the two mistakes. Also there: merged titles, a line of column numbers, empty lines, dates in three
    ways, IINs as numbers, a line of the total."""
    draw = random.Random(turn)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["«№ 14 мектеп-лицей» КММ"])
    sheet.append([f"Список обучающихся на 01.09.2026, {turn}"])
    sheet.append([])
    sheet.append(HEADS)
    sheet.append(list(range(1, len(HEADS) + 1)))
    places = []
    for k in range(COUNT):
        if k % 60 == 59:
            sheet.append([])
        born = date(2015, 1, 1) + timedelta(days=draw.randrange(700))
        number = iin(born, k + 1, turn)
        said = [born, f"{born:%d.%m.%Y} г.", (born - date(1899, 12, 30)).days][k % 3]
        if k == 20:
            said = "31.02.2015"
        sheet.append([
            k + 1, f" Қосымша{turn}{k:03d}\u00a0", NAMES[k % 8], None, int(number) if k % 2 else number, said,
            "?" if k == 33 else ["ер", "жен", "мужской"][k % 3], f"Ж{turn}-{k + 1:04d}", "01.09.2026", None])
        if k in (20, 33):
            places.append(sheet.max_row)
    sheet.append(["Барлығы", COUNT])
    sheet.merge_cells("A1:J1")
    sheet.merge_cells("A2:J2")
    book.save(path)
    return tuple(places)


@pytest.mark.parametrize(("language", "width", "turn"), [("kk", 1280, 1), ("ru", 390, 2)])
def test_three_hundred_learners_of_an_untidy_workbook(person, school, tmp_path, language, width, turn):
    path = tmp_path / "балалар.xlsx"
    workbook(path, turn)
    clerk = person("clerk", language, width)
    page = clerk.page
    clerk.go("/school/learner")
    page.locator("a[data-import]").first.click()
    page.wait_for_url("**/school/learner/import")
    page.set_input_files("#file", path)
    page.click("[data-save]")
    arrive(page, "#columns")
    for field in page.locator(".q-field.is-required :is(select, input):visible").all():
        if field.evaluate("e => e.tagName") == "SELECT" and not field.input_value():
            field.select_option(index=1)
    picture(page, f"import-columns-{language}")
    page.click("[data-save]")
    arrive(page, "#mend")
    wrong = page.locator(".q-import-wrong td.has-error :is(input, select):visible")
    expect(wrong).to_have_count(2)
    if language == "kk":
        picture(page, "import")
    wrong.nth(0).focus()
    for cell in wrong.all():
        if cell.evaluate("e => e.tagName") == "SELECT":
            cell.select_option(index=1)
        else:
            cell.fill("28.02.2015")
    page.click("#mend [data-save]")
    arrive(page, ".q-import-ready")
    page.click(".q-import-ready [data-save]")
    arrive(page, ".q-import-links", timeout=90_000)
    expect(page.locator(".q-import-figures .is-done dd")).to_have_text(str(COUNT))

    def work(view):
        return listing(view, "school.learner", Query(
            fields=(), filters=[("file_number", "contains", [f"Ж{turn}-"])], count=True, limit=1)).count

    assert school.site.read(system(organisations(school.site)[0]), work) == COUNT
    page.locator(".q-import-links .btn-primary").click()
    expect(page.locator(".q-head .q-total").first).to_contain_text(str(COUNT))
