"""Rules of every route and template: access is declared, addresses read alike, nothing runs from inside a page."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Blueprint

import engine
from engine import app as hall
from engine import doors
from engine.config import Settings
from engine.loading.compile.lists import ADDRESSES

HOME = Path(engine.__file__).parent
TEMPLATES = sorted([*HOME.glob("web/templates/**/*.html"), *HOME.glob("fields/*/*.html")])
KEBAB = re.compile(r"/|/\.well-known/security\.txt|(/(<(string:|path:|uuid:)?[a-z]+>|[a-z0-9]+(-[a-z0-9]+)*(\.json)?))+")
FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "an inline handler": re.compile(r"\son[a-z]+\s*=", re.I),
    "script inside htmx": re.compile(r"hx-on\b|[\"']js:|javascript:", re.I),
    "an address outside": re.compile(r"(src|href|action)\s*=\s*[\"'](https?:)?//", re.I),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape\s+false", re.I),
}


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    return hall.create_app(site_of(tmp_path_factory.mktemp("site")))


def site_of(folder):
    """Enough of a site to wire an application; nobody asks it for data here."""
    return SimpleNamespace(settings=Settings.of(folder).prepare(), catalog=None)


def test_every_route_says_who_may_use_it(application):
    assert sum(1 for _ in application.url_map.iter_rules()) > 25
    assert list(doors.undeclared(application)) == []


def test_the_application_refuses_to_start_with_a_route_that_says_nothing(tmp_path, monkeypatch):
    def planted():
        blueprint = Blueprint("hall", __name__)
        blueprint.add_url_rule("/planted", "planted", lambda: "")
        return blueprint

    monkeypatch.setattr(hall, "_health", planted)
    with pytest.raises(RuntimeError, match=r"hall\.planted"):
        hall.create_app(site_of(tmp_path))


def test_a_misspelt_right_opens_no_door():
    with pytest.raises(ValueError, match="publik"):
        doors.declares_access("publik")


def test_addresses_are_kebab_case(application):
    wrong = [r.rule for r in application.url_map.iter_rules() if not KEBAB.fullmatch(r.rule)]
    assert wrong == [], "write addresses as /two-words, with <lowercase> parts"
    assert not KEBAB.fullmatch("/Two_words/<id>")


def test_no_module_may_be_called_like_an_address_of_the_engine(application):
    first = {r.rule.split("/")[1] for r in application.url_map.iter_rules()}
    words = {word for word in first if re.fullmatch(r"[a-z][a-z0-9]{0,15}", word)}
    assert words == ADDRESSES, "write them into engine/loading/compile/lists.py"


def test_changes_are_asked_for_by_post_patch_or_delete_alone(application):
    """Verbs of a record's life never answer GET."""
    for rule in application.url_map.iter_rules():
        access = application.view_functions[rule.endpoint].access
        if access in ("archive", "restore", "copy", "post", "reverse", "annul"):
            assert "GET" not in rule.methods, rule.rule


def test_every_answer_carries_the_security_headers(application):
    client = application.test_client()
    for rule in application.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            answer = client.open(path, method=method)
            policy = answer.headers.get("Content-Security-Policy", "")
            assert "default-src 'none'" in policy and "script-src 'self'" in policy, (method, path)
            assert "unsafe" not in policy and "frame-ancestors 'self'" in policy and "base-uri 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert answer.headers["Referrer-Policy"] == "same-origin", path
            assert answer.headers["X-Request-ID"], path


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(HOME)))
def test_nothing_runs_from_inside_a_template(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not found, f"{path.name} holds {', '.join(found)}: the content security policy refuses it"


@pytest.mark.parametrize("planted", [
    "<script>a()</script>", '<p style="color:red">', '<a onclick="a()">', '<p hx-on:click="a()">',
    '<img src="//evil.example/a">', "{{ text|safe }}"])
def test_a_planted_breach_is_seen(planted):
    assert any(pattern.search(planted) for pattern in FORBIDDEN.values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(HOME)))
def test_forms_that_change_something_carry_the_token(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, flags=re.S | re.I):
        assert "csrf_token" in form or "records/actions.html" in form, path.name
