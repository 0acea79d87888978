"""The export of a list: offered to who may, a file of what is seen, refused in the words of a page."""

import csv
import io

import pytest

from tests.web.conftest import order


@pytest.fixture
def bought(club, chief):
    assert chief.post("/club/order/new", order(club)).status_code == 303


def lines(answer):
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))


def test_the_file_holds_what_the_address_shows(chief, bought):
    page = chief.get("/club/order")
    assert 'action="/club/order/export"' in page.text
    answer = chief.post("/club/order/export", format="csv", scope="seen")
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"
    heads = lines(answer)[0]
    assert all(head in page.text for head in heads)
    assert len(lines(chief.post("/club/order/export?q=zzzzzz", format="csv", scope="seen"))) == 1


def test_everything_brings_the_rows_along(chief, bought):
    heads = lines(chief.post("/club/order/export", format="csv", scope="all"))[0]
    assert any(" / " in head for head in heads)


def test_who_may_not_export_is_not_offered_it_and_is_refused(helper, bought):
    assert "/club/order/export" not in helper.get("/club/order").text
    answer = helper.post("/club/order/export", format="csv", scope="seen")
    assert answer.status_code == 403


def test_an_unknown_format_is_refused(chief):
    assert chief.post("/club/order/export", format="exe").status_code == 400


def test_a_request_without_the_token_gets_nothing(chief):
    assert chief.client.post("/club/order/export", data={"format": "csv"}).status_code == 400


def test_a_long_list_becomes_a_job_whose_file_is_the_same(club, chief, bought, monkeypatch):
    from engine.services import jobs
    from engine.web import exports

    monkeypatch.setattr(exports, "MANY", 0)
    at_once = chief.client.post("/club/order/export", data={"csrf_token": chief.token, "format": "csv"})
    assert at_once.status_code == 303
    page = at_once.headers["Location"]
    jobs.work_off(club.site)
    assert page.removeprefix("/jobs/") in chief.get("/jobs").text
    monkeypatch.setattr(exports, "MANY", 20_000)
    there = chief.get(f"{page}/file")
    assert there.status_code == 200
    assert there.get_data() == chief.post("/club/order/export", format="csv").get_data()
