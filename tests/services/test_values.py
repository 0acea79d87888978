"""Defaults, computed values at each level, rows added, changed, removed and reordered, rows within rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

from engine.ids import new_id
from engine.services import records
from tests.services.conftest import refused, said

D = Decimal


def order(things, **more):
    """What a good order looks like: one plank at its own price, two parts of it."""
    return {
        "supplier": str(things.wood.id),
        "lines": [
            {
                "item": str(things.plank.id),
                "quantity": "2",
                "parts": [{"label": "оң", "share": "30"}, {"label": "сол"}],
            },
        ],
        **more,
    }


def sent(row, **more):
    """A stored row as a form sends it back."""
    return {
        "id": str(row["id"]),
        "item": str(row["item"]),
        "quantity": str(row["quantity"]),
        "price": str(row["price"]),
        "parts": [{"id": str(p["id"]), "label": p["label"], "share": str(p["share"])} for p in row["parts"]],
        **more,
    }


def test_defaults_fill_what_nobody_sent(office, things):
    made = office.create("lab.order", order(things)).values
    assert made["date"] == date(2026, 3, 2), "=today"
    assert made["due"] == date(2026, 3, 12), "=add_days(date, 10) reads the default of another field"
    assert made["discount"] == 0, "a literal"
    assert made["state"] == "draft"
    assert made["number"] is None
    line = made["lines"][0]
    assert line["price"] == D("100.50"), "=item.price follows a link of the row"
    assert [p["share"] for p in line["parts"]] == [30, 50], "a default in a row within a row"


def test_a_default_gives_way_to_what_is_sent_even_to_an_empty_value(office, things):
    made = office.create("lab.order", order(things, due=None, date="2026-01-31")).values
    assert made["due"] is None and made["date"] == date(2026, 1, 31)
    made = office.create("lab.order", order(things, date="2026-01-31")).values
    assert made["due"] == date(2026, 2, 10), "the default reads the date that was sent"


def test_computed_values_at_each_level_are_exact(office, things):
    made = office.create("lab.order", order(things, discount="12.5")).values
    line = made["lines"][0]
    assert line["amount"] == D("201.00")
    assert [p["cost"] for p in line["parts"]] == [D("60.30"), D("100.50")]
    assert line["covered"] == D("160.80")
    assert made["total"] == D("201.00") and made["covered_all"] == D("160.80")
    assert made["payable"] == D("175.88"), "175.875 rounds half up"
    assert all(isinstance(made[key], Decimal) for key in ("total", "covered_all", "payable"))


def test_what_is_stored_is_what_was_answered(office, things):
    made = office.create("lab.order", order(things, discount="12.5", note="тест"))
    read = office.get(made)
    assert plain(read.values) == plain(made.values)


def plain(values):
    """A record's values without the names of linked records, rows included."""
    if isinstance(values, dict):
        return {k: plain(v) for k, v in values.items() if not k.startswith("@")}
    return [plain(v) for v in values] if isinstance(values, list) else values


def test_rows_are_added_changed_removed_and_reordered_in_one_save(office, things):
    lines = [{"item": str(things.plank.id), "quantity": n} for n in ("1", "2", "3")]
    made = office.create("lab.order", order(things, lines=lines))
    a, b, c = made.values["lines"]
    saved = office.edit(
        made, {"lines": [sent(c), sent(a, quantity="10"), {"item": str(things.nail.id), "quantity": "4"}]}
    )
    assert saved.version == 2
    got = office.get(made).values["lines"]
    assert [r["quantity"] for r in got] == [3, 10, 4]
    assert [r["id"] for r in got[:2]] == [c["id"], a["id"]] and got[2]["id"] not in (a["id"], b["id"], c["id"])
    assert got[2]["price"] == 3, "a new row of an edit has its defaults"
    assert office.get(made).values["total"] == D("100.50") * 13 + 12
    changes = office.journal(made)[-1].changes["lines"]
    assert {r["id"] for r in changes["removed"]} == {str(b["id"])}
    assert {r["id"] for r in changes["added"]} == {str(got[2]["id"])}
    assert [r["id"] for r in changes["changed"]] == [str(a["id"])]
    assert changes["changed"][0]["quantity"] == ["1.000", "10"] or D(changes["changed"][0]["quantity"][1]) == 10


