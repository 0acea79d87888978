"""A record that a link lacks is made on the way: in a dialog, or on a page that comes back with it chosen."""

from __future__ import annotations

import html
import re

import pytest

from tests.web.conftest import order

SMALL = "/club/service/new?form=quick:club.order:lines.service"


def test_the_link_offers_to_make_one_to_whoever_may(chief, club):
    page = chief.get("/club/order/new").text
    assert 'name="_quick" value="lines-0-service"' in page
    assert html.unescape(re.search(r'data-quick="([^"]*)"', page)[1]) == SMALL


def test_nobody_is_offered_what_they_may_not_make(helper):
    text = helper.get("/club/member/new").text
    assert "_quick" not in text and helper.get(SMALL).status_code == 403


def test_the_small_form_has_the_named_fields_and_the_typed_text(chief):
    page = chief.get(f"{SMALL}&frame=1&text=Шахмат").text
    assert re.search(r'name="name"[^>]*value="Шахмат"', page) and 'name="price"' not in page
    assert "q-rail" not in page and "data-framed" in page and 'name="_frame" value="1"' in page
    assert "data-draft-url" not in page


def test_the_dialog_ends_with_the_record_and_mistakes_stay_in_it(chief):
    wrong = chief.post(f"{SMALL}&frame=1", _fields="name", name="", _frame="1")
    assert wrong.status_code == 422 and 'id="name-error"' in wrong.text and "data-framed" in wrong.text
    made = chief.post(f"{SMALL}&frame=1", _fields="name", name="Шахмат үйірмесі", _frame="1")
    assert made.status_code == 303 and made.headers["Location"].endswith("/picked")
    end = chief.get(made.headers["Location"]).text
    assert 'data-text="Шахмат үйірмесі"' in end and "data-picked=" in end


def test_without_scripts_the_form_is_kept_and_comes_back_with_the_record_chosen(chief, club):
    away = chief.post("/club/order/new", order(club, note="жарты", _quick="lines-0-service"))
    assert away.status_code == 303
    small = chief.get(away.headers["Location"])
    assert 'name="_return" value="/club/order/new"' in small.text and "q-rail" in small.text
    made = chief.post(away.headers["Location"], _fields="name", name="Домбыра", _return="/club/order/new",
                      _pick="lines-0-service")
    back = chief.get(made.headers["Location"])
    assert 'value="жарты"' in back.text and re.search(r'<option value="[^"]+" selected>Домбыра', back.text)
    chief.post("/club/order/draft/discard")


@pytest.mark.parametrize("asked", ["quick:", "quick:club.order", "quick:club.order:note", "quick:nowhere.at:all",
                                   "quick:club.order:lines.service.name.x", "quick:club.member:name"])
def test_a_small_form_that_no_link_asks_for_is_the_ordinary_one(chief, asked):
    page = chief.get(f"/club/service/new?form={asked}")
    assert page.status_code == 200 and 'name="price"' in page.text


def test_nobody_is_sent_elsewhere_afterwards(chief):
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        made = chief.post(SMALL, _fields="name", name="Қой", _return=back, _pick="x")
        assert made.status_code == 303 and made.headers["Location"].startswith("/club/service/")


def test_saving_and_beginning_another_keeps_what_the_form_says(chief, club):
    made = chief.post("/club/order/new", order(club, _then="new", _keep="note date lines total nothing"))
    assert made.status_code == 303 and made.headers["Location"].startswith("/club/order/new?")
    page = chief.get(made.headers["Location"])
    assert 'value="бояу"' in page.text and 'value="2026-03-02"' in page.text
    assert "lines-0-quantity" in page.text and '"1 500,50"' not in page.text


def test_what_is_personal_never_goes_into_an_address(chief):
    made = chief.post("/club/member/new", _fields="name paying fee", name="Ән", paying="yes", fee="7777", _then="new",
                      _keep="name fee")
    assert "7777" not in made.headers["Location"] and "name=" in made.headers["Location"]
