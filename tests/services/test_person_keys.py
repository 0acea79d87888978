"""What the journal says of people stands under their keys, and is gone with them; the chain stays whole."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
import sqlalchemy as sa

from engine.fields import cipher
from engine.services import keys, person_keys, records
from engine.services.journal import sealing, verifying
from engine.storage.system.tables import JOURNAL
from tests.services import world
from tests.services.conftest import Office, open_site, refused

MODULE = {"metadata/clinic/_module.yaml": "module: clinic\ntitle: {kk: Емхана, ru: Поликлиника}\nrequires: [system]\n"}
HUMAN = """
entity: clinic.human
kind: reference
title: {kk: Адам, ru: Человек}
plural: {kk: Адамдар, ru: Люди}
display: "{name}"
fields:
  name: {type: text, required: yes, sensitivity: personal, title: {kk: Аты, ru: Имя}}
  room: {type: text, title: {kk: Бөлме, ru: Кабинет}}
access:
  owner: {can: ALL}
"""
CASE = """
entity: clinic.case
kind: reference
title: {kk: Іс, ru: Случай}
plural: {kk: Істер, ru: Случаи}
display: "{room}"
subject: human
fields:
  human: {type: link, to: clinic.human, title: {kk: Адам, ru: Человек}}
  room: {type: text, title: {kk: Бөлме, ru: Кабинет}}
  pin: {type: text, encrypted: yes, title: {kk: Құпия, ru: Тайна}}
  diagnosis: {type: longtext, sensitivity: medical, title: {kk: Диагноз, ru: Диагноз}}
  visits:
    type: rows
    title: {kk: Қаралулар, ru: Приёмы}
    fields:
      on: {type: text, title: {kk: Күні, ru: День}}
      told: {type: text, sensitivity: medical, title: {kk: Шағымы, ru: Жалоба}}
access:
  owner: {can: ALL}
"""
SECRETS = ("Асқар", "жөтел", "4711", "бас ауруы")


@pytest.fixture
def clinic(url, tmp_path):
    files = {**MODULE, "metadata/clinic/human.yaml": HUMAN, "metadata/clinic/case.yaml": CASE}
    site = open_site(url, tmp_path, world.files(files))
    office = Office(site)
    yield office
    site.database.close()
    cipher.install(None)


@pytest.fixture
def made(clinic):
    human = clinic.create("clinic.human", {"name": "Асқар", "room": "12"})
    case = clinic.create("clinic.case", {
        "human": str(human.id), "room": "12", "pin": "4711", "diagnosis": "жөтел",
        "visits": [{"on": "дүйсенбі", "told": "бас ауруы"}]})
    return human, clinic.edit(case, {"diagnosis": "жөтел жоқ", "room": "14"})


def stored(clinic) -> str:
    with clinic.site.database.reading() as connection:
        return json.dumps(list(connection.execute(sa.select(JOURNAL.c.changes)).scalars()), ensure_ascii=False)


def told(clinic, record) -> dict[str, tuple[str, str]]:
    return {c.path: (c.before, c.after) for entry in clinic.history(record)[:1] for c in entry.changes}


def test_personal_values_stand_in_the_journal_under_the_persons_key_and_history_shows_them(clinic, made):
    human, case = made
    text = stored(clinic)
    assert not [secret for secret in SECRETS if secret in text]
    assert "дүйсенбі" not in text, "rows with a medical field are sealed as a whole"
    assert '"14"' in text, "what tells of nobody stands open"
    assert told(clinic, case) == {"diagnosis": ("жөтел", "жөтел жоқ"), "room": ("12", "14")}
    first = clinic.history(case)[-1]
    assert {c.path.partition("[")[0] for c in first.changes} == {"human", "room", "pin", "diagnosis", "visits"}
    entry = clinic.journal(case)[0]
    assert UUID(entry.changes["diagnosis"]["of"]) == human.id, "the key is that of the linked person"


def test_erasing_a_person_destroys_what_the_journal_says_and_leaves_the_chain_whole(clinic, made):
    human, case = made
    other = clinic.create("clinic.human", {"name": "Бөтен"})
    clinic.write(clinic.system, lambda uow: person_keys.destroy(uow, human.id))
    assert told(clinic, case) == {"diagnosis": ("больше не хранится",) * 2, "room": ("12", "14")}
    assert clinic.history(other)[0].changes[0].after == "Бөтен", "others are read on"
    again = clinic.edit(case, {"diagnosis": "қайта"})
    assert "қайта" not in stored(clinic) and told(clinic, again)["diagnosis"] == ("больше не хранится",) * 2
    assert refused(lambda: clinic.write(clinic.system, lambda uow: person_keys.destroy(uow, human.id)))
    assert [e.operation for e in clinic.journal(human)][-1] == "person forget"
    sealing.seal(clinic.site, None)
    site = clinic.site
    with site.database.snapshot() as connection:
        report = verifying.verify(connection, site.journal_key, site.settings.data, site.clock.now())
    assert report.whole, report.findings


def test_a_sealed_value_moved_to_another_entry_is_not_believed(clinic, made):
    _, case = made
    entries = clinic.journal(case)
    with clinic.site.database.reading() as connection:
        class Moved:
            id, changes = entries[1].id, {"diagnosis": entries[0].changes["diagnosis"]}

        assert person_keys.opened(connection, [Moved]) == {entries[1].id: {"diagnosis": {"erased": True}}}


def test_keys_of_people_pass_to_another_ring_key(clinic, made):
    _, case = made
    keys.add(clinic.site)
    assert keys.rotate(clinic.site).cells >= 2
    keys.retire(clinic.site, 1)
    assert told(clinic, case)["diagnosis"] == ("жөтел", "жөтел жоқ")


def test_edits_of_personal_fields_can_still_be_merged_and_taken_back(clinic, made):
    from engine.services.merging.base import base_values
    from engine.services.merging.snapshots import snapshot

    _, case = made
    entity = clinic.site.catalog.entities["clinic.case"]

    def earlier(view):
        now = snapshot(entity.fields, records.read(view, "clinic.case", case.id).values, ("diagnosis", "room"))
        return base_values(view, entity, case.id, now, 1, 2)

    assert clinic.read(clinic.owner, earlier)["diagnosis"] == "жөтел"
