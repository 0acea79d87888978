"""What leaves as a file: exactly what is seen or everything, typed, with nothing that the person may not export."""

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from engine import hooks
from engine.errors import BadRequest, NotAllowed, Refusal
from engine.services.actor import Actor
from engine.services.encoding import encode_records
from engine.services.registries import Query, stream
from engine.services.transfer.exporting import export
from engine.services.transfer.exporting.table import all_columns
from engine.services.transfer.formats.csv_file import guarded
from tests.conftest import Statements
from tests.services import world
from tests.services.conftest import Office, open_site

DEPOT = {
    "metadata/depot/_module.yaml": "module: depot\ntitle: {kk: Қойма, ru: Склад}\nrequires: [system]\n",
    "metadata/depot/_roles.yaml": """
roles:
  keeper: {title: {kk: Қоймашы, ru: Кладовщик}, sensitivity: internal}
  seller: {title: {kk: Сатушы, ru: Продавец}, sensitivity: internal}
  looker: {title: {kk: Көруші, ru: Смотрящий}, sensitivity: medical}
""",
    "metadata/depot/box.yaml": """
entity: depot.box
kind: reference
title: {kk: Жәшік, ru: Ящик}
plural: {kk: Жәшіктер, ru: Ящики}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 400, title: {kk: Атауы, ru: Название}}
  inside: {type: link, to: depot.box, title: {kk: Қайда, ru: Где}}
  made: {type: date, title: {kk: Күні, ru: Дата}}
  seen: {type: datetime, title: {kk: Көрінген, ru: Виден}}
  took: {type: duration, title: {kk: Ұзақтығы, ru: Длилось}}
  price: {type: money, title: {kk: Бағасы, ru: Цена}}
  weight: {type: decimal, places: 6, title: {kk: Салмағы, ru: Вес}}
  whole: {type: yesno, title: {kk: Бүтін, ru: Целый}}
  phone: {type: phone, title: {kk: Телефон, ru: Телефон}}
  secret_note: {type: text, sensitivity: medical, title: {kk: Құпия, ru: Тайна}}
  sold: {type: yesno, default: no, title: {kk: Сатылды, ru: Продан}}
  things:
    type: rows
    title: {kk: Заттар, ru: Вещи}
    fields:
      label: {type: text, required: yes, title: {kk: Белгі, ru: Метка}}
      count: {type: integer, title: {kk: Саны, ru: Штук}}
      parts:
        type: rows
        title: {kk: Бөліктер, ru: Части}
        fields: {size: {type: integer, title: {kk: Өлшем, ru: Размер}}}
  marks: {type: rows, title: {kk: Таңбалар, ru: Знаки}, fields: {sign: {type: text, title: {kk: Таңба, ru: Знак}}}}
access:
  keeper: {can: [read, create, edit, export]}
  seller: {can: [read, export], where: sold, fields: {read: [name, price, sold]}}
  looker: {can: [read]}
""",
}
BOX = {
    "name": "Темір", "made": "2026-02-03", "seen": "2026-02-03T09:30:00Z", "took": 90, "price": "1500.50",
    "weight": "0.000001", "whole": True, "phone": "+77012345678",
    "things": [{"label": "Шеге", "count": 5, "parts": [{"size": 1}, {"size": 2}]}, {"label": "Бұранда"}],
    "marks": [{"sign": "А"}, {"sign": "Б"}, {"sign": "В"}],
}


@pytest.fixture(scope="module")
def depot(module_url, tmp_path_factory):
    site = open_site(module_url, tmp_path_factory.mktemp("depot"), world.files(DEPOT))
    office = Office(site)
    yield office
    site.database.close()


@pytest.fixture(scope="module")
def keeper(depot):
    return depot.person("keeper")


@pytest.fixture(scope="module")
def boxes(depot, keeper):
    first = depot.create("depot.box", BOX, keeper)
    depot.create("depot.box", {"name": "=1+1", "inside": str(first.id), "sold": True, "price": "-5"}, keeper)
    return first


