"""A passkey in a real browser, whose device is Chromium's virtual one: set up, signed out, signed in with it."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.browsing import arrive
from tests.web.conftest import PASSWORD
from tests.web.test_browser import browser_type_launch_args  # noqa: F401 - fixture

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium: apt-get install chromium")]
DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
          "isUserVerified": True, "automaticPresenceSimulation": True}


@pytest.fixture
def address(club):
    """The club as people reach it: at `localhost`, where browsers allow passkeys without https."""
    server = make_server("127.0.0.1", 0, club.app, threaded=True)
    before = club.site.settings
    club.site.settings = replace(before, address=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join(5)
    club.site.settings = before


def sign_in(page):
    page.fill("#login", "helper")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


def test_a_passkey_is_set_up_and_signs_in(browser, address, club):
    wrong = []
    context = browser.new_context(base_url=address, locale="ru-RU")
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    page.goto("/sign-in?next=/account/factors")
    sign_in(page)
    arrive(page, "#passkey-title")
    page.fill("#passkey-title", "Ноутбук")
    page.fill("#passkey-password", "бұл емес")
    page.keyboard.press("Enter")
    expect(page.locator("[data-says=told]")).to_be_visible()
    expect(page.locator("#passkey-password")).to_be_focused()
    page.fill("#passkey-password", PASSWORD)
    page.keyboard.press("Enter")
    arrive(page, ".q-recovery")
    page.click(".q-next-steps a.btn-primary")
    expect(page.locator(".q-facts")).to_contain_text("Ноутбук")
    # The same device once more: the browser itself says no, and the page says why.
    page.fill("#passkey-password", PASSWORD)
    page.click("form[data-passkey] button")
    expect(page.locator("[data-says=exists]")).to_be_visible()

    page.click(".q-person")
    page.click("form[action='/sign-out'] button")
    arrive(page, "#login")
    sign_in(page)
    arrive(page, "form[data-passkey]")
    expect(page.locator("form[data-passkey] button")).to_be_focused()
    assert page.locator(".q-rail").count() == 0
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.keyboard.press("Enter")
    expect(page.locator("[data-says=refused]")).to_be_visible()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.keyboard.press("Enter")
    arrive(page, ".q-app")
    page.goto("/account/factors")
    expect(page.locator(".q-facts")).to_contain_text("Ноутбук")

    # Another name of the same machine: no passkey works there, and the page leads to the address where it does.
    page.goto(address.replace("localhost", "127.0.0.1") + "/sign-in")
    sign_in(page)
    arrive(page, "form[data-passkey]")
    expect(page.locator("[data-says=elsewhere] a")).to_have_attribute("href", f"{address}/")
    expect(page.locator("form[data-passkey] button")).to_be_hidden()
    expect(page.locator("#code")).to_be_focused()
    context.close()

    plain = browser.new_context(base_url=address, locale="ru-RU", java_script_enabled=False)
    page = plain.new_page()
    page.goto("/sign-in")
    sign_in(page)
    page.wait_for_selector("noscript p")
    expect(page.locator("form[data-passkey] button")).to_be_hidden()
    page.click(".q-other-way summary")
    expect(page.locator("#code")).to_be_visible()
    plain.close()
    assert wrong == []
