"""The life of a document: draft, posted, reversed or annulled; its number; what is locked when."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.errors import Conflict, NotAllowed, NotFound, Stale
from engine.services import records
from tests.services.conftest import Office, refused, said
from tests.services.test_values import order, plain

VERBS = ("post", "reverse", "annul", "archive", "restore")


@pytest.fixture
def fresh(site):
    """An organisation whose series have not begun."""
    return Office(site)


@pytest.fixture
def own(fresh):
    """What its orders are made of."""
    from types import SimpleNamespace

    return SimpleNamespace(
        wood=fresh.create("lab.supplier", {"name": "Ағаш", "area": "wood"}),
        plank=fresh.create("lab.item", {"name": "Тақтай", "price": "10", "area": "wood"}),
    )


def made(office, own, **more):
    return office.create("lab.order", order(own, **more))


def numbers(office, address="lab.order"):
    return [r["number"] for r in office.list(address, fields=("number",), sort=("number",)).records if r["number"]]


def test_posting_numbers_stamps_and_locks(fresh, own):
    draft = made(fresh, own)
    assert draft.allowed >= {"post", "edit", "archive", "annul"} and "reverse" not in draft.allowed
    posted = fresh.do("post", draft)
    assert posted.values["state"] == "posted" and posted.values["number"] == f"{fresh.code}-2026-001"
    assert posted.values["posted_at"] == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert posted.version == 2 and posted.display("ru") == f"№ {fresh.code}-2026-001"
    assert posted.allowed >= {"reverse", "edit"} and not posted.allowed & {"post", "archive", "annul"}
    assert posted.writable == {"note"}


def test_a_posted_document_is_locked_but_for_what_may_be_added_after_posting(fresh, own):
    posted = fresh.do("post", made(fresh, own))
    refusal = refused(lambda: fresh.edit(posted, {"discount": "5"}))
    assert isinstance(refusal, Conflict) and said(refusal) == {("discount", "record.posted")}
    lines = [{"item": str(own.plank.id), "quantity": "9"}]
    assert said(refused(lambda: fresh.edit(posted, {"lines": lines}))) == {("lines", "record.posted")}
    saved = fresh.edit(posted, {"note": "кейін", "discount": "0"})
    assert saved.values["note"] == "кейін", "a locked field sent unchanged is no change"
    assert saved.values["posted_at"] == posted.values["posted_at"]


def test_posting_judges_once_more(fresh, own):
    draft = made(fresh, own)
    # The item's price is no concern of a draft that has its own; the record's rules are.
    gone = fresh.create("lab.supplier", {"name": "Кеткен", "area": "wood"})
    draft = fresh.edit(draft, {"supplier": str(gone.id)})
    fresh.do("archive", gone)
    posted = fresh.do("post", draft)
    assert posted.values["supplier"] == gone.id, "what was chosen while it lived stays good"


def test_reversing_makes_a_twin_posted_today(fresh, own):
    posted = fresh.do("post", made(fresh, own, date="2026-01-15", note="негіз"))
    twin = fresh.do("reverse", posted)
    original = fresh.get(posted)
    assert original.values["state"] == "reversed" and original.values["number"] == f"{fresh.code}-2026-001"
    assert twin.values["reverses"] == posted.id and twin.values["state"] == "posted"
    assert twin.values["number"] == f"{fresh.code}-2026-002" and twin.values["date"] == date(2026, 3, 2)
    stored = fresh.get(twin)
    assert plain(stored.values["lines"])[0]["amount"] == original.values["lines"][0]["amount"]
    assert stored.values["lines"][0]["id"] != original.values["lines"][0]["id"]
    assert stored.values["total"] == original.values["total"] and stored.values["supplier"] == own.wood.id
    assert "reverse" not in stored.allowed, "a reversal is not reversed"
    for record in (original, stored):
        assert isinstance(refused(lambda record=record: fresh.do("reverse", record)), Conflict)


def test_annulling_gives_a_draft_up_for_good(fresh, own):
    draft = made(fresh, own)
    annulled = fresh.do("annul", draft)
    assert annulled.values["state"] == "annulled" and annulled.values["number"] is None
    for verb in ("post", "annul", "archive", "reverse"):
        assert isinstance(refused(lambda verb=verb: fresh.do(verb, annulled)), Conflict), verb
    assert isinstance(refused(lambda: fresh.edit(annulled, {"discount": "1"})), Conflict)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_out_of_turn_is_refused_and_says_the_state(fresh, own, verb):
    draft = made(fresh, own)
    good_for = {"draft": {"post", "annul", "archive"}, "posted": {"reverse"}}
    for record, state in ((draft, "draft"), (None, "posted")):
        record = record or fresh.do("post", draft)
        if verb in good_for[state]:
            continue
        refusal = refused(lambda record=record: fresh.do(verb, record))
        assert isinstance(refusal, Conflict) and said(refusal) == {("", "record.state")}
        assert all(refusal.problems[0].text(language) for language in ("kk", "ru", "en"))
        assert fresh.get(record).version == record.version, "nothing was changed"


def test_a_stale_verb_is_refused(fresh, own):
    draft = made(fresh, own)
    fresh.edit(draft, {"note": "бұрын"})
    for verb in ("post", "archive", "annul"):
        assert isinstance(refused(lambda verb=verb: fresh.do(verb, draft)), Stale)
    assert fresh.get(draft).values["state"] == "draft" and not numbers(fresh)


def test_numbers_restart_with_the_year_of_the_document(fresh, own):
    dates = ["2025-12-31", "2026-01-01", "2025-06-01", "2026-05-05"]
    posted = [fresh.do("post", made(fresh, own, date=day, due=None)) for day in dates]
    assert [p.values["number"].split("-", 1)[1] for p in posted] == ["2025-001", "2026-001", "2025-002", "2026-002"]


def test_a_number_given_on_create_restarts_by_month(fresh):
    def letter(day):
        return fresh.create("lab.letter", {"subject": "хат", "date": day}).values["number"]

    assert [letter(d) for d in ("2026-03-01", "2026-03-31", "2026-04-01", "2026-03-15")] == [
        "03/01",
        "03/02",
        "04/01",
        "03/03",
    ]


def test_every_organisation_counts_for_itself(fresh, own, other):
    fresh.do("post", made(fresh, own))
    from types import SimpleNamespace

    theirs = SimpleNamespace(
        wood=other.create("lab.supplier", {"name": "Ағаш", "area": "wood"}),
        plank=other.create("lab.item", {"name": "Тақтай", "price": "10", "area": "wood"}),
    )
    assert other.do("post", made(other, theirs)).values["number"] == f"{other.code}-2026-001"


def test_a_rolled_back_posting_takes_its_number_back(fresh, own):
    class Enough(Exception):
        pass

    def post_and_fail(uow):
        records.post(uow, "lab.order", draft.id, draft.version)
        raise Enough

    draft = made(fresh, own)
    with pytest.raises(Enough):
        fresh.write(fresh.owner, post_and_fail)
    assert fresh.get(draft).values["state"] == "draft"
    assert fresh.do("post", draft).values["number"] == f"{fresh.code}-2026-001"


def test_many_documents_are_created_and_posted_at_once(fresh, own):
    raws = [order(own, date=f"2026-03-0{n}") for n in range(1, 6)]
    posted = fresh.write(fresh.owner, lambda uow: records.create_many(uow, "lab.order", raws, then="post"))
    assert [p.values["number"][-3:] for p in posted] == ["001", "002", "003", "004", "005"]
    assert {fresh.get(p).values["state"] for p in posted} == {"posted"}


def test_only_who_may_post_posts(fresh, own):
    draft = made(fresh, own)
    assert isinstance(refused(lambda: fresh.do("post", draft, fresh.person("stranger"))), NotFound), (
        "not even its being"
    )
    author = fresh.person("author")
    assert fresh.do("post", draft, author).values["state"] == "posted"
    posted = fresh.get(draft)
    refusal = refused(lambda: fresh.do("reverse", posted, author))
    assert isinstance(refusal, NotAllowed) and "Хозяин" in refusal.problems[0].text("ru"), "says who may"