def exported(depot, who: Actor, form: str, paths=None, **query) -> bytes:
    out = io.BytesIO()
    asked = Query(**{"sort": ("created_at",), **query})
    export(depot.site, who, "depot.box", asked, form, out, paths=paths, language="ru")
    return out.getvalue()


def sheet(data: bytes) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


SEEN = ("name", "inside", "inside.price", "made", "seen", "took", "price", "weight", "whole", "phone")


def test_a_workbook_holds_typed_cells_in_the_order_of_the_screen(depot, keeper, boxes):
    head, first, second = sheet(exported(depot, keeper, "xlsx", SEEN))
    assert head == ("Название", "Где", "Где / Цена", "Дата", "Виден", "Длилось", "Цена", "Вес", "Целый", "Телефон")
    assert first[:2] == ("Темір", None)
    assert first[3:5] == (datetime(2026, 2, 3), datetime(2026, 2, 3, 14, 30))
    assert (first[6], first[7], first[8]) == (1500.5, 0.000001, "да")
    assert second[0] == "=1+1" and second[1:3] == ("Темір", 1500.5)
    book = openpyxl.load_workbook(io.BytesIO(exported(depot, keeper, "xlsx", SEEN)))
    assert book.active.freeze_panes == "A2" and book.active["A3"].data_type == "s"
    assert book.active["F2"].number_format == "[h]:mm" and book.active["G2"].number_format == '#,##0.00" ₸"'


def test_csv_opens_here_by_a_double_click_and_runs_nothing(depot, keeper, boxes):
    text = exported(depot, keeper, "csv", SEEN).decode("utf-8-sig")
    _, first, second = csv.reader(io.StringIO(text), delimiter=";")
    assert first[3:8] == ["03.02.2026", "03.02.2026 14:30", "1:30", "1500,50", "0,000001"]
    assert second[0] == "'=1+1" and second[6] == "-5,00"
    assert first[9].startswith("+7")


@pytest.mark.parametrize(("text", "safe"), [
    ("=1", "'=1"), ("+cmd|x", "'+cmd|x"), ("  @sum", "'  @sum"), ("-x", "'-x"), ("\tx", "'\tx"),
    ("+7 701 234-56-78", None), ("-12.50", None), ("Ағаш", None), ("", None)])
def test_texts_that_would_run_are_guarded_and_no_others(text, safe):
    assert guarded(text) == (text if safe is None else safe)


def test_json_lines_are_what_the_api_says(depot, keeper, boxes):
    lines = [json.loads(line) for line in exported(depot, keeper, "jsonl", SEEN).splitlines()]
    page = depot.list("depot.box", keeper, fields=SEEN, sort=("created_at",))
    catalog = depot.site.catalog
    expected = encode_records(catalog, catalog.entity("depot.box"), ("id", *SEEN), page.records, shown=True)
    assert lines == json.loads(json.dumps(expected, default=str))


def test_everything_puts_rows_on_lines_of_their_own(depot, keeper, boxes):
    head, *lines = sheet(exported(depot, keeper, "xlsx"))
    at = {title: n for n, title in enumerate(head)}
    assert "Тайна" not in head, "above the role's level"
    column = lambda title: [line[at[title]] for line in lines[:3]]  # noqa: E731
    assert column("Название") == ["Темір", None, None]
    assert column("Вещи / Метка") == ["Шеге", None, "Бұранда"]
    assert column("Вещи / Части / Размер") == [1, 2, None]
    assert column("Знаки / Знак") == ["А", "Б", "В"]
    assert len(lines) == 4


def test_a_role_exports_its_own_fields_on_its_own_rows(depot, keeper, boxes):
    seller, looker = depot.person("seller"), depot.person("looker")
    head, *lines = sheet(exported(depot, seller, "xlsx"))
    assert [line[head.index("Название")] for line in lines] == ["=1+1"]
    assert not {"Телефон", "Вес", "Вещи / Метка"} & set(head)
    assert sheet(exported(depot, seller, "xlsx", SEEN))[0] == ("Название", "Цена")
    with pytest.raises(NotAllowed):
        exported(depot, looker, "csv")
    # Who looks by one role and exports by another exports what the second one gives.
    both = depot.person("looker", "seller")
    assert len(depot.list("depot.box", both).records) == 2
    head, *lines = sheet(exported(depot, both, "xlsx"))
    assert len(lines) == 1 and "Тайна" not in head


