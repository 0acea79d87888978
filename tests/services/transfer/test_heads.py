"""Heads of untidy tables are found and matched: below titles, merged, numbered, in any language, by memory."""

from __future__ import annotations

from datetime import date

from engine.services.transfer.importing import verbs
from tests.services.transfer.conftest import csv, refused, xlsx

UNTIDY = [
    ["«№ 14 мектеп» КММ"],
    ["Сатып алушылар тізімі, 2026 ж."],
    [],
    ["№", "Аты-жөні", None, "Құжаттары", None, None],
    [None, "Тегі", "Аты ", "ЖСН", "Туған күні", "Біреу"],
    [1, 2, 3, 4, 5, 6],
    [1, "Ахметов", "Арман", 150315600201, date(2015, 3, 15), "x"],
    [],
    ["7 А", None, None, None, None, None],
    [2, "Ким ", "Алина\u00a0", "900101350003", "01.01.1990", None],
    ["Барлығы: 2"],
]


def test_an_untidy_workbook_is_read_as_people_read_it(store):
    data = xlsx(UNTIDY[:8] + UNTIDY[9:], merged=["A1:F1", "A2:F2", "A4:A5", "B4:C4", "D4:F4"])
    id = store.begin("shop.buyer", data, language="kk")
    plan = store.proposed("shop.buyer", id, language="kk")
    assert plan.columns == {1: "last_name", 2: "first_name", 3: "iin", 4: "born"}
    store.choose("shop.buyer", id, plan)
    checked = store.check("shop.buyer", id)
    assert (checked.created, checked.wrong, checked.lines) == (2, 0, 2)


def test_a_heading_between_the_lines_is_left_out_by_hand(store):
    id = store.begin("shop.buyer", xlsx(UNTIDY, merged=["A1:F1"]))
    plan = store.proposed("shop.buyer", id)
    plan.columns[0] = "first_name"
    del plan.columns[2]
    store.choose("shop.buyer", id, plan)
    assert store.check("shop.buyer", id).places == {(9, "last_name")}
    store.mend("shop.buyer", id, left_out=[9])
    checked = store.check("shop.buyer", id)
    assert (checked.wrong, checked.left_out, checked.created) == (0, 1, 2)


def test_columns_matched_by_hand_are_remembered_for_the_same_heads(store):
    table = csv([["Кто", "Как звать", "Лишнее", "Имя"], ["Ким", "Алина", "x", "y"]])
    id = store.begin("shop.buyer", table)
    assert store.proposed("shop.buyer", id).columns == {3: "first_name"}
    plan = store.proposed("shop.buyer", id)
    plan.columns = {0: "last_name", 1: "first_name"}
    store.choose("shop.buyer", id, plan)
    again = store.begin("shop.buyer", csv([["имя", "КТО", "как звать", "лишнее"], ["y", "Ли", "Юна", "x"]]))
    assert store.proposed("shop.buyer", again).columns == {1: "last_name", 2: "first_name"}
    other = store.begin("shop.buyer", csv([["Кто", "Как звать"], ["Ким", "Алина"]]))
    assert store.proposed("shop.buyer", other).columns == {}, "other heads are another table"
    stranger = store.person("writer")
    mine = store.begin("shop.buyer", table, stranger)
    assert store.proposed("shop.buyer", mine, stranger).columns == {3: "first_name"}, "what one person chose is theirs"


def test_another_sheet_and_another_line_are_looked_at_when_told(store):
    data = xlsx([["Заметки"], ["что-то"]], [["x", "y"], ["Фамилия", "Имя"], ["Ким", "Алина"]], names=["Бірі", "Екі"])
    id = store.begin("shop.buyer", data)
    assert store.proposed("shop.buyer", id).columns == {}
    store.write(store.owner, lambda uow: verbs.look_at(uow, "shop.buyer", id, 1, None))
    plan = store.proposed("shop.buyer", id)
    assert plan.columns == {0: "last_name", 1: "first_name"}
    store.choose("shop.buyer", id, plan)
    assert store.check("shop.buyer", id).created == 1
    store.write(store.owner, lambda uow: verbs.look_at(uow, "shop.buyer", id, 1, 0))
    plan = store.proposed("shop.buyer", id)
    plan.columns = {0: "last_name", 1: "first_name"}
    store.choose("shop.buyer", id, plan)
    assert store.check("shop.buyer", id).created == 3, "without a head every line is a record"
    strange = refused(lambda: store.write(store.owner, lambda uow: verbs.look_at(uow, "shop.buyer", id, 7, None)))
    assert strange.status == 400


def test_titles_that_rows_and_record_share_go_to_the_record_first(store):
    heads = ["Покупатель", "Примечание", "Товар", "Цена", "Марка"]
    id = store.begin("shop.sale", csv([heads, ["a", "b", "c", "1", "m"]]))
    assert store.proposed("shop.sale", id).columns == {
        0: "buyer", 1: "note", 2: "lines.good", 3: "lines.price", 4: "lines.marks.mark"}


def test_hostile_heads_are_only_texts(store):
    heads = ["<script>alert(1)</script>", "😀", "=1+1", "organisation", "version", "id", "x" * 5_000, "{{7*7}}"]
    id = store.begin("shop.buyer", csv([heads, ["1"] * len(heads)], ";"))
    assert store.proposed("shop.buyer", id).columns == {}


def test_the_number_sign_before_a_word_is_the_word_number(store):
    id = store.begin("shop.card", csv([["№", "№ карты", "№ п/п"], ["1", "A-1", "1"]]))
    assert store.proposed("shop.card", id).columns == {1: "number"}