def test_reordering_alone_is_a_change(office, things):
    lines = [{"item": str(things.plank.id), "quantity": n} for n in ("1", "2", "3")]
    made = office.create("lab.order", order(things, lines=lines))
    rows = made.values["lines"]
    saved = office.edit(made, {"lines": [sent(r) for r in reversed(rows)]})
    assert [r["id"] for r in office.get(made).values["lines"]] == [r["id"] for r in reversed(rows)]
    assert saved.version == 2


def test_rows_within_rows_are_replaced_by_id_too(office, things):
    made = office.create("lab.order", order(things))
    line = made.values["lines"][0]
    right, left = line["parts"]
    changed = sent(line)
    changed["parts"] = [{"id": str(left["id"]), "label": "сол", "share": "25"}, {"label": "орта", "share": "10"}]
    office.edit(made, {"lines": [changed]})
    got = office.get(made).values["lines"][0]
    assert got["id"] == line["id"]
    assert [(p["label"], p["share"], p["cost"]) for p in got["parts"]] == [
        ("сол", 25, D("50.25")),
        ("орта", 10, D("20.10")),
    ]
    assert got["parts"][0]["id"] == left["id"] and right["id"] not in {p["id"] for p in got["parts"]}
    assert got["covered"] == D("70.35")


def test_rows_that_are_not_sent_stay(office, things):
    made = office.create("lab.order", order(things))
    office.edit(made, {"note": "өзгерді"})
    assert office.get(made).values["lines"] and office.get(made).values["total"] == D("201.00")


def test_part_of_a_row_may_be_sent_with_its_id(office, things):
    made = office.create("lab.order", order(things))
    row = made.values["lines"][0]
    office.edit(made, {"lines": [{"id": str(row["id"]), "quantity": "5"}]})
    got = office.get(made).values["lines"][0]
    assert got["quantity"] == 5 and got["price"] == D("100.50") and len(got["parts"]) == 2


def test_a_row_of_another_record_is_not_taken_over(office, things):
    one, two = office.create("lab.order", order(things)), office.create("lab.order", order(things))
    stolen = two.values["lines"][0]
    office.edit(one, {"lines": [sent(stolen, quantity="7")]})
    mine, theirs = office.get(one).values["lines"], office.get(two).values["lines"]
    assert [r["id"] for r in theirs] == [stolen["id"]] and theirs[0]["quantity"] == 2, "the other record is untouched"
    assert mine[0]["id"] != stolen["id"], "an unknown id makes a row of its own"


def test_an_unknown_row_id_makes_a_new_row(office, things):
    made = office.create("lab.order", order(things))
    invented = new_id()
    office.edit(
        made,
        {"lines": [sent(made.values["lines"][0]), {"id": str(invented), "item": str(things.nail.id), "quantity": "1"}]},
    )
    assert len(office.get(made).values["lines"]) == 2
    assert invented not in {r["id"] for r in office.get(made).values["lines"]}


def test_many_choices_and_links_keep_their_order(office, things):
    made = office.create(
        "lab.card",
        {"name": "к", "alpha": "а", "tags": ["z", "x"], "items": [str(things.nail.id), str(things.plank.id)]},
    )
    got = office.get(made).values
    assert got["tags"] == ["z", "x"] and got["items"] == [things.nail.id, things.plank.id]
    office.edit(made, {"tags": ["x"], "items": []})
    got = office.get(made).values
    assert got["tags"] == ["x"] and got["items"] == []