@pytest.mark.parametrize("query", [{"filters": [("phone", "is", ["+77012345678"])]}, {"where": 'phone == "x"'},
                                   {"sort": ("phone",)}])
def test_a_hidden_field_is_no_oracle(depot, boxes, query):
    with pytest.raises(BadRequest):
        exported(depot, depot.person("seller"), "csv", ("name",), **query)


def test_a_planted_leak_is_caught(depot, boxes, monkeypatch):
    from engine.services.transfer.exporting import table

    monkeypatch.setattr(table, "VERB", "read")
    assert len(sheet(exported(depot, depot.person("looker", "seller"), "xlsx"))) > 2


def test_numbers_longer_than_a_workbook_keeps_stay_exact(depot, keeper):
    depot.create("depot.box", {"name": "Көп", "weight": "123456789012.345678"}, keeper)
    line = sheet(exported(depot, keeper, "xlsx", ("name", "weight"), filters=[("name", "contains", ["Көп"])]))[1]
    assert line == ("Көп", "123456789012.345678") and Decimal(line[1])


def test_an_export_is_in_the_journal_and_one_that_was_refused_is_not(depot, keeper, boxes):
    from engine.storage.system.tables import JOURNAL

    def entries():
        with depot.site.database.reading() as connection:
            return [r for r in connection.execute(JOURNAL.select().order_by(JOURNAL.c.id)) if r.operation == "export"]

    before = len(entries())
    exported(depot, keeper, "csv", ("name",), filters=[("name", "contains", ["Тем"])])
    with pytest.raises(Refusal):
        exported(depot, keeper, "parquet")
    noted = entries()[before:]
    assert [(e.entity, e.changes["format"], e.changes["filters"]) for e in noted] == [
        ("depot.box", "csv", [["name", "contains", ["Тем"]]])]


def test_statements_do_not_grow_with_records(depot, keeper):
    def count(records: int) -> int:
        depot.create("depot.box", {"name": f"К{records}"}, keeper)
        from engine.services import records as verbs

        depot.write(keeper, lambda uow: verbs.create_many(uow, "depot.box", [{**BOX, "name": f"К{records}"}] * records))
        with Statements(depot.site.database.engine) as statements:
            exported(depot, keeper, "xlsx", None, filters=[("name", "is", [f"К{records}"])])
        return len(statements)

    assert count(3) == count(60)


def test_a_long_read_sees_one_moment(depot, keeper):
    name = "Сәт"
    from engine.services import records as verbs

    depot.write(keeper, lambda uow: verbs.create_many(uow, "depot.box", [{"name": name}] * 5))

    def work(view):
        parts = stream(view, "depot.box", Query(fields=("name",), filters=[("name", "is", [name])]))
        first = next(parts)
        depot.create("depot.box", {"name": name}, keeper)
        again = stream(view, "depot.box", Query(fields=("name",), filters=[("name", "is", [name])]))
        return len(first), sum(len(part) for part in again)

    assert depot.site.read_long(keeper, work) == (5, 5)


def test_every_field_type_says_how_it_is_exported(depot):
    """Walk the fields of all shipped entities: a cell is typed or a text, never an object that a sheet cannot hold."""
    def work(view):
        return [c for e in view.catalog.entities.values() for c in all_columns(view, e)]

    columns = depot.site.read(depot.system, work, language="kk")
    kinds = {c.cell.kind for c in columns}
    assert {"text", "number", "date", "moment", "duration"} <= kinds
    assert set(hooks.registry().exporters) == {"xlsx", "csv", "jsonl"}
    record = {"made": date(2026, 1, 1), "name": "x"}
    assert next(c for c in columns if c.path == "made").cell.read(record) == date(2026, 1, 1)
