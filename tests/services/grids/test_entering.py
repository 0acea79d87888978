"""Cells as they are written: each on its own, with the version that was seen, by the verbs and rights of records."""

from __future__ import annotations

import random
import threading

import pytest

from engine.errors import BadRequest, NotFound
from engine.services import records
from engine.services.grids import Entry, entering
from engine.services.registries import Query, listing

MARCH = "2026-03-01"


class Open:
    """The days of one team, as one person has them open."""

    def __init__(self, guild, who, team, language: str = "ru"):
        self.guild, self.who, self.team, self.language = guild, who, str(team.id), language

    def enter(self, *entries):
        return self.guild.enter(self.who, "days", *entries, language=self.language, of_team=self.team, month=MARCH)

    def shown(self):
        return self.guild.shown(self.who, "days", of_team=self.team, month=MARCH)


@pytest.fixture
def mine(guild):
    team, members = guild.team(3)
    page = Open(guild, guild.tutor, team)
    page.members = [str(m.id) for m in members]
    return page


def stored(guild, member: str, archived: bool = False):
    return guild.site.read(guild.system, lambda view: listing(view, "guild.presence", Query(
        filters=[("member", "is", [member])], archived=archived))).records


def codes(outcomes):
    return [(o.state, [p.code for p in o.problems]) for o in outcomes]


def test_a_letter_makes_a_record_at_its_place(mine, guild):
    (outcome,) = mine.enter((mine.members[0], "2026-03-02", "н"))
    assert outcome.state == "saved" and outcome.cell.version == 1
    (record,) = stored(guild, mine.members[0])
    assert (str(record["day"]), record["mark"]) == ("2026-03-02", "away")
    told = guild.site.read(guild.master, lambda view: records.history(view, "guild.presence", record["id"]))
    assert [(entry.operation, entry.actor_name) for entry in told] == [("create", "tutor")]


@pytest.mark.parametrize(("language", "text", "mark"), [
    ("ru", "н", "away"), ("ru", "Н", "away"), ("kk", "ж", "away"), ("ru", "ж", "away"), ("kk", "б", "ill"),
    ("ru", "отсутствует", "away"), ("ru", "ауру", "ill"), ("kk", "late", "late"), ("ru", " к ", "late"),
])
def test_a_mark_is_read_by_letter_code_or_title(guild, language, text, mark):
    team, members = guild.team(1)
    page = Open(guild, guild.tutor, team, language)
    assert codes(page.enter((str(members[0].id), "2026-03-02", text))) == [("saved", [])]
    assert stored(guild, str(members[0].id))[0]["mark"] == mark


@pytest.mark.parametrize("text", ["", " ", ".", "здесь", "осында"])
def test_emptying_puts_the_record_away(mine, guild, text):
    (made,) = mine.enter((mine.members[0], "2026-03-02", "н"))
    (gone,) = mine.enter((mine.members[0], "2026-03-02", text, made.cell.token))
    assert gone.state == "saved" and gone.cell is None
    assert stored(guild, mine.members[0]) == [] and len(stored(guild, mine.members[0], archived=True)) == 1
    (again,) = mine.enter((mine.members[0], "2026-03-02", "б"))  # the place is free again
    assert again.state == "saved" and again.cell.id != made.cell.id


def test_one_cell_that_is_refused_leaves_the_others_alone(mine):
    outcomes = mine.enter((mine.members[0], "2026-03-02", "н"), (mine.members[0], "2026-03-03", "qwerty"),
                          (mine.members[1], "2026-03-02", "б"), (mine.members[1], "2026-03-25", "н"))
    assert codes(outcomes) == [("saved", []), ("refused", ["grid.code"]), ("saved", []), ("refused", ["grid.locked"])]
    assert sorted(mine.shown().values()) == ["б", "н"]
    assert "Ещё не наступил" in outcomes[3].problems[0].text("ru")
    assert "н, б, о" in outcomes[1].problems[0].text("ru")


def test_a_stale_cell_is_a_conflict_with_both_values(mine):
    (made,) = mine.enter((mine.members[0], "2026-03-02", "н"))
    mine.enter((mine.members[0], "2026-03-02", "б", made.cell.token, "н"))
    (mine_too,) = mine.enter((mine.members[0], "2026-03-02", "к", made.cell.token, "н"))
    assert codes([mine_too]) == [("conflict", ["grid.conflict"])]
    assert mine_too.cell.values["mark"] == "ill"
    (kept,) = mine.enter((mine.members[0], "2026-03-02", "к", mine_too.cell.token, "б"))
    assert kept.state == "saved" and kept.cell.values["mark"] == "late"