def test_a_hand_cannot_write_what_is_computed_or_built_in(office, things):
    for raw in (
        {"total": "1"},
        {"version": 9},
        {"id": str(uuid4())},
        {"state": "posted"},
        {"number": "1"},
        {"posted_at": "2026-01-01T00:00:00Z"},
        {"organisation": str(uuid4())},
        {"created_by": None},
    ):
        key = next(iter(raw))
        assert (key, "field.unknown") in said(refused(lambda raw=raw: office.create("lab.order", order(things, **raw))))
    lines = order(things)["lines"]
    lines[0]["amount"] = "0.01"
    assert ("lines[0].amount", "field.unknown") in said(
        refused(lambda: office.create("lab.order", order(things, lines=lines)))
    )


def test_wrong_values_are_said_all_at_once_each_at_its_place(office, things):
    lines = [{"item": str(things.plank.id), "quantity": "кө п"}, {"quantity": "-1", "price": "5"}]
    refusal = refused(lambda: office.create("lab.order", order(things, lines=lines, discount="101", due="2026-02-30")))
    paths = {p for p, _ in said(refusal)}
    assert {"lines[0].quantity", "lines[1].item", "lines[1].quantity", "discount", "due"} <= paths
    assert refusal.status == 422
    for problem in refusal.problems:
        assert all(problem.text(language) for language in ("kk", "ru", "en"))


def test_too_few_rows_and_rules_of_the_record(office, things):
    assert "lines" in {p for p, _ in said(refused(lambda: office.create("lab.order", order(things, lines=[]))))}
    free = [{"item": str(things.plank.id), "price": "0"}]
    assert ("", "rules.positive") in said(refused(lambda: office.create("lab.order", order(things, lines=free))))


def test_many_records_are_created_together_or_not_at_all(office, things):
    before = office.list("lab.order", count=True).count
    raws = [order(things), order(things, lines=[]), order(things, discount="-1")]
    refusal = refused(lambda: office.write(office.owner, lambda uow: records.create_many(uow, "lab.order", raws)))
    assert {p for p, _ in said(refusal)} >= {"[1].lines", "[2].discount"}
    assert office.list("lab.order", count=True).count == before
    made = office.write(office.owner, lambda uow: records.create_many(uow, "lab.order", [order(things)] * 3))
    assert len({r.id for r in made}) == 3 and office.list("lab.order", count=True).count == before + 3


def test_preview_says_what_saving_would_do_and_writes_nothing(office, things):
    before = office.list("lab.order", count=True).count
    draft = office.read(
        office.owner,
        lambda view: records.preview(
            view, "lab.order", order(things, discount="x", lines=[{"item": str(things.nail.id), "quantity": "4"}, {}])
        ),
    )
    assert draft.values["lines"][0]["amount"] == 12 and draft.values["total"] == 12
    assert {"discount", "lines[1].item"} <= {p.path for p in draft.problems}
    assert office.list("lab.order", count=True).count == before
    saved = office.create("lab.order", order(things))
    draft = office.read(office.owner, lambda view: records.preview(view, "lab.order", {"discount": "50"}, saved.id))
    assert draft.values["payable"] == D("100.50") and office.get(saved).values["payable"] == D("201.00")


def test_a_new_form_has_its_defaults(office):
    draft = office.read(office.owner, lambda view: records.new(view, "lab.order", {"note": "бұрын"}))
    assert draft.values["date"] == date(2026, 3, 2) and draft.values["note"] == "бұрын" and draft.values["lines"] == []


def test_a_unit_below_an_organisation_belongs_to_it(office):
    made = office.write(
        office.system,
        lambda uow: records.create(
            uow,
            "system.unit",
            {
                "code": f"{office.code}-k",
                "name": {"kk": "Ішкі", "ru": "Внутренний"},
                "kind": "school",
                "parent": str(office.id),
            },
        ),
    )
    assert made.values["organisation"] == office.id and made.values["parent"] == office.id
