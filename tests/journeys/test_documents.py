"""Documents from the first key to the reversal: by pointer, by keyboard alone, without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browsing import arrive

NUMBER = re.compile(r"№ 14-20\d\d-0\d+")


def services(school, language):
    """Names of three services in use."""
    found = school.names("accounting.service", language, 'active and kind == "meals"')
    return list(found.values())[:3]


def test_a_clerk_registers_an_order_with_two_items(person, school):
    clerk = person("clerk", "kk")
    page = clerk.page
    clerk.go("/edms/order")
    clerk.begin()
    page.fill("#subject", "Қысқы демалыс туралы")
    clerk.choose("issuing_unit", next(iter(school.names("system.unit", "kk", 'kind == "department"').values())))
    page.fill("#body", "Демалыс жиырма тоғызыншы желтоқсанда басталады.")
    for number, text in enumerate(("Сынып жетекшілері ата-аналарға хабарласын", "Кесте ілінсін")):
        page.locator("#items [data-row-add]").click()
        arrive(page, f"#items-{number}-text")
        page.fill(f"#items-{number}-text", text)
    clerk.save(then="post")
    assert NUMBER.match(clerk.heading()) and "Қысқы демалыс туралы" in clerk.heading()
    assert clerk.state() == "done"
    assert page.locator("#items tbody tr").count() == 2
    assert "ата-аналарға" in page.inner_text("#items")
    expect(page.locator("#star[hx-post]")).to_have_count(0)  # a visit is noted after the page was drawn
    page.click(".q-crumbs a[href='/edms/order']")
    assert "Қысқы демалыс туралы" in page.locator(".q-table tbody tr").first.inner_text()
    page.click(".q-brand")
    expect(page.locator(".q-desk")).to_contain_text("Қысқы демалыс туралы")  # the first page leads back to it


def test_an_accountant_enters_posts_and_reverses_an_invoice_by_keyboard_alone(person, school):
    accountant = person("accountant", "ru")
    page, names = accountant.page, services(school, "ru")
    payer = next(iter(school.names("directory.counterparty", "ru", 'kind == "person"').values()))
    accountant.tab_to("a[href='/accounting/invoice/new']")
    accountant.press("Enter")
    page.wait_for_url("**/accounting/invoice/new")
    accountant.tab_to("#payer-ts-control")
    accountant.pick("payer", payer)
    accountant.tab_to("#lines-0-service-ts-control")
    sums = 0.0
    for number, name in enumerate(names):
        accountant.pick(f"lines-{number}-service", name)
        expect(page.locator(f"#lines-{number}-price")).not_to_have_value("")
        price = float("".join(page.input_value(f"#lines-{number}-price").split()).replace(",", "."))
        accountant.tab_to(f"#lines-{number}-quantity")
        page.keyboard.type(str(number + 2))
        sums += price * (number + 2)
        told = f"{sums:,.2f}".replace(",", " ").replace(".", ",") + " ₸"
        if number < 2:
            accountant.press("Enter")
            page.wait_for_function("n => document.activeElement.id.startsWith(`lines-${n}-service`)", arg=number + 1)
        else:
            accountant.press("Tab")
        page.wait_for_function("t => document.querySelector('#total').innerText.replace(/\\s/g, ' ') === t", arg=told)
    accountant.press("Control+Enter")
    arrive(page, ".q-notice-done")
    assert accountant.state() == "draft" and payer in accountant.heading()
    assert accountant.value("total") == told
    headings: list[str] = []
    for verb in ("post", "reverse"):
        accountant.tab_to(f"details:has([formaction$='/{verb}']) > summary")
        accountant.press("Enter")
        accountant.tab_to(f"[formaction$='/{verb}']")
        accountant.press("Enter")
        arrive(page, ".q-notice-done")
        page.wait_for_load_state()
        assert accountant.state() == "done" and NUMBER.match(accountant.heading())
        headings.append(accountant.heading())
    posted = headings[0]
    assert headings[1] != posted and accountant.value("total") == told
    accountant.tab_to(".q-reverses a")
    assert page.inner_text(".q-reverses a") == posted
    accountant.press("Enter")
    page.wait_for_function("t => document.querySelector('h1').innerText === t", arg=posted)
    assert accountant.state() == "harm"


def test_the_same_invoice_without_scripts_on_a_phone(person, school):
    accountant = person("accountant", "kk", 390, java_script_enabled=False)
    page, names = accountant.page, services(school, "kk")
    accountant.go("/accounting/invoice")
    accountant.begin()
    page.select_option("#payer", index=2)
    for number, name in enumerate(names):
        if number:
            page.click("button[name=_add][value=lines]")
        page.select_option(f"#lines-{number}-service", label=name)
        page.fill(f"#lines-{number}-quantity", "2")
    page.click("button[name=_add][value=lines]")
    page.click("button[name=_remove][value=lines-3]")
    accountant.save()
    assert page.locator("#lines tbody tr").count() == 3
    draft = accountant.value("total")
    assert draft.endswith(" ₸") and draft[0] in "123456789"
    accountant.do("post")
    assert accountant.state() == "done" and NUMBER.match(accountant.heading())
    assert accountant.value("total") == draft
    posted = accountant.heading()
    accountant.do("reverse")
    assert accountant.heading() != posted, "a second document, with a number of its own"
    page.click(".q-reverses a")
    assert accountant.heading() == posted and accountant.state() == "harm"
