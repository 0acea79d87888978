"""Files over the API: uploaded into a field, read only through the record that holds them."""

import io
import uuid

import pytest

from tests.api.test_errors import shaped

TEXT = "Келісім мәтіні\n".encode() * 500


def uploaded(caller, body=TEXT, name="\u0448\u043e\u0442 1.txt", **more):
    answer = caller("POST", "/shop/bill/files/scan", body, query_string={"name": name},
                    headers={"Content-Type": "text/plain"}, **more)
    assert answer.status_code == 201, answer.text
    return answer.json


@pytest.fixture
def held(keeper, bill):
    """(address of a bill, id of the file that it holds)"""
    file = uploaded(keeper)
    made = keeper.made("/shop/bill", {**bill, "scan": file["id"]})
    assert made["scan"] == file["id"]
    return f"/shop/bill/{made['id']}", file["id"]


def test_a_file_comes_back_as_it_was_sent(keeper, held):
    at, file = held
    answer = keeper("GET", f"{at}/files/{file}")
    assert (answer.status_code, answer.data) == (200, TEXT)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment")
    assert "filename*=UTF-8''%D1%88%D0%BE%D1%82%201.txt" in said


@pytest.mark.parametrize(("asked", "expected"), [
    ("bytes=0-9", TEXT[:10]), ("bytes=13990-", TEXT[13990:]), ("bytes=-5", TEXT[-5:]), ("bytes=5-90000", TEXT[5:])])
def test_a_part_is_answered(keeper, held, asked, expected):
    at, file = held
    answer = keeper("GET", f"{at}/files/{file}", headers={"Range": asked})
    assert (answer.status_code, answer.data) == (206, expected)
    assert answer.headers["Content-Range"].endswith(f"/{len(TEXT)}")


def test_a_part_that_is_not_there_is_refused(keeper, held):
    at, file = held
    shaped(keeper("GET", f"{at}/files/{file}", headers={"Range": "bytes=14000000-"}), 416, "request.range")


def test_parts_of_a_form_are_taken_too(keeper, bill):
    answer = keeper.client.post("/api/v1/shop/bill/files/scan", headers=keeper.headers,
                                data={"file": (io.BytesIO(TEXT), "../../etc/passwd.txt")})
    assert (answer.status_code, answer.json["name"], answer.json["size"]) == (201, "passwd.txt", len(TEXT)), answer.text
    shaped(keeper.client.post("/api/v1/shop/bill/files/scan", headers=keeper.headers, data={"other": "x"},
                                   content_type="multipart/form-data"), 422)


def test_a_file_is_reached_only_through_its_record(keeper, seller, held, bill):
    at, file = held
    other = keeper.made("/shop/bill", bill)
    shaped(keeper("GET", f"/shop/bill/{other['id']}/files/{file}"), 404)
    shaped(keeper("GET", f"{at}/files/{uuid.uuid4()}"), 404)
    shaped(keeper("GET", f"{at}/files/nothing"), 400, "request.id")
    loose = uploaded(keeper)
    shaped(keeper("GET", f"{at}/files/{loose['id']}"), 404)
    taken = keeper("PATCH", f"/shop/bill/{other['id']}", {"version": 1, "scan": file})
    shaped(taken, 422, "file.not-free")
    shaped(seller("PATCH", f"/shop/bill/{other['id']}", {"version": 1, "scan": loose["id"]}), 422, "file.not-free")


@pytest.mark.parametrize("field", ["note", "nothing", "lines", "lines.price", "margin", "..%2f", "scan.scan"])
def test_only_fields_of_files_take_files(keeper, field):
    shaped(keeper("POST", f"/shop/bill/files/{field}", TEXT, headers={"Content-Type": "text/plain"}), 404)


def test_size_and_type_are_limited(keeper, shop):
    big = {"Content-Type": "application/octet-stream"}
    shaped(keeper("POST", "/shop/bill/files/scan", b"x" * (2**20 + 1), headers=big), 413)
    shaped(keeper("POST", "/shop/bill/files/scan", b"x" * (shop.site.settings.file_limit + 1), headers=big), 413)
    shaped(keeper("POST", "/shop/bill/files/scan?name=a.txt", b"MZ\x90\x00" + b"\0" * 500, headers=big), 422)
    shaped(keeper("POST", "/shop/bill/files/scan", b"{}"), 415)


def test_who_may_not_write_the_field_uploads_nothing(seller, shop):
    shaped(seller("POST", "/shop/safe/files/code", TEXT, headers={"Content-Type": "text/plain"}), 404)
    shaped(seller("POST", "/shop/service/files/name", TEXT, headers={"Content-Type": "text/plain"}), 403)
