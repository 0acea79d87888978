"""Conditions bind every door: hidden values stay and are not required, checks forgive empty optional ones."""

from __future__ import annotations

import pytest

from engine.services import records
from tests.services.conftest import refused, said

CARD = {"name": "карта", "alpha": "а"}


def test_a_hidden_field_keeps_what_is_stored_and_ignores_what_is_sent(office):
    made = office.create("lab.card", {**CARD, "kind": "a"})
    saved = office.edit(made, {"kind": "b", "beta": "бета", "alpha": "басқа"})
    assert saved.values["alpha"] == "а", "the input of a hidden field is set aside, not an error"
    assert office.get(made).values["alpha"] == "а"
    saved = office.edit(saved, {"kind": "a", "alpha": "басқа"})
    assert office.get(made).values["alpha"] == "басқа", "shown again, it is written again"


def test_a_hidden_field_of_a_new_record_stays_empty(office):
    made = office.create("lab.card", {"name": "к", "kind": "b", "beta": "б", "alpha": "жасырын"})
    assert office.get(made).values["alpha"] is None


def test_a_hidden_field_is_not_required(office):
    assert ("alpha", "field.required") in said(refused(lambda: office.create("lab.card", {"name": "к", "kind": "a"})))
    assert office.create("lab.card", {"name": "к", "kind": "c"}).id


def test_required_while_a_condition_holds(office):
    assert ("beta", "field.required") in said(refused(lambda: office.create("lab.card", {"name": "к", "kind": "b"})))
    made = office.create("lab.card", {"name": "к", "kind": "b", "beta": "б"})
    assert ("beta", "field.required") in said(refused(lambda: office.edit(made, {"beta": ""})))
    assert office.edit(made, {"kind": "c", "beta": None}).values["beta"] is None


def test_readonly_while_a_condition_holds(office):
    made = office.create("lab.card", {**CARD, "gamma": "г"})
    made = office.edit(made, {"kind": "c"})
    assert ("gamma", "field.readonly") in said(refused(lambda: office.edit(made, {"gamma": "басқа"})))
    assert office.edit(made, {"gamma": "г", "name": "басқа"}).values["name"] == "басқа", (
        "sent unchanged it is no change"
    )


def test_a_field_filled_once_stays(office):
    made = office.edit(office.create("lab.card", CARD), {"stamp": "бір"})
    assert ("stamp", "field.once") in said(refused(lambda: office.edit(made, {"stamp": "екі"})))
    assert ("stamp", "field.once") in said(refused(lambda: office.edit(made, {"stamp": None})))


@pytest.mark.parametrize(
    ("low", "high", "good"),
    [
        (1, 2, True),
        (2, 2, False),
        (3, 2, False),
        (None, 2, True),
        (2, None, True),
        (None, None, True),
    ],
)
def test_a_check_passes_when_an_optional_field_that_it_names_is_empty(office, low, high, good):
    raw = {**CARD, "low": low, "high": high}
    if good:
        assert office.create("lab.card", raw).values["high"] == high
    else:
        assert ("high", "field.check") in said(refused(lambda: office.create("lab.card", raw)))


def test_a_rule_of_the_record_stands_at_the_field_that_it_names(office):
    refusal = refused(lambda: office.create("lab.card", {**CARD, "low": 100}))
    assert said(refusal) == {("low", "rules.ordered")}
    assert [p.text("kk") for p in refusal.problems] == ["Тым үлкен"]


def test_the_form_is_told_which_fields_are_shown_required_and_locked(office):
    def states(raw):
        draft = office.read(office.owner, lambda view: records.preview(view, "lab.card", raw))
        return {k: (s.visible, s.required, s.readonly) for k, s in draft.states.items()}

    shown = states({"kind": "a"})
    assert shown["alpha"] == (True, True, False) and shown["beta"] == (True, False, False)
    shown = states({"kind": "b"})
    assert shown["alpha"][0] is False and shown["alpha"][1] is False and shown["beta"] == (True, True, False)
    assert states({"kind": "c"})["gamma"] == (True, False, True)


def test_empty_texts_are_empty_values(office):
    made = office.create("lab.card", {**CARD, "gamma": "", "memo": "   "})
    got = office.get(made).values
    assert got["gamma"] is None and got["memo"] is None
    assert ("name", "field.required") in said(refused(lambda: office.create("lab.card", {**CARD, "name": "  "})))
