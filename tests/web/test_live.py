"""Typing faster than the server answers loses nothing; tabs go by keyboard; unsaved work is guarded."""

from __future__ import annotations

import shutil
import threading

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.browsing import arrive
from tests.web.conftest import PASSWORD
from tests.web.test_browser import browser_type_launch_args  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium: apt-get install chromium")]
LATENCY = 400
LONG = "Қайырлы күн, құрметті әріптестер! Ұзақ сөйлем 1234567890"


@pytest.fixture(scope="module")
def address(studio):
    server = make_server("127.0.0.1", 0, studio.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)


@pytest.fixture
def opened(browser, address):
    made, wrong = [], []

    def open_(path, login="chief", **options):
        context = browser.new_context(base_url=address, locale="ru-RU", **options)
        context.set_default_timeout(30_000)
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto(f"/sign-in?next={path}")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"**{path}")
        return page

    yield open_
    for context in made:
        context.close()
    assert wrong == []


def slow(page):
    """Every request from now on takes LATENCY milliseconds longer."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1})


def test_fast_typing_into_a_field_that_others_follow_loses_nothing(opened):
    page = opened("/club/pupil/new")
    slow(page)
    page.focus("#name")
    page.evaluate("window.first = document.getElementById('name')")
    for at in range(0, len(LONG), 8):  # pauses in which questions are asked and answered
        page.keyboard.type(LONG[at:at + 8], delay=12)
        page.wait_for_timeout(120 + at * 12)
    assert page.input_value("#name") == LONG
    assert page.evaluate("document.activeElement === window.first && first.selectionStart") == len(LONG)
    expect(page.locator("#greeting")).to_have_text(f"Сәлем, {LONG}!")
    assert page.evaluate("document.activeElement === window.first"), "the same input, not one in its place"

    page.evaluate("first.setSelectionRange(7, 7)")
    page.keyboard.type("АБВ", delay=200)  # the answer comes between two letters
    page.wait_for_timeout(LATENCY * 2)
    page.keyboard.type("Г")
    assert page.input_value("#name") == f"{LONG[:7]}АБВГ{LONG[7:]}"
    assert page.evaluate("first.selectionStart") == 11

    page.evaluate("first.setSelectionRange(2, 9)")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(LATENCY * 3)
    assert page.evaluate("[first.selectionStart, first.selectionEnd]") == [2, 10]


def test_what_is_typed_elsewhere_while_an_answer_is_on_its_way_stays(opened):
    page = opened("/club/pupil/new?form=main")
    slow(page)
    page.focus("#name")
    page.keyboard.type("Асқар", delay=10)
    page.keyboard.press("Tab")  # leaving asks
    page.keyboard.type("К7", delay=10)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Асқар Қ", delay=10)
    page.keyboard.press("Tab")
    page.keyboard.type("К77", delay=10)
    page.keyboard.press("Tab")
    page.select_option("#kind", "child")
    page.select_option("#paid_mentor", "yes")
    page.wait_for_timeout(LATENCY * 4)
    assert (page.input_value("#name"), page.input_value("#code")) == ("Асқар Қ", "К77")
    assert page.input_value("#paid_mentor") == "yes"
    expect(page.locator("#greeting")).to_have_text("Сәлем, Асқар Қ!")


def test_what_is_opened_while_an_answer_is_on_its_way_stays_open(opened):
    page = opened("/club/pupil/new")
    expect(page.get_by_role("tab")).to_have_count(4)
    slow(page)
    page.fill("#name", "Бекзат")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click("#tab-family-head")
        page.click("#section-family-parents summary")
    page.wait_for_timeout(LATENCY)
    expect(page.locator("#parent_name")).to_be_visible()
    expect(page.locator("#tab-family-head")).to_have_attribute("aria-selected", "true")
    assert page.input_value("#name") == "Бекзат"


def test_tabs_go_by_keyboard_are_remembered_in_the_address_and_open_for_a_mistake(opened):
    page = opened("/club/pupil/new")
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_count(4)
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-family")).to_be_visible()
    expect(page.locator("#tab-about")).to_be_hidden()
    assert page.url.endswith("/new?tab=family")
    assert page.evaluate("document.activeElement.id") == "tab-family-head"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.id") == "tab-secret-head"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-about-head"
    page.fill("#name", "Бекзат")
    page.click("#tab-family-head")
    page.click("#section-family-parents summary")
    page.fill("#parent_name", "x" * 30)
    # At once: an answer to what was typed before draws the limit anew.
    page.locator("#parent_phone").evaluate(
        "field => { field.removeAttribute('maxlength'); field.value = '7'.repeat(25); }")
    page.click("#tab-secret-head")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".q-errors")).to_be_focused()
    expect(page.locator("#tab-family")).to_be_visible()
    expect(page.locator("#tab-family-head .q-tab-mark")).to_be_visible()
    page.click("#tab-about-head")
    page.evaluate("document.getElementById('section-family-parents').open = false")
    page.click(".q-errors a[href='#parent_phone']")
    expect(page.locator("#parent_phone")).to_be_focused()
    page.emulate_media(media="print")
    expect(page.locator("#tab-works")).to_be_visible()


def test_leaving_unsaved_work_asks_first_and_staying_keeps_it(opened):
    page = opened("/club/pupil/new")
    page.fill("#name", "Сақталмаған")
    page.keyboard.press("Escape")
    box = page.locator("dialog#leave")
    expect(box).to_be_visible()
    expect(box.get_by_role("button", name="Остаться")).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    assert page.input_value("#name") == "Сақталмаған" and page.url.endswith("/new")
    page.click(".q-crumbs a[href='/club/pupil']")
    box.get_by_role("button", name="Уйти").click()
    page.wait_for_url("**/club/pupil")


def test_a_saved_form_is_left_without_a_question(opened):
    page = opened("/club/member/new")
    page.fill("#name", "Тыныш")
    page.keyboard.press("Control+Enter")
    arrive(page, ".q-notice-done")
    page.click(".q-crumbs a[href='/club/member']")
    page.wait_for_url("**/club/member")
