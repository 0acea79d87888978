"""The vendored front end: shipped as it was taken, licensed by name, loading nothing from elsewhere."""

import hashlib
import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "engine" / "web" / "static"
VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
FREE_LICENCES = {"0BSD", "MIT", "Apache-2.0", "OFL-1.1"}
# Resources a stylesheet makes the browser fetch; a namespace inside a data: picture is not one.
OUTSIDE = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*(?:https?:)?//""", re.IGNORECASE)
KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


def listed() -> dict[str, str]:
    return {name: digest for package in MANIFEST["packages"] for name, digest in package["files"].items()}


def test_manifest_names_every_file_and_no_other():
    present = {path.name for path in VENDOR.iterdir()} - {"manifest.json"}
    assert present == set(listed())


@pytest.mark.parametrize(("name", "digest"), sorted(listed().items()))
def test_checksum_agrees(name, digest):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("package", MANIFEST["packages"], ids=lambda package: package["name"])
def test_licence_is_named_and_shipped(package):
    assert package["licence"] in FREE_LICENCES
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert f"{package['name']}.LICENSE.txt" in package["files"]


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_stylesheet_loads_nothing_from_elsewhere(path):
    assert not OUTSIDE.search(path.read_text("utf-8"))


def test_the_search_for_outside_resources_can_fail():
    planted = ('@import "https://a.example/x.css";', "a{b:url(//a.example/x)}", 'a{b:url( "HTTP://a.example/x")}')
    assert all(OUTSIDE.search(text) for text in planted)


@pytest.mark.parametrize("path", sorted([*STATIC.rglob("*.css"), *STATIC.rglob("*.js")]), ids=lambda path: path.name)
def test_no_source_map_is_asked_for(path):
    assert "sourceMappingURL" not in path.read_text("utf-8")


def test_fonts_hold_every_kazakh_letter_and_the_tenge():
    ranges = (VENDOR / "inter.css").read_text("utf-8")
    cyrillic, latin = sorted(re.findall(r"unicode-range: (.*);", ranges), key=lambda text: "U+0400" not in text)
    assert all(covered(cyrillic, letter) for letter in KAZAKH + KAZAKH.upper())
    assert covered(latin, "₸")
    ttlib = pytest.importorskip("fontTools.ttLib", reason="the dev extra reads the fonts themselves")
    letters = ttlib.TTFont(VENDOR / "inter-cyrillic.woff2").getBestCmap()
    assert {letter for letter in KAZAKH + KAZAKH.upper() if ord(letter) not in letters} == set()
    assert ord("₸") in ttlib.TTFont(VENDOR / "inter-latin.woff2").getBestCmap()


def covered(ranges: str, letter: str) -> bool:
    for part in ranges.split(", "):
        first, _, last = part.removeprefix("U+").partition("-")
        if int(first, 16) <= ord(letter) <= int(last or first, 16):
            return True
    return False


def test_every_icon_is_a_symbol_without_script_or_links():
    sprite = (VENDOR / "icons.svg").read_text("utf-8")
    names = re.findall(r'<symbol id="([a-z0-9-]+)"', sprite)
    assert len(names) == len(set(names)) > 80
    assert not re.search(r"<script|href|\son\w+=|<style", sprite)
