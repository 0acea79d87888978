"""Qurastyr installed: manifest, icons, worker, and the page without network. Nothing personal is ever kept."""

from __future__ import annotations

import hashlib
import json
import re
import struct

import pytest

from engine.web.templating import STATIC

ICONS = STATIC / "icons"
KEPT = json.loads((ICONS / "manifest.json").read_text("utf-8"))


@pytest.mark.parametrize(("language", "name"), [("kk", "мектеп жұмысы"), ("ru", "работа школы"), ("en", "school")])
def test_the_manifest_speaks_the_language_and_its_icons_are_there(club, language, name):
    client = club.app.test_client()
    answer = client.get(f"/manifest.json?in={language}")
    described = answer.json
    assert answer.mimetype == "application/manifest+json" and name in described["name"]
    assert described["lang"] == language and described["start_url"] == "/" and described["display"] == "standalone"
    assert {i["purpose"] for i in described["icons"]} == {"any", "maskable"}
    for icon in described["icons"]:
        drawn = client.get(icon["src"]).data
        assert drawn[:8] == b"\x89PNG\r\n\x1a\n"
        assert icon["sizes"] == "{}x{}".format(*struct.unpack(">II", drawn[16:24]))


def test_icons_are_those_that_were_drawn_from_this_logo():
    made = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in ICONS.glob("*.png")}
    assert made == KEPT["files"], "run: python -m tools.app_icons"
    assert hashlib.sha256((STATIC / "logo.svg").read_bytes()).hexdigest() == KEPT["sha256"], "the logo changed"


def test_the_worker_keeps_static_files_and_one_page_only(club):
    client = club.app.test_client()
    worker = client.get("/worker")
    assert worker.mimetype in ("text/javascript", "application/javascript")
    assert "no-cache" in worker.headers["Cache-Control"]
    text = worker.text
    assert re.findall(r'store\.put\(([^,)]+)', text) == ["OFFLINE", "request"]
    assert text.count("fromStore(request)") == 2 and 'startsWith("/static/")' in text


def test_the_page_without_network_is_the_same_for_everybody(club, chief):
    anybody, mine = club.app.test_client().get("/offline"), chief.get("/offline")
    assert anybody.status_code == 200 and anybody.text == mine.text
    for sentence in ("Байланыс жоқ", "Нет связи", "There is no connection"):
        assert sentence in anybody.text
    files = set(re.findall(r'(?:href|src|data-keep)="(/static/[^"#]+)', anybody.text))
    assert len(files) > 5
    for file in files:
        assert club.app.test_client().get(file).status_code == 200, file
    assert "no-store" not in anybody.headers["Cache-Control"]


def test_personal_pages_are_kept_by_nobody(chief):
    for path in ("/", "/club/member", "/search?q=ab", "/starred", "/help/club", "/notices"):
        assert chief.get(path).headers["Cache-Control"] == "no-store", path
    answer = chief.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
