"""Actions on sets of records and their undoing: judged one by one, written together, taken back by the journal."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, Conflict, Invalid, NotFound
from engine.services import jobs, records
from engine.services.registries import Query, sets
from tests.conftest import Statements
from tests.services.conftest import refused, said

CARD = "lab.card"


@pytest.fixture
def cards(office):
    return [office.create(CARD, {"name": f"к{n}", "alpha": "а", "low": n}) for n in range(5)]


def act(office, address, verb, wanted, raw=None, skip=False, who=None, key="A1"):
    site = office.site
    return site.write(who or office.owner, lambda uow: sets.act(uow, address, verb, wanted, raw, skip), request_id=key)


def undo(office, address, key, who=None):
    return office.site.write(who or office.owner, lambda uow: records.undo(uow, address, key), request_id=f"{key} back")


def versions(things):
    return [(r.id, r.version) for r in things]


def lows(office, cards):
    return [office.get(c).values["low"] for c in cards]


# -- what matches ------------------------------------------------------------------------------------------------------


def matching(office, query, who=None, address=CARD):
    return office.read(who or office.owner, lambda view: sets.matching(view, address, query))


def test_everything_that_a_filter_leaves_is_found_in_the_order_of_the_list(office, cards):
    wanted = Query(filters=[("low", "ge", ["2"]), ("low", "le", ["4"])], sort=("-low",), limit=2)
    found = [id for id in matching(office, wanted) if id in {c.id for c in cards}]
    assert found == [cards[n].id for n in (4, 3, 2)]


def test_a_filter_over_a_hidden_field_is_refused_in_the_words_for_an_unknown_one(office, cards):
    reader = office.person("reader")
    hidden = refused(lambda: matching(office, Query(filters=[("high", "ge", ["1"])]), reader))
    unknown = refused(lambda: matching(office, Query(filters=[("hihg", "ge", ["1"])]), reader))
    assert isinstance(hidden, BadRequest) and said(hidden) == {("high", "field.unknown")}
    assert said(unknown) == {("hihg", "field.unknown")} and hidden.problems[0].message == unknown.problems[0].message


def test_what_matches_is_only_what_the_actor_may_see(office, other):
    mine = [office.create("lab.patient", {"name": "а", "ward": w}) for w in ("1", "2", "1")]
    other.create("lab.patient", {"name": "а", "ward": "1"})
    found = set(matching(office, Query(), office.person("medic"), "lab.patient"))
    assert {mine[0].id, mine[2].id} <= found and mine[1].id not in found
    with pytest.raises(NotFound):
        matching(office, Query(), address="lab.nothing")


def test_more_than_an_action_takes_is_refused(office, cards, monkeypatch):
    monkeypatch.setattr(sets, "MOST", 3)
    assert said(refused(lambda: matching(office, Query()))) == {("", "records.too-many")}


# -- acting ------------------------------------------------------------------------------------------------------------


def test_all_or_nothing_unless_the_others_are_asked_for(office, cards):
    office.edit(cards[1], {"low": 50})
    refusal = refused(lambda: act(office, CARD, "edit", versions(cards), {"low": 9}))
    assert said(refusal) == {("[1]", "record.stale")} and lows(office, cards) == [0, 50, 2, 3, 4]
    outcome = act(office, CARD, "edit", [*versions(cards)], {"low": 9}, skip=True)
    assert (outcome.done, outcome.same, [id for id, _ in outcome.left]) == (4, 0, [cards[1].id])
    assert lows(office, cards) == [9, 50, 9, 9, 9]


def test_records_are_archived_and_restored_together(office, cards):
    act(office, CARD, "archive", versions(cards))
    assert all(office.get(c).values["archived_at"] for c in cards)
    refusal = refused(lambda: act(office, CARD, "archive", [(c.id, None) for c in cards]))
    assert isinstance(refusal, Conflict) and {code for _, code in said(refusal)} == {"record.state"}
    assert act(office, CARD, "restore", [(c.id, None) for c in cards]).done == 5
    assert [e.operation for e in office.journal(cards[0])] == ["create", "archive", "restore"]


def test_one_that_would_take_anothers_place_is_told_by_its_number(office):
    slots = [office.create("lab.slot", {"place": f"орын {n}"}) for n in range(3)]
    taken = {"status": "taken", "place": "бір орын"}
    refusal = refused(lambda: act(office, "lab.slot", "edit", versions(slots), taken))
    assert isinstance(refusal, Invalid)
    assert said(refusal) == {("[1].place", "unique.taken_once"), ("[2].place", "unique.taken_once")}
    assert act(office, "lab.slot", "edit", versions(slots), taken, skip=True).done == 1
    first = office.get(slots[0])
    act(office, "lab.slot", "archive", versions([first]))
    act(office, "lab.slot", "edit", versions(slots[1:2]), taken)
    refusal = refused(lambda: act(office, "lab.slot", "restore", [(slots[0].id, None), (slots[2].id, None)]))
    assert ("[0].place", "unique.taken_once") in said(refusal)


def test_documents_are_posted_together_with_numbers_in_order(office, things):
    def raw(n):
        return {"lines": [{"item": str(things.plank.id), "quantity": str(n)}]}

    drafts = [office.create("lab.order", raw(n)) for n in range(1, 4)]
    empty = office.create("lab.order", {**raw(1), "discount": "5"})
    act(office, "lab.order", "post", versions([*drafts, empty]))
    found = [office.get(d).values for d in (*drafts, empty)]
    assert [f["state"] for f in found] == ["posted"] * 4 and all(f["posted_at"] for f in found)
    numbers = [int(f["number"].rsplit("-", 1)[1]) for f in found]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert {code for _, code in said(refused(lambda: act(office, "lab.order", "post", versions(drafts))))} == {
        "record.stale"
    }


def test_a_set_costs_the_same_statements_whatever_its_size(site, office, things):
    spent = {}
    for verb in ("archive", "restore", "post"):
        for count in (3, 30):
            address = "lab.order" if verb == "post" else CARD
            raws = {"lab.order": {"lines": [{"item": str(things.plank.id)}]}, CARD: {"name": "к", "alpha": "а"}}
            made = office.write(office.owner,
                                lambda uow, a=address, n=count, r=raws: records.create_many(uow, a, [r[a]] * n))
            if verb == "restore":
                act(office, CARD, "archive", versions(made))
            with Statements(site.database.engine) as sql:
                act(office, address, verb, [(r.id, None) for r in made])
            spent[verb, count] = len(sql)
    assert all(spent[verb, 3] == spent[verb, 30] <= 12 for verb in ("archive", "restore", "post")), spent


# -- taking back -------------------------------------------------------------------------------------------------------


def test_an_edit_of_many_is_taken_back_at_once(office, cards):
    act(office, CARD, "edit", versions(cards), {"low": 9, "tags": ["x", "z"], "kind": "c"}, key="moved")
    result = undo(office, CARD, "moved")
    assert (result.done, result.left) == (5, []) and lows(office, cards) == [0, 1, 2, 3, 4]
    found = office.get(cards[2])
    assert found.values["tags"] == [] and found.values["kind"] == "a" and found.version == 3
    assert [e.operation for e in office.journal(cards[2])] == ["create", "edit", "edit"]
    assert undo(office, CARD, "moved back").done == 5 and lows(office, cards) == [9] * 5  # and this, too


def test_whoever_was_changed_since_is_named_and_left_alone(office, cards):
    act(office, CARD, "edit", versions(cards), {"low": 9}, key="later")
    office.edit(office.get(cards[3]), {"alpha": "кейін"})
    result = undo(office, CARD, "later")
    assert result.done == 4 and [(id, said(why)) for id, why in result.left] == [
        (cards[3].id, {("", "undo.changed-since")})
    ]
    assert lows(office, cards) == [0, 1, 2, 9, 4] and office.get(cards[3]).values["alpha"] == "кейін"


def test_archiving_is_taken_back_and_restoring_too(office, cards):
    act(office, CARD, "archive", versions(cards), key="away")
    assert undo(office, CARD, "away").done == 5 and not any(office.get(c).values["archived_at"] for c in cards)
    assert undo(office, CARD, "away back").done == 5 and all(office.get(c).values["archived_at"] for c in cards)


def test_nobody_takes_back_what_another_did_or_may_not_do(office, other, cards):
    act(office, CARD, "edit", versions(cards), {"low": 9}, key="own")
    for who, where in ((office.person("author"), office), (other.owner, other)):
        assert isinstance(refused(lambda who=who, where=where: undo(where, CARD, "own", who)), NotFound)
    for key in ("", "nothing", "x" * 65):
        assert isinstance(refused(lambda key=key: undo(office, CARD, key)), NotFound)
    assert isinstance(refused(lambda: undo(office, "lab.item", "own")), NotFound)
    assert lows(office, cards) == [9] * 5


def test_rights_lost_meanwhile_leave_the_records_as_they_are(office):
    patients = [office.create("lab.patient", {"name": "п", "ward": "1", "health": 1}) for _ in range(2)]
    medic = office.person("medic")
    act(office, "lab.patient", "edit", versions(patients), {"health": 5}, who=medic, key="healed")
    office.edit(office.get(patients[0]), {"ward": "2"})
    assert undo(office, "lab.patient", "healed", medic).done == 1, "the moved one is not there for the medic"
    assert [office.get(p).values["health"] for p in patients] == [5, 1]


def test_posting_is_not_taken_back_by_a_button(office, things):
    order = office.create("lab.order", {"lines": [{"item": str(things.plank.id)}]})
    act(office, "lab.order", "post", versions([order]), key="posted")
    result = undo(office, "lab.order", "posted")
    assert result.done == 0 and [said(why) for _, why in result.left] == [{("", "undo.not-so")}]
    assert office.get(order).values["state"] == "posted"


def test_rows_are_not_taken_back_by_a_button(office, things):
    order = office.create("lab.order", {"lines": [{"item": str(things.plank.id)}]})
    lines = [{"item": str(things.nail.id)}]
    office.site.write(office.owner, lambda uow: records.edit(uow, "lab.order", order.id, {"lines": lines}, 1),
                      request_id="rows")
    assert undo(office, "lab.order", "rows").done == 0


# -- in the background -------------------------------------------------------------------------------------------------


def test_a_large_set_is_done_in_the_background_and_taken_back(office, cards, monkeypatch):
    monkeypatch.setattr(sets, "AT_ONCE", 2)
    office.do("archive", cards[4])
    wanted = [(c.id, None) for c in cards]
    back = "/lab/card/actions"
    id = office.write(office.owner, lambda uow: sets.leave(uow, CARD, "edit", wanted, {"low": 9}, True, back))
    jobs.work_off(office.site)
    job = office.read(office.owner, lambda view: jobs.get(view, id))
    assert job.state == "done" and job.result["left_count"] == 1 and job.result["left"][0][0] == str(cards[4].id)
    assert lows(office, cards[:4]) == [9] * 4
    assert undo(office, CARD, f"job {id}").done == 4 and lows(office, cards[:4]) == [0, 1, 2, 3]


def test_a_large_set_with_a_mistake_changes_nothing_in_the_background(office, cards, monkeypatch):
    monkeypatch.setattr(sets, "AT_ONCE", 2)
    office.do("archive", cards[4])
    wanted = [(c.id, None) for c in cards]
    id = office.write(office.owner, lambda uow: sets.leave(uow, CARD, "edit", wanted, {"low": 9}, False, "/x"))
    jobs.work_off(office.site)
    assert office.read(office.owner, lambda view: jobs.get(view, id)).state == "failed"
    assert lows(office, cards[:4]) == [0, 1, 2, 3]
