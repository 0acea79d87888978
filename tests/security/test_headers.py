"""Every answer carries the headers that keep a page from being abused (security.md, 20 and 24)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine import app as hall
from engine.app import create_app
from engine.web import pages
from tests.security.conftest import NOBODY, Person
from tests.security.figures import none_wrong, planted
from tests.security.routes import METHODS, paths

TEST = "test_headers"
POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:", "blob:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "media-src": {"'self'"},
    "manifest-src": {"'self'"},
    "worker-src": {"'self'"},
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "frame-src": {"'self'"},
    "frame-ancestors": {"'self'"},
    "object-src": {"'none'"},
}
"""Written here once more, so that a change of the policy is made in two places on purpose."""


def policy_of(text: str) -> dict[str, set[str]]:
    parts = (part.split() for part in text.split(";") if part.strip())
    return {name: set(values) for name, *values in parts}


def judge(answer: Any, signed_in: bool, secure: bool) -> list[str]:
    """What the headers of an answer lack."""
    headers, wrong = answer.headers, []
    if policy_of(headers.get("Content-Security-Policy", "")) != POLICY:
        wrong.append("policy")
    if len(headers.getlist("Content-Security-Policy")) != 1:
        wrong.append("policies")
    wanted = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "SAMEORIGIN"}
    wrong += [name for name, value in wanted.items() if headers.get(name) != value]
    if not headers.get("X-Request-ID"):
        wrong.append("request id")
    age = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    if secure and not (age and int(age[1]) >= 31_536_000):
        wrong.append("HSTS")
    if signed_in and "no-store" not in headers.get("Cache-Control", "") and not _lasting(answer):
        wrong.append(f"kept by caches: {headers.get('Cache-Control')!r}")
    for cookie in headers.getlist("Set-Cookie"):
        name = cookie.partition("=")[0]
        if "SameSite=Lax" not in cookie or (secure and "Secure" not in cookie):
            wrong.append(f"cookie {name}")
        if name not in ("lang",) and "HttpOnly" not in cookie:
            wrong.append(f"cookie {name} is read by scripts")
    if re.search(r"Werkzeug|Python|waitress", headers.get("Server", "")) or "X-Powered-By" in headers:
        wrong.append("names its server")
    return wrong


def _lasting(answer: Any) -> bool:
    """Files of the program itself hold nothing personal."""
    return answer.request.path.startswith("/static/") or answer.request.path in (
        "/manifest.json",
        "/worker",
        "/offline",
    )


def faults(fort: Any, app: Any, only: str = "") -> tuple[int, list[str]]:
    sent, wrong = 0, []
    for role, base in ((NOBODY, "http://localhost"), ("owner", "http://localhost"), ("owner", "https://localhost")):
        for path in paths(app, fort, "fort.deed"):
            if only and not path.startswith(only):
                continue
            for method in METHODS:
                person = _fresh(fort, role, app) if path == "/sign-out" else _kept(fort, role, app)
                if base.startswith("https") and role != NOBODY:
                    token = fort.here.session(role) if path == "/sign-out" else fort.here.tokens[role]
                    person.client.set_cookie("__Host-sid", token, domain="localhost", secure=True)
                headers = {}
                if path.startswith("/api/") and role != NOBODY:
                    headers["Authorization"] = f"Bearer {fort.here.key(role)}"
                answer = person.send(method, path, headers=headers, base_url=base)
                sent += 1
                told = judge(answer, role != NOBODY, base.startswith("https"))
                wrong += [f"{role} {base[:5]} {method} {path} {answer.status_code}: {t}" for t in told]
                answer.close()
    return sent, wrong


_people: dict[Any, Person] = {}


def _kept(fort: Any, role: str, app: Any) -> Person:
    key = (id(app), role)
    if key not in _people:
        _people[key] = Person(fort, role, fort.here, app)
    return _people[key]


def _fresh(fort: Any, role: str, app: Any) -> Person:
    """Whoever signs out takes a session of their own with them."""
    person = Person(fort, role, fort.here, app)
    if role != NOBODY:
        person.client.set_cookie("sid", fort.here.session(role))
    return person


def test_every_answer_carries_its_headers(fort):
    sent, wrong = faults(fort, create_app(fort.site))
    none_wrong(TEST, "", sent, wrong, 1_000)


def _scripts_in_pages(monkeypatch):
    monkeypatch.setitem(hall.CSP, "script-src", "'self' 'unsafe-inline'")


def _no_policy(monkeypatch):
    monkeypatch.setattr(hall, "_headers", lambda app: None)


def _pages_are_kept(monkeypatch):
    real = pages.page

    def page(*args: Any, **context: Any) -> Any:
        answer = real(*args, **context)
        answer.headers.pop("Cache-Control", None)
        return answer

    monkeypatch.setattr(pages, "page", page)


@pytest.mark.parametrize("plant", [_scripts_in_pages, _no_policy, _pages_are_kept])
def test_a_planted_lack_is_caught(fort, monkeypatch, plant):
    plant(monkeypatch)
    planted(TEST, plant.__name__.strip("_"), bool(faults(fort, create_app(fort.site), "/fort/deed")[1]))
