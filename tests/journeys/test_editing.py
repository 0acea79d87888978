"""Forms as a sheet, as a draft, and as something that two people have open at once."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browsing import arrive
from tests.journeys.people import picture

CLIPBOARD = ["clipboard-read", "clipboard-write"]
NUMBER = re.compile(r"№ \S+-\d{4}-\d{5}")


def plain(text: str) -> str:
    """`1 500,50 ₸` with ordinary spaces."""
    return " ".join(text.split())


def test_an_invoice_of_ten_pasted_lines_for_a_new_payer_by_keyboard_alone(person, school):
    accountant = person("accountant", "kk", permissions=CLIPBOARD)
    page = accountant.page
    names = list(school.names("accounting.service", "kk", "active").values())[:9]
    accountant.tab_to("a[href='/accounting/invoice/new']")
    accountant.press("Enter")
    page.wait_for_url("**/accounting/invoice/new")

    # The payer is not there yet: it is made in a dialog, and the focus comes back.
    accountant.tab_to("#payer-ts-control")
    page.keyboard.type("Қайнар ЖШС", delay=10)
    expect(page.locator("#payer-box .create.active")).to_be_visible()
    accountant.press("Enter")
    small = page.frame_locator(".q-quick-dialog iframe")
    expect(small.locator("#name")).to_be_focused()
    assert small.locator("#name").input_value() == "Қайнар ЖШС"
    accountant.press("Tab", "ArrowDown", "ArrowDown")
    expect(small.locator("#kind")).to_have_value("company")
    accountant.press("Control+Enter")
    expect(page.locator("#payer-box .item")).to_have_text("Қайнар ЖШС")
    assert accountant.has_focus("#payer-ts-control")

    # Ten lines out of a spreadsheet, titles first; one name is mistyped.
    lines = [f"{name}\t{n + 1}\t1 {n}00,50" for n, name in enumerate([*names, "Жоқ қызмет"])]
    page.evaluate("text => navigator.clipboard.writeText(text)", "\n".join(["Қызмет\tСаны\tБағасы", *lines]))
    accountant.tab_to("#lines-0-service-ts-control")
    accountant.press("Control+V")
    expect(page.locator(".q-rows-said")).to_contain_text("10 жол қойылды")
    expect(page.locator("#lines tbody.q-row")).to_have_count(10)
    accountant.press("Control+Z")
    expect(page.locator("#lines tbody.q-row")).to_have_count(1)
    expect(page.locator("#lines-0-service-ts-control")).to_be_focused()
    accountant.press("Control+V")
    expect(page.locator("#lines tbody.q-row")).to_have_count(10)

    # The focus stands in the cell that needs correcting, and the cell says why.
    expect(page.locator("#lines-9-service-ts-control")).to_be_focused()
    assert "Жоқ қызмет" in page.inner_text("#lines-9-service-error")
    picture(page, "form-pasted")
    accountant.pick("lines-9-service", names[0])
    expect(page.locator("#lines-9-service-error")).to_have_count(0)

    # Cells are walked with arrows; a value is filled down over a picked stretch; a row is moved and taken out.
    accountant.press("ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowDown", "Shift+ArrowDown", "Control+d")
    expect(page.locator("#lines-9-quantity")).to_have_value("8")
    accountant.press("Alt+ArrowUp")
    expect(page.locator("#lines-8-quantity")).to_be_focused()
    accountant.press("Control+Minus")
    expect(page.locator("#lines tbody.q-row")).to_have_count(9)
    accountant.press("Control+Z")
    expect(page.locator("#lines tbody.q-row")).to_have_count(10)
    sums = sum(min(n + 1, 8) * (1000.5 + n * 100) for n in range(10))
    told = f"{sums:,.2f}".replace(",", " ").replace(".", ",") + " ₸"
    expect(page.locator("#total")).to_have_text(re.compile(told.replace(" ", r"\s")))
    accountant.press("Control+Shift+Enter")
    arrive(page, ".q-notice-done")
    assert accountant.state() == "done" and NUMBER.match(accountant.heading())
    assert "Қайнар ЖШС" in accountant.heading()
    assert page.locator("#lines tbody tr").count() == 10 and accountant.value("total") == told


def test_two_people_edit_one_order_and_nothing_of_either_is_lost(person):
    clerk = person("clerk", "ru")
    page = clerk.page
    clerk.go("/edms/order")
    clerk.begin()
    page.fill("#subject", "О весенней ярмарке")
    page.locator("#issuing_unit-box .ts-control").click()
    page.locator("#issuing_unit-box .option").first.click()
    page.fill("#body", "Ярмарка пройдёт в апреле.")
    for number, text in enumerate(("Составить список", "Подготовить зал")):
        page.locator("#items [data-row-add]").click()
        arrive(page, f"#items-{number}-text")
        page.fill(f"#items-{number}-text", text)
    clerk.save()

    deputy = person("deputy", "ru", 390)
    deputy.go("/edms/order")
    deputy.find("ярмарке")
    for one in (clerk, deputy):
        one.page.click(".q-actions a[href*='/edit']")
        one.page.wait_for_url("**/edit*")

    # The deputy saves first: another subject, another first item, a third one.
    phone = deputy.page
    phone.fill("#subject", "О ярмарке в апреле")
    phone.fill("#items-0-text", "Составить список участников")
    phone.locator("#items [data-row-add]").click()
    arrive(phone, "#items-2-text")
    phone.fill("#items-2-text", "Пригласить родителей")
    deputy.save()

    # The clerk is told before saving: a draft that is kept brings the news.
    page.fill("#subject", "О школьной ярмарке")
    page.fill("#items-1-text", "Подготовить актовый зал")
    page.fill("#basis", "План воспитательной работы")
    expect(page.locator("#standing")).to_contain_text("запись сохранена", timeout=30_000)
    with page.expect_response(lambda r: r.request.method == "POST" and r.url.endswith("/edit")) as answer:
        clerk.press("Control+Enter")
    assert answer.value.status == 409
    arrive(page, ".q-merge")
    assert clerk.has_focus(".q-errors"), "what happened is read out first"
    picture(page, "form-merge")
    # Only the subject was changed by both; both values are shown and nothing is chosen yet.
    sides = page.locator(".q-merge")
    expect(sides).to_have_count(1)
    assert {"О школьной ярмарке", "О ярмарке в апреле"} <= set(sides.locator("b").all_inner_texts())
    assert page.locator(".q-merge input:checked").count() == 0
    merged = page.inner_text(".q-compare")
    for text in ("Составить список участников", "Пригласить родителей", "Подготовить актовый зал"):
        assert text in merged
    clerk.press("Control+Enter")
    expect(page.locator(".q-merge.has-error")).to_have_count(1)
    clerk.tab_to(".q-merge input[value=mine]")
    clerk.press("Space", "Control+Enter")
    arrive(page, ".q-notice-done")
    assert "О школьной ярмарке" in clerk.heading()
    assert plain(page.locator("#items").inner_text()).count("Составить список участников") == 1
    for text in ("Подготовить актовый зал", "Пригласить родителей"):
        assert text in page.inner_text("#items")
    assert "План воспитательной работы" in page.inner_text("#record")

    # And the other way round, on the phone, by touch.
    for one in (clerk, deputy):
        one.page.click(".q-actions a[href*='/edit']")
        one.page.wait_for_url("**/edit*")
    page.fill("#basis", "Приказ управления")
    clerk.save()
    phone.fill("#basis", "Просьба родителей")
    phone.tap("[data-save]")
    arrive(phone, ".q-merge")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(phone, "form-merge-phone")
    phone.locator(".q-merge-side", has_text="Просьба родителей").tap()
    phone.tap("[data-save]")
    arrive(phone, ".q-notice-done")
    assert "Просьба родителей" in phone.inner_text("#record")


def test_unsaved_work_outlives_the_browser_and_leaves_nothing_in_it(person):
    clerk = person("clerk", "kk", 390)
    page = clerk.page
    clerk.go("/edms/order")
    clerk.begin()
    page.fill("#subject", "Көктемгі сенбілік туралы")
    page.locator("#items [data-row-add]").tap()
    arrive(page, "#items-0-text")
    page.fill("#items-0-text", "Құрал-сайман дайындау")
    expect(page.locator("[data-draft-said]")).to_contain_text("Жоба сақталды", timeout=30_000)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.context.close()

    again = person("clerk", "kk", 390)
    page = again.page
    again.go("/edms/order")
    again.begin()
    assert page.input_value("#subject") == "", "never silently"
    picture(page, "form-draft")
    page.locator("[data-draft-offer] a").tap()
    expect(page.locator("#subject")).to_have_value("Көктемгі сенбілік туралы")
    assert page.input_value("#items-0-text") == "Құрал-сайман дайындау"
    page.locator("#issuing_unit-box .ts-control").tap()
    page.locator("#issuing_unit-box .option").first.tap()
    page.fill("#body", "Сенбілік сәуірде өтеді.")
    again.save()
    again.go("/edms/order")
    again.begin()
    assert page.locator("[data-draft-offer]").count() == 0
