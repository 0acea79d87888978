"""What a browser is, told from what it says of itself: enough for a person to know their own devices."""

from __future__ import annotations

import re

BROWSERS = (
    ("YaBrowser/", "Yandex Browser"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("Chromium/", "Chromium"), ("HeadlessChrome/", "Chromium"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)
"""In this order: Edge says that it is Chrome too, and Chrome that it is Safari."""


def device(agent: str) -> str:
    """`Firefox, Windows`; the beginning of what was said where it is none of the known ones."""
    found = [next((title for mark, title in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or re.split(r"[\s(]", agent.strip(), maxsplit=1)[0][:40]
