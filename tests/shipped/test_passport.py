"""The passport of personal data: everything shipped that tells of people says why it is kept, for how long, who sees it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from engine.errors import NotFound
from engine.services.rights.passport import passport
from tests.shipped.conftest import CATALOG


@pytest.fixture(scope="module")
def lines(school):
    return school.site.read(school.people["administrator"], passport, language="ru")


def unsaid(lines) -> list[str]:
    return [line.field.address for line in lines if line.purpose is None or line.kept_for is None]


def test_every_field_with_personal_data_stands_in_it_with_its_purpose_and_term(lines):
    personal = {f.address for e in CATALOG.entities.values() for f in e.fields.values() if f.is_personal}
    assert {line.path[0].address for line in lines} == personal and len(personal) > 40
    assert unsaid(lines) == []
    medical = [line for line in lines if line.field.sensitivity == "medical"]
    assert medical and all(line.field.purpose or line.path[0].purpose for line in medical), "each says why by itself"


def test_a_field_that_says_nothing_is_found(lines):
    assert unsaid([replace(lines[0], purpose=None), replace(lines[1], kept_for=None)]) == [
        lines[0].field.address, lines[1].field.address]


def test_it_says_who_sees_a_diagnosis_and_on_which_records(lines):
    seen = {s.role: s.rules for s in next(x for x in lines if x.field.key == "diagnosis").seen_by}
    assert "teacher" not in seen and "nurse" in seen
    parent = next((s for x in lines if x.field.address == "system.person.iin" for s in x.seen_by if s.role == "parent"),
                  None)
    assert parent is not None and parent.rules, "parents see only some people, and the rule is said"


def test_it_is_for_overseers(school):
    with pytest.raises(NotFound):
        school.site.read(school.people["teacher"], passport)


def test_the_table_holds_a_line_for_each(school, lines):
    client = school.app.test_client()
    client.set_cookie("sid", school.tokens["administrator"])
    answer = client.get("/rights/personal-data?as=csv")
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    table = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    assert len(table) == len(lines) + 1 and all(all(row[:5]) for row in table)
    assert client.get("/rights/personal-data").status_code == 200
