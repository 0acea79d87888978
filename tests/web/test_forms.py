"""Forms as a browser without scripts sees them: what is typed is kept, what is wrong is said where it is wrong."""

from __future__ import annotations

import base64
import re
from io import BytesIO

from tests.web.conftest import line, order

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_record_is_made_and_the_browser_sent_to_it(chief):
    page = chief.get("/club/member/new")
    assert 'for="name"' in page.text and 'name="_once"' in page.text
    made = chief.post("/club/member/new", _fields="name joined paying", name="Әлия Қуанышева", joined="2026-02-03",
                      paying="no")
    assert made.status_code == 303
    card = chief.get(made.headers["Location"])
    assert "Әлия Қуанышева" in card.text and "03.02.2026" in card.text and "Сохранено" in card.text


def test_a_mistake_answers_422_with_everything_typed_and_the_error_at_its_field(chief):
    page = chief.post("/club/member/new", _fields="name joined", name="", joined="2026-02-03")
    assert page.status_code == 422
    assert 'value="2026-02-03"' in page.text
    assert re.search(r'id="name"[^>]*aria-describedby="name-error"[^>]*aria-invalid="true"', page.text)
    assert '<a href="#name">' in page.text and 'role="alert"' in page.text


def test_what_cannot_be_read_stays_in_its_input(chief, club):
    page = chief.post("/club/order/new", order(club, **{"lines-0-price": "көп"}))
    assert page.status_code == 422
    assert 'value="көп"' in page.text and 'value="2"' in page.text and 'value="бояу"' in page.text
    assert 'id="lines-0-price-error"' in page.text


def test_sending_a_form_twice_makes_one_record(chief, club):
    once = re.search(r'name="_once" value="([^"]+)"', chief.get("/club/order/new").text)[1]
    first = chief.post("/club/order/new", order(club, _once=once))
    second = chief.post("/club/order/new", order(club, _once=once))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]


def test_rows_are_added_and_removed_by_plain_buttons(chief, club):
    page = chief.post("/club/order/new", order(club, _add="lines"))
    assert page.status_code == 200
    assert 'name="lines-1-_fields"' in page.text and 'value="бояу"' in page.text
    two = order(club, **line(1, quantity="7"))
    page = chief.post("/club/order/new", {**two, "_remove": "lines-0"})
    assert 'name="lines-1-_fields"' not in page.text and 'value="7"' in page.text


def test_a_new_line_in_which_nothing_was_typed_is_no_mistake(chief, club):
    made = chief.post("/club/order/new", order(club, **line(1)))
    assert made.status_code == 303
    assert "3\u00a0001,00" in chief.get(made.headers["Location"]).text


def test_the_server_answers_conditions_and_computed_values_while_typing(chief, club):
    part = chief.post("/club/order/preview", order(club), headers={"HX-Request": "true"})
    assert part.status_code == 200 and "<html" not in part.text
    assert "3\u00a0001,00" in part.text
    hidden = chief.post("/club/member/preview", {"_fields": "name paying", "name": "А", "paying": "no"},
                        headers={"HX-Request": "true"}).text
    shown = chief.post("/club/member/preview", {"_fields": "name paying", "name": "А", "paying": "yes"},
                       headers={"HX-Request": "true"}).text
    assert 'name="fee"' not in hidden and 'name="fee"' in shown


def test_a_default_that_follows_another_field_fills_the_empty_cell_of_a_new_line(chief, club):
    part = chief.post("/club/order/preview", order(club, **{"lines-0-price": ""}), headers={"HX-Request": "true"})
    assert re.search(r'name="lines-0-price"[^>]*value="500', part.text)


