"""Cells of a sheet become values: pasted or imported, in the spelling of whoever filled them in."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from engine.services.cells import (
    Column,
    LinkNames,
    TooMany,
    is_head,
    match_titles,
    names,
    parse_block,
    read_columns,
)
from engine.services.registries.choices import field_at
from tests.conftest import Statements
from tests.services.world import catalog

CATALOG = catalog()


def known(office, address: str, path: str, texts, who=None, record=None):
    entity = office.site.catalog.entity(address)

    def work(view):
        return LinkNames(view).find(entity, path, field_at(entity, path), texts, record)

    return office.site.read(who or office.owner, work, language="ru")


# -- single cells ----------------------------------------------------------------------------------------------------


def read(address: str, path: str, cell, language="ru"):
    entity = CATALOG.entity(address)
    field = field_at(entity, path)
    no_names = SimpleNamespace(choices=lambda *_: [], title=lambda *_: "")
    return field.kind.cell_reader(field, language, no_names)(cell)


@pytest.mark.parametrize(
    ("path", "cell", "raw"),
    [
        ("money", "1 500,50", "1500.50"),
        ("money", "1\u00a0500,50 ₸", "1500.50"),
        ("money", "(1 500,50)", "-1500.50"),
        ("money", "12-", "-12"),
        ("money", 0.1 + 0.2, "0.3"),
        ("money", Decimal("7.10"), "7.1"),
        ("money", "он теңге", "он теңге"),
        ("whole", 5.0, "5"),
        ("whole", "", None),
        ("day", "3.2.26", "2026-02-03"),
        ("day", "2026/02/03", "2026-02-03"),
        ("day", "3 февраля 2026 г.", "2026-02-03"),
        ("day", "2026 жылғы 3 ақпан", "2026-02-03"),
        ("day", "03-Feb-26", "2026-02-03"),
        ("day", "03.02.2026 0:00:00", "2026-02-03"),
        ("day", date(2026, 2, 3), "2026-02-03"),
        ("day", datetime(2026, 2, 3), "2026-02-03"),
        ("day", 46056, "2026-02-03"),
        ("day", "31.02.2026", "31.02.2026"),
        ("day", "март", "март"),
        ("moment", datetime(2026, 2, 3, 14, 30), "03.02.2026 14:30"),
        ("flag", "иә", True),
        ("flag", "нет", False),
        ("flag", "+", True),
        ("flag", "мүмкін", "мүмкін"),
        ("group", "қу", "q"),
        ("group", "Ку", "q"),
        ("group", "p", "p"),
        ("group", "Эр", "Эр"),
        ("label", 12.0, "12"),
    ],
)
def test_a_cell_is_read_as_people_write_it(path, cell, raw):
    assert read("lab.gauge", path, cell) == raw


def test_several_choices_stand_in_one_cell():
    assert read("lab.card", "tags", "Икс; игрек") == ["x", "y"]
    assert read("lab.card", "tags", "z, жоқ мұндай") == ["z", "жоқ мұндай"]


# -- blocks ----------------------------------------------------------------------------------------------------------


def test_a_block_is_lines_of_cells_with_quoted_ones_whole():
    text = 'Тақтай\t2\r\n"бір\nекі ""үш"""\t\t5\r\n\t\r\n\r\n'
    assert parse_block(text) == [["Тақтай", "2"], ['бір\nекі "үш"', "", "5"]]


def test_a_quotation_mark_that_closes_nothing_is_a_mark():
    assert parse_block('"Ақ бидай" ЖШС\t5" құбыр\n"а') == [['"Ақ бидай" ЖШС', '5" құбыр'], ['"а']]


def test_a_block_too_large_is_refused_with_its_size_before_it_is_read_to_the_end():
    with pytest.raises(TooMany) as refusal:
        parse_block("x\ty\n" * 6_000)
    assert "12000" in refusal.value.problems[0].text("ru")
    with pytest.raises(TooMany):
        parse_block("x" * 2_000_000)


