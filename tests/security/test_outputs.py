"""What leaves runs nowhere, what comes in bursts nothing, what breaks tells nothing (security.md, 29-31, 44, 47)."""

from __future__ import annotations

import importlib
import io
import json
import re
import zipfile
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest

from engine.errors import Refusal
from engine.services import records
from engine.services.registries import Query
from engine.services.transfer.exporting import export
from engine.services.transfer.formats import csv_file
from engine.services.transfer.importing import verbs
from tests.security.figures import none_wrong, planted

FORMULA, BOMBS, FILES, ERRORS = "test_formula_injection", "test_bombs", "test_file_paths", "test_error_pages"
RUNS = [
    f"{lead}{sign}{body}"
    for lead in ("", " ", "\t", "\u00a0")
    for sign in ("=", "+", "-", "@", "\t=", "\r=")
    for body in ('cmd|"/C calc"!A0', "1+1", 'HYPERLINK("http://evil.example")', "SUM(A1:A9)*2")
]
HARMLESS = ("-5", "+7 701 123 45 67", "+77011234567", "-1 000,50", "а=б", "a@b.kz", "жай мәтін")


@pytest.fixture(scope="module")
def vault(fort_on):
    """The fort with things whose names would run in a table."""
    fort = fort_on("sqlite")
    fort.runs = []
    for text in (*RUNS, *HARMLESS):
        try:
            thing = fort.here.create("fort.thing", {"text_one": text, "longtext_one": text, "choice_one": "metal"})
        except Refusal:
            continue  # the field does not take such a text at all
        fort.runs.append(thing.values["text_one"])
    return fort


def exported(fort: Any, form: str) -> bytes:
    out = io.BytesIO()
    export(fort.site, fort.here.people["owner"], "fort.thing", Query(), form, out, language="ru")
    return out.getvalue()


def formulas_in(fort: Any, form: str) -> tuple[int, list[str]]:
    """Cells that a table would take for formulas, and harmless ones that were changed."""
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(exported(fort, "xlsx")))
        cells = [c for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
        wrong = [f"{c.coordinate}: {c.value!r}" for c in cells if c.data_type == "f" or c.hyperlink]
        shown = {c.value for c in cells}
    else:
        import csv

        text = exported(fort, "csv").decode("utf-8-sig")
        cells = [c for line in csv.reader(io.StringIO(text), delimiter=";") for c in line]
        wrong = [
            repr(c)
            for c in cells
            if re.match(r"[\s\u00a0]*[=@\t\r]|[\s\u00a0]*[+-](?![\d\s ,.()]+$)", c)
            and not re.fullmatch(r"[+-]?[\d\s\u00a0\u202f ,.()%-]+", c)
        ]
        shown = set(cells)
    wrong += [f"changed: {text!r}" for text in HARMLESS if text not in shown]
    return len(cells), wrong


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_no_cell_of_an_export_runs(vault, form):
    sent, wrong = formulas_in(vault, form)
    none_wrong(FORMULA, form, sent, wrong, 300)


def test_an_unguarded_cell_is_caught(vault, monkeypatch):
    monkeypatch.setattr(csv_file, "guarded", lambda text: text)
    planted(FORMULA, "texts go into CSV as they are", bool(formulas_in(vault, "csv")[1]))


def test_a_cell_that_became_a_formula_is_caught(vault, monkeypatch):
    import xlsxwriter.worksheet

    real = xlsxwriter.worksheet.Worksheet.write_string
    monkeypatch.setattr(
        xlsxwriter.worksheet.Worksheet,
        "write_string",
        lambda self, row, col, text, *more: (
            self.write_formula(row, col, text, *more) if text.startswith("=") else real(self, row, col, text, *more)
        ),
    )
    planted(FORMULA, "a text that became a formula", bool(formulas_in(vault, "xlsx")[1]))


# -- bombs ------------------------------------------------------------------------------------------------------------


def archive(entries: int, size: int, name: str = "xl/worksheets/sheet{}.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")
        for n in range(entries):
            packed.writestr(name.format(n), b"0" * size)
    return out.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9))
    + b"]><l>&j;</l>"
)