def test_a_cell_that_is_not_empty_any_more_is_a_conflict(mine):
    mine.enter((mine.members[0], "2026-03-02", "н"))
    assert codes(mine.enter((mine.members[0], "2026-03-02", "б"))) == [("conflict", ["grid.conflict"])]
    assert codes(mine.enter((mine.members[0], "2026-03-02", "н"))) == [("saved", [])]  # they wrote the same
    assert list(mine.shown().values()) == ["н"]


def test_a_cell_that_was_emptied_meanwhile_is_a_conflict(mine):
    (made,) = mine.enter((mine.members[0], "2026-03-02", "н"))
    mine.enter((mine.members[0], "2026-03-02", "", made.cell.token))
    (late,) = mine.enter((mine.members[0], "2026-03-02", "к", made.cell.token, "н"))
    assert late.state == "conflict" and late.cell is None
    assert codes(mine.enter((mine.members[0], "2026-03-02", "", made.cell.token, "н"))) == [("saved", [])]


def test_what_changed_beside_the_value_is_no_conflict(mine, guild):
    (made,) = mine.enter((mine.members[0], "2026-03-02", "о"))
    guild.site.write(guild.system, lambda uow: records.edit(
        uow, "guild.presence", made.cell.id, {"minutes": 5}, made.cell.version))
    (kept,) = mine.enter((mine.members[0], "2026-03-02", "б", made.cell.token, "о"))
    assert kept.state == "saved" and stored(guild, mine.members[0])[0]["minutes"] == 5


def test_ids_of_other_peoples_rows_are_of_no_use(mine, guild):
    _, theirs = guild.team(1, tutor=guild.other)
    outcomes = mine.enter((str(theirs[0].id), "2026-03-02", "н"), ("nonsense", "2026-03-02", "н"),
                          ("018f0000-0000-7000-8000-000000000001", "2026-03-02", "н"),
                          (mine.members[0], "2026-04-01", "н"), (mine.members[0], "2026-03-07", "н"),
                          (mine.members[0], "' or 1=1", "н"))
    assert codes(outcomes) == [("refused", ["grid.elsewhere"])] * 6
    assert stored(guild, str(theirs[0].id)) == []


def test_a_foreign_team_is_not_there(mine, guild):
    team, members = guild.team(1, tutor=guild.other)
    page = Open(guild, guild.tutor, team)
    assert codes(page.enter((str(members[0].id), "2026-03-02", "н"))) == [("refused", ["grid.elsewhere"])]
    page.team = "018f0000-0000-7000-8000-000000000001"
    with pytest.raises(NotFound):
        page.enter((str(members[0].id), "2026-03-02", "н"))
    with pytest.raises(NotFound):
        guild.enter(guild.stranger, "days", (str(members[0].id), "2026-03-02", "н"))


def test_who_may_only_read_is_refused_by_the_verb(mine, guild):
    reading = Open(guild, guild.reader, type("Team", (), {"id": mine.team}))
    assert codes(reading.enter((mine.members[0], "2026-03-02", "н"))) == [("refused", ["access.verb"])]
    assert reading.shown() == {}


def test_a_rule_of_the_entity_holds_in_the_grid(guild):
    team, _ = guild.team(0)
    (newcomer,) = guild.make("guild.member", {"name": "Н", "team": str(team.id), "since": "2026-03-10"})
    page = Open(guild, guild.master, team)
    outcomes = page.enter((str(newcomer.id), "2026-03-09", "н"), (str(newcomer.id), "2026-03-10", "н"))
    assert codes(outcomes) == [("refused", ["grid.locked"]), ("saved", [])]


def test_numbers_are_read_as_people_write_them(guild):
    team, members = guild.team(2)
    shifts = guild.make("guild.shift", {"name": "С1", "team": str(team.id), "held": "2026-03-02"})
    column, given = str(shifts[0].id), {"of_team": str(team.id)}
    first, second = (str(m.id) for m in members)
    outcomes = guild.enter(guild.master, "scores", (first, column, "7,5"), (second, column, "11"), **given)
    assert codes(outcomes) == [("saved", []), ("refused", ["number.too-large"])]
    outcomes = guild.enter(guild.master, "scores", (first, column, "восемь", outcomes[0].cell.token, "7,5"), **given)
    assert outcomes[0].state == "refused" and outcomes[0].cell.values["points"] == 7.5
    # A value that may be empty is emptied; nothing else is kept there, so the record is put away - by who may.
    outcomes = guild.enter(guild.tutor, "scores", (first, column, "", outcomes[0].cell.token, "7,5"), **given)
    assert codes(outcomes) == [("refused", ["access.verb"])]


