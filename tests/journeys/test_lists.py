"""Lists as people work in them all day: filters by keyboard, views for a role, order, groups, focus that is seen."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browsing import arrive
from tests.journeys.people import picture

LIST = "/accounting/invoice"
COVERED = """() => {
  const focused = document.activeElement, wrap = focused.closest('.q-table-wrap');
  if (!wrap || !focused.closest('tbody tr')) return null;
  const box = focused.getBoundingClientRect();
  const head = wrap.querySelector('thead th').getBoundingClientRect().bottom;
  const foot = wrap.querySelector('tfoot td')?.getBoundingClientRect().top ?? wrap.getBoundingClientRect().bottom;
  return [Math.round(box.top - head), Math.round(foot - box.bottom)];
}"""


def down_to(someone, selector: str, value: str) -> None:
    """Reach a list by Tab and walk down it; every step asks the server, and no late answer may take it back."""
    someone.tab_to(selector)
    for _ in range(60):
        if someone.page.locator(selector).input_value() == value:
            break
        someone.press("ArrowDown")
    someone.page.wait_for_load_state("networkidle")
    expect(someone.page.locator(selector)).to_have_value(value)
    assert someone.has_focus(selector)


def test_a_filter_built_by_keyboard_is_saved_for_a_role_and_opened_by_it(person):
    director = person("director", "kk")
    director.go(LIST)
    page = director.page
    everything = page.inner_text(".q-head .q-total")
    director.tab_to(".q-chip-link")
    director.press("Enter")
    arrive(page, ".q-line")
    down_to(director, "select[name=b-0-path]", "total")
    arrive(page, "input[name=b-0-v0].num")
    down_to(director, "select[name=b-0-op]", "gt")
    director.tab_to("input[name=b-0-v0]")
    page.keyboard.type("10 000")
    director.press("Enter")
    arrive(page, ".q-said")
    assert "Барлығы: мынадан көп: 10 000,00" in " ".join(page.inner_text(".q-said").split())
    assert page.inner_text(".q-head .q-total") != everything
    director.tab_to(".q-bar-end summary:has(+ .q-views)")
    director.press("Enter")
    director.tab_to("#view-new-title")
    page.keyboard.type("Ірі шоттар")
    director.press("Tab")
    page.locator("select[form=view-new]").select_option("role:accountant")
    director.tab_to("button[form=view-new]")
    director.press("Enter")
    arrive(page, ".q-notice-done")
    expect(page.locator(".q-tabs [aria-current]")).to_contain_text("Ірі шоттар")

    accountant = person("accountant", "ru")
    accountant.go(LIST)
    accountant.page.click(".q-tabs >> text=Ірі шоттар")
    arrive(accountant.page, ".q-said")
    assert "Итого: больше 10 000,00" in " ".join(accountant.page.inner_text(".q-said").split())
    picture(accountant.page, "registry")
    nobody = person("clerk", "ru", 390)
    assert nobody.page.locator(f"a[href='{LIST}']").count() == 0 or "Ірі" not in nobody.page.content()


SLOW = """() => {
  const ask = window.fetch;
  window.fetch = (url, how) => !String(url).includes("do=apply") ? ask(url, how)
    : new Promise((go) => setTimeout(go, 900)).then(() => ask(url, how));
}"""


def test_a_filter_that_is_applied_at_once_is_not_taken_back_by_a_line_drawn_late(person):
    clerk = person("accountant", "ru")
    clerk.go(LIST)
    page = clerk.page
    clerk.tab_to(".q-chip-link")
    clerk.press("Enter")
    arrive(page, ".q-line")
    down_to(clerk, "select[name=b-0-path]", "total")
    arrive(page, "input[name=b-0-v0].num")
    page.evaluate(SLOW)
    clerk.tab_to("select[name=b-0-op]")
    clerk.press("ArrowDown")  # the line is drawn anew a moment after this; the person is quicker
    clerk.tab_to("input[name=b-0-v0]")
    page.keyboard.type("10 000")
    clerk.press("Enter")
    arrive(page, ".q-said")


def test_neither_head_nor_foot_covers_what_has_the_focus(person):
    accountant = person("accountant", "ru")
    accountant.go(LIST)
    accountant.tab_to(".q-skip[href='#rows']")
    accountant.press("Enter", "Tab")
    assert accountant.has_focus(".q-table tbody tr:nth-child(1) *")
    seen = []
    for key in ("ArrowDown", "ArrowUp"):
        for _ in range(49):
            accountant.press(key)
            place = accountant.page.evaluate(COVERED)
            if place is not None:
                seen.append(place)
    assert len(seen) > 90
    assert [p for p in seen if min(p) < 0] == []


def test_heads_order_by_several_columns_and_groups_open_in_place(person):
    accountant = person("accountant", "ru")
    accountant.go(LIST)
    page = accountant.page
    page.click(".q-table thead th[data-path=payer] > a")
    expect(page.locator("th[data-path=payer]")).to_have_attribute("aria-sort", "ascending")
    page.click(".q-table thead th[data-path=total] > a", modifiers=["Shift"])
    expect(page.locator("th[data-path=total] .q-order")).to_contain_text("2")
    expect(page.locator("th[data-path=payer] .q-order")).to_contain_text("1")
    page.locator("th[data-path=date] .q-head-menu").focus()
    accountant.press("Enter")
    arrive(page, ".q-head-drop:popover-open")
    page.locator(".q-head-drop:popover-open >> text=по месяцу").click()
    heads = page.locator(".q-group-open")
    expect(heads.first).to_be_visible()
    expect(heads.first).to_have_attribute("aria-expanded", "false")
    count = int(page.inner_text(".q-group .q-total >> nth=0"))
    heads.first.click()
    expect(page.locator(".q-group-rows tr[data-open]")).to_have_count(min(count, 50))
    heads.first.click()
    expect(page.locator(".q-group-rows")).to_have_count(0)
    wide = page.locator("th[data-path=payer]").bounding_box()["width"]
    page.locator("th[data-path=payer] .q-head-menu").focus()
    accountant.press("Enter")
    with page.expect_response("**/columns*"):
        page.locator(".q-head-drop:popover-open [data-widen='24']").click()
    accountant.press("Escape")
    page.reload()
    assert page.locator("th[data-path=payer]").bounding_box()["width"] > wide
