"""Tables become records: by title, by key, over several lines, with records made along the way - all or nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.services.transfer.conftest import csv, refused, xlsx

IINS = ["150315600201", "900101350003", "851231400775"]


def test_a_list_becomes_records_by_its_titles(store):
    done = store.bring("shop.buyer", xlsx([
        ["Фамилия", "Имя", "ИИН", "Дата рождения"],
        ["Ахметов", "Арман", 150315600201, date(2015, 3, 15)],
        ["Ким", "Алина", "900101 350003", "01.01.1990 г."],
        ["Сейтқали", "Аружан", None, None],
    ]))
    assert done["created"] == 3
    found = store.all("shop.buyer")
    assert [r["full_name"] for r in found] == ["Ахметов Арман", "Ким Алина", "Сейтқали Аружан"]
    assert found[0]["iin"] == "150315600201" and found[1]["born"] == date(1990, 1, 1) and found[2]["iin"] is None


def test_titles_are_known_in_every_language_and_by_key(store):
    done = store.bring("shop.buyer", csv([["тегі*", " АТЫ ", "born"], ["А", "Б", "2001-02-03"]]), language="en")
    assert done["created"] == 1 and store.all("shop.buyer")[0]["born"] == date(2001, 2, 3)


def test_people_are_made_along_the_way_and_found_again(store):
    table = [["№ п/п", "Номер карты", "Фамилия", "Имя", "ИИН", "Дата рождения", "Уровень", "Дата выдачи"],
             [1, "K-1", "Ахметов", "Арман", IINS[0], "15.03.2015", "Золотая", "01.09.2026"],
             [2, "K-2", "Ахметов", "Арман", IINS[0], "15.03.2015", "обычная", "02.09.2026"],
             [3, "K-3", "Ким", "Алина", "", "", "", "03.09.2026"]]
    done = store.bring("shop.card", csv(table))
    assert done["created"] == 3 and done["along"] == 2
    cards = store.all("shop.card")
    assert cards[0]["buyer"] == cards[1]["buyer"] != cards[2]["buyer"]
    assert [c["level"] for c in cards] == ["gold", "plain", "plain"]
    again = store.bring("shop.card", csv([table[0], [1, "K-9", "Ким", "Алина", "", "", "", "04.09.2026"]]))
    assert again["along"] == 0 and store.all("shop.card")[-1]["buyer"] == cards[2]["buyer"]


def test_a_number_of_another_person_is_told(store):
    store.bring("shop.buyer", csv([["Фамилия", "Имя", "ИИН"], ["Ахметов", "Арман", IINS[0]]]))
    id = store.begin("shop.card", csv([["Номер карты", "Фамилия", "Имя", "ИИН", "Дата выдачи"],
                                       ["K-1", "Ким", "Алина", IINS[0], "01.09.2026"]]))
    store.choose("shop.card", id, store.proposed("shop.card", id))
    checked = store.check("shop.card", id)
    assert checked.places == {(2, "buyer.last_name")} and "Ахметов Арман" in str(checked.told)


def goods(store):
    store.bring("shop.good", csv([["Код", "Название", "Атауы", "Цена"], ["G1", "Доска", "Тақтай", "100,50"],
                                  ["G2", "Гвоздь", "Шеге", "3"]]))
    store.bring("shop.buyer", csv([["Фамилия", "Имя", "ИИН"], ["Ким", "Алина", IINS[1]], ["Ли", "Юна", ""]]))


def test_a_translated_text_has_a_column_for_each_language(store):
    goods(store)
    assert store.all("shop.good")[0]["name"] == {"kk": "Тақтай", "ru": "Доска"}
    store.bring("shop.good", csv([["Код", "Атауы (қаз)", "Атауы (рус)", "Название (English)"],
                                  ["G3", "а", "б", "c"]]), mode="create")
    assert store.all("shop.good")[2]["name"] == {"kk": "а", "ru": "б", "en": "c"}


def test_a_record_takes_several_lines(store):
    goods(store)
    done = store.bring("shop.sale", xlsx([
        ["Покупатель", "Примечание", "Товар", "Количество", "Цена"],
        ["Ким Алина", "первая", "G1", 2, None],
        [None, None, "G2", 10, 4],
        ["Ли Юна", "вторая", "G1 тақтай", 1, None],
        ["Ли Юна", "вторая", "G2 Гвоздь", 1, None],
    ]))
    assert done["created"] == 2
    first, second = store.all("shop.sale")
    assert [(r["quantity"], r["price"]) for r in first["lines"]] == [
        (Decimal(2), Decimal("100.50")), (Decimal(10), Decimal(4))]
    assert first["total"] == Decimal(241) and second["total"] == Decimal("103.50")
    assert [r["number"] for r in (first, second)] == ["S-0001", "S-0002"]


def test_rows_inside_rows(store):
    goods(store)
    store.bring("shop.sale", csv([
        ["Покупатель", "Строки / Товар", "Строки: Количество", "lines.marks.mark"],
        ["Ким Алина", "G1", "2", "m1"], ["", "", "", "m2"], ["", "G1", "2", "m3"], ["", "G2", "5", ""]]))
    lines = store.all("shop.sale")[0]["lines"]
    assert [[m["mark"] for m in line["marks"]] for line in lines] == [["m1", "m2", "m3"], []]


def test_a_column_of_numbers_keeps_equal_records_apart(store):
    goods(store)
    table = csv([["Номер", "Покупатель", "Товар", "Количество"], ["7", "Ким Алина", "G1", 1],
                 ["8", "Ким Алина", "G1", 1], ["8", "Ким Алина", "G2", 1]])
    id = store.begin("shop.sale", table)
    plan = store.proposed("shop.sale", id)
    plan.columns[0], plan.mode, plan.key = "@record", "create", ()
    store.choose("shop.sale", id, plan)
    assert store.check("shop.sale", id).created == 2


def test_stored_records_are_changed_by_key_and_equal_ones_left_alone(store):
    goods(store)
    before = store.all("shop.good")
    done = store.bring("shop.good", csv([["Код", "Название", "Цена"], ["g1", "Доска", "100,50"],
                                         ["G2", "Гвоздь", "5"], ["G4", "Скоба", "1"]]))
    assert (done["created"], done["updated"], done["same"]) == (1, 1, 1)
    after = store.all("shop.good")
    assert after[0]["version"] == before[0]["version"] and after[1]["price"] == Decimal(5)
    assert after[1]["name"] == {"kk": "Шеге", "ru": "Гвоздь"}, "a language that the table does not name stays"


def test_rows_of_a_stored_document_take_the_places_of_the_old_ones(store):
    goods(store)
    store.bring("shop.sale", csv([["Покупатель", "Товар", "Количество"], ["Ким Алина", "G1", 1], ["", "G2", 2]]))
    old = store.all("shop.sale")[0]
    table = csv([["Номер", "Товар", "Количество"], ["S-0001", "G1", 1], ["S-0001", "G2", 7], ["", "G1", 3]])
    id = store.begin("shop.sale", table)
    plan = store.proposed("shop.sale", id)
    plan.columns[0], plan.mode, plan.key = "number", "update", ("number",)
    store.choose("shop.sale", id, plan)
    assert store.check("shop.sale", id).updated == 1
    store.carry_out("shop.sale", id)
    new = store.all("shop.sale")[0]
    assert [r["id"] for r in new["lines"][:2]] == [r["id"] for r in old["lines"]]
    assert [r["quantity"] for r in new["lines"]] == [1, 7, 3]


def test_empty_cells_leave_stored_values_unless_they_are_to_clear(store):
    store.bring("shop.buyer", csv([["Фамилия", "Имя", "ИИН", "Дата рождения"], ["А", "Б", IINS[0], "01.02.2015"]]))
    table = csv([["ИИН", "Имя", "Дата рождения"], [IINS[0], "В", ""]])
    store.bring("shop.buyer", table, mode="update")
    assert store.all("shop.buyer")[0]["born"] == date(2015, 2, 1)
    store.bring("shop.buyer", table, mode="update", clear=True)
    found = store.all("shop.buyer")[0]
    assert found["born"] is None and found["first_name"] == "В"


def test_what_is_wrong_is_told_by_cell_and_nothing_is_kept(store):
    id = store.begin("shop.card", csv([
        ["Номер карты", "Владелец", "Уровень", "Дата выдачи", "Действует"],
        ["K-1", "Никто Такой", "серебряная", "31.02.2026", "да"],
        ["K-1", "", "золотая", "01.09.2026", "может быть"],
        ["x" * 21, "", "", "", ""],
    ]))
    store.choose("shop.card", id, store.proposed("shop.card", id))
    checked = store.check("shop.card", id)
    assert checked.wrong == 3 and checked.created == 0
    assert {(2, "buyer"), (2, "level"), (2, "since"), (3, "buyer"), (3, "active"), (4, "number"), (4, "buyer"),
            (4, "since")} <= checked.places
    assert refused(lambda: store.carry_out("shop.card", id)).code == "import.wrong"
    assert store.all("shop.card") == [] and store.all("shop.buyer") == []


def test_mended_cells_are_kept_and_the_rest_comes_through(store):
    goods(store)
    id = store.begin("shop.sale", csv([["Покупатель", "Товар", "Количество"], ["Ким Алина", "Г1", "2"],
                                       ["Ли Юна", "Г1", "один"], ["Никто", "Г1", "1"]]))
    store.choose("shop.sale", id, store.proposed("shop.sale", id))
    checked = store.check("shop.sale", id)
    assert checked.wrong == 3 and ["lines.good", "Г1", 3] in checked.frequent
    store.mend("shop.sale", id, {3: {"lines.quantity": "1"}}, {"lines.good": {"Г1": "G1"}}, {4})
    checked = store.check("shop.sale", id)
    assert (checked.wrong, checked.created, checked.left_out) == (0, 2, 1)
    store.carry_out("shop.sale", id)
    assert [r["total"] for r in store.all("shop.sale")] == [Decimal(201), Decimal("100.50")]


def test_a_missing_column_is_filled_by_what_is_typed_once(store):
    done = store.bring("shop.card", csv([["Номер карты", "Фамилия", "Имя"], ["K-1", "А", "Б"], ["K-2", "В", "Г"]]),
                       defaults={"since": "01.09.2026", "level": "алтын"})
    assert done["created"] == 2
    assert {(c["since"], c["level"]) for c in store.all("shop.card")} == {(date(2026, 9, 1), "gold")}


def test_a_child_may_stand_before_its_parent_or_after_it(store):
    done = store.bring("shop.good", csv([["Код", "Название", "Атауы", "parent"], ["A11", "в", "в", "A1"],
                                         ["A1", "б", "б", "A"], ["A", "а", "а", ""], ["B", "г", "г", "A а"]]))
    assert done["created"] == 4
    found = {r["code"]: r for r in store.all("shop.good")}
    assert [found[c]["parent"] for c in ("A11", "A1", "A")] == [found["A1"]["id"], found["A"]["id"], None]
    id = store.begin("shop.good", csv([["Код", "Название", "parent"], ["C", "в", "D"], ["D", "в", "C"]]))
    store.choose("shop.good", id, store.proposed("shop.good", id))
    assert {(2, "parent"), (3, "parent")} <= store.check("shop.good", id).places
