"""Getting anywhere: the palette, help, stars, the first page, the phone's bar, a day without network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browsing import arrive

WIDE = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - window.innerWidth"


def piece_of(name: str) -> str:
    """Letters from the middle of the first two words, in the wrong case and without the Kazakh letters."""
    words = name.split()
    text = f"{words[0][:4]} {words[1][:3]}".swapcase()
    return text.translate(str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ"))


@pytest.mark.parametrize(("language", "width"), [("kk", 1280), ("ru", 390)])
def test_a_child_is_found_by_a_part_of_the_name_in_the_wrong_case(person, school, language, width):
    names = sorted(school.names("school.learner", language).values())
    names.sort(reverse=width == 390)  # each its own child: a star is kept
    name = next(n for n in names if re.search("[әғқңөұүһі]", n[:6].lower()))
    clerk = person("clerk", language, width)
    page = clerk.page
    if width == 390:
        page.locator(".q-thumb [data-palette-open]").tap()
    else:
        page.keyboard.press("Control+k")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.type(piece_of(name), delay=15)
    found = page.locator("#palette-list a[href^='/school/learner/']", has_text=name).first
    expect(found).to_be_visible()
    for _ in range(30):
        if found.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    assert page.get_attribute("#palette-input", "aria-activedescendant") == found.get_attribute("id")
    page.keyboard.press("Enter")
    arrive(page, "#record")
    assert clerk.heading() == name

    # It is where the person was, so it is offered before anything is typed - here and in another tab.
    expect(page.locator("#star [aria-pressed=false]")).to_be_visible()
    page.locator("#star button").click()
    expect(page.locator("#star [aria-pressed=true]")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list .q-found-group").first).to_contain_text(name)
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    assert name in opened.value.inner_text("h1")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_actions_of_the_palette_are_done_where_one_is(person):
    accountant = person("accountant", "ru")
    page = accountant.page
    accountant.go("/accounting/invoice")
    before = page.evaluate("document.documentElement.dataset.bsTheme")
    page.keyboard.press("Control+k")
    page.keyboard.type("темная", delay=15)
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("тёмная")
    page.keyboard.press("Enter")
    expect(page.locator("html")).not_to_have_attribute("data-bs-theme", before)
    assert page.url.endswith("/accounting/invoice")
    page.keyboard.press("Control+k")
    page.keyboard.type("новая счет на оплату", delay=15)
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("новая запись")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounting/invoice/new")


def test_help_opens_beside_the_screen_and_gives_the_focus_back(person):
    teacher = person("teacher", "kk")
    page = teacher.page
    teacher.go("/school/learner")
    page.focus("#quick")
    page.keyboard.press("F1")
    expect(page.locator("#help-title")).to_be_focused()
    expect(page.locator("#help")).to_contain_text("Баланың жеке ісі")
    page.locator("#help-body a[href^='/help/school']").click()
    expect(page.locator("#help-title")).to_have_text("Мектеп")
    page.keyboard.press("Escape")
    expect(page.locator("#quick")).to_be_focused()
    page.keyboard.type("?")
    assert page.input_value("#quick") == "?", "a letter typed into a field is a letter"
    page.locator(".q-head h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()  # where a screen has keys of its own they come first


def test_the_first_page_of_a_director_leads_to_what_its_figures_count(person):
    director = person("director", "ru", 390)
    page = director.page
    figure = page.locator(".q-figure").first
    number = figure.locator("b").inner_text()
    figure.tap()
    arrive(page, ".q-registry")
    assert page.inner_text(".q-registry .q-total").strip() == number
    page.locator(".q-crumbs a").first.tap()
    arrive(page, ".q-home")


@pytest.mark.parametrize("login", ["director", "accountant", "methodist"])
def test_no_page_is_wider_than_a_small_phone(person, login):
    """Home, module, list, record, form, search, stars, help: at 360 pixels, and with the largest letters."""
    someone = person(login, "kk", 360)
    page = someone.page
    wide = []

    def measure(name):
        if page.evaluate(WIDE) > 0:
            wide.append((name, page.url, page.evaluate(WIDE)))

    measure("home")
    links = page.locator(".q-rail a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    lists = [u for u in links if u.count("/") == 2][:2]
    seen = ["/search?q=ал", "/starred", "/help", "/notices", "/jobs", "/" + lists[0].split("/")[1], *lists]
    for path in seen:
        page.goto(path)
        measure(path)
        opened = page.locator(".q-table tbody td.q-key a, .q-card a").first
        if path in lists and opened.count():
            opened.click()
            arrive(page, "#record")
            measure("record")
            if page.locator(".q-actions a[href*='/edit']").count():
                page.goto(page.locator(".q-actions a[href*='/edit']").first.get_attribute("href"))
                measure("form")
    page.context.add_cookies([{"name": "q_text", "value": "larger", "url": page.url}])
    for path in ("/", *seen[:3], lists[0]):
        page.goto(path)
        measure(f"{path} in large letters")
    assert wide == []


def test_without_network_there_is_a_page_and_nothing_personal_is_kept(person):
    clerk = person("clerk", "ru")
    page = clerk.page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    clerk.go("/edms/order")
    page.reload()
    kept = page.evaluate("""async () => {
      const found = [];
      for (const name of await caches.keys())
        for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
      return found;
    }""")
    assert "/offline" in kept and len(kept) > 5
    assert [path for path in kept if not path.startswith("/static/") and path != "/offline"] == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.context.set_offline(True)
    page.goto("/edms/incoming-letter")
    expect(page.locator("body")).to_contain_text("Нет связи")
    expect(page.locator("body")).to_contain_text("Байланыс жоқ")
    page.context.set_offline(False)
    page.goto("/")
    page.click(".q-person")
    page.click("form[action='/sign-out'] button")
    arrive(page, "#login")
    left = page.evaluate("(async () => (await caches.keys()).length)()")
    assert left in (0, 1), "the worker may have begun anew, with static files only"
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "kk", 1280), ("dark", "ru", 390)])
def test_the_frame_is_open_to_assistive_technology(person, theme, language, width):
    """First page, palette, help, search, stars, a page that is not there: nothing serious."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    someone = person("director", language, width, color_scheme=theme)
    page = someone.page

    def look(name):
        for v in Axe().run(page).response["violations"]:
            if v["impact"] in ("serious", "critical"):
                found.append((name, v["id"], str([n["target"] for n in v["nodes"]][:3])))

    look("home")
    page.keyboard.press("Control+k")
    page.keyboard.type("ал", delay=15)
    expect(page.locator("#palette-list [role=option]").first).to_be_visible()
    look("palette")
    page.keyboard.press("Escape")
    page.keyboard.press("F1")
    expect(page.locator("#help-title")).to_be_visible()
    look("help")
    page.keyboard.press("Escape")
    for path in ("/search?q=ал", "/search?q=жоқнәрсе", "/starred", "/help", "/help/school/learner?on=card", "/nothing",
                 "/offline"):
        page.goto(path)
        look(path)
    if width == 390:
        page.goto("/")
        page.locator(".q-thumb [data-rail-toggle]").tap()
        page.wait_for_timeout(300)
        look("menu sheet")
    assert found == []
