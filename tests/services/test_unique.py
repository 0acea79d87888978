"""Unique values: within an organisation, among live records, whatever the case, perhaps only in a state."""

from __future__ import annotations

from engine.errors import Conflict, Invalid
from tests.services.conftest import refused, said
from tests.services.test_values import order


def item(office, code, name="зат", **more):
    return office.create("lab.item", {"name": name, "code": code, **more})


def test_a_second_record_with_the_same_value_is_refused_at_the_field(office):
    item(office, "U1")
    refusal = refused(lambda: item(office, "U1"))
    assert isinstance(refusal, Invalid) and said(refusal) == {("code", "unique.code")}
    assert "Код" in refusal.problems[0].text("ru")


def test_case_does_not_make_a_difference_in_either_alphabet(office):
    item(office, "Әлем-1")
    assert said(refused(lambda: item(office, "әЛЕМ-1"))) == {("code", "unique.code")}
    item(office, "Ещё")
    assert said(refused(lambda: item(office, "ЕЩЁ"))) == {("code", "unique.code")}


def test_empty_values_never_collide(office):
    assert item(office, None).id != item(office, "").id


def test_another_organisation_may_have_the_same_value(office, other):
    item(office, "U2")
    assert item(other, "U2").id


def test_an_edit_is_judged_too(office):
    item(office, "U3")
    made = item(office, "U4")
    assert said(refused(lambda: office.edit(made, {"code": "u3"}))) == {("code", "unique.code")}
    assert office.edit(made, {"code": "U4", "name": "басқа"}).values["name"] == "басқа", "its own value is no clash"


def test_an_archived_record_leaves_its_value_free_and_restoring_names_who_took_it(office):
    old = item(office, "U5", "ескі")
    archived = office.do("archive", old)
    item(office, "u5", "жаңа зат")
    refusal = refused(lambda: office.do("restore", archived))
    assert isinstance(refusal, Conflict) and refusal.status == 409
    for language in ("kk", "ru", "en"):
        assert "жаңа зат" in refusal.problems[0].text(language)


def test_restoring_without_a_clash_takes_the_value_back(office):
    old = office.do("archive", item(office, "U6"))
    live = office.do("restore", old)
    assert live.values["archived_at"] is None
    assert said(refused(lambda: item(office, "U6"))) == {("code", "unique.code")}


def test_a_set_that_is_unique_in_one_state_only(office):
    def slot(status):
        return office.create("lab.slot", {"place": "Зал", "status": status})

    slot("free"), slot("free")
    taken = slot("taken")
    refusal = refused(lambda: slot("taken"))
    assert said(refusal) == {("place", "unique.taken_once")} and refusal.problems[0].text("kk") == "Орын бос емес"
    free = slot("free")
    assert said(refused(lambda: office.edit(free, {"status": "taken"}))) == {("place", "unique.taken_once")}
    office.edit(taken, {"status": "free"})
    assert office.edit(free, {"status": "taken"}).values["status"] == "taken"


def test_restoring_looks_at_the_state_too(office):
    one = office.create("lab.slot", {"place": "Бөлме", "status": "taken"})
    archived = office.do("archive", one)
    two = office.create("lab.slot", {"place": "бөлме", "status": "taken"})
    refusal = refused(lambda: office.do("restore", archived))
    assert isinstance(refusal, Conflict) and "бөлме" in refusal.problems[0].text("ru")
    office.edit(two, {"status": "free"})
    assert office.do("restore", archived).values["status"] == "taken"


def test_posting_a_twin_is_refused_and_gives_no_number(office, things):
    raw = order(things, date="2026-02-10")
    first = office.do("post", office.create("lab.order", raw))
    second = office.create("lab.order", raw)
    assert said(refused(lambda: office.do("post", second))) == {("supplier", "unique.once_a_day")}
    assert office.get(second).values["state"] == "draft" and office.get(second).values["number"] is None
    third = office.do("post", office.create("lab.order", {**raw, "date": "2026-02-11"}))
    assert int(third.values["number"][-3:]) == int(first.values["number"][-3:]) + 1, "the refused one took no number"


def test_a_reversed_document_leaves_its_values_free(office, things):
    """The mistake is answered by a reversal, and the right document has the same payer, day and sum."""
    raw = order(things, date="2026-03-02")
    posted = office.do("post", office.create("lab.order", raw))
    twin = office.do("reverse", posted)
    assert str(twin.values["date"]) == raw["date"], "even the reversal of the same day is no clash"
    again = office.do("post", office.create("lab.order", raw))
    assert again.values["state"] == "posted"
    third = office.create("lab.order", raw)
    assert said(refused(lambda: office.do("post", third))) == {("supplier", "unique.once_a_day")}


def test_many_records_of_one_request_may_not_clash_among_themselves(office):
    from engine.services import records

    twins = [{"name": "егіз", "code": "U7"}] * 2
    refusal = refused(lambda: office.write(office.owner, lambda uow: records.create_many(uow, "lab.item", twins)))
    assert {code for _, code in said(refusal)} == {"unique.code"}
    assert not office.list("lab.item", filters=[("code", "is", ["U7"])]).records
