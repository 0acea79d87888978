# ruff: noqa: E501 - a field stands on one line of YAML, as people write it
"""A role is held in a part of the organisation: there and below, for a while, by a group, or in somebody's place."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest

from engine.errors import Invalid, NotAllowed, NotFound
from engine.services import records
from engine.services.access.grants import grants
from engine.services.actor import system
from engine.services.identity.actors import actor_of_user
from engine.services.registries import Query, choices, listing
from tests.conftest import MONDAY, Statements
from tests.services import world
from tests.services.conftest import open_site, refused, said

FILES = {
    "metadata/lab/case.yaml": """
entity: lab.case
kind: reference
unit: place
title: {kk: Іс, ru: Дело}
plural: {kk: Істер, ru: Дела}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  place: {type: link, to: system.unit, title: {kk: Орны, ru: Место}}
  keeper: {type: link, to: system.person, title: {kk: Иесі, ru: Хранитель}}
  stage: {type: choice, options: {open: {kk: Ашық, ru: Открыто}, shut: {kk: Жабық, ru: Закрыто}}, default: open, title: {kk: Кезең, ru: Этап}}
  result: {type: text, max: 80, title: {kk: Нәтиже, ru: Итог}}
access:
  owner: {can: ALL}
  author: {can: [read, create, edit, archive, history, export]}
  reader: {can: [read], where: keeper == actor.person}
  medic:
    can: [read]
    fields: {read: [name, stage, place]}
    also:
      shut: {can: [read, edit], where: stage == "shut", fields: {read: [name, stage, place, result], write: [result]}}
  tutor: {can: [read], where: "within(place, actor.units)"}
""",
    "metadata/lab/plain.yaml": """
entity: lab.plain
kind: reference
title: {kk: Қарапайым, ru: Простое}
plural: {kk: Қарапайымдар, ru: Простые}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  case: {type: link, to: lab.case, title: {kk: Іс, ru: Дело}}
access:
  owner: {can: ALL}
  author: {can: [read, edit, create]}