def test_archiving_offers_to_take_it_back(chief):
    place = chief.post("/club/member/new", _fields="name", name="Дәулет").headers["Location"]
    version = re.search(r'name="version" value="(\d+)"', chief.get(place).text)[1]
    assert chief.post(f"{place}/archive", version=version).status_code == 303
    page = chief.get(place)
    assert f'action="{place}/restore"' in page.text and "В архиве" in page.text
    version = re.search(r'restore"><input[^>]*><input type="hidden" name="version" value="(\d+)"', page.text)[1]
    assert chief.post(f"{place}/restore", version=version).status_code == 303
    assert "В архиве" not in chief.get(place).text


def test_a_document_is_posted_numbered_locked_and_reversed(chief, club):
    place = chief.post("/club/order/new", order(club, _then="post")).headers["Location"]
    card = chief.get(place)
    assert re.search(r"№ 2026-\d{4}", card.text) and "q-state-done" in card.text
    assert chief.get(f"{place}/edit").status_code == 403
    version = re.search(r'name="version" value="(\d+)"', card.text)[1]
    twin = chief.post(f"{place}/reverse", version=version)
    assert twin.status_code == 303
    again = chief.post(f"{place}/reverse", version=version)
    assert again.status_code == 409 and "q-errors" in again.text


def test_history_says_who_changed_what(chief):
    place = chief.post("/club/member/new", _fields="name", name="Ерлан").headers["Location"]
    version = re.search(r'name="version" value="(\d+)"', chief.get(f"{place}/edit").text)[1]
    chief.post(f"{place}/edit", _fields="name", name="Ерлан С.", version=version)
    part = chief.get(f"{place}/history", HX_Request="true")
    assert "<html" not in part.text and "Ерлан С." in part.text and "chief" in part.text


def test_fields_above_the_role_are_neither_shown_nor_taken(chief, helper):
    made = chief.post("/club/member/new", _fields="name paying fee", name="Жанар", paying="yes", fee="7777")
    place = made.headers["Location"]
    assert "7\u00a0777" in chief.get(place).text
    for page in (place, f"{place}/edit", "/club/member", "/club/member/new"):
        text = helper.get(page).text
        assert "7\u00a0777" not in text and "Взнос" not in text and 'name="fee"' not in text
    version = re.search(r'name="version" value="(\d+)"', helper.get(f"{place}/edit").text)[1]
    helper.post(f"{place}/edit", _fields="name fee", name="Жанар", fee="1", version=version)
    assert "7\u00a0777" in chief.get(place).text


def test_an_untouched_new_line_with_defaults_is_no_mistake_but_the_only_line_is(chief, club):
    assert chief.post("/club/order/new", order(club, **line(1, quantity="1"))).status_code == 303
    alone = chief.post("/club/order/new", order(club, **line(0, quantity="1")))
    assert alone.status_code == 422 and 'id="lines-0-service-error"' in alone.text


def test_a_file_survives_a_mistake_and_is_read_through_its_record_only(chief, helper):
    def sent(**fields):
        return chief.post("/club/member/new", {"_fields": "name joined photo", **fields})

    picture = (BytesIO(PNG), "сурет.png")
    page = sent(name="", photo=picture)
    assert page.status_code == 422 and "сурет.png" in page.text
    kept = re.search(r'name="photo" value="([0-9a-f-]{36})" checked', page.text)[1]
    place = sent(name="Айша", photo=kept).headers["Location"]
    found = chief.get(f"{place}/files/{kept}")
    assert found.status_code == 200 and found.mimetype == "image/png"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert f'src="{place}/files/{kept}?size=320"' in chief.get(place).text
    other = chief.post("/club/member/new", _fields="name", name="Бота").headers["Location"]
    assert chief.get(f"{other}/files/{kept}").status_code == 404
    assert helper.get(f"{place}/files/{kept}").status_code == 404


def test_a_file_of_another_kind_is_refused_in_words(chief):
    drawing = (BytesIO(b"<svg onload=a()>"), "x.png")
    page = chief.post("/club/member/new", {"_fields": "name photo", "name": "Ж", "photo": drawing})
    assert page.status_code == 422 and "q-errors" in page.text and 'value="Ж"' in page.text
