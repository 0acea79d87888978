"""The first Catalog of a process comes from the shelf when it is that of the stored set, else from the set."""

from pathlib import Path

import pytest

from engine.config import Settings
from engine.loading import load_files
from engine.loading.files import read_folder
from engine.loading.shelf import Shelf
from engine.services.publishing import CatalogHolder, publish
from engine.services.site import Site
from engine.storage import revisions

ROOT = Path(__file__).resolve().parents[2]
MODULE = "module: club\ntitle: {kk: Үйірме, ru: Кружки, en: Clubs}\n"
CLUB = """\
entity: club.club
kind: reference
title: {kk: Үйірме, ru: Кружок, en: Club}
plural: {kk: Үйірмелер, ru: Кружки, en: Clubs}
fields:
  name: {type: text, required: yes, title: {kk: Атауы, ru: Название, en: Name}}
"""
MORE = "fields:\n  note: {type: text, title: {kk: Е, ru: П, en: N}}\n"


@pytest.fixture(scope="module")
def files():
    system = {name: text for name, text in read_folder(ROOT).items()
              if name.startswith(("metadata/system/", "translations/"))}
    return system | {"metadata/club/_module.yaml": MODULE.encode(), "metadata/club/club.yaml": CLUB.encode()}


class Process:
    """A holder as a fresh process has one, which counts what it compiles."""

    def __init__(self, database, shelf):
        self.compiled = []
        self.holder = CatalogHolder(database, self.load, shelf)

    def load(self, content, number):
        self.compiled.append(number)
        return load_files(content, number, trusted=True)


@pytest.fixture
def start(empty, tmp_path):
    return lambda: Process(empty, Shelf(tmp_path / "catalog.kept", b"k" * 32))


def test_the_second_start_compiles_nothing(empty, files, start):
    publish(empty, files)
    first, second = start(), start()
    assert first.holder.catalog.revision == 1
    assert second.holder.catalog.revision == 1
    assert (first.compiled, second.compiled) == ([1], [])
    assert list(second.holder.catalog.entities) == list(first.holder.catalog.entities)


def test_a_new_revision_is_compiled_and_kept_by_the_next_start(empty, files, start):
    publish(empty, files)
    old = start()
    assert "note" not in old.holder.catalog.entity("club.club").fields
    publish(empty, files | {"metadata/club/club.yaml": CLUB.replace("fields:\n", MORE).encode()})
    assert old.holder.current(2).revision == 2
    again, last = start(), start()
    assert "note" in again.holder.catalog.entity("club.club").fields
    assert "note" in last.holder.catalog.entity("club.club").fields
    # The running process compiled its second one without writing it: the next start did.
    assert (old.compiled, again.compiled, last.compiled) == ([1, 2], [2], [])


def test_the_same_set_under_another_number(empty, files, start):
    publish(empty, files)
    start().holder.catalog  # noqa: B018 - puts it on the shelf
    with empty.writing() as connection:
        revisions.store(connection, files)
    process = start()
    assert process.holder.catalog.revision == 2
    assert process.compiled == []


def test_a_refused_set_is_told_at_every_start_and_the_kept_one_served(empty, files, start):
    publish(empty, files)
    start().holder.catalog  # noqa: B018 - puts it on the shelf
    with empty.writing() as connection:
        revisions.store(connection, {"metadata/club/club.yaml": b"entity: ["})
    for _ in range(2):
        process = start()
        assert process.holder.catalog.revision == 1
        assert process.holder.problems
        assert process.compiled == [2]


def test_a_spoilt_file_changes_nothing(empty, files, start, tmp_path):
    publish(empty, files)
    start().holder.catalog  # noqa: B018 - puts it on the shelf
    (tmp_path / "catalog.kept").write_bytes(b"something else")
    process, next_one = start(), start()
    assert process.holder.catalog.revision == next_one.holder.catalog.revision == 1
    assert (process.compiled, next_one.compiled) == ([1], [])


def test_a_site_keeps_it_in_its_data_folder(empty, files, tmp_path, url):
    publish(empty, files)
    settings = Settings.of(tmp_path / "data", url).prepare()
    for _ in range(2):
        site = Site.open(settings)
        try:
            assert site.catalog.entity("club.club").fields["name"].required
        finally:
            site.database.close()
    assert (tmp_path / "data" / "catalog.kept").is_file()
