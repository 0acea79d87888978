"""The same pages in a real browser: quicker with scripts, whole without them, usable by a screen reader."""

from __future__ import annotations

import re
import shutil
import threading

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.browsing import arrive
from tests.web.conftest import PASSWORD

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium: apt-get install chromium")]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "args": [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]}


@pytest.fixture(scope="module")
def address(club):
    server = make_server("127.0.0.1", 0, club.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)


@pytest.fixture
def opened(browser, address):
    """opened(path, **context options) -> a page at `path`, signed in as the chief. Errors of scripts fail the test."""
    made, wrong = [], []

    def open_(path, **options):
        context = browser.new_context(base_url=address, **options)
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto(f"/sign-in?next={path}")
        page.fill("#login", "chief")
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"**{path}")
        return page

    yield open_
    for context in made:
        context.close()
    assert wrong == []


def test_an_order_is_filled_in_by_keyboard_and_the_server_computes_while_typing(opened, club):
    page = opened("/club/order/new", locale="kk-KZ")
    assert page.locator("html").get_attribute("lang") == "kk"
    page.click("#lines-0-service-box .ts-control")
    page.keyboard.type("сур", delay=40)
    page.locator("#lines-0-service-box .option", has_text="Сурет").first.click()
    expect(page.locator("#lines-0-price")).to_have_value(re.compile("500"))
    page.fill("#lines-0-quantity", "3")
    page.keyboard.press("Enter")
    arrive(page, "#lines-1")
    assert page.input_value("#lines-0-quantity") == "3"
    expect(page.locator("#lines-0")).to_contain_text("1\u00a0500,00")
    assert page.evaluate("document.activeElement.id").startswith("lines-1-service")
    page.keyboard.press("Control+Enter")
    arrive(page, ".q-notice-done")
    assert "1\u00a0500,00" in page.inner_text(".q-rows")


def test_everything_works_without_scripts(opened, club):
    page = opened("/club/order/new", locale="ru-RU", java_script_enabled=False)
    page.select_option("#lines-0-service", label="Сурет")
    page.fill("#lines-0-quantity", "2")
    page.click("button[name=_add]")
    page.click("button[name=_remove][value=lines-1]")
    assert page.input_value("#lines-0-quantity") == "2"
    page.click("[data-save]")
    assert "1\u00a0000,00" in page.inner_text(".q-rows") and page.locator(".q-notice-done").count() == 1
    page.goto("/club/member?_filter=joined")
    page.select_option("#_op", "ge")
    page.fill("#_v", "2026-01-01")
    page.click(".q-filter button")
    assert page.url.endswith("/club/member?joined.ge=2026-01-01")


def test_search_narrows_the_list_while_typing_and_keeps_the_focus(opened, chief):
    for name in ("Ақтолқын", "Қарлығаш"):
        chief.post("/club/member/new", _fields="name", name=name)
    page = opened("/club/member", locale="ru-RU")
    page.locator("#quick").press_sequentially("карлы", delay=30)
    expect(page.locator(".q-table tbody tr")).to_have_count(1)
    assert "Қарлығаш" in page.inner_text("tbody") and page.evaluate("document.activeElement.id") == "quick"
    assert "q=%D0%BA" in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_assistive_technology(opened, chief, theme):
    from axe_playwright_python.sync_playwright import Axe

    card = chief.post("/club/member/new", _fields="name", name="Әсем").headers["Location"]
    page = opened("/", locale="kk-KZ", color_scheme=theme)
    for path in ("/", "/club/member", "/club/member?_filter=joined", "/club/member/new", "/club/order/new", card):
        page.goto(path)
        found = Axe().run(page).response["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in serious] == [], path


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(opened, width):
    page = opened("/", viewport={"width": width, "height": 800})
    for path in ("/", "/club", "/club/member", "/club/member/new", "/club/order/new"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
