"""Entry grids from files: what is wrong with one is told at its place, and a good one says what it means."""

from __future__ import annotations

import pytest

from tests.loading.test_samples import BESIDE, SAMPLES

PLACE = "forms/shop/tasting.grid.yaml"
GOOD = (SAMPLES / "grid.good.yaml").read_text(encoding="utf-8")
TASTE = BESIDE["grid"]["metadata/shop/taste.yaml"]


def told(tiny, text: str, **beside) -> list[str]:
    files = {**BESIDE["grid"], **{k.replace("__", "/") + ".yaml": v for k, v in beside.items()}, PLACE: text}
    return [problem.code for problem in tiny(files).problems]


def test_a_grid_says_what_its_file_says(tiny):
    catalog = tiny({**BESIDE["grid"], PLACE: GOOD}).catalog
    (grid,) = catalog.grids["shop.taste"]
    assert (grid.slug, grid.module, grid.values) == ("tasting", "shop", ("verdict",))
    assert grid.columns.kind == "days" and grid.columns.only == ("working",)
    assert grid.parameters["shelf"].prefer is not None and grid.parameters["month"].prefer is None
    assert [code.key.in_("ru") for code in grid.codes.values()] == ["х", "п"]
    assert grid.locked["later"].excepted == {"clerk"} and grid.locked["before"].outside
    assert grid.totals["share"].of == ("rows",) and grid.totals["bad"].of == ("rows", "columns")


@pytest.mark.parametrize(("old", "new", "code"), [
    ("cells: shop.taste", "cells: shop.tast", "entity.unknown"),
    ("from: shop.dish", "from: shop.dsh", "entity.unknown"),
    ("unit: month, ", "", "grid.period-unit"),
    ("unit: month", "unit: year", "grid.period-unit"),
    ("days: month", "days: shelf", "grid.no-period"),
    ("days: month, only", "days: month, weeks: month, only", "grid.columns"),
    ("{days: month, only: working}", "{weeks: month, only: working}", "grid.only"),
    ("{days: month, only: working}", "{only: working}", "grid.columns"),
    ("row: dish", "row: day", "grid.no-link"),
    ("column: day, value: verdict", "value: verdict", "key.missing"),
    ("value: verdict", "value: note", "grid.codes"),
    ("more: [note]", "more: [verdict]", "grid.not-typed"),
    ("{days: month, only: working}", "{fields: [verdict, note]}", "grid.not-with-fields"),
    ("columns: [price]", "columns: [pryce]", "field.unknown"),
    ("sort: [name]", "sort: [nam]", "field.unknown"),
    ("day > today", "day > tomorrow", "rule.unknown_name"),
    ("when: not empty(note)", "when: note", "rule.result_type"),
    ("colour: gold", "colour: pink", "value.choice"),
])
def test_a_mistake_is_told(tiny, old, new, code):
    assert old in GOOD
    assert code in told(tiny, GOOD.replace(old, new, 1))


@pytest.mark.parametrize("unique", ["", "unique: {once: {fields: [dish]}}",
                                    "unique: {once: {fields: [dish, day], when: verdict == \"bad\"}}"])
def test_cells_that_two_people_could_make_twice_are_refused(tiny, unique):
    text = TASTE.replace("unique: {once: {fields: [dish, day]}}", unique)
    assert told(tiny, GOOD, metadata__shop__taste=text) == ["grid.unique"]


def test_the_cells_are_records_of_a_reference(tiny):
    text = TASTE.replace("kind: reference", "kind: settings")
    assert "grid.cells" in told(tiny, GOOD, metadata__shop__taste=text)


def test_two_grids_of_one_entity_have_two_names(tiny):
    second = {"metadata/bar/_module.yaml": "module: bar\ntitle: {kk: Бар, ru: Бар}\n",
              "forms/bar/tasting.grid.yaml": GOOD.replace("shop.tasting", "bar.tasting")}
    found = tiny({**BESIDE["grid"], PLACE: GOOD, **second}).problems
    assert [(p.code, p.file) for p in found] == [("grid.twice", PLACE)]


def test_a_parameter_that_is_called_like_a_field_of_the_rows_is_refused_where_it_is_read(tiny):
    text = GOOD.replace("shelf: {type", "on_shelf: {type", 1).replace("on_shelf == shelf", "on_shelf == on_shelf")
    assert told(tiny, text) == ["rule.shadowing"]
