"""Getting around: mistakes that keep what was typed, switches that keep the place, a phone, a screen reader."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browsing import arrive
from tests.journeys.conftest import PASSWORD


@pytest.mark.parametrize(("language", "width"), [("ru", 1280), ("kk", 390)])
def test_wrong_values_are_kept_and_the_focus_goes_to_what_is_wrong(person, language, width):
    clerk = person("clerk", language, width)
    page = clerk.page
    clerk.go("/edms/order")
    clerk.begin()
    page.fill("#basis", "Заявление родителей")
    with page.expect_response(lambda r: r.request.method == "POST" and r.url.endswith("/order/new")) as answer:
        page.click("[data-save]")
    assert answer.value.status == 422
    expect(page.locator(".q-errors")).to_be_focused()
    assert page.input_value("#basis") == "Заявление родителей"
    links = page.locator(".q-errors li a")
    assert links.count() >= 3, "subject, unit and text are missing"
    wrong = page.locator("#subject")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    told = page.inner_text("#subject-error").strip()
    assert told in page.inner_text(".q-errors")
    page.locator(".q-errors a[href='#subject']").click()
    expect(wrong).to_be_focused()
    expect(wrong).to_be_in_viewport()


def test_switching_the_language_and_the_theme_keeps_the_place(person):
    deputy = person("deputy", "ru")
    page = deputy.page
    deputy.go("/school/group")
    page.click(".q-tabs a[href*='view=classes']")
    page.wait_for_url("**view=classes*")
    expect(page.locator(".q-tabs [aria-current]")).to_have_text("Классы")
    page.locator("#quick").press_sequentially("А", delay=15)
    page.wait_for_url("**q=*")
    shown = page.locator(".q-table tbody tr").count()
    before = page.evaluate("document.documentElement.dataset.bsTheme")
    page.click(".q-top a[lang=kk]")
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    assert "view=classes" in page.url and page.input_value("#quick") == "А"
    assert page.locator(".q-table tbody tr").count() == shown
    expect(page.locator(".q-tabs [aria-current]")).to_have_text("Сыныптар")
    page.click("[data-theme-toggle]")
    after = page.evaluate("document.documentElement.dataset.bsTheme")
    assert {before, after} == {"light", "dark"}
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == after
    assert "view=classes" in page.url


def test_a_director_reads_orders_on_a_phone(person):
    director = person("director", "kk", 390)
    page = director.page
    assert page.locator(".q-rail").is_hidden()
    director.go("/edms/order")
    assert page.locator(".q-rail").is_hidden(), "the menu is out of the way again"
    card = page.locator(".q-table tbody tr", has=page.locator(".q-state-done")).first
    box = card.bounding_box()
    assert box["width"] <= 390 and box["height"] > 60, "a row is a card"
    assert page.locator(".q-table thead").bounding_box()["height"] <= 1
    name = card.locator("td a").first.inner_text()
    card.locator("td a").first.tap()
    arrive(page, "#record")
    assert name in director.heading()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.go_back()
    expect(page.locator(".q-table tbody")).to_contain_text(name)
    page.locator(".q-thumb [data-rail-toggle]").tap()
    expect(page.locator(".q-rail")).to_be_visible()
    page.locator(".q-shade").click(position={"x": 200, "y": 40})
    expect(page.locator(".q-rail")).to_be_hidden()


def test_a_filter_is_made_read_and_taken_back(person):
    accountant = person("accountant", "ru")
    page = accountant.page
    accountant.go("/accounting/invoice")
    every = page.inner_text(".q-head .q-total")
    page.click(".q-chip-add > summary")
    page.click(".q-drop-item[href*='_filter=state']")
    arrive(page, "#_op")
    page.select_option("#_v", "posted")
    page.click(".q-filter button[type=submit]")
    expect(page.locator(".q-chip")).to_have_count(1)
    assert set(page.locator(".q-mark-cell").all_inner_texts()) == {"Проведён"}
    page.click(".q-chip-off")
    expect(page.locator(".q-head .q-total")).to_have_text(every)


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "ru", 1280), ("dark", "kk", 390)])
def test_the_school_is_open_to_assistive_technology(person, theme, language, width):
    """Sign-in, first page, list, open filter, form with mistakes, record, error page: nothing serious."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[tuple[str, str, str]] = []

    def look(name):
        for v in Axe().run(page).response["violations"]:
            if v["impact"] in ("serious", "critical"):
                found.append((name, v["id"], str([n["target"] for n in v["nodes"]][:3])))

    someone = person("", language, width, color_scheme=theme)
    page = someone.page
    look("sign-in")
    page.click(f".q-bare-foot a[lang={language}]")
    page.fill("#login", "accountant")
    page.fill("#password", "бұл емес")
    page.click("button[type=submit]")
    arrive(page, ".q-errors")
    look("sign-in refused")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    arrive(page, ".q-app")
    look("first page")
    someone.go("/accounting/invoice")
    look("list")
    page.click(".q-chip-add > summary")
    page.locator(".q-chips .q-drop-item").first.click()
    arrive(page, "#_op")
    look("open filter")
    page.locator(".q-chip-add > summary").press("Escape")
    someone.begin()
    page.click("[data-save]")
    arrive(page, ".q-errors")
    look("form with mistakes")
    someone.go("/accounting/invoice")
    page.locator(".q-table tbody td a").first.click()
    arrive(page, "#record")
    look("record")
    page.goto(
        re.sub(  # the one address typed: nothing on the pages leads to what is not there
            r"[0-9a-f-]{36}", "nothing", page.url
        )
    )
    look("error page")
    assert found == []