""",
}
FILES = {name: text.replace("ALL", world.ALL) if hasattr(world, "ALL") else text for name, text in FILES.items()}
_logins = count(1)


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    made = open_site(module_url, tmp_path_factory.mktemp("reach"), world.files(FILES))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def tree(site):
    """A region with two schools; the first has two departments, and one of these a class."""
    made = SimpleNamespace()

    def unit(name, parent=None, legal=False, organisation=None):
        raw = {"code": name, "name": {"kk": name, "ru": name}, "kind": "school", "legal": legal}
        record = site.write(
            system(organisation), lambda uow: records.create(uow, "system.unit", {**raw, "parent": parent})
        )
        setattr(made, name, record.id)
        return record.id

    region = unit("region", legal=True)
    first, second = (unit(name, region, legal=True) for name in ("first", "second"))
    maths = unit("maths", first, organisation=first)
    unit("arts", first, organisation=first)
    unit("klass", maths, organisation=first)
    unit("office", region, organisation=region)
    made.cases = {}
    for name, organisation, place in (
        ("of first", first, None), ("at first", first, first), ("of maths", first, maths),
        ("of arts", first, made.arts), ("of klass", first, made.klass), ("of second", second, None),
        ("of region", region, None),
    ):
        made.cases[name] = create(site, system(organisation), "lab.case", {"name": name, "place": place})
        create(site, system(organisation), "lab.plain", {"name": name, "case": made.cases[name].id})
    return made


def create(site, who, address, raw):
    raw = {k: str(v) if v is not None and not isinstance(v, str | bool | list | dict) else v for k, v in raw.items()}
    return site.write(who, lambda uow: records.create(uow, address, raw))


def person(site, organisation, *roles, **more):
    """A user with these roles, each a name or (name, unit)."""
    rows = [{"role": r} if isinstance(r, str) else {"role": r[0], "unit": str(r[1]), **dict(r[2:])} for r in roles]
    raw = {"login": f"user{next(_logins)}", "active": True, "roles": rows, **more}
    return create(site, system(organisation), "system.user", raw).id


def seen(site, who, address="lab.case"):
    actor = actor_of_user(site, who)
    return {r["name"] for r in site.read(actor, lambda v: listing(v, address, Query())).records}


FIRST = {"of first", "at first", "of maths", "of arts", "of klass"}


@pytest.mark.parametrize(
    ("organisation", "unit", "shown", "plain"),
    [
        ("first", None, FIRST, FIRST),
        ("first", "first", FIRST, FIRST),
        ("first", "maths", {"of maths", "of klass"}, FIRST),
        ("first", "klass", {"of klass"}, FIRST),
        ("second", None, {"of second"}, {"of second"}),
        ("region", None, {"of region"}, {"of region"}),
        ("region", "region", FIRST | {"of second", "of region"}, FIRST | {"of second", "of region"}),
        ("region", "office", set(), {"of region"}),
    ],
)
def test_a_role_reaches_its_unit_and_what_is_below(site, tree, organisation, unit, shown, plain):
    """`lab.plain` names no unit: it is not divided inside an organisation."""
    role = "author" if unit is None else ("author", getattr(tree, unit))
    who = person(site, getattr(tree, organisation), role)
    assert seen(site, who) == shown
    assert seen(site, who, "lab.plain") == plain
    actor = actor_of_user(site, who)
    for name, case in tree.cases.items():
        read = lambda id=case.id: site.read(actor, lambda v: records.read(v, "lab.case", id))  # noqa: E731
        if name in shown:
            assert read().values["name"] == name
        else:
            assert isinstance(refused(read), NotFound)


def test_reach_counts_searches_groups_and_choices_alike(site, tree):
    actor = actor_of_user(site, person(site, tree.first, ("author", tree.maths)))

    def ask(**query):
        return site.read(actor, lambda v: listing(v, "lab.case", Query(**query)))

    assert ask(count=True).count == 2
    assert {r["name"] for r in ask(search="of").records} == {"of maths", "of klass"}
    offered = site.read(actor, lambda v: choices(v, "lab.plain", "case", ""))
    assert {c.text for c in offered} == {"of maths", "of klass"}
    plain = site.read(actor, lambda v: listing(v, "lab.plain", Query())).records
    assert {r["name"] for r in plain if r.get("@case")} == {"of maths", "of klass"}, "names of others stay hidden"


def test_who_looks_down_the_tree_reads_and_does_not_write(site, tree):
    """Schools below are written by their own people."""
    actor = actor_of_user(site, person(site, tree.region, ("author", tree.region)))
    case = site.read(actor, lambda v: records.read(v, "lab.case", tree.cases["of maths"].id))
    assert case.allowed - {"create"} == {"read", "history", "export"} and case.writable == frozenset()
    edit = lambda: site.write(actor, lambda u: records.edit(u, "lab.case", case.id, {"result": "х"}, case.version))  # noqa: E731
    assert isinstance(refused(edit), NotAllowed)
    own = site.read(actor, lambda v: records.read(v, "lab.case", tree.cases["of region"].id))
    assert "edit" in own.allowed


def test_a_record_is_made_and_moved_only_within_the_reach(site, tree):
    actor = actor_of_user(site, person(site, tree.first, ("author", tree.maths), "teacher"))  # a teacher sees units
    made = create(site, actor, "lab.case", {"name": "жаңа", "place": tree.klass})
    for place in (tree.arts, None):
        refusal = refused(lambda place=place: create(site, actor, "lab.case", {"name": "бөтен", "place": place}))
        assert isinstance(refusal, NotAllowed) and said(refusal) == {("", "access.outside")}
    move = {"place": str(tree.arts)}
    refusal = refused(
        lambda: site.write(actor, lambda u: records.edit(u, "lab.case", made.id, move, made.version))
    )
    assert isinstance(refusal, NotAllowed), "it would leave the reach"
    foreign = refused(lambda: create(site, actor, "lab.case", {"name": "х", "place": tree.second}))
    assert said(foreign) == {("place", "link.not-found")}
    site.write(system(tree.first), lambda u: records.archive(u, "lab.case", made.id, made.version))


def test_roles_in_different_parts_add_up(site, tree):
    who = person(site, tree.first, ("author", tree.arts), ("author", tree.klass), ("medic", tree.maths))
    assert seen(site, who) == {"of arts", "of klass", "of maths"}
    actor = actor_of_user(site, who)
    rows = {r["name"]: r for r in site.read(actor, lambda v: listing(v, "lab.case", Query())).records}
    assert "keeper" in rows["of arts"] and "keeper" in rows["of klass"]
    assert rows["of maths"].get("keeper") is None, "there only the medic's fields are shown"


def test_a_role_lasts_from_and_until_its_days(site, tree):
    who = person(site, tree.first, ("author", tree.maths, ("since", "2026-03-10"), ("until", "2026-03-20")))
    site.clock.moment = MONDAY.replace(year=2026, month=3, day=9)
    assert actor_of_user(site, who).roles == frozenset()
    site.clock.moment = MONDAY.replace(year=2026, month=3, day=20)
    assert actor_of_user(site, who).roles == {"author"} and seen(site, who) == {"of maths", "of klass"}
    site.clock.moment = MONDAY.replace(year=2026, month=3, day=21)
    assert actor_of_user(site, who).roles == frozenset()


def test_a_group_gives_its_roles_to_its_members_while_they_are(site, tree):
    who = person(site, tree.first, "stranger")
    day = site.clock.today()
    group = create(site, system(tree.first), "system.user_group", {
        "name": "комиссия", "roles": [{"role": "author", "unit": str(tree.klass)}],
        "members": [{"user": str(who), "since": str(day), "until": str(day + timedelta(days=2))}],
    })
    actor = actor_of_user(site, who)
    assert actor.roles == {"stranger", "author"} and seen(site, who) == {"of klass"}
    site.clock.moment = MONDAY + timedelta(days=3)
    assert actor_of_user(site, who).roles == {"stranger"}
    site.clock.moment = MONDAY
    site.write(system(tree.first), lambda u: records.archive(u, "system.user_group", group.id, group.version))
    assert actor_of_user(site, who).roles == {"stranger"}


def test_a_substitute_works_in_the_place_of_the_absent(site, tree):
    """ "My own" are the absent person's records and the substitute's own by their own role, never mixed up."""
    names = {}
    for name in ("Айша", "Болат"):
        raw = {"last_name": name, "first_name": name}
        names[name] = create(site, system(tree.first), "system.person", raw).id
        create(site, system(tree.first), "lab.case", {"name": f"ісі {name}", "keeper": names[name]})
    absent = person(site, tree.first, "reader", ("author", tree.arts), person=str(names["Айша"]))
    substitute = person(site, tree.first, "reader", person=str(names["Болат"]))
    lonely = person(site, tree.first, "stranger", person=str(names["Болат"]))
    day = site.clock.today()
    for who in (substitute, lonely):
        create(site, system(tree.first), "system.substitution", {
            "absent": str(absent), "substitute": str(who), "since": str(day), "until": str(day + timedelta(days=1)),
        })
    assert seen(site, substitute) == {"ісі Айша", "ісі Болат", "of arts"}
    assert seen(site, lonely) == {"ісі Айша", "of arts"}, "the lent role asks about the one who lent it"
    actor = actor_of_user(site, lonely)
    assert actor.user_id == lonely, "who acts stays who acts"
    card = lambda case: site.read(actor, lambda v: records.read(v, "lab.case", case.id))  # noqa: E731
    assert "edit" in card(tree.cases["of arts"]).allowed
    assert isinstance(refused(lambda: card(tree.cases["of maths"])), NotFound)
    site.clock.moment = MONDAY + timedelta(days=2)
    assert seen(site, substitute) == {"ісі Болат"}


def test_nobody_stands_in_for_themselves(site, tree):
    who = person(site, tree.first, "reader")
    raw = {"absent": str(who), "substitute": str(who), "since": "2026-01-01", "until": "2026-12-31"}
    refusal = refused(lambda: create(site, system(tree.first), "system.substitution", raw))
    assert isinstance(refusal, Invalid) and ("", "rules.not_oneself") in {(p.path, p.code) for p in refusal.problems} | {
        ("", "rules.not_oneself") for p in refusal.problems if "not_oneself" in p.code
    }


def test_fields_by_state(site, tree):
    """`also`: a further right of the same role, with verbs and fields of its own in another state."""
    actor = actor_of_user(site, person(site, tree.first, "medic"))
    case = create(site, system(tree.first), "lab.case", {"name": "кезең", "result": "құпия"})
    card = lambda: site.read(actor, lambda v: records.read(v, "lab.case", case.id))  # noqa: E731
    assert "result" not in card().values and card().writable == frozenset()
    listed = lambda: {  # noqa: E731
        r["name"]: r for r in site.read(actor, lambda v: listing(v, "lab.case", Query(filters=[("stage", "is", ["open"])]))).records
    }
    assert listed()["кезең"]["result"] is None, "in a list as on the card: the rights of one role are not one right"
    site.write(system(tree.first), lambda u: records.edit(u, "lab.case", case.id, {"stage": "shut"}, case.version))
    assert card().values["result"] == "құпия" and card().writable == {"result"}
    found = site.read(actor, lambda v: listing(v, "lab.case", Query(filters=[("result", "is", ["құпия"])])))
    assert {r["name"] for r in found.records} == {"кезең"}
    assert [g.part for g in grants(site.catalog, frozenset({"medic"}), site.catalog.entity("lab.case"))] == ["", "shut"]


def test_within_in_a_rule_of_the_metadata(site, tree):
    who = person(site, tree.first, ("tutor", tree.first), ("stranger", tree.maths))
    assert seen(site, who) >= {"at first", "of maths", "of arts", "of klass"}
    assert "of first" not in seen(site, who), "no place, so it stands nowhere"


def test_statements_of_a_parted_actor_are_shared_and_few(site, tree):
    """People who differ only in their units share statements, and rights cost no statement of their own."""
    one = actor_of_user(site, person(site, tree.first, ("author", tree.maths)))
    two = actor_of_user(site, person(site, tree.first, ("author", tree.arts)))
    assert one.shape == two.shape
    with Statements(site.database.engine) as counted:
        site.read(one, lambda v: listing(v, "lab.case", Query(count=True)))
    first = len(counted)
    with Statements(site.database.engine) as again:
        names = {r["name"] for r in site.read(two, lambda v: listing(v, "lab.case", Query(count=True))).records}
    assert names == {"of arts"} and len(again) == first <= 2


def test_lists_of_the_installation_are_written_at_the_top_of_the_tree_only(site, tree):
    day = {"day": "2026-03-23", "kind": "holiday", "name": {"kk": "мереке", "ru": "праздник"}}
    below = actor_of_user(site, person(site, tree.first, "administrator"))
    assert isinstance(refused(lambda: create(site, below, "system.calendar_day", day)), NotAllowed)
    above = actor_of_user(site, person(site, tree.region, "administrator"))
    assert create(site, above, "system.calendar_day", day).id
    read = site.read(below, lambda v: listing(v, "system.calendar_day", Query(fields=("day",))))
    assert read.records, "they are read by all"


def test_an_actor_with_groups_and_substitutions_is_one_statement(site, tree):
    who = person(site, tree.first, ("author", tree.maths))
    actor_of_user(site, who)
    with Statements(site.database.engine) as counted:
        actor_of_user(site, who)
    assert len(counted) == 1
