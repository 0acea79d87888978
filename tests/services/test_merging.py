"""Two people edited one record: what one changed merges by itself, what both changed is asked, nothing is lost."""

from __future__ import annotations

import random
from copy import deepcopy

import pytest

from engine.services import records
from engine.services.merging import MINE, THEIRS, base_values, merge, snapshot, typed_snapshot
from tests.services.test_values import order
from tests.services.world import catalog

FIELDS = catalog().entity("lab.order").fields
KEYS = ("note", "discount", "lines")
CONFLICT = object()


def line(id, quantity="1.000", price="10.00", parts=(), item="i"):
    return {"id": id, "item": item, "quantity": quantity, "price": price, "parts": list(parts)}


def one(note="а", discount="0.00", lines=()):
    return {"note": note, "discount": discount, "lines": list(lines)}


def merged(base, theirs, mine, **choices):
    return merge(FIELDS, base, theirs, mine, choices)


# -- cases -----------------------------------------------------------------------------------------------------------


def test_what_one_side_changed_merges_by_itself_and_is_told():
    done = merged(one(), one(note="олар"), one(discount="5.00"))
    assert done.values == one(note="олар", discount="5.00") and not done.conflicts
    assert {(t.path, t.side, t.after) for t in done.taken} == {("note", THEIRS, "олар"), ("discount", MINE, "5.00")}


def test_what_both_changed_alike_is_nobodys_trouble():
    done = merged(one(), one(note="б"), one(note="б"))
    assert done.values["note"] == "б" and not done.conflicts and not done.taken


def test_what_both_changed_differently_waits_for_a_choice():
    sides = one(), one(note="олар"), one(note="мен")
    done = merged(*sides)
    assert [c.path for c in done.open] == ["note"] and done.values["note"] == "мен"
    assert merged(*sides, note=THEIRS).values["note"] == "олар" and not merged(*sides, note=THEIRS).open
    assert merged(*sides, note=MINE).values["note"] == "мен"
    assert merged(*sides, note="nonsense").open


def test_two_cells_of_one_row_merge_and_one_cell_of_two_is_asked():
    base = one(lines=[line("a"), line("b")])
    theirs = one(lines=[line("a", price="11.00"), line("b", price="12.00")])
    mine = one(lines=[line("a", quantity="2.000"), line("b", price="13.00")])
    done = merged(base, theirs, mine)
    assert done.values["lines"][0] == line("a", quantity="2.000", price="11.00")
    assert [c.path for c in done.open] == ["lines[b].price"]
    assert merged(base, theirs, mine, **{"lines[b].price": THEIRS}).values["lines"][1]["price"] == "12.00"


def test_rows_of_both_are_added_each_behind_the_row_that_it_followed():
    base = one(lines=[line("a"), line("b")])
    theirs = one(lines=[line("a"), line("x"), line("b")])
    new = {"item": "n", "quantity": "1.000"}
    mine = one(lines=[line("a"), line("b"), new])
    assert merged(base, theirs, mine).values["lines"] == [line("a"), line("x"), line("b"), new]


def test_a_row_removed_by_one_and_untouched_by_the_other_goes():
    base = one(lines=[line("a"), line("b"), line("c")])
    done = merged(base, one(lines=[line("b"), line("c")]), one(lines=[line("a"), line("b")]))
    assert done.values["lines"] == [line("b")] and not done.conflicts


def test_a_row_removed_by_one_and_changed_by_the_other_is_asked():
    base = one(lines=[line("a")])
    changed = one(lines=[line("a", price="99.00")])
    gone = one()
    by_me = merged(base, changed, gone)
    assert [(c.path, c.kind) for c in by_me.open] == [("lines[a]", "row")] and by_me.values["lines"] == []
    assert merged(base, changed, gone, **{"lines[a]": THEIRS}).values["lines"] == [line("a", price="99.00")]
    kept = merged(base, gone, changed, **{"lines[a]": MINE}).values["lines"]
    assert kept == [{k: v for k, v in line("a", price="99.00").items() if k != "id"}], "a new row: its id is gone"
    assert merged(base, gone, changed, **{"lines[a]": THEIRS}).values["lines"] == []


def test_the_order_of_rows_is_whoevers_changed_it_and_asked_when_both_did():
    a, b, c = line("a"), line("b"), line("c")
    base, turned, other = one(lines=[a, b, c]), one(lines=[c, a, b]), one(lines=[b, a, c])
    assert merged(base, turned, base).values["lines"] == [c, a, b]
    assert merged(base, base, other).values["lines"] == [b, a, c]
    both = merged(base, turned, other)
    assert [c.path for c in both.open] == ["lines[order]"] and both.values["lines"] == [b, a, c]
    assert merged(base, turned, other, **{"lines[order]": THEIRS}).values["lines"] == [c, a, b]


