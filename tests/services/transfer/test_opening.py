"""Files as they come: of any encoding, half broken, hostile. What can be read is read, the rest is said in words."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from engine.errors import Invalid, Refusal, TooLarge
from engine.services.transfer.importing import opening
from engine.services.transfer.importing.opening import Broken, known_sheets, lines_of, open_table
from tests.services.transfer.conftest import csv, xlsx


@pytest.fixture
def opened(tmp_path):
    """opened(bytes) -> (sheets, lines of the first one)."""
    def work(data: bytes):
        (tmp_path / "source").write_bytes(data)
        sheets = open_table(tmp_path)
        return sheets, list(lines_of(tmp_path, sheets[0].index))

    work.folder = tmp_path
    return work


def refused(work) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value


# -- workbooks --------------------------------------------------------------------------------------------------------


def test_cells_keep_their_types_and_lines_their_numbers(opened):
    sheets, lines = opened(xlsx([
        ["a", 1, 2.5, True], [], [None, None], [date(2026, 2, 3), datetime(2026, 2, 3, 14, 30), time(9, 5), "  "]]))
    assert sheets[0].lines == 2 and sheets[0].columns == 4 and sheets[0].last == 4
    assert lines == [(1, ["a", 1, 2.5, True]), (4, [date(2026, 2, 3), datetime(2026, 2, 3, 14, 30), time(9, 5)])]


def test_a_table_that_does_not_begin_at_the_corner(opened):
    book = openpyxl.Workbook()
    book.active["C5"], book.active["D6"] = "x", 1
    _, lines = opened(_saved(book))
    assert lines == [(5, [None, None, "x"]), (6, [None, None, None, 1])]


def test_formulas_give_their_values_and_those_without_are_known(opened):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["B1"], sheet["C1"] = "x", "=1+1", "#N/A"
    sheet["C1"].data_type = "e"
    _, lines = opened(_saved(book))
    assert lines == [(1, ["x", Broken(""), Broken("#N/A")])]


def test_every_sheet_is_known_hidden_ones_too_and_empty_ones_left_out(opened):
    book = openpyxl.load_workbook(io.BytesIO(xlsx([["a"]], [], [["b"], ["c"]], names=["Бір", "Бос", "Жасырын"])))
    book["Жасырын"].sheet_state = "hidden"
    sheets, _ = opened(_saved(book))
    assert [(s.index, s.name, s.lines, s.hidden) for s in sheets] == [(0, "Бір", 1, False), (2, "Жасырын", 2, True)]
    assert known_sheets(opened.folder) == ("xlsx", sheets)


def test_old_and_open_workbooks_are_read(opened):
    lines = opened(_ods([["Аты", "Күні"], ["Ә", "3"]]))[1]
    assert lines == [(1, ["Аты", "Күні"]), (2, ["Ә", "3"])]


def test_two_cells_at_the_far_ends_of_a_sheet_cost_no_memory_here(opened):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "near", "far"
    assert refused(lambda: opened(_saved(book))).problems[0].code in ("table.bomb", "table.columns")


def test_a_million_cells_are_refused_in_words(opened, monkeypatch):
    monkeypatch.setattr(opening, "LIMITS", {**opening.LIMITS, "cells": 1_000})
    told = refused(lambda: opened(xlsx([["x"] * 40 for _ in range(26)])))
    assert isinstance(told, TooLarge) and told.problems[0].code == "table.cells"
    assert told.problems[0].params["most"] == "1\u00a0000"
    monkeypatch.setattr(opening, "LIMITS", {**opening.LIMITS, "cells": 10**9, "lines": 20})
    assert refused(lambda: opened(xlsx([["x"]] * 21))).problems[0].code == "table.lines"
    assert opening.MOST_CELLS == 1_000_000


def test_too_many_columns_are_refused(opened):
    assert refused(lambda: opened(xlsx([["x"] * 501]))).problems[0].code == "table.columns"


# -- archives ---------------------------------------------------------------------------------------------------------


def test_a_zip_bomb_is_not_unpacked(opened):
    tracemalloc.start()
    told = refused(lambda: opened(_with_entry(b"0" * (120 * 2**20))))
    assert isinstance(told, TooLarge) and told.problems[0].code == "table.bomb"
    told = refused(lambda: opened(_with_entry(b"0" * (40 * 2**20))))
    assert told.problems[0].code == "table.bomb", "forty megabytes of nothing in forty kilobytes"
    tracemalloc.stop()


def test_an_archive_that_lies_about_its_sizes_is_not_believed(opened, monkeypatch):
    data = bytearray(_with_entry(b"0" * (3 * 2**20), zipfile.ZIP_DEFLATED))
    at = data.rfind(b"PK\x01\x02", 0, data.find(b"bomb.xml", data.find(b"PK\x01\x02")))
    data[at + 24 : at + 28] = struct.pack("<I", 100)  # the uncompressed size in the directory
    monkeypatch.setattr(opening, "LIMITS", {**opening.LIMITS, "unpacked": 2 * 2**20})
    assert refused(lambda: opened(bytes(data))).problems[0].code == "table.bomb"


def test_too_many_entries_are_refused(opened):
    data = io.BytesIO(xlsx([["a"]]))
    with zipfile.ZipFile(data, "a") as archive:
        for n in range(1_001):
            archive.writestr(f"xl/media/{n}", b"")
    assert refused(lambda: opened(data.getvalue())).problems[0].code == "table.bomb"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"), (b"  \n ", "empty"), (b"%PDF-1.7 ...", "pdf"), (b"\x89PNG\r\n\x1a\n\0\0\0", "type"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web-page"), (b"MZ\x90\0\x03\0\0\0", "type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "broken"), (b"PK\x03\x04broken", "broken"),
        (b"a,b\n\x00\x01", "type"),
    ],
)
def test_what_is_no_table_is_told_by_its_content(opened, data, code):
    told = refused(lambda: opened(data))
    assert isinstance(told, Invalid) and told.problems[0].code == f"table.{code}"
    assert all(told.problems[0].text(language) for language in ("kk", "ru", "en"))


def test_a_document_of_another_kind_is_no_table(opened):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    assert refused(lambda: opened(out.getvalue())).problems[0].code == "table.type"


# -- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "kz1048"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_texts_of_every_encoding_and_sign(opened, encoding, delimiter):
    text = csv([["Тегі", "Әкесінің аты"], ["Сейтқали", "Ұлан Өмірұлы"], ["Ёлкин", "Иван"]], delimiter).decode()
    _, lines = opened(text.encode(encoding))
    assert lines == [(1, ["Тегі", "Әкесінің аты"]), (2, ["Сейтқали", "Ұлан Өмірұлы"]), (3, ["Ёлкин", "Иван"])]


def test_quoted_cells_and_the_line_that_names_the_sign(opened):
    _, lines = opened('sep=;\r\n"a;b";"бір\nекі"\r\n\r\n"ә ""б""";2'.encode())
    assert lines == [(2, ["a;b", "бір\nекі"]), (5, ['ә "б"', "2"])]


def test_one_column_of_words_with_commas_inside_is_one_column(opened):
    _, lines = opened("Аты\nАлма\nАлмұрт\n".encode())
    assert lines == [(1, ["Аты"]), (2, ["Алма"]), (3, ["Алмұрт"])]


def test_a_cell_without_end_is_refused(opened):
    assert refused(lambda: opened(b'a;"' + b"x" * 200_000)).problems[0].code == "table.long-cell"


def test_signs_of_other_scripts_stay_as_they_are(opened):
    strange = ["<script>alert(1)</script>", "😀", "كتاب \u202e", "=1+1", "x" * 10_000]
    _, lines = opened(xlsx([strange]))
    assert lines[0][1][:3] == strange[:3] and lines[0][1][4] == strange[4]


def _saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _with_entry(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO(xlsx([["a"]]))
    with zipfile.ZipFile(out, "a", method) as archive:
        archive.writestr("xl/bomb.xml", content)
    return out.getvalue()


def _ods(lines) -> bytes:
    cells = "".join(
        "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in line)
        + "</table:table-row>" for line in lines)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="1">{cells}</table:table>'
        '</office:spreadsheet></office:body></office:document-content>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return out.getvalue()
