"""Reference records: loaded by natural key, again and again, never over what people have done."""

from __future__ import annotations

import shutil

import pytest

from engine.config import Settings
from engine.errors import Invalid
from engine.services import records
from engine.services.actor import Actor, system
from engine.services.publishing import CatalogHolder, publish
from engine.services.registries import Query, listing
from engine.services.seeding import load_reference, prepare
from engine.services.seeding.preparing import SHIPPED
from engine.services.site import Site
from engine.storage.database import Database

ACCOUNTS = "seed/reference/plan.yaml"
SHAPE = """\
records: accounting.account
rows:
  - {code: "91", parent: "9", name: {kk: Бала, ru: Лист}, kind: active}
  - {code: "9", name: {kk: Ата, ru: Корень}, kind: active, postable: no}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The bytes of an SQLite file with the shipped set published and nothing in it."""
    path = tmp_path_factory.mktemp("published") / "site.db"
    database = Database(f"sqlite:///{path}")
    publish(database, SHIPPED)
    database.close()
    return path.read_bytes()


@pytest.fixture
def site(published, tmp_path):
    path = tmp_path / "site.db"
    path.write_bytes(published)
    database = Database(f"sqlite:///{path}")
    yield Site(Settings.of(tmp_path), database, CatalogHolder(database), None)
    database.close()


@pytest.fixture
def folder(tmp_path):
    """A folder whose seed/reference holds one file; call it with the text."""

    def write(text: str, name: str = ACCOUNTS, **beside: str):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for other, content in beside.items():
            (path.parent / other.replace("__", ".")).write_text(content, encoding="utf-8")
        return tmp_path

    return write


def accounts(site) -> dict[str, dict]:
    page = site.read(
        system(),
        lambda view: listing(view, "accounting.account", Query(fields=("code", "name", "parent", "kind"), limit=200)),
    )
    return {r["code"]: r for r in page.records}


def test_shipped_reference_records_load_and_a_second_time_change_nothing(site):
    first = load_reference(site, SHIPPED)
    assert {r.entity for r in first} >= {
        "accounting.account",
        "school.subject",
        "system.position",
        "system.calendar_day",
    }
    assert sum(r.created for r in first) > 200
    second = load_reference(site, SHIPPED)
    assert [(r.created, r.changed, r.kept) for r in second] == [(0, 0, 0)] * len(second)
    assert sum(r.same for r in second) == sum(r.created for r in first)


def test_a_row_may_name_a_parent_that_stands_below_it_in_the_file(site, folder):
    load_reference(site, folder(SHAPE))
    found = accounts(site)
    assert found["91"]["parent"] == found["9"]["id"]


def test_what_differs_is_changed_and_only_that(site, folder):
    load_reference(site, folder(SHAPE))
    [loaded] = load_reference(site, folder(SHAPE.replace("ru: Лист", "ru: Листок")))
    assert (loaded.created, loaded.changed, loaded.same) == (0, 1, 1)
    assert accounts(site)["91"]["name"]["ru"] == "Листок"


def test_what_people_changed_or_put_away_stays(site, folder):
    load_reference(site, folder(SHAPE))
    unit = site.write(
        system(),
        lambda uow: records.create(
            uow, "system.unit", {"code": "1", "name": {"kk": "М", "ru": "Ш"}, "kind": "school", "legal": True}
        ),
    )
    user = site.write(
        system(unit.id),
        lambda uow: records.create(uow, "system.user", {"login": "boss", "roles": [{"role": "administrator"}]}),
    )
    boss = Actor("user", user_id=user.id, login="boss", organisation_id=unit.id, roles=frozenset({"administrator"}))
    found = accounts(site)
    site.write(boss, lambda uow: records.edit(uow, "accounting.account", found["91"]["id"], {"kind": "passive"}, 1))
    site.write(boss, lambda uow: records.archive(uow, "accounting.account", found["9"]["id"], 1))
    [loaded] = load_reference(site, folder(SHAPE.replace("Корень", "Основа")))
    assert (loaded.created, loaded.changed, loaded.kept) == (0, 0, 2)
    assert accounts(site)["91"]["kind"] == "passive"
    assert "9" not in accounts(site)


def test_a_csv_beside_the_file_brings_rows(site, folder):
    csv = (
        "code,name.kk,name.ru,kind,postable,parent\n8,Сегіз,Восемь,active,no,\n"
        "81,Сексен бір,Восемьдесят один,active,,8\n"
    )
    [loaded] = load_reference(site, folder("records: accounting.account\ncsv: more.csv\n", more__csv=csv))
    assert loaded.created == 2
    assert accounts(site)["81"]["name"]["kk"] == "Сексен бір"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ('{code: "91", parent: "404", name: {kk: А, ru: А}, kind: active}', "seed.no-record"),
        ('{code: "x", name: {kk: А, ru: А}, kind: active}', "text.pattern"),
        ('{code: "91", name: {kk: А, ru: А}, kind: nonsense}', "choice.unknown"),
    ],
)
def test_a_wrong_row_is_told_by_its_line_and_nothing_of_the_file_is_kept(site, folder, row, code):
    good = '{code: "9", name: {kk: А, ru: А}, kind: active, postable: no}'
    text = f"records: accounting.account\nrows:\n  - {good}\n  - {row}\n"
    with pytest.raises(Invalid) as refused:
        load_reference(site, folder(text))
    problem = refused.value.problems[0]
    assert (problem.file, problem.line) == (ACCOUNTS, 4), problem
    assert problem.path.startswith("rows[1]")
    assert problem.code == code
    assert accounts(site) == {}


def test_a_record_written_twice_is_refused(site, folder):
    with pytest.raises(Invalid) as refused:
        load_reference(site, folder(SHAPE + '  - {code: "9", name: {kk: Б, ru: Б}, kind: active}\n'))
    assert refused.value.problems[0].code == "seed.twice"


def test_a_broken_reference_file_is_said_and_the_site_starts(tmp_path):
    """Preparing must not stop over a mistake in seed/: people can sign in and mend it."""
    place = tmp_path / "shipped"
    for part in ("metadata", "forms", "translations"):
        shutil.copytree(SHIPPED / part, place / part)
    (place / "seed/reference").mkdir(parents=True)
    (place / "seed/reference/a.yaml").write_text("records: accounting.account\nrows:\n  - {code: zz}\n")
    said: list[str] = []
    found = prepare(Settings.of(tmp_path / "data").prepare(), False, said.append, folder=place, environment={})
    assert [s.login for s in found] == ["administrator"]
    assert any("seed/reference/a.yaml:3" in line for line in said), said
