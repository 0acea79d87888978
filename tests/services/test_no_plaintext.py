"""Planted numbers and diagnoses are nowhere to be read: not in the database, its log, files beside it, or lines of the log."""

from __future__ import annotations

import io
import json
import logging
import sys
from contextlib import redirect_stderr
from uuid import uuid4

import pytest
import sqlalchemy as sa

from engine import logs
from engine.app import create_app
from engine.fields import cipher
from engine.services import drafts
from engine.services.identity import create_key
from tests.services import world
from tests.services.conftest import Office, open_site

MODULE = {"metadata/clinic/_module.yaml": "module: clinic\ntitle: {kk: Емхана, ru: Поликлиника}\nrequires: [system]\n"}
CHILD = """
entity: clinic.child
kind: reference
title: {kk: Бала, ru: Ребёнок}
plural: {kk: Балалар, ru: Дети}
display: "{file}"
search: [file]
fields:
  file: {type: text, required: yes, title: {kk: Іс, ru: Дело}}
  iin: {type: iin, encrypted: yes, unique: yes, masked: yes, sensitivity: personal}
  phone: {type: phone, masked: yes, sensitivity: personal}
  diagnosis: {type: longtext, encrypted: yes, sensitivity: medical, title: {kk: Диагноз, ru: Диагноз}}
  visits:
    type: rows
    title: {kk: Қаралулар, ru: Приёмы}
    fields:
      pin: {type: iin, encrypted: yes, masked: yes, title: {kk: Дәрігер, ru: Врач}}
access:
  owner: {can: ALL}
"""
IINS = ("900101350003", "010101500014", "030303500010")
ILLNESSES = ("қант диабеті плантациясы", "эпилепсия подсаженная", "астма сезілмейтін")
PASSWORD = "planted-password-4711"  # noqa: S105 - planted, to be found nowhere
PLANTED = (*IINS, *ILLNESSES, PASSWORD)


@pytest.fixture
def clinic(url, tmp_path):
    site = open_site(url, tmp_path / "data", world.files({**MODULE, "metadata/clinic/child.yaml": CHILD}))
    office = Office(site)
    office.app = create_app(site).test_client()
    office.key = create_key(site, office.owner.login, "test")
    yield office
    site.database.close()
    cipher.install(None)


def call(clinic, method: str, path: str, body=None, **headers):
    return clinic.app.open(f"/api/v1/clinic{path}", method=method, json=body, headers={
        "Authorization": f"Bearer {clinic.key}", **headers})


def valid_iins() -> list[str]:
    from engine.fields.iin import check_digit

    return [iin for iin in (f"{b}{check_digit(b)}" for b in ("90010135000", "01010150001", "03030350001"))
            if iin[-4:] != "None"]


def work(clinic) -> None:
    """A day of work with planted values: written, changed, refused, drafted, sent twice, looked for, signed in with."""
    made = []
    for iin, illness in zip(valid_iins(), ILLNESSES, strict=False):
        body = {"file": uuid4().hex, "iin": iin, "diagnosis": illness, "visits": [{"pin": iin}]}
        answer = call(clinic, "POST", "/child", body, **{"Idempotency-Key": uuid4().hex})
        assert answer.status_code == 201, answer.text
        made.append(answer.json)
    first = made[0]
    assert call(clinic, "PATCH", f"/child/{first['id']}", {"version": 1, "diagnosis": ILLNESSES[1]}).status_code == 200
    clash = call(clinic, "POST", "/child", {"file": "x", "iin": valid_iins()[0], "diagnosis": ILLNESSES[2]})
    assert clash.status_code in (409, 422)
    assert call(clinic, "GET", f"/child?iin={valid_iins()[0]}").json["data"][0]["id"] == first["id"]
    assert call(clinic, "GET", f"/nothing/{valid_iins()[0]}").status_code == 404
    clinic.write(clinic.owner, lambda uow: drafts.keep(uow, "clinic.child", "new", [("diagnosis", ILLNESSES[2])], None))
    clinic.app.post("/sign-in", data={"login": clinic.owner.login, "password": PASSWORD})


