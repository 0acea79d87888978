"""What a reviewer found open once: each test fails on the code as it was then."""

from __future__ import annotations

import io
import itertools
import struct
import zlib

import pytest

from engine.errors import BadRequest
from engine.model.catalog import ROOM
from engine.services import records
from engine.services.attachments import take_file
from engine.services.registries import choices
from tests.services import world
from tests.services.conftest import Office, open_site, refused, said

VAULT = {
    "metadata/lab/vault.yaml": """
entity: lab.vault
kind: reference
title: {kk: Қойма, ru: Хранилище}
plural: {kk: Қоймалар, ru: Хранилища}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  code: {type: text, max: 20, title: {kk: Коды, ru: Код}}
  folders: {type: backlinks, from: lab.folder, field: vault, title: {kk: Папкалар, ru: Папки}}
access:
  owner: {can: ALL}
  reader: {can: [read], fields: {read: [code, folders]}}
  author: {can: [read]}
""",
    "metadata/lab/folder.yaml": """
entity: lab.folder
kind: document
title: {kk: Папка, ru: Папка}
plural: {kk: Папкалар, ru: Папки}
display: "{name}"
number: {pattern: "{0000}", restart: never, assign: on posting, gaps: never}
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  vault: {type: link, to: lab.vault, title: {kk: Қойма, ru: Хранилище}}
  twin: {type: link, to: lab.vault, where: code == vault.code, title: {kk: Егізі, ru: Двойник}}
  posted_code: {type: lookup, through: vault, take: code, freeze: post, title: {kk: Коды, ru: Код}}
  first_code: {type: lookup, through: vault, take: code, freeze: create, title: {kk: Коды, ru: Код}}
  note: {type: text, max: 80, after_posting: yes, title: {kk: Ескерту, ru: Примечание}}
  photo: {type: image, title: {kk: Сурет, ru: Снимок}}
  paper: {type: file, accept: [application/pdf], title: {kk: Қағаз, ru: Бумага}}
  lines:
    type: rows
    title: {kk: Жолдар, ru: Строки}
    fields:
      label: {type: text, max: 20, title: {kk: Белгі, ru: Метка}}
      diagnosis: {type: text, max: 20, sensitivity: medical, title: {kk: Диагноз, ru: Диагноз}}
access:
  owner: {can: LIFE}
  reader: {can: [read], where: name == "shown"}
  author: {can: [read, create, edit], where: name == "shown"}
""",
    "metadata/lab/patient.yaml": world.WORKSHOP["metadata/lab/patient.yaml"].replace(
        "[read, create, edit, history]", "[read, create, edit, copy, history]"
    ),
}


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    made = open_site(module_url, tmp_path_factory.mktemp("vault"), world.files(VAULT))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def vault(office):
    return office.create("lab.vault", {"name": "құпия", "code": "c1"})


def test_preview_shows_a_stored_value_only_where_its_own_row_is_seen(office):
    """A tutor's right to write marks is of the tutor's rows: it opens no mark on the medic's."""
    both = office.person("medic", "tutor")
    patient = office.create("lab.patient", {"name": "а", "ward": "1", "team": "о", "health": 7, "mark": 5})

    def preview(raw):
        return office.read(both, lambda v: records.preview(v, "lab.patient", raw, patient.id)).values

    seen = preview({"name": "б"})
    assert seen["name"] == "б" and seen["health"] == 7
    assert "mark" not in seen and "team" not in seen
    assert preview({"mark": 2})["mark"] == 2, "what was typed comes back"
    assert "mark" not in preview({"mark": "не число"}), "what could not be read brings nothing stored with it"


def test_a_copy_takes_only_what_its_maker_sees_of_that_very_record(office):
    both = office.person("medic", "tutor")
    patient = office.create("lab.patient", {"name": "а", "ward": "1", "team": "о", "health": 7, "mark": 5})
    made = office.get(office.copy(patient, both))
    assert made.values["health"] == 7
    assert made.values["mark"] is None and made.values["team"] is None


