"""Copies, the archive, and the optimistic version: nobody overwrites what they have not seen."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, Conflict, NotFound, Stale
from engine.ids import new_id
from engine.services import records
from tests.services.conftest import refused, said
from tests.services.test_values import order, plain

CARD = {"name": "карта", "alpha": "а", "low": 1, "memo": "жазба", "stamp": "с", "tags": ["x", "z"], "gamma": "г"}


def test_a_stale_save_is_refused_with_both_values(office):
    seen = office.create("lab.card", CARD)
    office.edit(seen, {"name": "олардікі", "low": 5})
    refusal = refused(lambda: office.edit(seen, {"name": "менікі"}))
    assert isinstance(refusal, Stale) and refusal.status == 409 and said(refusal) == {("", "record.stale")}
    current = refusal.details["current"]
    assert (current.values["name"], current.values["low"], current.version) == ("олардікі", 5, 2)
    assert refusal.details["yours"] == {"name": "менікі"}
    assert office.get(seen).values["name"] == "олардікі"
    assert len(office.journal(seen)) == 2, "a refused save leaves no entry"


def test_a_save_that_read_the_newest_version_goes_through(office):
    made = office.create("lab.card", CARD)
    for n in range(2, 5):
        made = office.edit(made, {"low": n})
        assert made.version == n
    assert office.get(made).values["low"] == 4


def test_a_save_that_changes_nothing_is_no_new_version(office):
    made = office.create("lab.card", CARD)
    saved = office.edit(made, {"name": "карта", "tags": ["x", "z"]})
    assert saved.version == 1 and office.get(made).version == 1 and len(office.journal(made)) == 1


@pytest.mark.parametrize("version", ["", "x", None, "1.5", [1]])
def test_a_version_that_is_none_is_a_bad_request(office, version):
    made = office.create("lab.card", CARD)
    refusal = refused(
        lambda: office.write(office.owner, lambda uow: records.edit(uow, "lab.card", made.id, {"low": 2}, version))
    )
    assert isinstance(refusal, BadRequest) and said(refusal) == {("version", "record.version")}


def test_a_version_from_the_future_is_stale(office):
    made = office.create("lab.card", CARD)
    assert isinstance(refused(lambda: office.edit(made, {"low": 2}, version=2)), Stale)
    assert isinstance(refused(lambda: office.edit(made, {"low": 2}, version=-1)), Stale)


def test_rows_are_guarded_by_the_version_of_their_record(office, things):
    seen = office.create("lab.order", order(things))
    office.edit(seen, {"lines": [{"item": str(things.nail.id)}]})
    assert isinstance(refused(lambda: office.edit(seen, {"lines": [{"item": str(things.plank.id)}]})), Stale)
    assert [r["item"] for r in office.get(seen).values["lines"]] == [things.nail.id]


def test_archive_hides_from_lists_and_restore_brings_back(office):
    made = office.create("lab.card", {**CARD, "name": "архивке"})
    archived = office.do("archive", made)
    assert archived.values["archived_at"] is not None and archived.version == 2
    names = {r["name"] for r in office.list("lab.card", limit=200).records}
    assert "архивке" not in names
    assert "архивке" in {r["name"] for r in office.list("lab.card", limit=200, archived=True).records}
    assert office.get(made).values["name"] == "архивке", "an archived record stays readable"
    assert archived.allowed & {"edit", "archive", "restore"} == {"restore"}
    assert said(refused(lambda: office.edit(archived, {"low": 2}))) == {("", "record.archived")}
    assert isinstance(refused(lambda: office.do("archive", archived)), Conflict)
    live = office.do("restore", archived)
    assert live.values["archived_at"] is None and live.version == 3
    assert isinstance(refused(lambda: office.do("restore", live)), Conflict)
    assert office.edit(live, {"low": 7}).values["low"] == 7


def test_a_copy_has_the_values_but_not_what_is_its_own(office):
    made = office.create("lab.card", CARD)
    copied = office.copy(made)
    assert copied.id != made.id and copied.version == 1
    assert {k: copied.values[k] for k in ("name", "alpha", "low", "tags", "gamma")} == {
        k: made.values[k] for k in ("name", "alpha", "low", "tags", "gamma")
    }
    assert copied.values["memo"] is None, "copy: no"
    assert [e.operation for e in office.journal(copied)] == ["create"]


def test_a_copy_of_a_document_is_a_draft_of_today_with_rows_of_its_own(office, things):
    posted = office.do("post", office.create("lab.order", order(things, date="2026-01-20", discount="3")))
    copied = office.copy(posted)
    assert copied.values["state"] == "draft" and copied.values["number"] is None
    assert str(copied.values["date"]) == "2026-03-02"
    assert copied.values["discount"] == 3 and copied.values["total"] == posted.values["total"]
    old, new = plain(office.get(posted).values["lines"]), plain(office.get(copied).values["lines"])
    assert old[0]["id"] != new[0]["id"] and old[0]["parts"][0]["id"] != new[0]["parts"][0]["id"]
    assert [p["label"] for p in new[0]["parts"]] == [p["label"] for p in old[0]["parts"]]


def test_a_copy_that_must_differ_is_refused(office):
    made = office.create("lab.item", {"name": "бірегей", "code": "C1"})
    assert said(refused(lambda: office.copy(made))) == {("code", "unique.code")}


def test_a_copy_takes_only_what_its_maker_sees_and_may_write(office):
    made = office.create("lab.card", {**CARD, "high": 9})
    author = office.person("author")
    copied = office.copy(made, author)
    got = office.get(copied).values
    assert (got["name"], got["alpha"], got["low"]) == (CARD["name"], "а", 1)
    assert got["gamma"] is None and got["tags"] == [], "not shown to the author"
    assert got["high"] is None, "shown, but not the author's to write"


def test_what_is_not_there_is_not_found(office, other):
    stranger = other.create("lab.card", CARD)
    for id in (new_id(), stranger.id, "not-an-id", "", None, 5, "' or 1=1"):
        for verb in ("archive", "restore"):
            work = lambda uow, id=id, verb=verb: getattr(records, verb)(uow, "lab.card", id, 1)  # noqa: E731
            assert isinstance(refused(lambda work=work: office.write(office.owner, work)), NotFound)
        for work in (
            lambda v, id=id: records.read(v, "lab.card", id),
            lambda v, id=id: records.history(v, "lab.card", id),
        ):
            assert isinstance(refused(lambda work=work: office.read(office.owner, work)), NotFound)
        for work in (
            lambda u, id=id: records.edit(u, "lab.card", id, {"low": 1}, 1),
            lambda u, id=id: records.copy(u, "lab.card", id),
        ):
            assert isinstance(refused(lambda work=work: office.write(office.owner, work)), NotFound)
    assert isinstance(
        refused(lambda: office.read(office.owner, lambda v: records.read(v, "lab.nothing", new_id()))), NotFound
    )
