"""Rights explained: why not, who sees a record and a field, what a change would give, how it was on a past day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.errors import NotFound
from engine.services import records, rights
from engine.services.actor import system
from engine.services.identity.actors import actor_of_user
from tests.conftest import MONDAY, Statements
from tests.services import test_reach
from tests.services.conftest import refused
from tests.services.test_reach import create, person

site = test_reach.site
tree = test_reach.tree
"""The same region, schools and cases as there, in a database of its own."""


@pytest.fixture(scope="module")
def kin(site, tree):
    """Two people of the first school, each with a case of their own."""
    found = {}
    for name in ("Айша", "Болат"):
        found[name] = create(site, system(tree.first), "system.person", {"last_name": name, "first_name": name}).id
        raw = {"name": f"ісі {name}", "keeper": found[name], "place": tree.maths}
        found[f"ісі {name}"] = create(site, system(tree.first), "lab.case", raw)
    return found


def case(site, who, record):
    actor = actor_of_user(site, who) if not hasattr(who, "roles") else who
    return site.read(actor, lambda v: records.read(v, "lab.case", record.id))


def ask(site, who, record, verb, field=""):
    actor = actor_of_user(site, who)
    entity = site.catalog.entity("lab.case")

    def work(view):
        return rights.why(view, entity, records.read(view, "lab.case", record.id), verb, field)

    return site.read(actor, work, language="ru")


def names(site, record, field="", verb="read"):
    entity = site.catalog.entity("lab.case")

    def work(view):
        return rights.seers(view, entity, records.read(view, "lab.case", record.id), verb, field)

    return {s.login: s for s in site.read(system(), work, language="ru")}


def login(site, who):
    return actor_of_user(site, who).login


def test_why_not_names_the_rule_and_what_it_lacks(site, tree, kin):
    medic = person(site, tree.first, "medic")
    answer = ask(site, medic, kin["ісі Айша"], "edit")
    assert not answer.is_allowed and answer.fits_life
    own = [r for r in answer.reasons if r.is_held]
    assert [(r.role, r.part, r.is_within, r.is_true) for r in own] == [("medic", "shut", True, False)]
    assert own[0].rule == "Этап = Закрыто"
    others = {r.role: r for r in answer.reasons if not r.is_held}
    assert {"owner", "author"} <= set(others) and others["owner"].rule == ""


def test_why_not_tells_of_the_part_of_the_tree(site, tree, kin):
    who = person(site, tree.region, ("author", tree.region))
    answer = ask(site, who, kin["ісі Айша"], "edit")
    (own,) = [r for r in answer.reasons if r.is_held]
    assert not answer.is_allowed and own.is_true and not own.is_within, "schools are written by their own people"
    assert ask(site, who, kin["ісі Айша"], "read").is_allowed


def test_why_tells_of_life_and_of_fields(site, tree):
    owner = person(site, tree.first, "owner")
    made = create(site, system(tree.first), "lab.case", {"name": "тірі"})
    assert ask(site, owner, made, "edit").is_allowed
    assert not ask(site, owner, made, "restore").fits_life
    medic = person(site, tree.first, "medic")
    assert not ask(site, medic, made, "read", "keeper").is_allowed
    assert ask(site, medic, made, "read", "name").is_allowed


def test_why_answers_as_the_engine_acts(site, tree, kin):
    """For every person, record and verb the explanation and the record's own verbs agree."""
    people = [person(site, tree.first, *roles, **more) for roles, more in (
        (("medic",), {}), (("author",), {}), ((("author", tree.maths),), {}), ((("author", tree.arts), "medic"), {}),
        (("reader",), {"person": str(kin["Айша"])}), (("owner",), {}), ((("tutor", tree.maths),), {}),
    )]
    people.append(person(site, tree.region, ("author", tree.region), "owner"))
    asked = 0
    for who in people:
        for record in (*tree.cases.values(), kin["ісі Айша"], kin["ісі Болат"]):
            try:
                seen = case(site, who, record)
            except NotFound:
                continue
            for verb in ("read", "edit", "archive", "restore", "history", "export"):
                assert ask(site, who, record, verb).is_allowed == (verb in seen.allowed), (who, record, verb)
                asked += 1
    assert asked > 100


def test_who_sees_a_record_is_whoever_can_open_it(site, tree, kin):
    """The answer for all people at once equals what each of them gets."""
    day = str(site.clock.today())
    people = [person(site, tree.first, *roles, **more) for roles, more in (
        (("medic",), {}), (("author",), {}), ((("author", tree.maths),), {}), ((("author", tree.arts),), {}),
        ((("author", tree.klass), "medic"), {}), (("reader",), {"person": str(kin["Айша"])}),
        (("reader",), {"person": str(kin["Болат"])}), (("owner",), {}), ((("tutor", tree.first),), {}),
        (("stranger",), {}), ((("author", tree.maths, ("until", "2020-01-01"), ("since", "2019-01-01")),), {}),
        (("author",), {"active": False}),
    )]
    people += [person(site, tree.region, ("author", tree.region)), person(site, tree.region, "author"),
               person(site, tree.second, "author", "owner")]
    create(site, system(tree.first), "system.user_group", {
        "name": "комиссия 2", "roles": [{"role": "author", "unit": str(tree.arts)}],
        "members": [{"user": str(people[9]), "since": day}]})
    create(site, system(tree.first), "system.substitution", {
        "absent": str(people[5]), "substitute": str(people[9]), "since": day, "until": day})
    compared = 0
    for record in (*tree.cases.values(), kin["ісі Айша"], kin["ісі Болат"]):
        for field in ("", "result", "keeper"):
            told = set(names(site, record, field))
            for who in people:
                actor = actor_of_user(site, who)
                try:
                    seen = actor is not None and case(site, actor, record)
                    sees = bool(seen) and (not field or field in seen.readable)
                except NotFound:
                    sees = False
                closed = actor is None
                assert ((not closed and actor.login in told) == sees), (record.values["name"], field, actor)
                compared += 1
    assert compared > 300