def test_rows_inside_rows_merge_too():
    part = {"id": "p", "label": "л", "share": "50.00"}
    base = one(lines=[line("a", parts=[part])])
    theirs = one(lines=[line("a", parts=[{**part, "share": "60.00"}])])
    mine = one(lines=[line("a", parts=[{**part, "label": "м"}, {"label": "жаңа"}])])
    done = merged(base, theirs, mine)
    assert done.values["lines"][0]["parts"] == [{"id": "p", "label": "м", "share": "60.00"}, {"label": "жаңа"}]


def test_without_a_base_every_difference_is_asked():
    done = merge(FIELDS, None, one(note="олар", lines=[line("a", price="1.00"), line("x")]),
                 one(note="мен", lines=[line("a", price="2.00")]))
    assert {c.path for c in done.open} == {"note", "lines[a].price", "lines[x]"}


def test_a_cell_that_the_form_did_not_offer_stays_theirs():
    mine = one(lines=[{"id": "a", "quantity": "2.000"}])
    done = merged(one(lines=[line("a")]), one(lines=[line("a", price="7.00")]), mine)
    assert done.values["lines"] == [line("a", quantity="2.000", price="7.00")] and not done.conflicts


# -- any case --------------------------------------------------------------------------------------------------------


def reference(base, theirs, mine):
    """The same, said as simply as possible: scalars and rows as a mapping of cells, without order."""
    def three(b, t, m):
        return m if m == t else t if m == b else m if t == b else CONFLICT

    flat = {k: three(base[k], theirs[k], mine[k]) for k in ("note", "discount")}
    b, t = ({row["id"]: row for row in side["lines"]} for side in (base, theirs))
    m = {row["id"]: row for row in mine["lines"] if "id" in row}
    rows = {}
    for id in b.keys() | t.keys() | m.keys():
        if id in b and id in t and id in m:
            rows[id] = {k: three(b[id][k], t[id][k], m[id][k]) for k in ("quantity", "price")}
        elif id in t and id not in b:
            rows[id] = {k: t[id][k] for k in ("quantity", "price")}
        elif id in t and id not in m:
            rows[id] = None if t[id] == b[id] else CONFLICT
        elif id in m and id not in t:
            rows[id] = None if m[id] == b[id] else CONFLICT
    return flat, rows


def edited(source, state, letters):
    """A copy of a state after some random edits; new rows get letters of their own, or no id when typed."""
    made = deepcopy(state)
    for _ in range(source.randrange(6)):
        what = source.randrange(6)
        rows = made["lines"]
        if what == 0:
            made["note"] = source.choice("абв")
        elif what == 1:
            made["discount"] = source.choice(["1.00", "2.00"])
        elif what == 2 and rows:
            source.choice(rows)[source.choice(["quantity", "price"])] = source.choice(["3.00", "4.00", "5.00"])
        elif what == 3 and rows:
            rows.pop(source.randrange(len(rows)))
        elif what == 4:
            row = line(next(letters)) if letters else {"item": "n", "quantity": "8.00", "price": "8.00", "parts": []}
            rows.insert(source.randrange(len(rows) + 1), row)
        elif rows:
            rows.insert(source.randrange(len(rows)), rows.pop())
    return made


@pytest.mark.parametrize("seed", range(20))
def test_random_edits_merge_as_the_simple_model_says(seed):
    source = random.Random(seed)
    for _ in range(60):
        base = one(lines=[line(c) for c in "abcd"[: source.randrange(5)]])
        theirs, mine = edited(source, base, iter("uvwxyz")), edited(source, base, None)
        done = merged(base, theirs, mine)
        flat, rows = reference(base, theirs, mine)
        open_paths = {c.path for c in done.open}
        for key, value in flat.items():
            assert (key in open_paths) == (value is CONFLICT)
            assert value is CONFLICT or done.values[key] == value
        by_id = {row["id"]: row for row in done.values["lines"] if "id" in row}
        assert len(by_id) == sum("id" in row for row in done.values["lines"]), "no row twice"
        typed_new = [row for row in mine["lines"] if "id" not in row]
        kept_anew = sum(1 for c in done.conflicts if c.kind == "row" and c.mine is not None)
        assert sum("id" not in row for row in done.values["lines"]) == len(typed_new) + kept_anew
        for id, cells in rows.items():
            assert (f"lines[{id}]" in open_paths) == (cells is CONFLICT)
            if cells is CONFLICT:
                continue
            assert (id in by_id) == (cells is not None)
            for key, value in (cells or {}).items():
                assert (f"lines[{id}].{key}" in open_paths) == (value is CONFLICT)
                assert value is CONFLICT or by_id[id][key] == value
        common = [i for i in by_id if i in {r["id"] for r in theirs["lines"]} & {r.get("id") for r in mine["lines"]}]
        assert common in ([r["id"] for r in side["lines"] if r.get("id") in common] for side in (theirs, mine))
        # Every choice settles what was asked, and choosing all of theirs or mine leaves nothing open.
        for side in (MINE, THEIRS):
            assert not merged(base, theirs, mine, **dict.fromkeys(open_paths, side)).open


