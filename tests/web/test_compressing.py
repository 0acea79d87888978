"""Answers are small for browsers that take gzip, and tell nothing by their length."""

import gzip

import pytest

from engine.web.templating import STATIC

GZIP = {"Accept-Encoding": "gzip"}


def test_a_page_comes_compressed_and_means_the_same(chief):
    plain, small = chief.client.get("/club/order"), chief.client.get("/club/order", headers=GZIP)
    assert "Content-Encoding" not in plain.headers and "Accept-Encoding" in plain.headers["Vary"]
    assert small.headers["Content-Encoding"] == "gzip" and "HX-Request" in small.headers["Vary"]
    assert gzip.decompress(small.get_data()).count(b"<tr") == plain.get_data().count(b"<tr")
    assert len(small.get_data()) * 3 < len(plain.get_data())


def test_the_length_of_equal_pages_differs(chief):
    lengths = {len(chief.client.get("/club/order", headers=GZIP).get_data()) for _ in range(12)}
    assert len(lengths) > 3


@pytest.mark.parametrize("name", ["app.css", "app.js", "vendor/tabler.min.css", "vendor/icons.svg"])
def test_static_files_come_compressed_with_a_mark_of_their_own(chief, name):
    answer = chief.client.get(f"/static/{name}", headers=GZIP)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.get_data()) == (STATIC / name).read_bytes()
    again = chief.client.get(f"/static/{name}", headers={**GZIP, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", [
    "../pages.py", "..%2fpages.py", "/etc/passwd", "vendor/../../pages.py", "nothing.css"])
def test_no_other_file_is_reached(chief, name):
    assert chief.client.get(f"/static/{name}", headers=GZIP).status_code in (308, 404)


def test_small_answers_and_fonts_stay_as_they_are(chief):
    assert "Content-Encoding" not in chief.client.get("/health", headers=GZIP).headers
    assert "Content-Encoding" not in chief.client.get("/static/vendor/inter-latin.woff2", headers=GZIP).headers