def test_who_sees_tells_by_which_rule(site, tree, kin):
    reader = person(site, tree.first, "reader", person=str(kin["Айша"]))
    deputy = person(site, tree.first, ("author", tree.maths))
    found = names(site, kin["ісі Айша"])
    (by,) = found[login(site, reader)].by
    assert by.role == "reader" and by.rule == "Хранитель = тот, кто спрашивает" and by.unit == ""
    (by,) = found[login(site, deputy)].by
    assert (by.role, by.unit, by.rule) == ("author", "maths", "")


def test_who_sees_costs_the_same_for_any_number_of_people(site, tree, kin):
    def cost():
        with Statements(site.database.engine) as counted:
            names(site, kin["ісі Айша"])
        return len(counted)

    names(site, kin["ісі Айша"])
    before = cost()
    for _ in range(5):
        person(site, tree.first, "author", ("medic", tree.maths))
    assert cost() == before


def test_a_change_tells_what_it_would_give(site, tree, kin):
    who = person(site, tree.first, "stranger")
    own = actor_of_user(site, person(site, tree.first, "owner"))

    def gained(change):
        return site.read(own, lambda v: rights.gain(v, change))

    people, found = gained(rights.Change("author", unit=tree.maths, user=who))
    told = {g.entity.address: g for g in found}
    assert people == 1 and told["lab.case"].before == 0
    assert told["lab.case"].after == len(test_reach.seen(site, person(site, tree.first, ("author", tree.maths))))
    assert {"read", "edit", "create"} <= set(told["lab.case"].verbs)
    people, found = gained(rights.Change("owner", user=own.user_id))
    assert (people, found) == (1, []), "held already"
    people, found = gained(rights.Change("owner", takes=True, user=own.user_id))
    told = {g.entity.address: g for g in found}
    assert told["lab.case"].after == 0 < told["lab.case"].before
    for _ in range(3):
        person(site, tree.first, "tutor")
    people, found = gained(rights.Change("author", holders="tutor"))
    assert people >= 3 and {g.entity.address for g in found} >= {"lab.case", "lab.plain"}


def test_a_past_day_is_told_from_the_journal(site, tree):
    own = actor_of_user(site, person(site, tree.first, "owner", "administrator"))
    who = person(site, tree.first, ("author", tree.maths))
    born = site.clock.today()
    site.clock.moment = MONDAY + timedelta(days=10)
    record = site.read(system(), lambda v: records.read(v, "system.user", who))
    site.write(own, lambda u: records.edit(u, "system.user", who, {"roles": [{"role": "medic"}]}, record.version))
    day = site.clock.today()
    group = create(site, system(tree.first), "system.user_group", {
        "name": "кейінгі", "roles": [{"role": "reader"}], "members": [{"user": str(who), "since": str(day)}]})
    site.clock.moment = MONDAY + timedelta(days=20)
    site.write(system(tree.first), lambda u: records.archive(u, "system.user_group", group.id, group.version))

    def told(day):
        found = site.read(own, lambda v: rights.then(v, who, day))
        return found.existed, {(h.role, h.unit, h.group) for h in found.held}

    assert told(born - timedelta(days=1)) == (False, set())
    assert told(born + timedelta(days=1)) == (True, {("author", tree.maths, "")})
    assert told(day) == (True, {("medic", None, ""), ("reader", None, "кейінгі")})
    assert told(site.clock.today()) == (True, {("medic", None, "")})
    first = site.read(own, lambda v: rights.then(v, who, day))
    assert (first.revision, first.catalog) == (0, None), "it was published by the real clock, later"
    last = site.read(own, lambda v: rights.then(v, who, date(2100, 1, 1)))
    assert last.catalog is site.catalog
    foreign = actor_of_user(site, person(site, tree.second, "administrator"))
    assert isinstance(refused(lambda: site.read(foreign, lambda v: rights.then(v, who, day))), NotFound)


def test_the_matrix_says_what_the_grants_say(site):
    found = rights.matrix(site.catalog, verb="read")
    rows = {e.address: dict(zip((r for r, _ in found.columns), cells, strict=True)) for e, cells in found.rows}
    case = rows["lab.case"]
    assert case["owner"].is_open and not case["owner"].is_narrowed
    assert case["reader"].is_narrowed and not case["stranger"].is_open
    assert case["medic"].hidden > 0
    of_role = rights.matrix(site.catalog, role="medic", module="lab")
    assert {e.module for e, _ in of_role.rows} == {"lab"} and {r for r, _ in of_role.columns} == {"medic"}
