"""The buttons of rows as a browser without scripts presses them: the form comes back changed, nothing is saved."""

from __future__ import annotations

import html
import random
import re

import pytest

from tests.conftest import Statements
from tests.web.conftest import line, order

PAGE = "/club/order/new"


def three(club, **more):
    lines = {k: v for n, q in enumerate("123") for k, v in line(n, str(club.service), q, f"{q}0").items()}
    return order(club, **{**lines, **more})


def shown(page, column="quantity"):
    """The values of a column, from the top."""
    found = re.findall(rf'name="lines-(\d+)-{column}"[^>]*value="([^"]*)"', page.text)
    assert [int(n) for n, _ in found] == list(range(len(found))), "lines are numbered anew"
    return [value for _, value in found]


@pytest.mark.parametrize(
    ("name", "value", "becomes"),
    [
        ("_up", "lines-2", ["1", "3", "2"]),
        ("_up", "lines-0", ["1", "2", "3"]),
        ("_down", "lines-0-price", ["2", "1", "3"]),
        ("_move", "lines-2:0", ["3", "1", "2"]),
        ("_move", "lines-0:99", ["2", "3", "1"]),
        ("_copy", "lines-1", ["1", "2", "2", "3"]),
        ("_add", "lines-0", ["1", "1", "2", "3"]),
        ("_remove", "lines-1", ["1", "3"]),
        ("_fill", "lines-0-quantity:2", ["1", "1", "1"]),
        ("_fill", "lines-1-quantity", ["1", "2", "2"]),
        ("_fill", "lines-0-amount:2", ["1", "2", "3"]),
        ("_move", "lines-9:0", ["1", "2", "3"]),
        ("_up", "note-1", ["1", "2", "3"]),
        ("_copy", "lines--1-x", ["1", "2", "3"]),
        ("_back", "7", ["1", "2", "3"]),
    ],
)
def test_a_button_changes_the_rows_and_a_strange_one_nothing(chief, club, name, value, becomes):
    page = chief.post(PAGE, three(club, **{name: value}))
    assert page.status_code == 200
    assert shown(page) == becomes


def test_every_empty_cell_takes_the_value_above_it(chief, club):
    page = chief.post(PAGE, three(club, **{"lines-1-quantity": "", "lines-2-quantity": "", "_fill": "lines-quantity"}))
    assert shown(page) == ["1", "1", "1"]


def test_lines_stand_in_the_order_in_which_they_were_sent(chief, club):
    lines = {k: v for n in (2, 0, 1) for k, v in line(n, str(club.service), str(n + 1), "5").items()}
    head = {k: v for k, v in order(club).items() if not k.startswith("lines-")}
    assert shown(chief.post(PAGE, {**head, **lines, "_up": "lines-0"})) == ["1", "3", "2"]


def test_a_removed_row_is_named_travels_along_and_can_be_put_back(chief, club):
    page = chief.post(PAGE, three(club, _remove="lines-1"))
    assert "Сурет, 2, 20,00" in page.text and shown(page) == ["1", "3"]
    gone = html.unescape(re.search(r'name="_gone" value="([^"]*)"', page.text)[1])
    left = {k: v for k, v in three(club).items() if not k.startswith("lines-1-")}
    again = chief.post(PAGE, {**left, "_gone": gone, "_up": "lines-2"})
    assert "Сурет, 2, 20,00" in again.text, "it is kept while other rows change"
    back = chief.post(PAGE, {**left, "_gone": gone, "_back": "0"})
    assert shown(back) == ["1", "2", "3"] and "_gone" not in back.text
    saved = chief.post(PAGE, {**left, "_gone": gone})
    assert saved.status_code == 303, "a removed row is not saved"
    assert "20,00" not in chief.get(saved.headers["Location"]).text


def test_a_row_in_which_nothing_was_typed_goes_without_a_trace(chief, club):
    page = chief.post(PAGE, order(club, **line(1, quantity="1"), _remove="lines-1"))
    assert "_gone" not in page.text


@pytest.mark.parametrize("gone", ["", "x", "[]", "{", '{"rows": "lines"}', '{"rows": 1, "at": "a", "line": 5}',
                                  "[" * 3000, '{"rows":"lines","at":0,"line":{"id":"x","version":9},"said":"а"}'])
