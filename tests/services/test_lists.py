"""Lists: quick search, filters, counts, totals, paths over links, rows; settings; examples."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import BadRequest, Conflict
from engine.services import records
from engine.services.examples import run_examples
from engine.services.registries import choices
from tests.services import world
from tests.services.conftest import Office, refused, said


@pytest.fixture(scope="module")
def shelf(site):
    """An organisation with a few items of two suppliers."""
    office = Office(site)
    wood = office.create("lab.supplier", {"name": "Ағаш Өнімдері", "area": "wood", "rating": 5})
    metal = office.create("lab.supplier", {"name": "Щит и Ключ", "area": "metal"})
    for name, price, supplier in (
        ("Қалың тақтай", "100.10", wood),
        ("Жұқа тақтай", "50.20", wood),
        ("Гвоздь Ёлочный", "3.05", metal),
        ("Шеге", None, metal),
        ("100% таза_май", "7", None),
    ):
        office.create("lab.item", {"name": name, "price": price, "supplier": supplier and str(supplier.id)})
    return office


def found(office, text, **more):
    return {r["name"] for r in office.list("lab.item", search=text, **more).records}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ТАҚТАЙ", {"Қалың тақтай", "Жұқа тақтай"}),
        ("қАЛЫҢ", {"Қалың тақтай"}),
        ("гвоздь", {"Гвоздь Ёлочный"}),
        ("ЁЛОЧ", {"Гвоздь Ёлочный"}),
        ("еге", {"Шеге"}),
        ("100%", {"100% таза_май"}),
        ("за_м", {"100% таза_май"}),
        ("%", {"100% таза_май"}),
        ("_", {"100% таза_май"}),
        ("жоқ нәрсе", set()),
        ("'; drop table lab_item", set()),
        ("ағаш өнім", {"Қалың тақтай", "Жұқа тақтай"}),
        ("КЛЮЧ", {"Гвоздь Ёлочный", "Шеге"}),
    ],
)
def test_search_folds_case_and_looks_into_linked_names(shelf, text, names):
    assert found(shelf, text) == names


@pytest.mark.parametrize(
    "text", ["\x00", "тақ\x00тай", "тақ\ud800тай", "\ufeff", "\x01", '"', "a" * 5000, "*", "NEAR(", "а OR б"]
)
def test_search_for_what_no_text_can_hold_does_no_harm(shelf, text):
    assert isinstance(found(shelf, text), set)
    options = shelf.read(shelf.owner, lambda v: choices(v, "lab.order", "lines.item", text))
    assert isinstance(options, list)


def test_search_of_spaces_finds_everything(shelf):
    assert len(found(shelf, "   ")) == 5


def test_search_follows_edits_and_archive(shelf):
    made = shelf.create("lab.item", {"name": "Бұрын осылай"})
    made = shelf.edit(made, {"name": "Енді былай"})
    assert found(shelf, "бұрын") == set() and found(shelf, "ЕНДІ") == {"Енді былай"}
    shelf.do("archive", made)
    assert found(shelf, "енді") == set() and found(shelf, "енді", archived=True) == {"Енді былай"}


def test_search_stays_within_the_organisation(shelf, other):
    other.create("lab.item", {"name": "Тақтай көрші"})
    assert "Тақтай көрші" not in found(shelf, "тақтай")


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("price", "ge", ["50.20"])], {"Қалың тақтай", "Жұқа тақтай"}),
        ([("price", "empty", ["yes"])], {"Шеге"}),
        ([("price", "lt", ["7"])], {"Гвоздь Ёлочный"}),
        ([("name", "contains", ["ТАЗА"])], {"100% таза_май"}),
        ([("price", "between", ["3", "7"])], {"Гвоздь Ёлочный", "100% таза_май"}),
        ([("price", "gt", ["4"]), ("name", "contains", ["жұқа"])], {"Жұқа тақтай"}),
    ],
)
def test_filters(shelf, filters, names):
    assert {r["name"] for r in shelf.list("lab.item", filters=filters).records} == names


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ([("price", "nix", ["1"])], "filter.operator"),
        ([("price", "gt", ["көп"])], "filter.value"),
        ([("price", "between", ["1"])], "filter.value"),
        ([("nix", "is", ["1"])], "field.unknown"),
        ([("supplier", "is", ["no-id"])], "filter.value"),
        ([("price", "gt", [])], "filter.value"),
        ([("price", "gt", ["9" * 40])], "filter.value"),
        ([("name", "contains", ["a\x00b"])], "filter.value"),
        ([("name", "contains", ["a\ud800b"])], "filter.value"),
        ([("area", "is", ["\x00"])], "filter.value"),
    ],
)
def test_a_filter_that_makes_no_sense_is_a_bad_request(shelf, filters, code):
    refusal = refused(lambda: shelf.list("lab.item", filters=filters))
    assert isinstance(refusal, BadRequest) and {c for _, c in said(refusal)} == {code}


@pytest.mark.parametrize(
    "where", ["price >", "1", "nix == 1", "__import__('os')", "price == 'көп'", "(" * 300, "a" * 3000, "price == 1 or"]
)
def test_a_condition_that_makes_no_sense_is_a_bad_request(shelf, where):
    refusal = refused(lambda: shelf.list("lab.item", where=where))
    assert isinstance(refusal, BadRequest) and all(p.text("ru") for p in refusal.problems)


def test_conditions_over_links(shelf):
    assert {r["name"] for r in shelf.list("lab.item", where='supplier.area == "wood" and price > 60').records} == {
        "Қалың тақтай"
    }
    assert {r["name"] for r in shelf.list("lab.item", where="empty(supplier)").records} == {"100% таза_май"}


def test_fields_and_paths_over_a_link(shelf):
    page = shelf.list("lab.item", fields=("name", "supplier.name", "supplier.rating"), where='name == "Жұқа тақтай"')
    row = page.records[0]
    assert set(row) >= {"id", "version", "name", "supplier.name", "supplier.rating"} and "price" not in row
    assert row["supplier.name"] == "Ағаш Өнімдері" and row["supplier.rating"] == 5


def test_links_are_named(shelf):
    names = {r["name"]: r["@supplier"] for r in shelf.list("lab.item").records}
    assert names["Шеге"] == "Щит и Ключ" and names["100% таза_май"] is None
    assert all("@supplier" not in r for r in shelf.list("lab.item", shown=False).records)


def test_sorting_by_a_link_sorts_by_the_name_of_its_record(shelf):
    got = [r["@supplier"] for r in shelf.list("lab.item", sort=("supplier", "name")).records]
    assert got == ["Ағаш Өнімдері"] * 2 + ["Щит и Ключ"] * 2 + [None]


def test_counts_and_totals_are_exact_and_of_the_whole_list(shelf):
    page = shelf.list("lab.item", count=True, totals=("price",), limit=1)
    assert page.count == 5 and page.totals == {"price": Decimal("160.35")}
    page = shelf.list("lab.item", count=True, totals=("price",), filters=[("price", "gt", ["1000"])])
    assert page.count == 0 and page.totals["price"] in (None, 0)
    assert isinstance(refused(lambda: shelf.list("lab.item", totals=("name",))), BadRequest)


def test_rows_are_read_when_asked(shelf):
    plank = shelf.list("lab.item", search="Қалың").records[0]
    made = shelf.create(
        "lab.order", {"lines": [{"item": str(plank["id"]), "quantity": "3", "parts": [{"label": "б"}]}]}
    )
    row = shelf.list("lab.order", rows=True).records[0]
    assert row["id"] == made.id and row["lines"][0]["quantity"] == 3 and row["lines"][0]["parts"][0]["label"] == "б"
    assert "lines" not in shelf.list("lab.order").records[0]


def test_settings_are_one_record_an_organisation(shelf, other):
    assert shelf.read(shelf.owner, lambda v: records.read_settings(v, "lab.setup")) is None
    made = shelf.create("lab.setup", {"greeting": "Сәлем"})
    assert made.values["limit"] == 10
    refusal = refused(lambda: shelf.create("lab.setup", {"greeting": "тағы"}))
    assert isinstance(refusal, Conflict) and said(refusal) == {("", "settings.once")}
    twice = [{"greeting": "а"}, {"greeting": "б"}]
    assert isinstance(
        refused(lambda: other.write(other.owner, lambda uow: records.create_many(uow, "lab.setup", twice))), Conflict
    )
    assert other.create("lab.setup", {"greeting": "басқа"}).id != made.id
    shelf.edit(made, {"limit": "20"})
    got = shelf.read(shelf.person("reader"), lambda v: records.read_settings(v, "lab.setup"))
    assert got.values["greeting"] == "Сәлем" and got.values["limit"] == 20


def test_examples_that_hold_are_quiet():
    assert run_examples(world.catalog()) == []


BROKEN = """
  wrong_value: {given: {name: к, alpha: а}, then: {shown: басқа}}
  should_pass: {given: {name: к, alpha: а, low: 5, high: 3}, then: {low: 5}}
  not_refused: {given: {name: к, alpha: а, low: 1, high: 3}, refused: fields.high.check}
"""


def test_examples_that_do_not_hold_are_told():
    from engine.loading import load_files

    card = world.WORKSHOP["metadata/lab/card.yaml"]
    loaded = load_files(world.files({"metadata/lab/card.yaml": card.rstrip() + BROKEN}), revision=1)
    assert loaded.catalog is not None, [str(p) for p in loaded.errors]
    told = {(address, key): problem for address, key, problem in run_examples(loaded.catalog)}
    assert {(a, k, p.code) for (a, k), p in told.items()} == {
        ("lab.card", "wrong_value", "example.differs"),
        ("lab.card", "should_pass", "example.refused"),
        ("lab.card", "not_refused", "example.not-refused"),
    }
    for problem in told.values():
        assert all(problem.text(language) for language in ("kk", "ru", "en"))
