"""Help with every screen: from the metadata, only of what the person sees, in their language."""

from __future__ import annotations

import pytest

from engine.web.help import SCREENS


def panel(browser, path):
    answer = browser.get(path, HX_Request="true")
    assert answer.status_code == 200, path
    return answer.text


def test_every_page_leads_to_its_own_help(chief):
    url = chief.post("/club/member/new", _fields="name", name="Көмек").headers["Location"]
    for path, wanted in (("/", "/help"), ("/club", "/help/club"), ("/club/member", "/help/club/member?on=list"),
                         ("/club/member/new", "/help/club/member?on=form"), (url, "/help/club/member?on=card"),
                         (f"{url}/edit", "/help/club/member?on=form"), ("/starred", "/help")):
        assert f'href="{wanted}" data-help' in chief.get(path).text, path
        assert "<kbd>F1</kbd>" in panel(chief, wanted)


def test_help_tells_what_the_person_may_do_and_nothing_of_the_rest(chief, helper):
    told = panel(helper, "/help/club/order?on=list")
    assert "добавлять" not in told and "проводить" not in told
    mine = panel(chief, "/help/club/order?on=list")
    assert "добавлять" in mine and "проводить" in mine
    assert "Платящие" in panel(chief, "/help/club/member?on=list")
    assert "Платящие" not in panel(chief, "/help/club/member?on=card")


def test_help_of_what_is_not_shown_is_not_there(helper, club):
    assert helper.get("/help/system/user?on=list").status_code == 404
    assert helper.get("/help/system").status_code == 404
    assert helper.get("/help/nothing").status_code == 404
    assert club.app.test_client().get("/help").status_code == 303


@pytest.mark.parametrize("on", [*SCREENS, "", "<script>", "x" * 5000])
def test_any_screen_word_is_answered(chief, on):
    assert panel(chief, f"/help/club/member?on={on}")
