"""Bad tables: every wrong cell is told at its place, all of them at once; nothing is half imported."""

from __future__ import annotations

import io
import random

import openpyxl

from engine.services import records
from engine.services.sentences import say
from engine.services.transfer.importing.verbs import TableWrong
from tests.services.transfer.conftest import csv, refused, xlsx


def checked(store, address: str, data: bytes, language: str = "ru", **changes):
    id = store.begin(address, data, language=language)
    plan = store.proposed(address, id, language=language)
    for key, value in changes.items():
        setattr(plan, key, value)
    store.choose(address, id, plan)
    return id, store.check(address, id, language=language)


def test_ten_thousand_cells_of_nonsense_are_told_cell_by_cell(store):
    chance = random.Random(11)
    signs = "абвгдЁҚ0123456789 .,;<>&\"'😀\u202e\u0627=+-@\t"
    lines = [["".join(chance.choices(signs, k=chance.randint(1, 30))) for _ in range(10)] for _ in range(1_000)]
    heads = ["Номер карты", "Фамилия", "Имя", "ИИН", "Дата рождения", "Уровень", "Дата выдачи", "Действует", "x", "y"]
    _, found = checked(store, "shop.card", xlsx([heads, *lines]))
    assert found.wrong == 1_000 and found.created == 0 and len(found.pages) == 40
    assert all(say(cell, language) for _, _, cell in found.told for language in ("kk", "ru", "en"))
    assert not store.all("shop.card") and not store.all("shop.buyer")


def test_markup_and_other_scripts_are_kept_as_texts(store):
    strange = ["<script>alert(1)</script>", "😀👩\u200d👧", "كتاب \u202eabc", "=HYPERLINK(1)", "{{7*7}}", "a" * 80]
    store.bring("shop.buyer", csv([["Фамилия", "Имя"], *([text, "Б"] for text in strange)]))
    assert [r["last_name"] for r in store.all("shop.buyer")] == strange


def test_unique_values_meet_in_the_table_and_in_the_list(store):
    store.bring("shop.buyer", csv([["Фамилия", "Имя", "ИИН"], ["Ким", "Алина", "900101350003"]]))
    _, found = checked(store, "shop.buyer", csv([
        ["Фамилия", "Имя", "ИИН"], ["А", "Б", "900101350003"], ["В", "Г", "150315600201"], ["Д", "Е", "150315600201"],
    ]), mode="create", key=())
    assert found.places == {(2, "iin"), (4, "iin")} and found.created == 1
    assert "2" not in say(found.told[0][2], "ru") and "строке 3" in say(found.told[1][2], "ru")


def test_two_people_of_one_name_are_told_apart_by_what_is_offered(store):
    store.bring("shop.buyer", csv([["Фамилия", "Имя", "ИИН"], ["Ким", "Алина", "900101350003"], ["Ким", "Алина", ""],
                                   ["Кимм", "Алина", ""]]))
    id, found = checked(store, "shop.card", csv([
        ["Номер карты", "Владелец", "Дата выдачи"], ["K-1", "ким алина", "01.09.2026"],
        ["K-2", "Кимн Алина", "01.09.2026"]]))
    assert found.places == {(2, "buyer"), (3, "buyer")}
    twins, near = (dict(cell["near"]) for _, _, cell in found.told)
    assert len([n for n in twins.values() if n == "Ким Алина"]) == 2 and "Кимм Алина" in near.values()
    store.mend("shop.card", id, {2: {"buyer": next(iter(twins))}, 3: {"buyer": "900101350003"}})
    assert store.check("shop.card", id).created == 2
    store.carry_out("shop.card", id)
    assert str(store.all("shop.card")[0]["buyer"]) == next(iter(twins))


def test_the_value_that_a_wrong_link_would_have_given_is_not_asked_for_too(store):
    store.bring("shop.buyer", csv([["Фамилия", "Имя"], ["Ким", "Алина"]]))
    _, found = checked(store, "shop.sale", csv([["Покупатель", "Товар", "Количество"], ["Ким Алина", "G9", "1"]]))
    assert found.places == {(2, "lines.good")}


def test_formulas_without_a_value_are_told(store):
    book = openpyxl.Workbook()
    book.active.append(["Фамилия", "Имя", "Дата рождения"])
    book.active.append(["Ким", "=A2", "01.01.2015"])
    out = io.BytesIO()
    book.save(out)
    _, found = checked(store, "shop.buyer", out.getvalue())
    assert found.places == {(2, "first_name")} and found.told[0][2]["message"].startswith("The formula")


def test_the_same_record_twice_is_told_with_its_first_line(store):
    _, found = checked(store, "shop.good", csv([["Код", "Название", "Атауы"], ["G1", "а", "а"], ["g1", "б", "б"]]))
    assert found.places == {(3, "code")} and "2" in say(found.told[0][2], "kk")


def test_records_that_are_to_be_there_and_are_not(store):
    _, found = checked(store, "shop.good", csv([["Код", "Цена"], ["G1", "5"], ["", "7"]]), mode="update")
    assert found.places == {(2, "code"), (3, "code")}


def test_a_column_that_every_record_needs_is_asked_for_before_the_check(store):
    id = store.begin("shop.card", csv([["Номер карты", "Фамилия"], ["K-1", "Ким"]]))
    told = refused(lambda: store.choose("shop.card", id, store.proposed("shop.card", id)))
    assert {p.path for p in told.problems} == {"since", "buyer.first_name"}
    plan = store.proposed("shop.card", id)
    plan.columns = {0: "number", 1: "number"}
    assert "import.twice" in {p.code for p in refused(lambda: store.choose("shop.card", id, plan)).problems}
    plan.columns = {}
    assert "import.nothing" in {p.code for p in refused(lambda: store.choose("shop.card", id, plan)).problems}
    plan.columns, plan.mode, plan.key = {0: "note"}, "update", ("number",)
    assert {p.code for p in refused(lambda: store.choose("shop.card", id, plan)).problems} == {"import.key"}


def test_data_that_changed_since_the_check_stop_the_whole_import(store):
    table = csv([["Фамилия", "Имя", "ИИН"], ["А", "Б", "150315600201"], ["Ким", "Алина", "900101350003"]])
    id, found = checked(store, "shop.buyer", table, mode="create", key=())
    assert found.wrong == 0
    store.create("shop.buyer", {"last_name": "Ким", "first_name": "Алина", "iin": "900101350003"})
    told = refused(lambda: store.carry_out("shop.buyer", id))
    assert isinstance(told, TableWrong) and told.details["figures"]["wrong"] == 1
    assert [r["last_name"] for r in store.all("shop.buyer")] == ["Ким"], "not even the good line"


def test_a_table_of_head_only_comes_to_nothing(store):
    _, found = checked(store, "shop.buyer", csv([["Фамилия", "Имя"]]))
    assert (found.created, found.wrong, found.lines) == (0, 0, 0)


def test_a_record_in_the_archive_is_not_changed_by_a_table(store):
    store.bring("shop.good", csv([["Код", "Название", "Атауы"], ["G1", "а", "а"]]))
    found = store.list("shop.good", fields=()).records[0]
    store.do("archive", store.read(store.owner, lambda view: records.read(view, "shop.good", found["id"])))
    _, told = checked(store, "shop.good", csv([["Код", "Название", "Атауы"], ["G1", "б", "б"]]))
    assert told.wrong == 1 and told.updated == 0
