"""Who may do what to which record and which field: roles add up, each with its own fields on its own rows."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, NotAllowed, NotFound
from engine.services import records
from engine.services.access import can, visible_entities
from engine.services.actor import NOBODY
from engine.services.registries import Query, choices, listing
from tests.services.conftest import refused, said
from tests.services.test_values import order


@pytest.fixture(scope="module")
def people(office):
    """Four people: in ward 1 only, in team т only, in both, in neither."""
    made = {}
    for name, ward, team in (("палата", "1", "о"), ("топ", "2", "т"), ("екеуі", "1", "т"), ("ешқайсы", "2", "о")):
        made[name] = office.create(
            "lab.patient", {"name": name, "ward": ward, "team": team, "health": len(made) + 1, "mark": 5 - len(made)}
        )
    return made


def rows(office, who, **query):
    return {r["name"]: r for r in office.list("lab.patient", who, **query).records}


def shown(record):
    return {k for k in ("name", "ward", "team", "health", "mark") if record.get(k) is not None}


def test_one_role_sees_its_fields_on_its_rows(office, people):
    got = rows(office, office.person("medic"))
    assert set(got) == {"палата", "екеуі"} and all(shown(r) == {"name", "ward", "health"} for r in got.values())
    assert all("mark" not in r and "team" not in r for r in got.values())
    got = rows(office, office.person("tutor"))
    assert set(got) == {"топ", "екеуі"} and all(shown(r) == {"name", "team", "mark"} for r in got.values())


def test_roles_add_up_but_each_keeps_its_fields_to_its_rows(office, people):
    both = office.person("medic", "tutor")
    got = rows(office, both)
    assert set(got) == {"палата", "топ", "екеуі"}
    assert shown(got["палата"]) == {"name", "ward", "health"}
    assert shown(got["топ"]) == {"name", "team", "mark"}
    assert shown(got["екеуі"]) == {"name", "ward", "team", "health", "mark"}


def test_the_card_is_cut_like_the_list(office, people):
    both = office.person("medic", "tutor")
    for name, fields in (
        ("палата", {"name", "ward", "health"}),
        ("топ", {"name", "team", "mark"}),
        ("екеуі", {"name", "ward", "team", "health", "mark"}),
    ):
        record = office.get(people[name], both)
        assert {k for k in record.values if k in ("name", "ward", "team", "health", "mark")} == fields
        assert record.writable == fields
    assert isinstance(refused(lambda: office.get(people["ешқайсы"], both)), NotFound)


def test_masked_values_do_not_leak_through_filters_order_totals_and_conditions(office, people):
    both = office.person("medic", "tutor")
    assert set(rows(office, both, filters=[("mark", "ge", ["1"])])) == {"топ", "екеуі"}, "палата has a mark, unseen"
    assert set(rows(office, both, where="mark >= 1")) == {"топ", "екеуі"}
    ordered = [r["name"] for r in office.list("lab.patient", both, sort=("mark",)).records]
    assert ordered[-1] == "палата", "its mark counts as empty"
    page = office.list("lab.patient", both, totals=("mark", "health"), count=True)
    assert page.count == 3
    assert page.totals["mark"] == sum(people[n].values["mark"] for n in ("топ", "екеуі"))
    assert page.totals["health"] == sum(people[n].values["health"] for n in ("палата", "екеуі"))


@pytest.mark.parametrize(
    "condition", ["mark == 5", 'mark > 1 or ward == "1"', "not empty(mark)", 'empty(mark) or ward == "2"']
)
def test_a_condition_over_a_masked_field_tells_nothing_of_rows_where_it_is_hidden(office, people, condition):
    """Changing the hidden value must not change what is found."""
    both = office.person("medic", "tutor")
    before = set(rows(office, both, where=condition))
    record = office.get(people["палата"])
    for value in (None, 5, 1):
        record = office.edit(record, {"mark": value})
        assert set(rows(office, both, where=condition)) == before
    office.edit(record, {"mark": 5})


HIDDEN = [
    ("filters", [("secret", "is", ["1"])]),
    ("where", 'secret == "1"'),
    ("sort", ("secret",)),
    ("sort", ("-secret",)),
    ("fields", ("secret",)),
    ("fields", ("name", "secret")),
    ("totals", ("secret",)),
]


@pytest.mark.parametrize(("part", "asked"), HIDDEN)
def test_hidden_names_are_refused_in_the_words_of_unknown_ones(office, part, asked):
    author = office.person("author")

    def ask(name):
        text = repr(asked).replace("secret", name)
        refusal = refused(lambda: office.list("lab.supplier", author, **{part: eval(text)}))
        assert isinstance(refusal, BadRequest)
        return [(p.code, p.path.replace(name, "_"), p.text("ru").replace(name, "_")) for p in refusal.problems]

    assert ask("pin") == ask("nix"), "pin is medical, nix is nowhere"


def test_hidden_names_behind_links_too(office, things):
    author = office.person("author")
    for asked in ({"where": 'supplier.pin == "1"'}, {"fields": ("supplier.pin",)}):
        refusals = [
            refused(lambda a=a: office.list("lab.order", author, **a))
            for a in (asked, {k: eval(repr(v).replace("pin", "nix")) for k, v in asked.items()})
        ]
        texts = [[p.text("ru").replace("pin", "_").replace("nix", "_") for p in r.problems] for r in refusals]
        assert texts[0] == texts[1] and all(r.status == 400 for r in refusals)
    assert office.list("lab.order", office.owner, where='supplier.pin == "1"').records == []


def test_create_is_judged_on_the_record_as_it_becomes(office):
    medic = office.person("medic")
    made = office.create("lab.patient", {"name": "жаңа", "ward": "1", "health": 3}, medic)
    assert made.values["name"] == "жаңа"
    refusal = refused(lambda: office.create("lab.patient", {"name": "бөтен", "ward": "2"}, medic))
    assert isinstance(refusal, NotAllowed) and said(refusal) == {("", "access.outside")}
    assert isinstance(refused(lambda: office.create("lab.patient", {"name": "палатасыз"}, medic)), NotAllowed)
    assert "бөтен" not in rows(office, office.owner)


def test_edit_is_judged_before_and_after(office, people):
    medic = office.person("medic")
    made = office.create("lab.patient", {"name": "көшеді", "ward": "1"}, medic)
    refusal = refused(lambda: office.edit(made, {"ward": "2"}, medic))
    assert isinstance(refusal, NotAllowed), "it would leave the medic's rows"
    assert isinstance(refused(lambda: office.edit(people["топ"], {"ward": "1"}, medic)), NotFound), (
        "it is not theirs now"
    )
    assert office.get(made).values["ward"] == "1"


def test_a_field_of_another_role_is_not_written_on_the_wrong_row(office, people):
    both = office.person("medic", "tutor")
    assert isinstance(refused(lambda: office.edit(office.get(people["палата"]), {"mark": 1}, both)), NotAllowed)
    assert isinstance(refused(lambda: office.edit(office.get(people["топ"]), {"health": 1}, both)), NotAllowed)
    saved = office.edit(office.get(people["екеуі"]), {"mark": 1, "health": 2}, both)
    assert (saved.values["mark"], saved.values["health"]) == (1, 2)
    refusal = refused(lambda: office.create("lab.patient", {"name": "х", "ward": "1", "mark": 5}, both))
    assert isinstance(refusal, NotAllowed), "a mark is the tutor's, and this row is the medic's alone"


def test_what_may_not_be_written_is_unknown_to_a_write(office):
    author = office.person("author")
    unknown = refused(lambda: office.create("lab.card", {"name": "к", "alpha": "а", "nix": "1"}, author))
    for key in ("gamma", "high", "tags"):
        refusal = refused(lambda key=key: office.create("lab.card", {"name": "к", "alpha": "а", key: None}, author))
        assert said(refusal) == {(key, "field.unknown")}
        assert refusal.problems[0].text("ru").replace(key, "nix") == unknown.problems[0].text("ru")


def test_rights_by_verb(office):
    made = office.create("lab.card", {"name": "к", "alpha": "а"})
    reader, author, stranger = (office.person(r) for r in ("reader", "author", "stranger"))
    assert office.get(made, reader).allowed == {"read", "history"}
    assert office.get(made, author).allowed == {"read", "create", "edit", "copy"}
    for who in (reader, author):
        assert isinstance(refused(lambda who=who: office.do("archive", made, who)), NotAllowed)
    assert isinstance(refused(lambda: office.edit(made, {"name": "х"}, reader)), NotAllowed)
    assert isinstance(refused(lambda: office.create("lab.card", {"name": "х"}, reader)), NotAllowed)
    assert isinstance(refused(lambda: office.get(made, stranger)), NotFound)
    assert isinstance(refused(lambda: office.list("lab.card", stranger)), NotAllowed)


def test_no_role_and_nobody_see_nothing(office, site):
    made = office.create("lab.card", {"name": "к", "alpha": "а"})
    assert visible_entities(site.catalog, NOBODY) == []
    for who in (NOBODY, office.person("stranger")):
        assert isinstance(refused(lambda who=who: office.get(made, who)), NotFound)
        assert not can(site.catalog, who, site.catalog.entity("lab.card"), "read")


def test_another_organisation_is_as_if_it_were_not(office, other, things):
    made = office.create("lab.order", order(things))
    posted = office.do("post", office.create("lab.order", order(things, date="2026-02-02")))
    for record in (made, posted):
        assert isinstance(refused(lambda record=record: other.get(record)), NotFound)
        for verb in ("archive", "post", "reverse", "annul"):
            assert isinstance(refused(lambda record=record, verb=verb: other.do(verb, record)), NotFound)
        assert isinstance(refused(lambda record=record: other.edit(record, {"note": "х"})), NotFound)
        assert isinstance(refused(lambda record=record: other.history(record)), NotFound)
    assert other.list("lab.order", count=True).count == 0
    assert office.get(made).values["note"] is None


def test_the_display_of_a_link_is_shown_only_when_its_record_is(office, people):
    visits = [office.create("lab.visit", {"patient": str(people[n].id), "note": n}) for n in ("палата", "топ")]
    medic = office.person("medic")
    got = {r["note"]: r for r in office.list("lab.visit", medic).records}
    assert got["палата"]["@patient"] == "палата" and got["топ"]["@patient"] in (None, "")
    assert office.get(visits[0], medic).values["@patient"] == "палата"
    assert not office.get(visits[1], medic).values.get("@patient")
    assert "топ" not in office.get(visits[1], medic).display("ru")
    assert [c.text for c in office.read(medic, lambda v: choices(v, "lab.visit", "patient", "топ"))] == []
    found = office.read(medic, lambda v: listing(v, "lab.visit", Query(search="топ"))).records
    assert found == [], "nor can a hidden name be guessed by searching"


def test_a_link_to_a_record_that_is_not_shown_cannot_be_made(office, people):
    medic = office.person("medic")
    refusal = refused(lambda: office.create("lab.visit", {"patient": str(people["топ"].id)}, medic))
    assert said(refusal) == {("patient", "link.not-found")}
    assert office.create("lab.visit", {"patient": str(people["палата"].id)}, medic).id


def test_where_of_a_role_in_lists_cards_counts_and_history(office, things):
    reader = office.person("reader")
    draft = office.create("lab.order", order(things, date="2026-02-21"))
    before = office.list("lab.order", reader, count=True).count
    assert isinstance(refused(lambda: office.get(draft, reader)), NotFound)
    assert isinstance(refused(lambda: office.history(draft, reader)), NotFound)
    posted = office.do("post", draft)
    assert office.list("lab.order", reader, count=True).count == before + 1
    seen = office.get(posted, reader)
    assert seen.allowed == {"read", "history"} and "margin" not in seen.values, "margin is medical"


def test_a_stale_refusal_shows_only_what_its_reader_sees(office):
    author = office.person("author")
    seen = office.create("lab.card", {"name": "к", "alpha": "а", "gamma": "құпия"})
    office.edit(seen, {"low": 3})
    refusal = refused(lambda: office.edit(seen, {"name": "х"}, author))
    assert "gamma" not in refusal.details["current"].values and refusal.details["current"].values["low"] == 3


def test_preview_shows_no_more_than_the_record(office):
    author = office.person("author")
    made = office.create("lab.card", {"name": "к", "alpha": "а", "gamma": "құпия"})
    draft = office.read(author, lambda v: records.preview(v, "lab.card", {"name": "х", "gamma": "менікі"}, made.id))
    assert "gamma" not in draft.values and "құпия" not in repr(draft.values)
    assert {p.path for p in draft.problems} <= {"name", "kind", "alpha", "low", "high", ""}


def test_shared_lists_are_written_by_administrators_only(office, site):
    day = {"day": "2026-03-21", "kind": "holiday"}
    entity = site.catalog.entity("system.calendar_day")
    assert entity.scope == "shared"
    for role in ("director", "clerk"):
        assert not can(site.catalog, office.person(role), entity, "create")
        assert isinstance(
            refused(lambda role=role: office.create("system.calendar_day", day, office.person(role))), NotAllowed
        )
