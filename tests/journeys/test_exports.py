"""A list leaves as a file that reopens equal to what was on the screen."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.journeys.people import picture


def spaced(text: str) -> str:
    """Without the spaces of thousands and the signs of a screen."""
    return "".join(text.split()).removesuffix("₸").removesuffix("%")


def cells(row: tuple) -> list[str]:
    """A line of a workbook as the screen would say it, amounts aside."""
    return [v.strftime("%d.%m.%Y") if hasattr(v, "strftime") else "" if v is None else str(v) for v in row]


@pytest.mark.parametrize(("language", "width"), [("kk", 1280), ("ru", 390)])
def test_a_filtered_list_reopens_equal_as_a_workbook(person, language, width):
    accountant = person("accountant", language, width, accept_downloads=True)
    page = accountant.page
    accountant.go("/accounting/invoice")
    page.locator("#quick").press_sequentially("2026-0", delay=15)
    page.wait_for_url("**q=2026-0*")
    expect(page.locator(".q-table tbody tr").first).to_be_visible()
    total = int(spaced(page.inner_text(".q-head .q-total")))
    shown = page.locator(".q-table tbody tr").evaluate_all(
        "rows => rows.map(r => [...r.querySelectorAll('td:not(.q-pick)')].map(c => c.textContent.trim()))")
    menu = page.locator("details.q-drop", has=page.locator(".q-export"))
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    if language == "kk":
        picture(page, "export")
    accountant.tab_to("button[name=format][value=xlsx]")
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes())).active
    head, *lines = book.iter_rows(values_only=True)
    assert len(lines) == total and total >= len(shown) > 0
    for line, row in zip(lines, shown, strict=False):
        told = cells(line)
        assert [a for a, v in zip(told, line, strict=True) if isinstance(v, str)] == [
            b for b, v in zip(row, line, strict=True) if isinstance(v, str)]
        beside = zip(row, line, strict=True)
        amounts = [(spaced(b).replace(",", "."), v) for b, v in beside if isinstance(v, int | float)]
        assert amounts and all(float(text) == value for text, value in amounts)
    assert coming.value.suggested_filename.endswith(".xlsx") and len(head) == len(shown[0])


def test_everything_leaves_as_csv_without_scripts(person, tmp_path):
    accountant = person("accountant", "ru", 1280, accept_downloads=True, java_script_enabled=False)
    page = accountant.page
    accountant.go("/accounting/invoice")
    total = int(spaced(page.inner_text(".q-head .q-total")))
    page.locator("details.q-drop", has=page.locator(".q-export")).locator("summary").click()
    page.locator("input[name=scope][value=all]").check()
    with page.expect_download() as coming:
        page.click("button[name=format][value=csv]")
    text = Path(coming.value.path()).read_text("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(text), delimiter=";")
    ids = [line[head.index("Идентификатор")] for line in lines]
    assert len({i for i in ids if i}) == total and len(lines) > total, "lines of rows follow their record"