def copies(clinic) -> list[bytes]:
    """Everything that is kept of the site: files of its folder and of SQLite, all cells of PostgreSQL."""
    folder = clinic.site.settings.data.parent
    found = [p.read_bytes() for p in folder.rglob("*") if p.is_file()]
    if clinic.site.database.dialect == "postgresql":
        with clinic.site.database.reading() as connection:
            for name in sa.inspect(connection).get_table_names():
                rows = connection.exec_driver_sql(f'SELECT t::text FROM "{name}" t').scalars()
                found += [row.encode() for row in rows if row]
                raw = sa.Table(name, sa.MetaData(), autoload_with=connection)
                blobs = [c for c in raw.columns if isinstance(c.type, sa.LargeBinary)]
                for row in connection.execute(sa.select(*blobs)) if blobs else ():
                    found += [bytes(cell) for cell in row if cell]
    return found


def readable(places: list[bytes]) -> set[str]:
    """Planted values that stand in some of the places, as text or as JSON writes it."""
    forms = {text: (text.encode(), json.dumps(text)[1:-1].encode()) for text in PLANTED}
    return {text for text, spelled in forms.items() if any(one in place for one in spelled for place in places)}


def test_no_plaintext(clinic):
    said = io.StringIO()
    with redirect_stderr(said):
        work(clinic)
    assert readable(copies(clinic)) == set()
    assert readable([said.getvalue().encode()]) == set()
    assert any(iin in IINS for iin in valid_iins()), "the planted numbers are those that were written"


def test_a_planted_leak_is_found(clinic):
    work(clinic)
    clinic.create("clinic.child", {"file": ILLNESSES[0]})  # in a field that is not encrypted
    (clinic.site.settings.data / "left.log").write_text(IINS[0])
    assert {ILLNESSES[0], IINS[0]} <= readable(copies(clinic))


# -- lists ------------------------------------------------------------------------------------------------------------


def test_lists_show_a_part_and_the_record_the_whole_which_the_journal_notes(clinic):
    iin = valid_iins()[0]
    made = call(clinic, "POST", "/child", {"file": "1", "iin": iin, "phone": "+77011234567", "visits": [{"pin": iin}]})
    shown = call(clinic, "GET", "/child").json["data"][0]
    assert shown["iin"] == f"{iin[:4]}•••••{iin[-3:]}" and shown["phone"] == "+770•••••567"
    page = clinic.list("clinic.child", rows=True).records[0]
    assert page["visits"][0]["pin"] == shown["iin"], "rows as well"
    assert "read" not in {e.operation for e in _journal(clinic, made)}
    whole = call(clinic, "GET", f"/child/{made.json['id']}").json
    assert whole["iin"] == iin and whole["visits"][0]["pin"] == iin
    entry = next(e for e in _journal(clinic, made) if e.operation == "read")
    assert set(entry.changes["fields"]) == {"iin", "phone", "visits"} and entry.actor_id == clinic.owner.user_id
    assert call(clinic, "GET", f"/child?iin={iin}").json["data"], "a whole number still finds"


def _journal(clinic, made):
    from engine.ids import parse_id

    class Made:
        id = parse_id(made.json["id"])

    return clinic.journal(Made, looks=True)


# -- lines of the log -------------------------------------------------------------------------------------------------


def lines(work) -> list[dict]:
    said = io.StringIO()
    with redirect_stderr(said):
        logs.configure(logging.INFO)
        work()
    return [json.loads(line) for line in said.getvalue().splitlines()]


@pytest.mark.parametrize("text", ["a\nb", "a\r\n{\"event\": \"forged\"}", "\x1b[2J", "\u2028x", "\x00", "a\x0bb\x85c"])
def test_log_injection(text):
    found = lines(lambda: logs.log.info("request", name=text))
    assert len(found) == 1 and found[0]["event"] == "request" and found[0]["name"] == text


@pytest.mark.parametrize("text", [
    "900101350003", "password=hunter2 x", '"token": "abc"', "Authorization: Bearer qk_0123456789abcdefgh",
    "[parameters: ('Асқар', '900101350003')]", "Cookie: __Host-sid=0123456789abcdef",
])
def test_no_secrets_in_logs(text):
    def failed():
        try:
            raise RuntimeError(f"before {text} after")
        except RuntimeError:
            logs.log.error("failed", exc_info=True, said={"deep": [text]}, query=text)

    line = json.dumps(lines(failed), ensure_ascii=False)
    for secret in ("900101350003", "hunter2", "abc", "qk_0", "Асқар", "0123456789abcdef"):
        assert secret not in line, line
    assert "failed" in line and sys.version_info


def test_a_line_without_the_filter_would_tell(monkeypatch):
    monkeypatch.setattr(logs, "_cleaned", lambda value: value)
    assert "900101350003" in json.dumps(lines(lambda: logs.log.info("x", name="900101350003")))