def test_nonsense_among_removed_rows_breaks_nothing(chief, club, gone):
    assert chief.post(PAGE, order(club, _gone=gone, _back="0")).status_code == 200


# -- paste -----------------------------------------------------------------------------------------------------------


def pasted(chief, club, block, at="lines", **more):
    return chief.post(PAGE, order(club, **{"_block-lines": block, "_paste": at, **more}))


def test_a_block_is_spread_from_a_cell_over_new_rows_with_computed_columns_worked_out(chief, club):
    page = pasted(chief, club, "2\t1 500,50\n3\t10\n\t7", at="lines-0-quantity")
    assert shown(page) == ["2", "3", "1"] and shown(page, "price") == ["1 500,50", "10,00", "7,00"]
    assert "3\u00a0001,00\u00a0₸" in page.text and "Вставлено" not in page.text and "Вставлены 3 строки" in page.text


def test_a_paste_without_a_cell_goes_below_what_is_there(chief, club):
    page = pasted(chief, club, "Сурет\t5\t100")
    assert shown(page) == ["2", "5"]
    page = pasted(chief, club, "Сурет\t5\t100", **line(0, quantity="1"))
    assert shown(page) == ["5"], "an untouched first line is filled"


def test_titles_in_another_language_and_order_say_which_columns_are_meant(chief, club):
    page = pasted(chief, club, "№\tБағасы\tСабақ\tСумма\tСаны\n1\t12\tсурет\t999\t4\n2\t13\tСУРЕТ\t999\t5\n")
    assert shown(page) == ["2", "4", "5"] and shown(page, "price")[1:] == ["12,00", "13,00"]
    assert "Не вставлены столбцы: №" in page.text
    assert page.text.count(f'value="{club.service}" selected') == 3


def test_a_block_copied_with_its_computed_column_skips_it(chief, club):
    page = pasted(chief, club, "Сурет\t5\t100\t500\nСурет\t6\t100\t600")
    assert shown(page) == ["2", "5", "6"] and shown(page, "price")[1:] == ["100,00", "100,00"]


def test_each_cell_that_cannot_be_read_says_why_and_keeps_its_text(chief, club):
    page = pasted(chief, club, "Жоқ сабақ\tекі\tкөп\nСурет\t0\t5")
    assert page.status_code == 200
    assert "нет «Жоқ сабақ»" in page.text and '<option value="Жоқ сабақ" selected>' in page.text
    assert 'value="екі"' in page.text and 'value="көп"' in page.text
    for cell in ("lines-1-service", "lines-1-quantity", "lines-1-price", "lines-2-quantity"):
        assert f'id="{cell}-error"' in page.text, cell
    assert "4 ячейки нужно исправить" in page.text and 'href="#lines-1-service"' in page.text
    assert "q-errors" not in page.text, "the form was not sent to be saved"


def test_a_name_that_leads_to_nothing_is_still_named_while_other_cells_are_typed_and_when_it_is_saved(chief, club):
    wrong = {"lines-0-service": "Жоқ сабақ"}
    for page in (chief.post("/club/order/preview", order(club, **wrong)), chief.post(PAGE, order(club, **wrong))):
        assert "нет «Жоқ сабақ»" in page.text and '<option value="Жоқ сабақ" selected>' in page.text


def test_a_block_that_waits_in_its_box_is_not_lost_by_saving(chief, club):
    page = chief.post(PAGE, order(club, **{"_block-lines": "Сурет\t5\t100"}))
    assert page.status_code == 200 and shown(page) == ["2", "5"]


def test_ten_thousand_cells_of_nonsense_are_refused_clearly_with_everything_kept(chief, club):
    block = "\n".join("\t".join(f"<b>{n}</b>" for _ in range(10)) for n in range(1_000))
    page = pasted(chief, club, block)
    assert page.status_code == 200 and len(page.data) < 500_000
    assert "10000" in page.text and "не больше 5000" in page.text
    assert shown(page) == ["2"] and 'value="бояу"' in page.text
    box = html.unescape(re.search(r"<textarea[^>]*_block-lines[^>]*>(.*?)</textarea>", page.text, re.S)[1])
    assert box.split() == block.split(), "the block is still in its box"