def test_choices_name_no_record_by_a_hidden_field(office, vault):
    reader, author = office.person("reader"), office.person("author")
    assert office.read(reader, lambda v: choices(v, "lab.folder", "vault")) == []
    assert office.read(reader, lambda v: choices(v, "lab.folder", "vault", include=vault.id)) == []
    assert [c.text for c in office.read(author, lambda v: choices(v, "lab.folder", "vault", "құпия"))] == ["құпия"]


def test_choices_judge_by_no_record_of_another_organisation(site, office, vault):
    """An id typed into one link must not tell, by what another link offers, what that record holds."""
    other = Office(site)
    foreign = other.create("lab.vault", {"name": "бөтен", "code": "c1"})

    def offered(id):
        return [
            c.text for c in office.read(office.owner, lambda v: choices(v, "lab.folder", "twin", values={"vault": id}))
        ]

    assert offered(vault.id) == ["құпия"]
    assert offered(foreign.id) == []


def test_records_behind_a_link_are_not_counted_unless_all_are_seen(office, vault):
    for name in ("shown", "hidden"):
        office.create("lab.folder", {"name": name, "vault": str(vault.id)})
    reader = office.person("reader")
    for condition in ("count(folders) == 2", "count(folders) > 0"):
        refusal = refused(lambda condition=condition: office.list("lab.vault", reader, where=condition))
        assert isinstance(refusal, BadRequest)
    unknown = refused(lambda: office.list("lab.vault", reader, where="count(nix) > 0"))
    assert said(refusal) == said(unknown)
    assert office.list("lab.vault", office.owner, where="count(folders) >= 2").records


def test_a_frozen_copy_stays_after_its_moment(office):
    source = office.create("lab.vault", {"name": "көз", "code": "old"})
    draft = office.create("lab.folder", {"name": "shown", "vault": str(source.id)})
    source = office.edit(source, {"code": "mid"})
    draft = office.edit(draft, {"note": "бір"})
    assert (draft.values["first_code"], draft.values["posted_code"]) == ("old", "mid")
    posted = office.do("post", draft)
    office.edit(source, {"code": "new"})
    after = office.edit(posted, {"note": "екі"})
    assert (after.values["first_code"], after.values["posted_code"]) == ("old", "mid")
    again = office.create("lab.vault", {"name": "басқа", "code": "else"})
    fresh = office.create("lab.folder", {"name": "shown", "vault": str(source.id)})
    moved = office.edit(fresh, {"vault": str(again.id)})
    assert moved.values["first_code"] == "else", "another record is copied anew"


def test_rows_are_as_sensitive_as_what_stands_in_them(office):
    made = office.create("lab.folder", {"name": "shown", "lines": [{"label": "а", "diagnosis": "х"}]})
    author = office.person("author")
    assert "lines" not in office.get(made, author).values
    refusal = refused(lambda: office.list("lab.folder", author, where='any(lines, diagnosis == "х")'))
    assert isinstance(refusal, BadRequest)
    assert office.get(made).values["lines"][0]["diagnosis"] == "х"


def picture() -> bytes:
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0\0")) + part(b"IEND", b"")


def test_a_file_judged_for_one_field_is_not_bound_to_another(office):
    info = take_file(office.site, office.owner, "lab.folder", "photo", io.BytesIO(picture()), "а.png")
    refusal = refused(lambda: office.create("lab.folder", {"name": "shown", "paper": str(info.id)}))
    assert said(refusal) == {("paper", "file.not-free")}
    assert office.create("lab.folder", {"name": "shown", "photo": str(info.id)}).values["photo"] == info.id


def test_lists_of_fields_that_requests_spell_do_not_fill_the_memory(site, office):
    catalog = site.catalog
    fixed = len(catalog._derived)
    fields = ("number", "date", "state", "note", "name", "vault")
    office.list("lab.folder", fields=fields)
    made = len(catalog._derived)
    for order in itertools.islice(itertools.permutations(fields), 1, 30):
        office.list("lab.folder", fields=order)
    assert len(catalog._derived) == made >= fixed
    before = catalog.kept(("n", 0))
    assert before is None
    for n in range(ROOM + 10):
        catalog.keep(("n", n), n)
    assert len(catalog._spelled) == ROOM and catalog.kept(("n", ROOM + 9)) == ROOM + 9
    assert office.list("lab.folder", fields=fields).records is not None, "what was forgotten is made again"