def workbook_with(text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
            packed.writestr(name, text)
    return out.getvalue()


TABLES = {
    "300 MB packed into one entry": lambda: archive(1, 300_000_000),
    "2,000 entries": lambda: archive(2_000, 10),
    "entities within entities": lambda: workbook_with(LAUGHS),
    "a path out of the folder": lambda: archive(2, 10, "../../{}"),
    "a cell without end": lambda: b'"' + b"a" * 3_000_000,
    "30,000 columns": lambda: b"a;" * 30_000 + b"\n" + b"b;" * 30_000,
    "no table at all": lambda: bytes(range(256)) * 100,
    "an archive in an archive": lambda: archive(1, 10, "{}.zip"),
}
BODIES = {
    "deep brackets": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of a million digits": b'{"note": ' + b"9" * 1_000_000 + b"}",
    "a huge exponent": b'{"note": 1e999999999}',
    "a million keys": b"{" + b",".join(b'"a%d":1' % n for n in range(300_000)) + b"}",
    "not UTF-8": b'{"note": "\xff\xfe"}',
    "a million records": b'{"records": [' + b"{}," * 600_000 + b"{}]}",
    "a lone surrogate": b'{"note": "\\ud800"}',
    "a null sign": b'{"note": "a\\u0000b"}',
    "twice the same key": b'{"note": "a", "note": "b"}',
    "NaN": b'{"note": NaN}',
}
FORMS = {
    "30,000 inputs": {f"a{n}": "1" for n in range(30_000)},
    "rows by a huge number": {"_fields": "lines", "lines-99999-_fields": "a"},
    "9,000 rows": {"_fields": "lines", **{f"lines-{n}-_fields": "label" for n in range(9_000)}},
    "a name of 100,000 signs": {"_fields": "a" * 100_000},
    "five megabytes of text": {"_fields": "note", "note": "a" * 5_000_000},
}


def test_nothing_bursts(fort):
    """Each is refused in words, in bounded time; nothing of it is kept."""
    import time

    wrong, sent, owner, page = [], 0, fort.caller("owner"), fort.person("owner")
    for name, make in TABLES.items():
        began = time.monotonic()
        try:
            verbs.begin(fort.site, fort.here.people["owner"], "fort.thing", io.BytesIO(make()), "a.xlsx")
            wrong.append(f"{name} was taken") if "archive" not in name else None
        except Refusal as refusal:
            if refusal.status not in (400, 413, 415, 422):
                wrong.append(f"{name}: {refusal.status}")
        sent += 1
        if time.monotonic() - began > 60:
            wrong.append(f"{name} took {time.monotonic() - began:.0f} s")
    for name, body in BODIES.items():
        began = time.monotonic()
        answer = owner.send("POST", "/api/v1/fort/deed", data=body, headers={"Content-Type": "application/json"})
        sent += 1
        if answer.status_code not in (400, 413, 415, 422) or time.monotonic() - began > 60:
            wrong.append(f"{name}: {answer.status_code} {answer.text[:80]}")
    for name, data in FORMS.items():
        began = time.monotonic()
        answer = page.post("/fort/thing/new", data)
        sent += 1
        if answer.status_code >= 500 or time.monotonic() - began > 60:
            wrong.append(f"{name}: {answer.status_code}")
    for path in (
        "/fort/thing?" + "a.is=1&" * 5_000,
        "/fort/thing?where=" + "(" * 3_000,
        "/fort/thing?q=" + "a" * 100_000,
        "/fort/thing?where=" + quote("not " * 400 + "hidden"),
        "/fort/thing?sort=" + "a," * 5_000,
        "/fort/thing?after=" + "A" * 100_000,
        "/fort/thing/" + "9" * 5_000,
        "/fort/thing?text_one.in=" + "a," * 50_000,
    ):
        answer = page.get(path)
        sent += 1
        if answer.status_code >= 500:
            wrong.append(f"{path[:40]}: {answer.status_code}")
    none_wrong(BOMBS, "", sent, wrong, 30)


