"""Segments of the journal: a file that is proved by the key alone."""

from __future__ import annotations

import gzip
import random
from datetime import timedelta

import orjson
import pytest

from engine.cli.main import main
from engine.errors import Invalid
from engine.ids import new_id
from engine.services import journal
from engine.services.actor import system
from engine.services.audit import Entry
from tests.services.conftest import open_site

SEED = 36
ODD = {"a": [1.0, 1e16], "b": [1e22, -0.0], "c": [0.1, None], "d": {"z": 1, "a": ["қ", 2**63]}}


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    made = open_site(module_url, tmp_path_factory.mktemp("data"))
    write(made, 40)
    yield made
    made.database.close()


def write(site, number):
    site.write(system(), lambda uow: [
        uow.record(Entry("edit", "lab.thing", new_id(), n, {"name": [n, n + 1], **ODD})) for n in range(number)])
    journal.seal(site, None)


@pytest.fixture(scope="module")
def segment(site, tmp_path_factory):
    return journal.export_segment(site, site.clock.now() + timedelta(days=1), tmp_path_factory.mktemp("s") / "one.gz")


def lines_of(file):
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def test_a_segment_is_proved_without_the_database(site, segment):
    proof = journal.verify_segment(site.journal_key, segment.file)
    assert proof.whole and proof.entries == segment.last - segment.first + 1 > 40
    assert not journal.verify_segment(b"another key" * 3, segment.file).whole


def test_the_next_segment_goes_on_where_the_last_ended(site, segment, tmp_path):
    later = site.clock.now() + timedelta(days=1)
    journal.seal(site, None)
    rest = journal.export_segment(site, later, tmp_path / "rest.gz")  # the entry about the first one
    assert rest.first == segment.last + 1
    write(site, 5)
    with pytest.raises(Invalid):
        journal.export_segment(site, site.clock.now() - timedelta(days=900), tmp_path / "none.gz")
    more = journal.export_segment(site, later, tmp_path / "more.gz")
    assert more.first == rest.last + 1 and more.last - more.first + 1 == 6
    assert journal.verify_segment(site.journal_key, more.file).whole
    write(site, 1)
    with pytest.raises(Invalid):
        journal.export_segment(site, later, more.file)


def test_whatever_is_done_to_a_segment_is_found(site, segment, tmp_path):
    dice, file, lines = random.Random(SEED), tmp_path / "changed.gz", lines_of(segment.file)

    def edited(lines):
        n = dice.randrange(1, len(lines) - 1)
        told = orjson.loads(lines[n])
        told["entry"][dice.choice(["operation", "version", "at", "changes", "actor_id"])] = dice.choice([
            "2020-01-01T00:00:00+00:00"])
        lines[n] = orjson.dumps(told) + b"\n"

    def removed(lines):
        del lines[dice.randrange(0, len(lines))]

    def swapped(lines):
        a, b = dice.sample(range(1, len(lines) - 1), 2)
        lines[a], lines[b] = lines[b], lines[a]

    def doubled(lines):
        n = dice.randrange(0, len(lines))
        lines.insert(n, lines[n])

    def cut(lines):
        del lines[dice.randrange(1, len(lines)):]

    def added(lines):
        lines.append(lines[dice.randrange(1, len(lines) - 1)])

    ways, found = (edited, removed, swapped, doubled, cut, added), 0
    for number in range(120):
        changed = list(lines)
        ways[number % len(ways)](changed)
        file.write_bytes(gzip.compress(b"".join(changed), 1))
        found += not journal.verify_segment(site.journal_key, file).whole
    assert found == 120
    file.write_bytes(segment.file.read_bytes()[:-40])
    assert not journal.verify_segment(site.journal_key, file).readable
    file.write_bytes(b"nothing of the kind")
    assert not journal.verify_segment(site.journal_key, file).readable
    file.write_bytes(gzip.compress(b"".join(lines), 1))
    assert journal.verify_segment(site.journal_key, file).whole, "untouched lines packed anew are the same segment"


def test_the_command_writes_and_proves_it(site, tmp_path, capsys):
    def told(*words):
        code = main(["--data", str(site.settings.data), "--database",
                     site.database.url.render_as_string(hide_password=False), "journal", *words, "--language", "en"])
        said = capsys.readouterr()
        return code, said.out, said.err

    write(site, 2)
    file = str(tmp_path / "by.gz")
    code, said, wrong = told("export-segment", "--until", "2100-01-01", "--out", file)
    assert code == 0 and "Nothing was removed" in said, wrong
    assert told("verify", "--segment", file)[0] == 0
    assert told("export-segment")[0] == 1, "nothing is as old as that"
    (tmp_path / "by.gz").write_bytes(b"x")
    code, _, wrong = told("verify", "--segment", file)
    assert code == 1 and "no segment" in wrong
