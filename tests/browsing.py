"""How tests wait for a page in a browser."""

from __future__ import annotations

from playwright.sync_api import Page


def arrive(page: Page, selector: str, **options) -> None:
    """Wait until something stands on the page and its scripts run: a key pressed before that is nobody's."""
    page.wait_for_selector(selector, **options)
    page.wait_for_load_state("load")
