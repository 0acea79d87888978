"""The table of a grid in a browser: one key a mark in every layout, blocks, undo, conflicts, a lost connection."""

from __future__ import annotations

import json
import logging
import re
import shutil
import threading

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.browsing import arrive
from tests.web.conftest import PASSWORD
from tests.web.test_browser import browser_type_launch_args  # noqa: F401 - the browser is begun in the same way

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium: apt-get install chromium")]
MARCH = "2026-03-01"


@pytest.fixture(scope="module")
def address(guild):
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, guild.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)


class Table:
    """A grid that somebody has open; cells by the number of their row and the day of March."""

    def __init__(self, page, guild, team):
        self.page, self.guild, self.given = page, guild, {"of_team": str(team.id), "month": MARCH}
        self.keyboard = page.keyboard
        self.session = page.context.new_cdp_session(page)

    def cell(self, row: int, day: int):
        find = "d => [...document.querySelectorAll('#grid thead th')].findIndex(h => h.dataset.k === d)"
        place = self.page.evaluate(find, f"2026-03-{day:02}") - 1  # the name of a row is no td
        return self.page.locator(f"#grid tbody tr:nth-child({row + 1}) td").nth(place)

    def strike(self, key: str, code: str) -> None:
        """One key of the keyboard, in a layout that writes `key` there."""
        self.session.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": code, "text": key})
        self.session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "code": code})

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keyboard.press(key)

    def said(self, text: str) -> None:
        expect(self.page.locator("[data-grid-state]")).to_contain_text(text)

    def stored(self) -> list[tuple[int, int, str]]:
        found = self.guild.shown(self.guild.tutor, "days", **self.given)
        return sorted((int(name[-2:]), int(day[-2:]), text) for (name, day), text in found.items())


@pytest.fixture
def opened(browser, address, guild):
    """opened(team, **context options) -> a `Table`, signed in as the tutor. Errors of scripts fail the test."""
    made, wrong = [], []

    def open_(team, language="ru", **options):
        context = browser.new_context(base_url=address, locale={"ru": "ru-RU", "kk": "kk-KZ"}[language], **options)
        context.set_default_timeout(40_000)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto(f"/sign-in?next=/guild/presence/grids/days%3Fof_team={team.id}%26month={MARCH}")
        page.fill("#login", "tutor")
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        arrive(page, "#grid.is-live", state="attached")
        return Table(page, guild, team)

    yield open_
    for context in made:
        context.close()
    assert wrong == []


def test_one_key_means_one_mark_in_every_layout(opened, guild):
    team, _ = guild.team(8)
    table = opened(team)
    table.cell(0, 2).click()
    table.strike("н", "KeyY")  # Russian
    table.strike("y", "KeyY")  # English: the same key
    table.strike("Н", "KeyY")
    table.strike("б", "Comma")
    table.strike(",", "Comma")
    table.strike("о", "KeyJ")
    table.strike("ж", "Semicolon")  # no letter of this language: nothing is written, and what there is is said
    table.said("н")
    assert table.page.evaluate("document.activeElement.closest('tr').rowIndex") == 7
    table.press("ArrowUp", ".")
    expect(table.cell(5, 2)).to_have_text("")
    table.said("Сохранено")
    assert table.stored() == [(0, 2, "н"), (1, 2, "н"), (2, 2, "н"), (3, 2, "б"), (4, 2, "б")]
    expect(table.page.locator("#grid tbody tr").first.locator(".q-grid-total").first).to_have_text("1")
    expect(table.page.locator("#grid tfoot tr").first.locator("td").first).to_have_text("3")


def test_a_block_is_pasted_filled_copied_and_taken_back_as_if_typed(opened, guild):
    team, _ = guild.team(5)
    table = opened(team)
    table.cell(0, 2).click()
    table.page.evaluate("text => navigator.clipboard.writeText(text)", "н\tб\nболен\tсомнения\n\tо")
    table.press("Control+v")
    table.said("не отметка этой таблицы")
    expect(table.cell(1, 3)).to_have_attribute("data-q", "bad")
    expect(table.cell(1, 3)).to_have_attribute("title", re.compile("сомнения.* – не отметка этой таблицы"))
    expect(table.cell(1, 2)).to_have_text("б")
    assert table.stored() == [(0, 2, "н"), (0, 3, "б"), (1, 2, "б"), (2, 3, "о")]
    table.cell(0, 2).click()
    table.press("Shift+ArrowRight", "Control+c")
    assert table.page.evaluate("navigator.clipboard.readText()") == "н\tб"
    table.cell(0, 4).click()
    table.press("Control+v")
    expect(table.cell(0, 5)).to_have_text("б")
    table.cell(0, 4).click()
    table.press("Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowDown", "Control+d")
    expect(table.cell(2, 5)).to_have_text("б")
    table.said("Сохранено")
    filled = {(n, *of) for n in (0, 1, 2) for of in ((4, "н"), (5, "б"))}
    assert {each for each in table.stored() if each[1] > 3} == filled
    table.press("Control+z")
    table.said("Сохранено")
    assert [(n, d) for n, d, _ in table.stored() if d > 3] == [(0, 4), (0, 5)]
    table.press("Control+a", "Delete")
    table.said("Сохранено")
    expect(table.cell(0, 2)).to_have_text("")
    assert table.stored() == []