def test_a_bomb_that_goes_off_is_caught(fort, monkeypatch):
    """Depth is not bounded: the parser's own error is what comes out."""
    from engine.api import bodies

    monkeypatch.setattr(bodies, "read_json", json.loads, raising=False)
    import engine.api.bounded_json as bounded

    for name in [n for n in dir(bounded) if n.isupper() and isinstance(getattr(bounded, n), int)]:
        monkeypatch.setattr(bounded, name, 10**12)
    answer = fort.caller("owner").send(
        "POST",
        "/api/v1/fort/deed",
        data=b'{"note": ' + b"[" * 900 + b"]" * 900 + b"}",
        headers={"Content-Type": "application/json"},
    )
    deep = answer.status_code == 400 and "deep" in answer.text
    planted(BOMBS, "depth is not bounded", not deep)


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_reached_through_its_record_alone(either):
    """Every way to a file asks for the right to the record, whoever knows its id; another name of it opens nothing."""
    from engine.services.attachments import take_file

    fort, wrong, sent = either, [], 0
    owner = fort.here.people["owner"]
    info = take_file(
        fort.site, owner, "fort.deed", "paper", io.BytesIO("құпия".encode()), "../../etc/құпия\r\nX: y.txt"
    )
    deed = fort.here.create("fort.deed", {"paper": str(info.id)}, owner)
    bare = fort.here.create("fort.deed", {"note": "жай"}, owner)
    loose = take_file(fort.site, owner, "fort.deed", "paper", io.BytesIO(b"loose"), "a.txt")
    for school, role, record, file, may in (
        (fort.here, "owner", deed.id, info.id, True),
        (fort.here, "viewer", deed.id, info.id, True),
        (fort.here, "stranger", deed.id, info.id, False),
        (fort.there, "owner", deed.id, info.id, False),
        (fort.here, "owner", bare.id, info.id, False),
        (fort.here, "keeper", deed.id, loose.id, False),
        (fort.there, "owner", fort.there.sample("fort.deed").id, info.id, False),
        (fort.here, "nobody", deed.id, info.id, False),
    ):
        for way in ("", "?small=1", "?inline=1", "?size=200", "?download=1"):
            for one, path in (
                (fort.person(role, school), f"/fort/deed/{record}/files/{file}{way}"),
                (fort.caller(role, school), f"/api/v1/fort/deed/{record}/files/{file}{way}"),
            ):
                answer = one.send("GET", path)
                sent += 1
                got = answer.status_code == 200 and b"\xd2" in answer.data
                if got != may and not (may and way):
                    wrong.append(f"{role} {path}: {answer.status_code}")
                if got and ("\r" in str(answer.headers["Content-Disposition"]) or "X" in answer.headers):
                    wrong.append(f"{path}: the name breaks the headers")
                answer.close()
    for name in (
        "../../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "/etc/passwd",
        ".",
        "con",
        "a" * 5_000,
        "../qurastyr.db",
    ):
        for base in ("/static/", f"/fort/deed/{deed.id}/files/", f"/api/v1/fort/deed/{deed.id}/files/"):
            answer = fort.person("owner").get(base + name)
            sent += 1
            if answer.status_code not in (401, 404, 308, 303, 400):
                wrong.append(f"{base}{name[:30]}: {answer.status_code}")
            answer.close()
    fort.site.write(fort.here.system, lambda uow: records.archive(uow, "fort.deed", deed.id, deed.version))
    none_wrong(FILES, fort.dialect, sent, wrong, 80)


def test_a_file_that_anybody_reaches_is_caught(fort, monkeypatch):
    from engine.services.attachments import take_file

    info = take_file(fort.site, fort.here.people["owner"], "fort.deed", "paper", io.BytesIO(b"x"), "a.txt")
    deed = fort.here.create("fort.deed", {"paper": str(info.id)}, fort.here.people["owner"])
    before = fort.person("stranger").get(f"/fort/deed/{deed.id}/files/{info.id}").status_code
    monkeypatch.setattr("engine.doors.can", lambda *a: True)
    monkeypatch.setattr("engine.doors.current_actor", lambda: fort.here.people["owner"])
    after = fort.person("stranger").get(f"/fort/deed/{deed.id}/files/{info.id}").status_code
    planted(FILES, "files are opened for everybody", (before, after) == (404, 200))


