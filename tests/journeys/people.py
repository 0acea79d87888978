"""What a person does with the pages, in the words of a journey."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browsing import arrive
from tests.conftest import FULL, ROOT

MOST_TABS = 90
"""Presses of Tab after which a thing counts as out of reach of a keyboard."""


def picture(page: Page, name: str) -> None:
    """Keep what is seen as docs/images/NAME.png; only in full runs, for pictures differ by a pixel each time."""
    if FULL:
        page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")


class Person:
    """Somebody at one browser. `phone`: the menu slides in, lists are cards."""

    def __init__(self, page: Page, phone: bool = False):
        self.page, self.phone = page, phone

    def sign_in(self, login: str, password: str, language: str, arrives: str = ".q-app") -> None:
        """From the sign-in page, by keyboard, in the language chosen at its foot."""
        self.page.click(f".q-bare-foot a[lang={language}]")
        expect(self.page.locator("html")).to_have_attribute("lang", language)
        self.page.focus("#login")
        self.page.keyboard.type(login)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        self.page.keyboard.press("Enter")
        arrive(self.page, arrives)

    def go(self, url: str) -> None:
        """To a list, by the menu."""
        if self.phone:
            self.page.locator("[data-rail-toggle]:visible").first.click()
        module = self.page.locator(".q-module", has=self.page.locator(f"a[href='{url}']"))
        if module.get_attribute("open") is None:
            module.locator("summary").click()
        module.locator(f"a[href='{url}']").click()
        self.page.wait_for_url(f"**{url}")

    def begin(self) -> None:
        """A new record of the list that is open."""
        self.page.locator(".q-head .btn-primary").click()
        self.page.wait_for_url("**/new")

    def find(self, text: str) -> None:
        """Search in the list until one row is left, and open it."""
        self.page.locator("#quick").press_sequentially(text, delay=15)
        rows = self.page.locator(".q-table tbody tr")
        expect(rows).to_have_count(1)
        rows.locator("td a").first.click()
        arrive(self.page, "#record")

    def choose(self, field: str, text: str) -> None:
        """In a searching list, with a pointer."""
        box = self.page.locator(f"#{field}-box")
        box.locator(".ts-control").click()
        self.page.keyboard.type(text, delay=15)
        box.locator(".option", has_text=text).first.click()
        expect(box.locator(".item")).to_contain_text(text)

    def save(self, then: str = "") -> None:
        """Press Save, or Save and post; the record is opened afterwards."""
        self.page.click(f"button[name=_then][value={then}]" if then else "[data-save]")
        arrive(self.page, ".q-notice-done")

    def do(self, verb: str) -> None:
        """Something with the opened record that asks first: post, reverse."""
        menu = self.page.locator("details.q-drop", has=self.page.locator(f"[formaction$='/{verb}']"))
        menu.locator("summary").click()
        menu.locator(f"[formaction$='/{verb}']").click()
        arrive(self.page, ".q-notice-done")

    # -- by keyboard alone -----------------------------------------------------------------------------------------

    def tab_to(self, selector: str) -> None:
        """Press Tab until the thing has the focus."""
        for _ in range(MOST_TABS):
            if self.has_focus(selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"a keyboard does not reach {selector}")

    def has_focus(self, selector: str) -> bool:
        return self.page.evaluate("s => document.activeElement.matches(s)", selector)

    def pick(self, field: str, text: str) -> None:
        """In the searching list that has the focus: type, wait for the choice, Enter."""
        self.page.keyboard.type(text, delay=15)
        expect(self.page.locator(f"#{field}-box .option.active")).to_contain_text(text)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(f"#{field}-box .item")).to_contain_text(text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    # -- what is seen ----------------------------------------------------------------------------------------------

    def heading(self) -> str:
        return self.page.inner_text("h1")

    def state(self) -> str:
        """The tone of the document's state: draft, done, harm."""
        kinds = self.page.locator(".q-head .q-state").first.get_attribute("class") or ""
        return re.findall(r"q-state-(\w+)", kinds)[0]

    def value(self, field: str) -> str:
        """The text of a field that is only shown; spaces of all kinds are spaces."""
        return " ".join(self.page.inner_text(f"#{field}").split())
