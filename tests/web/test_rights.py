"""Pages about rights: one's own on a record for everybody, those of others for overseers alone."""

from __future__ import annotations

import re

import pytest

from engine.services import records
from engine.services.actor import system
from tests.web.conftest import Browser, running
from tests.web.world import CLUB, ROOT

OVERSEEN = {
    name: text.replace("chief: {title", "chief: {oversees: yes, gives: all, title")
    for name, text in CLUB.items()
}
USERS = (ROOT / "metadata/system/user.yaml").read_text(encoding="utf-8")
OVERSEEN["metadata/system/user.yaml"] = USERS.replace("access:\n", "access:\n  chief: {can: [read, edit]}\n")


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    assert "oversees: yes" in "".join(OVERSEEN.values()), "the role of the club's chief was not found"
    yield from running(tmp_path_factory.mktemp("watched"), OVERSEEN)


@pytest.fixture(scope="module")
def overseer(watched):
    return Browser(watched.app, "chief")


@pytest.fixture(scope="module")
def other(watched):
    return Browser(watched.app, "helper")


@pytest.fixture(scope="module")
def member(overseer):
    return overseer.post("/club/member/new", _fields="name", name="Асқар").headers["Location"]


def test_everybody_is_told_why_and_by_whom(other, member):
    page = other.get(f"{member}/rights").text
    assert "Что вы можете здесь делать" in page and "Ни одна из ваших ролей этого не даёт" in page
    assert "Кто это видит" not in page, "others are for overseers"
    assert f'href="{member}/rights"' in other.get(member).text


def test_overseers_see_who_sees_it_and_by_which_right(overseer, member):
    page = overseer.get(f"{member}/rights").text
    assert "Кто это видит" in page and page.count('href="/rights/people/') == 2
    page = overseer.get(f"{member}/rights?field=fee").text
    assert page.count('href="/rights/people/') == 1, "the fee is hidden from the helper"
    assert overseer.get(f"{member}/rights?field=nix").status_code == 400


@pytest.mark.parametrize("path", ["/rights", "/rights/preview", "/rights/people/{id}"])
def test_for_others_there_is_no_such_page(other, watched, path):
    id = watched.site.read(system(watched.organisation), lambda v: records.read(v, "club.service", watched.service)).id
    assert other.get(path.format(id=id)).status_code == 404
    assert watched.app.test_client().get(path.format(id=id)).status_code == 303


def test_the_table_of_roles_is_filtered(overseer):
    whole, of_role = overseer.get("/rights").text, overseer.get("/rights?role=helper&module=club").text
    assert whole.count("<tr>") > of_role.count("<tr>") > 1
    assert overseer.get("/rights?role=nix&verb=nix&module=nix").status_code == 200


def users(overseer):
    """Login -> id, from the choices of the page."""
    page = overseer.get("/rights/preview").text
    return {title: id for id, title in re.findall(r'<option value="([0-9a-f-]{36})">([^<]+)</option>', page)}


def test_a_person_today_and_on_a_past_day(overseer):
    id = users(overseer)["helper"]
    assert "Роли" in overseer.get(f"/rights/people/{id}").text
    assert "такой учётной записи не было" in overseer.get(f"/rights/people/{id}?on=2001-01-01").text
    assert overseer.get(f"/rights/people/{id}?on=nonsense").status_code == 200
    assert overseer.get("/rights/people/nonsense").status_code == 404


def test_a_change_is_told_before_it_is_made(overseer):
    id = users(overseer)["helper"]
    page = overseer.get(f"/rights/preview?role=chief&user={id}").text
    assert "Скольких людей касается: 1" in page and "<td" in page
    page = overseer.get(f"/rights/preview?role=chief&user={users(overseer)['chief']}").text
    assert "Ничего не изменится" in page
    assert "Потеряют" in overseer.get("/rights/preview?role=chief&takes=1&holders=chief").text
    assert overseer.get("/rights/preview?role=nix&user=nix&unit=nix").status_code == 200

