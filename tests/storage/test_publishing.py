"""A set of files becomes revision, tables, dictionaries and journal in one transaction; the last good one is served."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.cli.main import main
from engine.errors import Conflict, Invalid
from engine.ids import new_id
from engine.loading import Loaded, load_files
from engine.loading.files import read_folder
from engine.services.publishing import CatalogHolder, publish
from engine.storage import revisions
from engine.storage.system.tables import DICTIONARY_ITEM, JOURNAL, REVISION, STATE
from engine.storage.tables import tables_of

ROOT = Path(__file__).resolve().parents[2]
MODULE = "module: club\ntitle: {kk: Үйірме, ru: Кружки, en: Clubs}\n"
CLUB = """\
entity: club.club
kind: reference
title: {kk: Үйірме, ru: Кружок, en: Club}
plural: {kk: Үйірмелер, ru: Кружки, en: Clubs}
search: [name]
fields:
  name: {type: text, required: yes, title: {kk: Атауы, ru: Название, en: Name}}
"""
DAYS = """\
dictionary: club.day
title: {kk: Күн, ru: День, en: Day}
items:
  mon: {kk: Дүйсенбі, ru: Понедельник, en: Monday}
  tue: {kk: Сейсенбі, ru: Вторник, en: Tuesday}
"""


@pytest.fixture(scope="module")
def system():
    files = read_folder(ROOT)
    return {name: text for name, text in files.items() if name.startswith(("metadata/system/", "translations/"))}


@pytest.fixture
def files(system):
    return system | {"metadata/club/_module.yaml": MODULE.encode(), "metadata/club/club.yaml": CLUB.encode(),
                     "metadata/club/day.yaml": DAYS.encode()}


def column(database, query):
    with database.reading() as connection:
        return connection.execute(query).scalars().all()


def changed(files, old, new):
    return files | {"metadata/club/club.yaml": CLUB.replace(old, new).encode()}


def test_publish_stores_a_revision_that_can_be_served(empty, files):
    done = publish(empty, files, note="first")
    assert (done.number, done.changed) == (1, True)
    with empty.reading() as connection:
        assert revisions.load(connection, 1) == files
        assert revisions.current_number(connection) == 1
    catalog = CatalogHolder(empty).catalog
    assert catalog.revision == 1
    assert column(empty, sa.select(tables_of(catalog).of("club.club").c.name)) == []
    assert column(empty, sa.select(JOURNAL.c.operation)) == ["publish"]
    again = publish(empty, files)
    assert (again.number, again.changed) == (1, False)
    assert column(empty, sa.select(REVISION.c.number)) == [1]


def test_only_plan_changes_nothing(empty, files):
    look = publish(empty, files, only_plan=True)
    assert look.number is None and look.plan.changes
    with empty.altering() as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_every_next_set_is_the_next_revision(empty, files):
    publish(empty, files)
    done = publish(empty, changed(files, "fields:\n", "fields:\n  note: {type: text, title: {kk: Е, ru: П, en: N}}\n"))
    assert done.number == 2
    with empty.reading() as connection:
        rows = connection.execute(sa.select(REVISION.c.number, REVISION.c.is_current).order_by(REVISION.c.number))
        assert rows.all() == [(1, False), (2, True)]


def test_broken_files_are_refused_with_all_problems(empty, files):
    publish(empty, files)
    with pytest.raises(Invalid) as refused:
        publish(empty, changed(files, "type: text", "type: txet") | {"metadata/club/day.yaml": b"dictionary: ["})
    assert len(refused.value.problems) >= 2
    assert column(empty, sa.select(REVISION.c.number)) == [1]


def test_failure_after_the_tables_leaves_the_old_revision(empty, files, monkeypatch):
    publish(empty, files)
    monkeypatch.setattr("engine.services.publishing.publication.fill_dictionaries", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(empty, changed(files, "fields:\n", "fields:\n  note: {type: text, title: {kk: Е, ru: П, en: N}}\n"))
    assert column(empty, sa.select(REVISION.c.number)) == [1]
    with empty.reading() as connection:
        assert "note" not in {c["name"] for c in sa.inspect(connection).get_columns("club_club")}


def test_a_decision_is_asked_for(empty, files):
    publish(empty, files)
    with empty.writing() as c:
        catalog = CatalogHolder(empty).catalog
        unit = new_id()
        c.execute(sa.insert(tables_of(catalog).of("system.unit")).values(id=unit, organisation_id=unit, version=1))
        c.execute(sa.insert(tables_of(catalog).of("club.club")).values(
            id=unit, organisation_id=unit, version=1, name="Шахмат"))
    wanted = changed(files, "type: text", "type: date").copy()
    wanted["metadata/club/club.yaml"] = wanted["metadata/club/club.yaml"].replace(b"search: [name]\n", b"")
    with pytest.raises(Conflict) as refused:
        publish(empty, wanted)
    assert [p.path for p in refused.value.problems] == ["club.club.name"]
    assert publish(empty, wanted, agreed=["club.club.name"]).number == 2


def test_dictionaries_follow_the_files_and_edits_of_the_site_win(empty, files):
    def items():
        with empty.reading() as connection:
            c = DICTIONARY_ITEM.c
            return {row.code: (row.ru, row.until is not None) for row in connection.execute(
                sa.select(c.code, c.ru, c.until).where(c.dictionary == "club.day"))}

    def stamp():
        return column(empty, sa.select(STATE.c.value).where(STATE.c.key == "dictionaries"))

    publish(empty, files)
    assert items() == {"mon": ("Понедельник", False), "tue": ("Вторник", False)}
    first = stamp()
    with empty.writing() as c:
        c.execute(sa.update(DICTIONARY_ITEM).where(DICTIONARY_ITEM.c.code == "mon").values(ru="Пн", edited=True))
    text = DAYS.replace("Понедельник", "День луны").replace("  tue: {kk: Сейсенбі, ru: Вторник, en: Tuesday}\n",
                                                          "  wed: {kk: Сәрсенбі, ru: Среда, en: Wednesday}\n")
    publish(empty, files | {"metadata/club/day.yaml": text.encode()})
    assert items() == {"mon": ("Пн", False), "tue": ("Вторник", True), "wed": ("Среда", False)}
    assert stamp() != first
    publish(empty, files)
    assert items() == {"mon": ("Пн", False), "tue": ("Вторник", False), "wed": ("Среда", True)}


def test_holder_moves_with_the_number_and_keeps_the_last_good(empty, files):
    holder = CatalogHolder(empty)
    assert holder.catalog is None
    publish(empty, files)
    assert holder.catalog.revision == 1
    publish(empty, changed(files, "fields:\n", "fields:\n  note: {type: text, title: {kk: Е, ru: П, en: N}}\n"))
    assert holder.catalog.revision == 1  # nobody has told it yet
    assert holder.current(2).revision == 2
    with empty.writing() as c:
        revisions.store(c, {"metadata/club/club.yaml": b"entity: ["})
    assert holder.current(3).revision == 2
    assert holder.problems
    assert CatalogHolder(empty).catalog.revision == 2  # a fresh process finds the last good one too
    publish(empty, files)
    assert holder.current(4).revision == 4
    assert holder.problems == ()


def test_damaged_revision_is_noticed(empty, files):
    publish(empty, files)
    with empty.writing() as c:
        c.execute(sa.update(REVISION).values(digest="0" * 64))
        with pytest.raises(ValueError, match="not what was stored"):
            revisions.load(c, 1)
    assert CatalogHolder(empty).catalog is None


def test_many_threads_compile_once(empty, files):
    publish(empty, files)
    compiled = []

    def load(content, number) -> Loaded:
        compiled.append(number)
        return load_files(content, number, trusted=True)

    holder, found = CatalogHolder(empty, load), []
    threads = [threading.Thread(target=lambda: found.append(holder.current(1))) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert compiled == [1]
    assert len({id(c) for c in found}) == 1 and len(found) == 8


def test_the_command(tmp_path, url, files, capsys):
    folder = tmp_path / "site"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    base = ["--data", str(tmp_path / "data"), "--database", url, "migrate", str(folder)]
    assert main([*base, "--plan", "--language", "ru"]) == 0
    said = capsys.readouterr().out
    assert "Создать таблицу club_club" in said and "CREATE TABLE club_club" in said
    assert main([*base, "--language", "kk"]) == 0
    assert "1-редакция жарияланды" in capsys.readouterr().out
    assert main([*base, "--language", "en"]) == 0
    assert "current already" in capsys.readouterr().out
    (folder / "metadata/club/club.yaml").write_text("entity: [", encoding="utf-8")
    assert main([*base, "--language", "en"]) == 1
    assert "metadata/club/club.yaml" in capsys.readouterr().err
    assert main(["--data", str(tmp_path / "data"), "migrate", str(tmp_path / "nothing"), "--language", "en"]) == 1