def test_titles_in_any_language_lead_to_fields_and_tell_a_head_from_values():
    fields = CATALOG.entity("lab.order").fields["lines"].fields
    heads = ["№", "Тауар *", "Количество (дана)", "price", "Сумма:", "Өзге"]
    matched = match_titles(fields, heads)
    assert matched == [None, "item", "quantity", "price", "amount", None]
    assert is_head(matched, heads)
    first = ["Тауар", "5", "100", "", "", ""]
    assert not is_head(match_titles(fields, first), first)
    assert is_head(["item"], ["Тауар"])


# -- links -----------------------------------------------------------------------------------------------------------


def test_a_link_is_found_by_name_code_and_id_whatever_the_case(office, things):
    coded = office.create("lab.item", {"name": "Бұранда М6", "code": "B-06", "price": "5"})
    texts = ["ТАҚТАЙ", "тактай", "b-06", str(things.nail.id), "Жоқ нәрсе"]
    found = known(office, "lab.order", "lines.item", texts)
    assert [found[t].raw for t in texts[:4]] == [*[str(things.plank.id)] * 2, str(coded.id), str(things.nail.id)]
    assert found["Жоқ нәрсе"].raw == "Жоқ нәрсе"
    assert "Жоқ нәрсе" in found["Жоқ нәрсе"].problem.text("kk")


def test_a_name_that_several_bear_is_left_to_choose_unless_only_one_may_be_chosen(office):
    wood = office.create("lab.item", {"name": "Егіз", "area": "wood"})
    office.create("lab.item", {"name": "Егіз", "area": "metal"})
    assert known(office, "lab.order", "lines.item", ["Егіз"])["Егіз"].problem.code == "link.several"
    chosen = known(office, "lab.order", "lines.item", ["Егіз"], record={"outer": "wood"})
    assert chosen["Егіз"].raw == str(wood.id)


def test_only_what_the_person_may_see_is_found(office, other, things):
    other.create("lab.item", {"name": "Бөгде тауар"})
    assert known(office, "lab.order", "lines.item", ["Бөгде тауар"])["Бөгде тауар"].problem is not None
    reader, closed = office.person("reader", "author"), str(things.closed.id)
    assert known(office, "lab.item", "supplier", ["Жабық"])["Жабық"].raw == closed
    assert known(office, "lab.item", "supplier", ["Жабық"], who=office.person("reader"))["Жабық"].raw == "Жабық"
    assert known(office, "lab.item", "supplier", ["Жабық"], who=reader)["Жабық"].raw == closed


def test_a_large_entity_is_asked_by_its_indexes_with_the_same_answers(office, things, monkeypatch):
    texts = ["Тақтай", "ШЕГЕ", "b-07", "Өтірік"]
    office.create("lab.item", {"name": "Бұранда М7", "code": "B-07"})
    small = known(office, "lab.order", "lines.item", texts)
    monkeypatch.setattr(names, "SMALL", 1)
    large = known(office, "lab.order", "lines.item", texts)
    assert {t: m.raw for t, m in large.items()} == {t: m.raw for t, m in small.items()}


def test_statements_do_not_grow_with_the_lines(office, things):
    entity = office.site.catalog.entity("lab.order")
    columns = [Column(f"lines.{key}", entity.fields["lines"].fields[key]) for key in ("item", "quantity")]

    def cost(count: int) -> int:
        lines = [[f"Тауар {n}" if n % 2 else "Шеге", str(n)] for n in range(count)]
        with Statements(office.site.database.engine) as made:
            cells = office.site.read(office.owner, lambda view: read_columns(view, entity, columns, lines))
        assert len(cells) == count and cells[0][0].raw == str(things.nail.id)
        return len(made)

    assert cost(2) == cost(500) == 1


def test_links_to_many_records_stand_in_one_cell(office, things):
    entity = office.site.catalog.entity("lab.card")
    column = Column("items", entity.fields["items"])
    lines = [["Тақтай; Шеге"], ["Шеге, Жоқ"], [None]]
    cells = office.site.read(office.owner, lambda view: read_columns(view, entity, [column], lines))
    assert cells[0][0].raw == [str(things.plank.id), str(things.nail.id)]
    assert cells[1][0].raw == [str(things.nail.id), "Жоқ"] and cells[1][0].problem is not None
    assert cells[2][0].raw == []
