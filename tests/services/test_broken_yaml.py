"""A broken set of files never takes a running site down: the last good revision serves, and what is wrong is said."""

from __future__ import annotations

import pytest

from engine.errors import Invalid, NotPublished
from engine.services import records
from engine.services.identity import actor_of_key, create_key
from engine.services.publishing import publish
from engine.storage import revisions
from tests.conftest import DATABASES, MONDAY, new_database
from tests.services import world
from tests.services.conftest import Office, open_site, refused

BROKEN = {
    "cut off": ("metadata/lab/slot.yaml", lambda text: text[: len(text) // 2] + "\n  place: {type: te"),
    "unknown type": ("metadata/lab/slot.yaml", lambda text: text.replace("type: text", "type: tekst")),
    "unknown name in a rule": (
        "metadata/lab/order.yaml",
        lambda text: text.replace("check: total > 0", "check: totl > 0"),
    ),
    "link to nothing": ("metadata/lab/item.yaml", lambda text: text.replace("to: lab.supplier", "to: lab.suplier")),
    "not YAML at all": ("metadata/lab/card.yaml", lambda text: "\x00\x01"),
    "cycle": ("metadata/lab/gauge.yaml", lambda text: text.replace("value: whole * 2", "value: doubled * 2")),
}


@pytest.fixture(scope="module", params=DATABASES)
def running(request, tmp_path_factory):
    """A site of its own: what is stored here would stop others."""
    folder = tmp_path_factory.mktemp("broken")
    with new_database(request.param, folder, request) as url:
        site = open_site(url, folder)
        office = Office(site)
        office.key = create_key(site, office.owner.login, "test")
        yield office
        site.database.close()


def broken(name):
    path, spoil = BROKEN[name]
    files = world.files()
    return {**files, path: spoil(files[path].decode()).encode()}, path


def serves(office):
    """Signs in by key, lists, writes and reads, as a person at work does."""
    actor = actor_of_key(office.site, office.key)
    made = office.create("lab.slot", {"place": "жұмыс"}, actor)
    assert office.get(made, actor).values["place"] == "жұмыс" and office.list("lab.slot", actor).records
    return True


@pytest.mark.parametrize("name", BROKEN)
def test_publishing_a_broken_set_is_refused_with_its_place_and_changes_nothing(running, name):
    assert serves(running)
    before = running.site.catalog
    files, path = broken(name)
    with pytest.raises(Invalid) as refusal:
        publish(running.site.database, files)
    said = [p for p in refusal.value.problems if p.file == path]
    assert said and all(p.line >= 1 for p in said)
    for language in ("kk", "ru", "en"):
        assert all(p.text(language) for p in said)
    assert running.site.catalog is before and serves(running)


def store(office, files):
    """A revision that this engine cannot compile, as a later version of it may have stored."""
    with office.site.database.altering() as connection:
        return revisions.store(connection, files, MONDAY, None, "broken")


def test_a_stored_revision_that_cannot_be_compiled_leaves_the_last_good_one_serving(running):
    site, good = running.site, running.site.catalog
    made = running.create("lab.slot", {"place": "бұрын"})
    files, path = broken("unknown type")
    number = store(running, files)
    actor = actor_of_key(site, running.key)
    assert actor is not None and site.catalog is good and good.revision < number
    assert running.get(made, actor).values["place"] == "бұрын" and running.list("lab.slot", actor).records
    assert any(path in str(problem) for problem in site.holder.problems), "what is wrong is kept for whoever asks"
    # The newest revision may have changed the tables: nothing is written by the rules of an older one.
    refusal = refused(lambda: running.create("lab.slot", {"place": "кейін"}, actor))
    assert isinstance(refusal, NotPublished) and refusal.status == 503
    assert "кейін" not in {r["place"] for r in running.list("lab.slot", limit=200).records}

    from engine.services.site import Site

    fresh = Site.open(site.settings)
    try:
        assert fresh.catalog.revision == good.revision, "a process started now serves the last good one too"
        got = fresh.read(actor, lambda view: records.read(view, "lab.slot", made.id))
        assert got.values["place"] == "бұрын" and fresh.holder.problems
    finally:
        fresh.database.close()

    publish(site.database, {**world.files(), "metadata/lab/slot.yaml": world.files()["metadata/lab/slot.yaml"] + b"\n"})
    assert serves(running), "a good revision puts everything right"
    assert site.catalog.revision == number + 1 and not site.holder.problems
