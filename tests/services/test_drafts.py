"""Drafts of forms: a person's own, sealed, for a while; and how the record behind an open form stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.errors import NotFound
from engine.ids import new_id
from engine.services import drafts
from engine.storage.system.personal import DRAFT
from engine.storage.system.tables import FILE
from tests.services.test_schedules import swept

PAIRS = [("_fields", "name rating"), ("name", "Ағаш"), ("rating", "5")]


def keep(office, who, place="new", pairs=PAIRS, version=None, address="lab.supplier"):
    office.write(who, lambda uow: drafts.keep(uow, address, place, pairs, version))


def kept(office, who, place="new", address="lab.supplier"):
    return office.read(who, lambda view: drafts.kept(view, address, place))


def test_a_draft_is_kept_replaced_and_discarded(office):
    keep(office, office.owner)
    keep(office, office.owner, pairs=[("name", "Темір"), ("name", "екінші")])
    draft = kept(office, office.owner)
    assert draft.pairs == [("name", "Темір"), ("name", "екінші")] and draft.at == office.site.clock.now()
    office.write(office.owner, lambda uow: drafts.discard(uow, "lab.supplier", "new"))
    assert kept(office, office.owner) is None


def test_each_person_place_and_entity_has_its_own(office):
    author = office.person("author")
    keep(office, office.owner)
    assert kept(office, author) is None and kept(office, office.owner, place=str(new_id())) is None
    assert kept(office, office.owner, address="lab.item") is None
    office.write(author, lambda uow: drafts.discard(uow, "lab.supplier", "new"))
    assert kept(office, office.owner) is not None


def test_a_draft_moved_to_another_person_cannot_be_read(office):
    author = office.person("author")
    keep(office, office.owner)
    mine, theirs = (DRAFT.c.user_id == who.user_id for who in (office.owner, author))
    with office.site.database.writing() as connection:
        connection.execute(sa.delete(DRAFT).where(theirs))
        connection.execute(sa.update(DRAFT).where(mine).values(user_id=author.user_id))
    assert kept(office, author) is None
    keep(office, author)
    assert kept(office, author).pairs == PAIRS


def test_nobody_without_an_account_has_drafts(office):
    with pytest.raises(NotFound):
        keep(office, office.system)
    assert kept(office, office.system) is None


def test_the_standing_of_a_record_names_who_saved_it_and_who_is_typing(office):
    author = office.person("owner", "author")
    made = office.create("lab.supplier", {"name": "Қайың"})

    def standing(who):
        return office.read(who, lambda view: drafts.standing(view, "lab.supplier", made.id))

    assert (standing(author).version, standing(author).by, standing(author).others) == (1, office.owner.login, ())
    keep(office, office.owner, place=str(made.id), version=1)
    assert standing(author).others == (office.owner.login,) and standing(office.owner).others == ()
    office.site.clock.moment += timedelta(minutes=5)
    assert standing(author).others == (), "who paused for long is not typing"
    office.edit(made, {"name": "Емен"}, who=author)
    assert (standing(office.owner).version, standing(office.owner).by) == (2, author.login)


def test_the_standing_of_a_record_that_one_may_not_edit_is_not_told(office, other):
    made = office.create("lab.supplier", {"name": "Терек"})
    for who in (office.person("reader"), office.person("stranger"), other.owner):
        with pytest.raises(NotFound):
            office.read(who, lambda view: drafts.standing(view, "lab.supplier", made.id))


def test_old_drafts_are_swept_and_files_wait_for_the_draft_that_names_them(office):
    site, now = office.site, office.site.clock.now()
    keep(office, office.owner, address="lab.item")
    mine, lost = new_id(), new_id()
    with site.database.writing() as connection:
        connection.execute(sa.insert(FILE), [
            {"id": id, "organisation_id": office.id, "entity": entity, "field": "x", "record_id": None, "name": "x",
             "media_type": "text/plain", "size": 1, "digest": "d" * 64, "created_at": now - timedelta(days=2),
             "created_by": office.owner.user_id}
            for id, entity in ((mine, "lab.item"), (lost, "lab.order"))])
    swept(site, "sweep.files")
    with site.database.reading() as connection:
        left = set(connection.execute(sa.select(FILE.c.id).where(FILE.c.id.in_([mine, lost]))).scalars())
    assert left == {mine}
    site.clock.moment += timedelta(days=31)
    assert swept(site, "sweep.requests")["drafts"] >= 1
    assert swept(site, "sweep.files")["uploads"] >= 1