def test_the_head_of_a_column_fills_and_empties_it(opened, guild):
    team, _ = guild.team(4)
    table = opened(team)
    table.cell(1, 2).click()
    table.strike("о", "KeyJ")
    table.said("Сохранено")
    table.press("ArrowUp", "ArrowUp", "ArrowUp", "Enter")
    table.page.get_by_role("menuitem", name="В пустые ячейки: н").click()
    table.said("Сохранено")
    assert table.stored() == [(0, 2, "н"), (1, 2, "о"), (2, 2, "н"), (3, 2, "н")]
    table.press("Enter", "Enter")  # the first line of the menu: everybody was here
    table.said("Сохранено")
    expect(table.cell(3, 2)).to_have_text("")
    assert table.stored() == []


def test_a_conflict_is_shown_in_the_cell_with_both_values(opened, guild):
    team, members = guild.team(2)
    table = opened(team, "kk")
    guild.make("guild.presence", {"member": str(members[0].id), "day": "2026-03-02", "mark": "ill"},
               {"member": str(members[1].id), "day": "2026-03-02", "mark": "ill"})
    table.cell(0, 2).click()
    table.strike("ж", "Semicolon")
    table.strike("ж", "Semicolon")
    expect(table.cell(1, 2)).to_have_attribute("data-q", "conflict")
    table.cell(0, 2).click()
    box = table.page.get_by_role("alertdialog")
    expect(box).to_contain_text("Оның мәнін қалдыру: а")
    box.get_by_role("button", name="Менікін жазу: ж").click()
    expect(table.cell(0, 2)).to_have_attribute("data-m", "red")
    table.press("ArrowDown", "Enter", "Enter")  # by keyboard: into the box, keep theirs
    expect(box).to_be_hidden()
    expect(table.cell(1, 2)).to_have_text("а")
    table.said("Сақталды")
    assert table.stored() == [(0, 2, "н"), (1, 2, "б")]


def test_what_a_lost_connection_left_unsaved_is_sent_when_it_is_back(opened, guild):
    team, _ = guild.team(3)
    table = opened(team)
    table.page.context.set_offline(True)
    table.cell(0, 2).click()
    table.strike("н", "KeyY")
    table.strike("б", "Comma")
    table.said("Нет связи: не сохранено 2")
    expect(table.cell(0, 2)).to_have_attribute("data-q", "wait")
    asked = []
    table.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    table.page.close(run_before_unload=True)
    table.page.wait_for_timeout(300)
    assert asked == ["beforeunload"] and table.stored() == []
    table.page.context.set_offline(False)
    table.said("Сохранено")
    assert table.stored() == [(0, 2, "н"), (1, 2, "б")]


def test_everything_of_a_cell_opens_over_it_and_knows_what_the_code_asks_for(opened, guild):
    team, _ = guild.team(2)
    table = opened(team)
    table.cell(0, 2).click()
    table.press("F2")
    dialog = table.page.locator("#grid-cell")
    dialog.locator("#mark").select_option("late")
    dialog.locator("#minutes").fill("99")
    table.press("Enter")
    expect(dialog.locator(".q-error").first).to_be_visible()
    dialog.locator("#minutes").fill("45")
    table.press("Enter")
    expect(dialog).to_be_hidden()
    expect(table.cell(0, 2)).to_have_text("о")
    assert table.cell(0, 2).get_attribute("data-n") is not None and table.cell(0, 2).get_attribute("data-m") == "red"
    assert table.page.evaluate("document.activeElement.tagName") == "TD"
    table.cell(1, 25).dblclick()
    expect(dialog).to_contain_text("Ещё не наступил")
    table.press("Escape")


def test_a_screen_reader_hears_names_of_rows_columns_and_reasons(opened, guild):
    team, _ = guild.team(3)
    table = opened(team)
    table.cell(0, 18).click()
    tree = json.dumps(table.session.send("Accessibility.getFullAXTree"), ensure_ascii=False)
    assert '"grid"' in tree and '"gridcell"' in tree and '"rowheader"' in tree and '"columnheader"' in tree
    assert table.page.evaluate("document.activeElement.getAttribute('aria-label')") == "здесь"
    table.press("ArrowRight")
    assert table.page.evaluate("document.activeElement.getAttribute('aria-label')") == "здесь. Закрыто: Ещё не наступил"
    assert table.page.locator("#grid [tabindex='0']").count() == 1
    table.press("Escape", "Tab")  # no trap: Tab leaves
    assert not table.page.evaluate("document.getElementById('grid').contains(document.activeElement)")
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        table.page.emulate_media(color_scheme=scheme)
        table.page.wait_for_timeout(500)  # colours change in passing
        found = Axe().run(table.page).response["violations"]
        harm = [v for v in found if v["impact"] in ("serious", "critical")]
        assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in harm] == []


def test_a_phone_gets_one_day_with_large_buttons_that_save_at_once(opened, guild):
    team, _ = guild.team(4)
    table = opened(team, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = table.page
    expect(page.locator("#grid")).to_be_hidden()
    expect(page.locator("[data-grid-save]")).to_be_hidden()
    first = page.locator(".q-strip-list li").first
    for button in first.locator("label").all():
        if button.is_visible():
            box = button.bounding_box()
            assert box["width"] >= 44 and box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    first.locator("label", has_text="б").tap()
    table.said("Сохранено")
    assert table.stored() == [(0, 18, "б")]
    page.locator(".q-strip-head a").first.tap()
    page.wait_for_url("**column=2026-03-17**")
    page.locator(".q-strip-list li").nth(1).locator("label", has_text="н").tap()
    table.said("Сохранено")
    assert table.stored() == [(0, 18, "б"), (1, 17, "н")]
