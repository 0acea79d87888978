"""Links lead only to live records of one's own organisation that their `where` offers."""

from __future__ import annotations

from uuid import uuid4

import pytest

from engine.services.registries import choices
from tests.services.conftest import refused, said
from tests.services.test_values import order


@pytest.fixture(scope="module")
def foreign(other):
    """Records of another organisation."""
    return {
        "supplier": other.create("lab.supplier", {"name": "Бөтен", "area": "wood"}),
        "item": other.create("lab.item", {"name": "Бөтен тауар", "price": "1", "area": "wood"}),
    }


def test_a_link_to_nothing_is_refused_at_its_place(office, things):
    lines = [{"item": str(things.plank.id)}, {"item": str(uuid4()), "price": "1"}]
    refusal = refused(lambda: office.create("lab.order", order(things, supplier=str(uuid4()), lines=lines)))
    assert {("supplier", "link.not-found"), ("lines[1].item", "link.not-found")} <= said(refusal)


def test_a_link_of_another_organisation_is_as_if_it_were_not(office, things, foreign):
    raw = order(things, supplier=str(foreign["supplier"].id))
    unknown = refused(lambda: office.create("lab.order", order(things, supplier=str(uuid4()))))
    other_one = refused(lambda: office.create("lab.order", raw))
    assert said(other_one) == said(unknown) == {("supplier", "link.not-found")}
    assert [p.text("ru") for p in other_one.problems] == [p.text("ru") for p in unknown.problems]


def test_nor_can_it_come_with_an_edit_a_row_or_a_list_of_links(office, things, foreign):
    made = office.create("lab.order", order(things))
    assert ("supplier", "link.not-found") in said(
        refused(lambda: office.edit(made, {"supplier": str(foreign["supplier"].id)}))
    )
    lines = [{"item": str(foreign["item"].id), "price": "5"}]
    assert ("lines[0].item", "link.not-found") in said(refused(lambda: office.edit(made, {"lines": lines})))
    card = {"name": "к", "alpha": "а", "items": [str(things.nail.id), str(foreign["item"].id)]}
    assert ("items[1]", "link.not-found") in said(refused(lambda: office.create("lab.card", card)))


def test_the_database_itself_refuses_a_link_across_organisations(office, things, foreign):
    """The composite foreign key of decisions.md, 3: even a write that forgets to ask cannot cross."""
    import sqlalchemy as sa
    from sqlalchemy.exc import IntegrityError

    from engine.storage.tables import tables_of

    made = office.create("lab.order", order(things))
    table = tables_of(office.site.catalog).of("lab.order")
    with pytest.raises(IntegrityError), office.site.database.writing() as connection:
        connection.execute(sa.update(table).where(table.c.id == made.id).values(supplier_id=foreign["supplier"].id))


def test_an_archived_record_cannot_be_chosen_but_stays_where_it_was(office, things):
    gone = office.create("lab.supplier", {"name": "Кеткен", "area": "wood"})
    made = office.create("lab.order", order(things, supplier=str(gone.id)))
    office.do("archive", gone)
    assert ("supplier", "link.archived") in said(
        refused(lambda: office.create("lab.order", order(things, supplier=str(gone.id))))
    )
    saved = office.edit(made, {"note": "бәрібір", "supplier": str(gone.id)})
    assert saved.values["supplier"] == gone.id
    assert office.get(made).values["@supplier"] == "Кеткен", "an archived target stays readable"


def test_where_of_a_link_is_judged_against_another_field(office, things):
    assert ("supplier", "link.not-choosable") in said(
        refused(lambda: office.create("lab.order", order(things, outer="metal")))
    )
    assert ("lines[0].item", "link.not-choosable") in said(
        refused(lambda: office.create("lab.order", order(things, supplier=str(things.metal.id), outer="metal")))
    )
    lines = [{"item": str(things.nail.id)}]
    assert office.create("lab.order", order(things, supplier=str(things.metal.id), outer="metal", lines=lines)).id
    assert office.create("lab.order", order(things, supplier=str(things.metal.id), lines=lines)).id, (
        "no filter, all fit"
    )


def test_choices_offer_what_may_be_chosen(office, things):
    def offered(path, search="", values=None, who=None, **more):
        return [
            c.text
            for c in office.read(
                who or office.owner, lambda view: choices(view, "lab.order", path, search, values or {}, **more)
            )
        ]

    assert {"Ағаш", "Темір"} <= set(offered("supplier"))
    assert set(offered("supplier", values={"outer": "metal"})) == {"Темір"}
    assert offered("lines.item", values={"outer": "wood"}) == ["Тақтай"]
    assert offered("supplier", "ТЕМІР") == ["Темір"], "found whatever the case"
    assert "Жабық" in offered("supplier") and "Жабық" not in offered("supplier", who=office.person("reader")), (
        "not shown"
    )
    assert offered("supplier", "жоқ нәрсе") == []
    assert len(offered("supplier", limit=1)) == 1


def test_choices_of_another_organisation_and_of_archived_records_are_not_offered(office, things, foreign):
    gone = office.create("lab.supplier", {"name": "Архивтегі"})
    office.do("archive", gone)
    texts = [c.text for c in office.read(office.owner, lambda view: choices(view, "lab.order", "supplier", limit=50))]
    assert "Бөтен" not in texts and "Архивтегі" not in texts


def test_a_value_that_its_where_left_behind_is_still_offered_while_it_is_the_present_one(office, things):
    texts = [
        c.text
        for c in office.read(
            office.owner,
            lambda view: choices(view, "lab.order", "supplier", values={"outer": "metal"}, include=things.wood.id),
        )
    ]
    assert texts[0] == "Ағаш" and "Темір" in texts