# -- errors -----------------------------------------------------------------------------------------------------------

SECRET = "құпия-4f1-in-the-exception"


def broken(fort: Any, monkeypatch: Any, capsys: Any, told: str) -> tuple[int, list[str]]:
    """Every view that breaks with a secret in its exception: what the answer and the log say."""
    from engine.app import create_app

    app = create_app(fort.site)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    person, caller = fort.person("owner", app=app), fort.caller("owner", app=app)  # with tokens: pages still work

    def breaks(**place: str) -> Any:
        raise RuntimeError(f"{told} SELECT password FROM system_user")

    for endpoint, view in list(app.view_functions.items()):

        def wrapped(_access: Any = view.access, **place: str) -> Any:
            return breaks(**place)

        wrapped.access = view.access
        app.view_functions[endpoint] = wrapped
    sent, wrong = 0, []
    from tests.security.routes import METHODS, endpoint_at, paths

    capsys.readouterr()
    for path in paths(app, fort, "fort.deed"):
        for method in METHODS:
            if endpoint_at(app, path, method)[0] is None:
                continue
            one = caller if path.startswith("/api/") else person
            answer = one.send(method, path)
            sent += 1
            said = answer.text
            if re.search(r"Traceback|RuntimeError|SELECT |site-packages|\.py\b|line \d+", said) or SECRET in said:
                wrong.append(f"{method} {path}: tells of the fault")
            if answer.status_code == 500 and answer.headers["X-Request-ID"] not in said:
                wrong.append(f"{method} {path}: no number to ask by")
            if answer.status_code < 400 and answer.status_code != 303:
                wrong.append(f"{method} {path}: {answer.status_code}")
    log = "".join(capsys.readouterr())
    if SECRET in log:
        wrong.append("the log holds the text of the exception")
    return sent, wrong


def test_a_fault_tells_a_number_and_nothing_else(fort, monkeypatch, capsys):
    sent, wrong = broken(fort, monkeypatch, capsys, SECRET)
    none_wrong(ERRORS, "", sent, wrong, 80)


@pytest.mark.parametrize("door", ["web", "api"])
def test_a_fault_on_the_page_of_faults_tells_no_more(fort, monkeypatch, capsys, door):
    """What broke the view may break the page that says so; neither the answer nor the log then tells the exception."""
    errors = importlib.import_module(f"engine.{door}.errors")

    def breaks(refusal: Any) -> Any:
        raise LookupError(f"{SECRET} again")

    monkeypatch.setattr(errors, "respond", breaks)
    sent, wrong = broken(fort, monkeypatch, capsys, SECRET)
    none_wrong(ERRORS, f"the page of faults is broken, {door}", sent, wrong, 80)


def test_a_fault_that_tells_is_caught(fort, monkeypatch, capsys):
    from engine import app as hall

    real = hall._failed
    monkeypatch.setattr(hall, "_failed", lambda error: (real(error), f"RuntimeError: {error}")[1])
    planted(ERRORS, "the text of the exception is shown", bool(broken(fort, monkeypatch, capsys, SECRET)[1]))


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\x1b[2J", "\u2028", "\x00", '","level":"error'])
def test_a_line_of_the_log_stays_one_line(fort, capsys, sign):
    """Whatever stands in a request, the log has one line of JSON for it (test_log_injection has the whole set)."""
    capsys.readouterr()
    fort.person("owner").get(f"/fort/{quote('nothing' + sign + 'forged')}", headers={"User-Agent": "a"})
    lines = [line for line in "".join(capsys.readouterr()).splitlines() if line.strip()]
    wrong = [line for line in lines if not line.startswith("{") or not isinstance(json.loads(line), dict)]
    none_wrong("test_log_lines", f"{sign!r}", len(lines), wrong, 1)
