"""Rights that depend on records which only point to this one, and what a person changed last."""

from __future__ import annotations

import pytest

from engine.errors import Refusal
from engine.services.recent import recent
from tests.services import world
from tests.services.conftest import open_site, refused

SHELVES = {
    "metadata/lab/shelf.yaml": """
entity: lab.shelf
kind: reference
title: {kk: Сөре, ru: Полка}
plural: {kk: Сөрелер, ru: Полки}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  loans: {type: backlinks, from: lab.loan, field: shelf, title: {kk: Берілгені, ru: Выдачи}}
access:
  owner: {can: ALL}
  reader: {can: [read, edit], where: "any(loans, open)"}
""",
    "metadata/lab/loan.yaml": """
entity: lab.loan
kind: reference
title: {kk: Беру, ru: Выдача}
plural: {kk: Берулер, ru: Выдачи}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  shelf: {type: link, to: lab.shelf, title: {kk: Сөре, ru: Полка}}
  open: {type: yesno, default: no, title: {kk: Ашық, ru: Открыта}}
access:
  owner: {can: ALL}
""",
}


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    made = open_site(module_url, tmp_path_factory.mktemp("shelves"), world.files(SHELVES))
    yield made
    made.database.close()


def test_what_a_list_shows_by_records_beside_opens_and_may_be_edited(office):
    reader = office.person("reader")
    shelf, closed = (office.create("lab.shelf", {"name": name}) for name in ("ашық", "жабық"))
    loan = office.create("lab.loan", {"name": "бір", "shelf": str(shelf.id), "open": True})
    office.create("lab.loan", {"name": "екі", "shelf": str(closed.id), "open": False})
    assert [r["name"] for r in office.list("lab.shelf", reader).records] == ["ашық"]
    seen = office.get(shelf, reader)
    assert seen.values["name"] == "ашық" and {"read", "edit"} <= seen.allowed
    assert office.edit(seen, {"name": "жаңа"}, reader).values["name"] == "жаңа"
    office.edit(loan, {"open": False})
    assert office.list("lab.shelf", reader).records == []
    assert isinstance(refused(lambda: office.edit(shelf, {"name": "тағы"}, reader, version=2)), Refusal)
    assert office.get(shelf).values["name"] == "жаңа"


def test_the_last_changes_are_the_persons_own_each_once_and_still_readable(office):
    reader = office.person("reader")
    assert office.read(reader, recent) == [], "what was changed is out of sight again"
    shelf = office.create("lab.shelf", {"name": "соңғы"})
    office.edit(shelf, {"name": "соңғысы"})
    found = office.read(office.owner, recent)
    assert found[0].title == "соңғысы" and found[0].operation == "edit" and found[0].id == shelf.id
    assert [c.id for c in found].count(shelf.id) == 1
    assert len(office.read(office.owner, lambda view: recent(view, 1))) == 1
    assert shelf.id not in [c.id for c in office.read(reader, recent)]
