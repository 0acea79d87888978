"""Nobody is led to another site by a crafted link, whichever name it hides under (security.md, 23)."""

from __future__ import annotations

import re
from html import unescape
from itertools import product
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from engine.web import errors, pages
from tests.conftest import FULL
from tests.security.conftest import NOBODY, Person
from tests.security.figures import none_wrong, planted
from tests.security.routes import fill

TEST = "test_open_redirect"
EVIL = "evil.example"
NAMES = ("next", "return", "_return", "back", "list", "to", "url", "_kept_to", "onward", "here", "place", "from")
"""Names that carry places in this application, and the usual ones that do not."""
LEADS = (
    "//",
    "///",
    "////",
    "/\\",
    "\\\\",
    "\\/",
    "/\t/",
    "/\n/",
    "/\r/",
    "\t//",
    " //",
    "\x00//",
    "/./\\",
    "https://",
    "http:",
    "https:/",
    "HTTP://",
    "//user@",
    "//localhost@",
    "http://localhost@",
    "//localhost:80@",
    "/%5c",
    "/%2f/",
    "//%65vil.example/..//",
    "//\u3002",
    "/\u200b/",
    "\u2028//",
    "javascript://",
    "data:text/html,",
    "ftp://",
    "blob:http://",
    "x:",
    "/..//",
    "/x/..//",
    ".//",
    "./\\",
    "//[::ffff:1.2.3.4]@",
    "/;//",
    "?//",
    "#//",
    "/@",
    "vbscript:",
    "JaVaScRiPt:alert(1)//",
    "\x01javascript:",
    "java\tscript:",
    "/\x0b/",
    "/ /",
    "//\u00a0",
    "https:",
)
TAILS = (EVIL, f"{EVIL}/", f"{EVIL}%00", f"{EVIL}:443", f"{EVIL}#/fort", f"{EVIL}?x=/fort", f"{EVIL}\\@localhost")


def targets() -> list[str]:
    every = [lead + tail for lead, tail in product(LEADS, TAILS)]
    return every if FULL else every[::9]


def leaves(url: str) -> bool:
    """Does a browser that follows `url` from a page of ours end up elsewhere, or run something? (WHATWG URL)"""
    plain = re.sub(r"[\t\n\r]", "", url).strip("".join(map(chr, range(33)))).replace("\\", "/")
    plain = re.sub(r"^(https?):/*", r"\1://", plain, flags=re.I) if re.match(r"https?:", plain, re.I) else plain
    plain = re.sub(r"^/{2,}", "//", plain)
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", plain, re.I)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return scheme[1].lower() not in ("mailto", "tel")
    try:
        host = urlsplit(urljoin("http://localhost/", plain)).hostname
    except ValueError:
        return True
    return host != "localhost"


def ways_out(answer: Any) -> list[str]:
    """Where the answer leads: its headers, its links and forms."""
    found = [answer.headers[h] for h in ("Location", "HX-Redirect", "HX-Location", "Refresh") if h in answer.headers]
    if answer.mimetype == "text/html" and not answer.is_streamed:
        found += [
            unescape(u) for u in re.findall(r'\s(?:href|action|src|formaction|hx-get|hx-post)="([^"]*)"', answer.text)
        ]
    return found


def faults(fort: Any, app: Any, urls: list[str], rules: list[str]) -> tuple[int, list[str]]:
    sent, wrong = 0, []
    for role in ("owner", NOBODY):
        person = Person(fort, role, fort.here, app)
        for number, rule in enumerate(rules):
            path = fill(rule, fort, "fort.deed")
            chosen = urls if rule == "/sign-in" and FULL else urls[number % 24 :: 24] if FULL else urls[number % 3 :: 3]
            for url, method in product(chosen, ("GET", "POST")):
                if (method, rule) == ("POST", "/sign-out"):
                    continue
                carried = dict.fromkeys(NAMES, url)
                more = {"query_string": carried, "headers": {"Referer": re.sub(r"[\x00-\x1f\u0100-\uffff]", "", url)}}
                if method == "POST":
                    more["data"] = {**carried, "login": "a", "password": "b", "_kept": "a=1"}
                answer = person.send(method, path, **more)
                sent += 1
                wrong += [f"{role} {method} {rule} {url!r} -> {u!r}" for u in ways_out(answer) if leaves(u)]
                answer.close()
    return sent, wrong


RULES = [
    "/sign-in",
    "/",
    "/<module>/<slug>",
    "/<module>/<slug>/new",
    "/<module>/<slug>/<id>",
    "/<module>/<slug>/<id>/edit",
    "/<module>/<slug>/<id>/star",
    "/<module>/<slug>/<id>/move",
    "/<module>/<slug>/bulk/archive",
    "/notices/read",
    "/<module>/<slug>/views",
    "/<module>/<slug>/columns",
    "/jobs/<id>/seen",
    "/<module>/<slug>/actions/<key>/undo",
    "/search",
    "/<module>/<slug>/filter",
    "/offline",
]


@pytest.fixture
def app(fort, monkeypatch):
    """An application whose sign-in is not slowed down: hundreds of attempts are made on purpose."""
    from engine import app as hall

    monkeypatch.setattr("engine.services.identity.throttle._count", lambda *asked: None)
    return hall.create_app(fort.site)


@pytest.fixture(autouse=True)
def no_password_is_right(monkeypatch):
    monkeypatch.setattr("engine.services.identity.sessions.verify", lambda stored, password: False)


def test_no_link_leads_away(fort, app):
    rules = sorted({r.rule for r in app.url_map.iter_rules() if not r.rule.startswith("/static")}) if FULL else RULES
    sent, wrong = faults(fort, app, targets(), rules)
    none_wrong(TEST, "", sent, wrong, 500)


def test_the_judge_knows_where_a_browser_would_go():
    assert all(
        leaves(u) for u in (f"//{EVIL}", f"/\\{EVIL}", f"/\t/{EVIL}", f"https:{EVIL}", "javascript:x", "data:,x")
    )
    assert not any(
        leaves(u) for u in ("/", "/fort/deed?x=//evil.example", "?a=b", "#x", "fort/x", "http://localhost/a")
    )


@pytest.mark.parametrize(
    ("where", "rule"),
    [("the way on after signing in", "/sign-in"), ("the way back from a small form", "/<module>/<slug>/new")],
)
def test_a_planted_trust_is_caught(fort, app, monkeypatch, where, rule):
    monkeypatch.setattr(pages, "local", lambda url, otherwise="/": url or otherwise)
    _, wrong = faults(fort, app, [f"https://{EVIL}/"] * 3, [rule])
    planted(TEST, where, bool(wrong))


def test_a_planted_trust_of_the_referer_is_caught(fort, monkeypatch):
    monkeypatch.setattr(errors, "back", lambda: f"https://{EVIL}/")
    answer = fort.person("owner").get("/fort/nothing")
    assert answer.status_code == 404 and EVIL in answer.text, (answer.text, ways_out(answer))
    planted(TEST, "the way back of an error page", any(leaves(u) for u in ways_out(answer)))
