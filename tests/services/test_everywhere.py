"""Search in all lists at once: rights, order, case and letters, and what it may cost."""

from __future__ import annotations

import pytest

from engine.loading.files import read_folder
from engine.services import records
from engine.services.actor import Actor, system
from engine.services.registries import everywhere
from tests.conftest import ROOT, Statements
from tests.services.conftest import Office, open_site


@pytest.fixture(scope="module")
def town(site):
    """An organisation in which one name stands in several lists."""
    office = Office(site)
    shown = office.create("lab.supplier", {"name": "Қарағанды Құрылыс", "pin": "әулие"})
    hidden = office.create("lab.supplier", {"name": "Қарағай жабық", "open": False})
    for n in range(8):
        office.create("lab.item", {"name": f"Тақтай қарағай {n}", "supplier": str(shown.id)})
    item = office.create("lab.item", {"name": "Қарағай тақтай"})
    draft = office.create("lab.order", {"supplier": str(shown.id), "note": "қарағанды", "lines": [
        {"item": str(item.id), "quantity": "1", "price": "5"}]})
    gone = office.create("lab.item", {"name": "Қарағаш мұрағатта"})
    office.do("archive", gone)
    office.shown, office.hidden, office.draft = shown, hidden, draft
    return office


def found(office, text, who=None, **more):
    return office.read(who or office.owner, lambda view: everywhere(view, text, **more))


def names(groups):
    return {g.entity.address: [name for _, name in g.records] for g in groups}


@pytest.mark.parametrize("text", ["қарағ", "ҚАРАҒ", "караг", "КАРАГ"])
def test_case_and_the_letters_of_a_russian_keyboard_make_no_difference(town, text):
    assert {"lab.supplier", "lab.item", "lab.order"} <= set(names(found(town, text)))


def test_the_best_come_first_and_the_rest_is_in_the_list(town):
    groups = {g.entity.address: g for g in found(town, "қарағай")}
    items = groups["lab.item"]
    assert items.records[0][1] == "Қарағай тақтай", "what begins with the text stands before what holds it"
    assert len(items.records) == 5 and items.more
    assert items.rank == 0
    assert not groups["lab.supplier"].more


def test_a_record_is_found_by_the_name_of_the_one_it_links_to(town):
    groups = names(found(town, "құрылыс"))
    assert groups["lab.supplier"] == ["Қарағанды Құрылыс"] and len(groups["lab.item"]) == 5


def test_what_is_hidden_leaves_no_trace(town):
    reader = town.person("reader")
    groups = names(found(town, "қарағ", reader))
    assert groups["lab.supplier"] == ["Қарағанды Құрылыс"], "the closed supplier is not the reader's"
    assert "lab.order" not in groups, "drafts are not the reader's"
    only = found(town, "жабық", reader)
    assert only == [], "neither a name nor a count tells of it"
    everything = found(town, "қарағ", reader, each=1)
    suppliers = next(g for g in everything if g.entity.address == "lab.supplier")
    assert not suppliers.more, "what may not be seen is not counted either"
    assert found(town, "қарағ", town.person("stranger")) == []


def test_a_hidden_text_finds_nothing(town):
    assert "lab.supplier" not in names(found(town, "әулие", town.person("author")))


def test_another_organisation_is_not_searched(town, other):
    assert found(other, "қарағ") == []


def test_the_archive_and_single_letters_are_left_out(town):
    assert "Қарағаш мұрағатта" not in names(found(town, "қараға", each=20)).get("lab.item", [])
    assert found(town, "қ") == [] and found(town, " ") == [] and found(town, "") == []


@pytest.mark.parametrize("text", ["%_\\", "' or 1=1", '"', "\x00", "a" * 5000, "🙂🙂", "( ) AND NOT *", "\u202e\u0301"])
def test_any_text_is_only_looked_for(town, text):
    assert found(town, text) == []


def test_the_statements_are_as_many_as_the_lists_that_are_named(town):
    for text, who in (("қарағ", town.owner), ("караганды курылыс", town.owner), ("қарағ", town.person("reader"))):
        found(town, text, who)
        with Statements(town.site.database.engine) as spent:
            groups = found(town, text, who)
        assert len(spent) == 1 + len(groups), spent.texts
    with Statements(town.site.database.engine) as spent:
        assert len(found(town, "қарағ", groups=1)) == 1
    assert len(spent) == 2