def test_no_text_of_a_cell_becomes_html(chief, club):
    page = pasted(chief, club, '"><script>1</script>\t"><script>2</script>\t"><img onerror=1>', at="lines-0-service")
    assert "<script>1" not in page.text and "<img onerror" not in page.text


def test_nothing_to_paste_is_said(chief, club):
    page = pasted(chief, club, " \n\t\n")
    assert "Вставлять нечего" in page.text and shown(page) == ["2"]


# -- the same as typed ------------------------------------------------------------------------------------------------


def cell(source, column):
    """What somebody may have in a cell of a column: right and wrong, in several spellings."""
    kinds = {
        "service": ["Сурет", "СУРЕТ", "сурет ", "жоқ", ""],
        "quantity": ["1", "2", "1 000", "0", "екі", "2,0", ""],
        "price": ["10", "1 500,50", "1500.50", "7 ₸", "қымбат", ""],
    }
    return source.choice(kinds[column])


@pytest.mark.parametrize("seed", range(12))
def test_a_pasted_block_becomes_what_typing_its_cells_one_by_one_would(chief, club, seed):
    """Cells -> a block -> rows, and cells -> inputs -> rows: the same values, the same mistakes, at the same places."""
    source = random.Random(seed)
    columns = ["service", "quantity", "price"]
    block = [[cell(source, c) for c in columns] for _ in range(source.randrange(1, 8))]
    block[-1][1] = block[-1][1] or "3"  # empty lines at the end are no lines
    head = {"_fields": "date note lines", "date": "2026-03-02"}
    text = "\r\n".join("\t".join(line) for line in block)
    one = chief.post(PAGE, {**head, "_block-lines": text, "_paste": "lines"})
    # Whoever types chooses the service from the list and leaves a cell alone that has a default.
    names = {"сурет": str(club.service), "": ""}
    typed = {}
    for n, (service, quantity, price) in enumerate(block):
        service = service.strip()
        typed |= line(n, names.get(service.casefold(), service), quantity or "1", price)
    other = chief.post(PAGE, {**head, **typed, "_fill": "lines-note"})
    for column in ("quantity", "price"):
        assert shown(one, column) == shown(other, column), column
    for n in range(len(block)):
        for column in columns:
            mark = f'id="lines-{n}-{column}-error"'
            assert (mark in one.text) == (mark in other.text), (mark, block[n])
    chosen = re.compile(r'id="lines-\d+-service-box" data-value="([^"]*)"')
    assert chosen.findall(one.text) == chosen.findall(other.text)


@pytest.mark.parametrize("seed", range(30))
def test_any_text_of_the_clipboard_is_answered(chief, club, seed):
    """Control characters, quotation marks, very long cells, uneven lines: a page, and what was there stays there."""
    source = random.Random(seed)
    pieces = ["\t", "\n", "\r\n", '"', '""', " ", "\u00a0", "x" * 3000, "Сурет", "1 500,50", "31.02.2026", "<i>", "😀",
              "\u202e", "=1+1", "\x0b", "٣", "-", "№ 5", "'", "id", "_fields", "Саны"]
    text = "".join(source.choice(pieces) for _ in range(source.randrange(1, 60)))
    at = source.choice(["lines", "lines-0-service", "lines-0-price", "lines-0-amount", "lines-7-x", "note", ""])
    page = pasted(chief, club, text, at=at)
    assert page.status_code == 200 and 'value="бояу"' in page.text and "<i>" not in page.text


def test_statements_of_a_preview_and_of_a_paste_do_not_grow_with_the_rows(chief, club):
    def cost(count, **more):
        lines = {k: v for n in range(count) for k, v in line(n, str(club.service), "2", "5").items()}
        head = {"_fields": "date note lines", "date": "2026-03-02"}
        with Statements(club.site.database.engine) as made:
            page = chief.post("/club/order/preview", {**head, **lines, **more}, headers={"HX-Request": "true"})
        assert page.status_code == 200
        return len(made)

    cost(1)
    assert cost(2) == cost(150)
    block = {"_paste": "lines", "_block-lines": "Сурет\t1\t5"}
    assert cost(1, **block) == cost(1, **{**block, "_block-lines": "\n".join(["Сурет\t1\t5"] * 150)})