def test_emptying_keeps_a_record_that_says_more(guild):
    team, members = guild.team(1)
    (shift,) = guild.make("guild.shift", {"name": "С1", "team": str(team.id), "held": "2026-03-02"})
    (score,) = guild.make("guild.score", {"member": str(members[0].id), "shift": str(shift.id), "points": "5",
                                          "note": "молодец"})
    entry = Entry(str(members[0].id), str(shift.id), "", f"1-{score.id.hex[-8:]}", "5")
    (outcome,) = guild.enter(guild.master, "scores", entry, of_team=str(team.id))
    assert outcome.state == "saved" and outcome.cell.values["points"] is None
    assert outcome.cell.values["note"] == "молодец"


def test_several_fields_of_one_record_are_written_together(guild):
    _, members = guild.team(1)
    row = str(members[0].id)
    outcomes = guild.enter(guild.master, "reviews", (row, "spring", "5"), (row, "autumn", "4"))
    assert [o.state for o in outcomes] == ["saved", "saved"] and outcomes[0].cell.id == outcomes[1].cell.id
    old = outcomes[0].cell.token
    (one,) = guild.enter(guild.master, "reviews", (row, "spring", "3", old, "5"))
    # The record moved on, yet in another field: that is no quarrel about this one.
    (two,) = guild.enter(guild.master, "reviews", (row, "autumn", "2", old, "4"))
    assert (one.state, two.state) == ("saved", "saved") and two.cell.values["spring"] == 3
    (wrong,) = guild.enter(guild.master, "reviews", (row, "autumn", "9", two.cell.token, "2"))
    assert wrong.state == "refused"


def test_too_many_cells_at_once_are_refused(mine):
    with pytest.raises(BadRequest):
        mine.enter(*[(mine.members[0], "2026-03-02", "н")] * (entering.MOST + 1))


def test_two_people_filling_one_empty_cell_make_one_record(guild):
    team, members = guild.team(4)
    rows = [str(m.id) for m in members]
    days = [f"2026-03-{day:02}" for day in (2, 3, 4, 5)]
    said: dict[str, list] = {}

    def write(name, who, letter):
        page = Open(guild, who, team)
        said[name] = [o for day in days for o in page.enter(*((row, day, letter) for row in rows))]

    both = [threading.Thread(target=write, args=args) for args in (("a", guild.tutor, "н"), ("b", guild.master, "б"))]
    [one.start() for one in both]
    [one.join() for one in both]
    found = [record for row in rows for record in stored(guild, row)]
    assert len(found) == len(rows) * len(days)
    for first, second in zip(said["a"], said["b"], strict=True):
        assert sorted((first.state, second.state)) == ["conflict", "saved"]


def test_statements_do_not_grow_with_the_batch(guild):
    counts = []
    for people in (2, 20):
        team, members = guild.team(people)
        page = Open(guild, guild.tutor, team)
        rows = [str(m.id) for m in members]
        page.enter((rows[0], "2026-03-02", "н"), (rows[0], "2026-03-03", "н"))  # plans are made once
        made = page.enter(*((row, day, "н") for row in rows for day in ("2026-03-04", "2026-03-05")))
        batch = [(row, "2026-03-09", "б") for row in rows]
        batch += [(o.entry.row, o.entry.column, letter, o.cell.token)
                  for o in made for letter in [{"2026-03-04": "к", "2026-03-05": ""}[o.entry.column]]]
        with guild.statements() as statements:
            assert {o.state for o in page.enter(*batch)} == {"saved"}
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 18, statements.texts


def test_a_pasted_block_is_the_same_as_its_cells_typed_one_by_one(guild):
    letters = ["н", "б", "к", "", ".", "zzz", "late", "болен"]
    for seed in range(3):
        chance = random.Random(seed)
        block = [[chance.choice(letters) for _ in range(6)] for _ in range(4)]
        before = [(n, day, chance.choice(letters[:3])) for n in range(4) for day in range(6) if chance.random() < 0.3]
        results = []
        for at_once in (True, False):
            team, members = guild.team(4)
            page = Open(guild, guild.master, team)
            rows, days = [str(m.id) for m in members], [f"2026-03-{day:02}" for day in (2, 3, 4, 5, 6, 9)]
            seen = {(n, d): o.cell.token for (n, d, _), o in zip(
                before, page.enter(*((rows[n], days[d], text) for n, d, text in before)), strict=True)}
            entries = [(rows[n], days[d], text, seen.get((n, d), ""))
                       for n, line in enumerate(block) for d, text in enumerate(line)]
            outcomes = page.enter(*entries) if at_once else [o for e in entries for o in page.enter(e)]
            results.append(([o.state for o in outcomes], sorted(page.shown().items())))
        assert results[0] == results[1]