SECRETS = {
    "metadata/vault/_module.yaml": "module: vault\ntitle: {kk: Қойма, ru: Хранилище}\nrequires: [system]\n",
    "metadata/vault/_roles.yaml": "roles:\n  keeper: {title: {kk: Сақтаушы, ru: Хранитель}, sensitivity: personal}\n"
                                  "  guest: {title: {kk: Қонақ, ru: Гость}, sensitivity: internal}\n"
                                  "  owner: {title: {kk: Иесі, ru: Владелец}, sensitivity: internal}\n"
                                  "  passer: {title: {kk: Өтуші, ru: Прохожий}, sensitivity: internal}\n",
    "metadata/vault/holder.yaml": """
entity: vault.holder
kind: reference
title: {kk: Иесі, ru: Владелец}
display: "{name}"
search: [name, iin]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Аты, ru: Имя}}
  iin: {type: iin, encrypted: yes, sensitivity: personal, title: {kk: ЖСН, ru: ИИН}}
access:
  keeper: {can: [read, create, edit]}
  guest: {can: [read]}
""",
    "metadata/vault/card.yaml": """
entity: vault.card
kind: reference
title: {kk: Карта, ru: Карта}
display: "{label}"
search: [label, holder, holder_name]
fields:
  label: {type: text, required: yes, max: 80, title: {kk: Белгісі, ru: Метка}}
  holder: {type: link, to: vault.holder, title: {kk: Иесі, ru: Владелец}}
  holder_name: {type: lookup, through: holder, take: name, title: {kk: Иесінің аты, ru: Имя владельца}}
access:
  keeper: {can: [read, create, edit]}
  guest: {can: [read]}
  owner: {can: [read], where: label == "К-1", fields: {read: [label, holder, holder_name]}}
  passer: {can: [read], fields: {read: [label, holder]}}
""",
}


def test_one_finds_by_encrypted_and_by_taken_values_only_where_they_may_be_read(url, tmp_path):
    shipped = {k: v for k, v in read_folder(ROOT).items()
               if k.split("/")[1] == "system" or k == "translations/terms.yaml"}
    site = open_site(url, tmp_path, {**shipped, **{k: v.encode() for k, v in SECRETS.items()}})
    try:
        unit = site.write(system(), lambda uow: records.create(uow, "system.unit", {
            "code": "V", "name": {"kk": "Қ", "ru": "Х"}, "kind": "school", "legal": True}))
        keeper, guest, owner, passer = (
            Actor("user", None, r, r, None, unit.id, (), frozenset({r}), "ru")
            for r in ("keeper", "guest", "owner", "passer"))
        holder = site.write(keeper, lambda uow: records.create(
            uow, "vault.holder", {"name": "Айгерім", "iin": "900101350003"}))
        for label in ("К-1", "К-2"):
            site.write(keeper, lambda uow, label=label: records.create(
                uow, "vault.card", {"label": label, "holder": str(holder.id)}))

        def names_of(who, text):
            return names(site.read(who, lambda view: everywhere(view, text)))

        assert names_of(keeper, "900101350003") == {"vault.holder": ["Айгерім"], "vault.card": ["К-1", "К-2"]}
        assert names_of(keeper, " 900101 350003 ") == names_of(keeper, "900101350003")
        assert names_of(keeper, "90010135") == {}, "a part of it finds nothing: it is encrypted"
        assert names_of(guest, "900101350003") == {}, "who may not read the number cannot find by it"
        assert names_of(guest, "айгер") == {"vault.card": ["К-1", "К-2"], "vault.holder": ["Айгерім"]}
        assert names_of(owner, "айгер") == {"vault.card": ["К-1"]}, "a taken value is the card's own, its holder is not"
        assert names_of(owner, "900101350003") == {}, "what else is known of the holder finds nothing"
        assert names_of(passer, "айгер") == {}, "without the taken value and the holder there is nothing to find by"
    finally:
        site.database.close()
