"""A cell changed in the table: its input, one field saved with its version, mistakes and others' values in the cell."""

from __future__ import annotations

import html
import re

import pytest

from engine.services import records
from engine.services.actor import system
from tests.web.conftest import Browser

HX = {"HX-Request": "true"}


@pytest.fixture
def task(club):
    return club.site.write(system(club.organisation), lambda uow: records.create(uow, "club.task", {
        "name": "Ұяшық", "stage": "todo", "day": "2026-04-01", "weight": 21, "secret": "құпия"}))


def stored(club, record):
    return club.site.read(system(club.organisation), lambda view: records.read(view, "club.task", record.id)).hidden


def url(task, key="weight"):
    return f"/club/task/{task.id}/cell/{key}"


def send(who, task, key="weight", value="5", version="1", was="21", **more):
    sent = {"_fields": key, key: value, "version": version, "_was": was, "list": "sort=-name", **more}
    return who.post(url(task, key), sent, headers=HX)


def edit(club, task, **values):
    club.site.write(system(club.organisation), lambda uow: records.edit(
        uow, "club.task", task.id, values, stored(club, task)["version"]))


def test_cells_are_open_where_the_registry_and_the_rights_say_so(chief, helper, task):
    page = chief.get("/club/task").text
    line = re.search(rf'<tr id="r-{task.id}".*?</tr>', page, re.S)[0]
    assert re.findall(r'data-edit="(\w+)"', line) == ["stage", "day", "weight"] and 'data-version="1"' in line
    assert f'href="/club/task/{task.id}/edit#field-weight" aria-label="Изменить: Вес"' in line, "without scripts"
    assert "data-edit" not in helper.get("/club/task").text
    assert "data-edit" not in chief.get("/club/task?archived=1").text
    assert "data-edit" not in chief.get("/club/member").text


def test_a_cell_opens_with_the_input_of_its_field(chief, task):
    answer = chief.get(url(task, "stage") + "?list=sort%3D-name", HX_Request="true")
    assert answer.status_code == 200 and "<html" not in answer.text and 'data-edit="stage"' in answer.text
    assert '<option value="todo" selected>' in answer.text and 'name="version" value="1"' in answer.text
    assert 'type="date"' in chief.get(url(task, "day")).text


def test_a_saved_cell_brings_its_row_with_computed_values_marks_and_totals(chief, club, task):
    answer = send(chief, task, value="40")
    assert answer.status_code == 200 and f'<tr id="r-{task.id}"' in answer.text
    assert ">80<" in answer.text and "q-flag-red" in answer.text and 'data-version="2"' in answer.text
    assert "<tfoot>" in answer.text
    assert stored(club, task)["weight"] == 40


def test_a_mistake_stays_in_the_cell_with_what_was_typed(chief, club, task):
    answer = send(chief, task, value="ауыр")
    assert answer.status_code == 422 and 'value="ауыр"' in answer.text and 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text and 'name="version" value="1"' in answer.text
    assert send(chief, task, value="-4").status_code == 422
    assert stored(club, task)["version"] == 1


def test_a_rule_about_another_field_is_told_at_the_cell(chief, club, task):
    edit(club, task, until="2026-04-10")
    answer = send(chief, task, "day", "2026-04-20", version="2", was="2026-04-01")
    assert answer.status_code == 422 and "20.04.2026" in answer.text
    assert str(stored(club, task)["day"]) == "2026-04-01"


def test_another_value_saved_meanwhile_is_shown_beside_mine(chief, club, task):
    edit(club, task, weight=30)
    answer = send(chief, task, value="5")
    assert answer.status_code == 409
    assert "<b>30</b>" in answer.text and "<b>5</b>" in answer.text and 'name="version" value="2"' in answer.text
    sent = {k: html.unescape(v) for k, v in re.findall(r'type="hidden" name="([\w]+)" value="([^"]*)"', answer.text)}
    assert chief.post(url(task), {**sent, "weight": "5"}, headers=HX).status_code == 200
    assert stored(club, task)["weight"] == 5
    assert ">5<" in chief.get(url(task) + "?row=1", HX_Request="true").text


def test_a_change_of_another_field_meanwhile_is_no_conflict(chief, club, task):
    edit(club, task, name="Басқаша")
    assert send(chief, task, value="5").status_code == 200
    found = stored(club, task)
    assert found["weight"] == 5 and found["name"] == "Басқаша" and found["version"] == 3


def test_the_row_is_drawn_although_the_filter_has_lost_it(chief, task):
    answer = send(chief, task, value="3", list="weight.gt=20&sort=-name")
    assert answer.status_code == 200 and f'<tr id="r-{task.id}"' in answer.text


@pytest.mark.parametrize("key", ["name", "double", "secret", "version", "nothing", "archived_at"])
def test_other_fields_are_not_there(chief, club, task, key):
    assert chief.get(url(task, key), HX_Request="true").status_code == 404
    assert send(chief, task, key, "1").status_code == 404
    assert stored(club, task)["version"] == 1


def test_who_may_not_is_refused_and_foreign_records_are_not_there(chief, helper, club, task):
    assert helper.get(url(task), HX_Request="true").status_code == 403
    assert send(helper, task).status_code == 403
    assert send(chief, task, csrf_token="").status_code == 400
    unit = club.site.write(system(), lambda uow: records.create(uow, "system.unit", {
        "code": "C7", "name": {"kk": "Бөтен", "ru": "Чужой"}, "kind": "school", "legal": True}))
    foreign = club.site.write(system(unit.id), lambda uow: records.create(uow, "club.task", {"name": "Бөтен"}))
    assert send(chief, foreign).status_code == 404 and chief.get(url(foreign)).status_code == 404
    assert chief.get(url(task) + "?list=secre.is%3Dx").status_code in (200, 400)


def test_the_keys_of_a_screen_are_told_and_letters_can_be_switched_off(chief, club):
    dialog = chief.get("/help?keys=list", HX_Request="true").text
    assert dialog.lstrip().startswith("<dialog") and "отметить строку" in dialog and "<kbd>F2</kbd>" in dialog
    assert "изменить ячейку" in chief.get("/help?keys=list").text, "a page for who has no scripts"
    assert 'data-single-keys="on"' in chief.get("/club/task").text
    quiet = Browser(club.app, "chief")
    quiet.client.set_cookie("q_single_keys", "off")
    assert 'data-single-keys="off"' in quiet.get("/club/task").text