# -- the journal taken back -----------------------------------------------------------------------------------------


def test_the_journal_tells_how_a_record_stood_at_every_version(office, things):
    source = random.Random(7)
    made = office.create("lab.order", order(things, note="а", lines=[
        {"item": str(things.plank.id), "quantity": str(n), "parts": [{"label": "бір"}]} for n in (1, 2, 3)]))
    entity = made.entity

    def stood(record):
        return snapshot(entity.fields, record.values, KEYS)

    seen = {1: stood(office.get(made))}
    for _ in range(12):
        now = office.get(made)
        rows = stood(now)["lines"]
        what = source.randrange(5)
        if what == 0 or len(rows) < 2:
            rows.insert(source.randrange(len(rows) + 1), {"item": str(things.nail.id), "price": "5"})
        elif what == 1:
            rows.pop(source.randrange(len(rows)))
        elif what == 2:
            rows.append(rows.pop(0))
        elif what == 3:
            source.choice(rows)["quantity"] = str(source.randrange(50))
        else:
            source.choice(rows)["parts"].append({"label": "тағы"})
        office.edit(now, {"lines": rows, "note": source.choice("абвг")})
        now = office.get(made)
        seen[now.version] = stood(now)
    last = office.get(made)

    def back(view):
        return {v: base_values(view, entity, made.id, stood(last), v, last.version) for v in seen}

    found = office.read(office.owner, back)
    for version, state in seen.items():
        # The journal does not say where a removed row had stood; everything else is as it was.
        told = found[version]
        assert told["note"] == state["note"] and told["discount"] == state["discount"]
        assert {r["id"]: r for r in told["lines"]} == {r["id"]: r for r in state["lines"]}, version
    assert office.read(office.owner, lambda v: base_values(v, entity, made.id, stood(last), 0, last.version)) is None
    assert office.read(office.owner, lambda v: base_values(v, entity, made.id, stood(last), 99, last.version)) is None


def test_a_merged_record_is_saved_like_any_other(office, things):
    made = office.create("lab.order", order(things, note="а", lines=[
        {"item": str(things.plank.id), "quantity": "1"}, {"item": str(things.nail.id), "quantity": "2"}]))
    base = snapshot(made.entity.fields, office.get(made).values, KEYS)
    first, second = base["lines"]
    office.edit(made, {"lines": [second, {**first, "price": "7"}], "note": "олар"})
    raw = {"discount": "5", "lines": [{**first, "quantity": "9"}, second, {"item": str(things.nail.id), "price": "1"}]}
    mine = typed_snapshot(made.entity.fields, raw, KEYS)
    now = office.get(made)
    theirs = snapshot(made.entity.fields, now.values, KEYS)
    found = office.read(office.owner, lambda v: base_values(v, made.entity, made.id, theirs, 1, now.version))
    done = merge(made.entity.fields, found, theirs, mine)
    assert not done.conflicts
    office.edit(now, done.values)
    saved = snapshot(made.entity.fields, office.get(made).values, KEYS)
    assert (saved["note"], saved["discount"]) == ("олар", "5.00")
    assert [(r["quantity"], r["price"]) for r in saved["lines"]] == [
        ("2.000", "3.00"), ("1.000", "1.00"), ("9.000", "7.00")] or [
        (r["quantity"], r["price"]) for r in saved["lines"]] == [
        ("2.000", "3.00"), ("9.000", "7.00"), ("1.000", "1.00")]


def test_the_history_says_that_rows_changed_places(office, things):
    made = office.create("lab.order", order(things, lines=[
        {"item": str(things.plank.id), "quantity": "1"}, {"item": str(things.nail.id), "quantity": "2"}]))
    rows = snapshot(made.entity.fields, office.get(made).values, ("lines",))["lines"]
    office.edit(made, {"lines": rows[::-1]})
    assert any("местами" in change.after for change in office.history(made)[0].changes)


def test_the_version_is_read_by_the_service_that_saves(office, things):
    """A merge prepared against a version that moved again is refused, like any stale save."""
    from engine.errors import Stale
    from tests.services.conftest import refused

    made = office.create("lab.order", order(things, note="а"))
    office.edit(made, {"note": "б"})
    assert isinstance(refused(lambda: office.edit(made, {"note": "в"}, version=1)), Stale)
    assert records.edit is not None
