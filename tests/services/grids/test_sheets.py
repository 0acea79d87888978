"""A grid as it is read: rows, columns and cells by rights, sparse, in a bounded number of statements."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, NotFound
from engine.services.registries import Query, listing

MARCH = "2026-03-01"


def fill(guild, members, *marks):
    """(place of the member, day of March, mark) as records, made past the grid."""
    return guild.make("guild.presence", *(
        {"member": str(members[n].id), "day": f"2026-03-{day:02}", "mark": mark, **(more[0] if more else {})}
        for n, day, mark, *more in marks))


def test_only_records_are_cells(guild):
    team, members = guild.team(3)
    fill(guild, members, (0, 2, "away"), (2, 17, "ill"))
    made = guild.sheet(guild.master, "days", of_team=str(team.id), month=MARCH)
    assert [line.title for line in made.lines] == ["Участник 00", "Участник 01", "Участник 02"]
    assert len(made.heads) == 22 and made.heads[0].key == "2026-03-02" and made.heads[0].beside == "пн"
    assert len(made.cells) == 2
    assert guild.shown(guild.master, "days", of_team=str(team.id), month=MARCH) == {
        ("Участник 00", "2026-03-02"): "н", ("Участник 02", "2026-03-17"): "б"}
    today = [head.key for head in made.heads if head.today]
    assert today == ["2026-03-18"]


def test_an_archived_record_is_an_empty_cell(guild):
    team, members = guild.team(1)
    (record,) = fill(guild, members, (0, 2, "away"))
    from engine.services import records

    guild.site.write(guild.system, lambda uow: records.archive(uow, "guild.presence", record.id, record.version))
    assert guild.shown(guild.master, "days", of_team=str(team.id), month=MARCH) == {}


def test_the_team_of_the_actor_is_taken_when_none_is_chosen(guild):
    somebody = guild.person("tutor", "third")
    guild.team(1)
    mine, _ = guild.team(1, tutor=somebody)
    made = guild.sheet(somebody, "days")
    assert made.chosen.choices["of_team"].value == mine.id
    assert made.chosen.choices["month"].text == "Март\u00a02026"
    assert len(made.chosen.choices["of_team"].offered) >= 2


def test_a_team_that_may_not_be_chosen_is_none(guild):
    (closed,) = guild.make("guild.team", {"name": "Закрытая", "open": False})
    for id in (str(closed.id), "018f0000-0000-7000-8000-000000000001"):
        with pytest.raises(NotFound):
            guild.sheet(guild.master, "days", of_team=id)
    for wrong in ("x", "<script>", "1" * 3000):
        with pytest.raises(BadRequest):
            guild.sheet(guild.master, "days", of_team=wrong)
        with pytest.raises(BadRequest):
            guild.sheet(guild.master, "days", month=wrong)


def test_a_tutor_sees_own_people_only(guild):
    team, members = guild.team(2)
    fill(guild, members, (0, 2, "away"))
    assert len(guild.sheet(guild.tutor, "days", of_team=str(team.id), month=MARCH).lines) == 2
    theirs = guild.sheet(guild.other, "days", of_team=str(team.id), month=MARCH)
    assert theirs.lines == [] and theirs.cells == {}


def test_a_grid_is_offered_to_those_who_may_read_its_rows_and_cells(guild):
    with pytest.raises(NotFound):
        guild.sheet(guild.stranger, "days")
    with pytest.raises(NotFound):
        guild.sheet(guild.reader, "scores")  # rows yes, cells no
    with pytest.raises(NotFound):
        guild.sheet(guild.tutor, "reviews")


def test_hidden_fields_stay_hidden(guild):
    team, members = guild.team(1)
    fill(guild, members, (0, 2, "late", {"minutes": 40, "secret": "жасырын"}))
    made = guild.sheet(guild.reader, "days", of_team=str(team.id), month=MARCH)
    (cell,) = made.cells.values()
    assert not {"minutes", "secret"} & set(cell.values)
    whole = guild.sheet(guild.master, "days", of_team=str(team.id), month=MARCH)
    assert next(iter(whole.cells.values())).values["secret"] == "жасырын"
    assert [len(line.texts) for line in made.lines] == [1] and [len(line.texts) for line in whole.lines] == [2]


def test_places_before_and_after_somebody_was_there_are_outside(guild):
    team, _ = guild.team(0)
    guild.make("guild.member", {"name": "Новичок", "team": str(team.id), "since": "2026-03-10", "until": "2026-03-12"},
               {"name": "Ушёл раньше", "team": str(team.id), "since": "2026-01-10", "until": "2026-02-20"})
    made = guild.sheet(guild.master, "days", of_team=str(team.id), month=MARCH)
    (line,) = made.lines  # whoever was not there in March is no row
    inside = [head.key for head in made.heads if made.lock(line, head) is None]
    assert inside == ["2026-03-10", "2026-03-11", "2026-03-12"]
    assert all(made.lock(line, head).outside for head in made.heads if head.key not in inside)


def test_a_lock_says_why_and_whom_it_does_not_hold(guild):
    team, _ = guild.team(1)
    mine = guild.sheet(guild.tutor, "days", of_team=str(team.id), month=MARCH)
    (line,) = mine.lines
    locks = {head.key: mine.lock(line, head) for head in mine.heads}
    assert locks["2026-03-18"] is None and locks["2026-03-19"].reason.in_("ru") == "Ещё не наступил"
    whole = guild.sheet(guild.master, "days", of_team=str(team.id), month=MARCH)
    assert all(whole.lock(line, head) is None for head in whole.heads)


def test_totals_follow_their_rules(guild):
    team, members = guild.team(2)
    fill(guild, members, (0, 2, "away"), (0, 3, "away"), (0, 4, "late"), (1, 2, "away"))
    made = guild.sheet(guild.master, "days", of_team=str(team.id), month=MARCH)
    first, second = (made.totals.rows[line.key] for line in made.lines)
    # 13 working days from 2 to 18 March; two away of them, lateness counts as presence.
    assert first == ["2", "84,6"] and second == ["1", "92,3"]
    assert made.totals.columns["2026-03-02"] == ["2", "0"] and made.totals.columns["2026-03-04"] == ["0", "100"]
    assert made.totals.columns["2026-03-31"] == ["0", ""]  # nothing to look at yet


def test_columns_may_be_records_and_values_numbers(guild):
    team, members = guild.team(2)
    shifts = guild.make("guild.shift", *(
        {"name": f"С{n}", "team": str(team.id), "held": f"2026-03-0{n}"} for n in (3, 2)))
    guild.make("guild.score", {"member": str(members[0].id), "shift": str(shifts[0].id), "points": "7.5"},
               {"member": str(members[0].id), "shift": str(shifts[1].id), "points": "8"})
    made = guild.sheet(guild.master, "scores", of_team=str(team.id))
    assert [head.title for head in made.heads] == ["02.03.2026", "03.03.2026"]
    assert sorted(guild.shown(guild.master, "scores", of_team=str(team.id)).values()) == ["7,5", "8"]
    assert made.totals.rows[made.lines[0].key] == ["15,5", "7,75"] and made.totals.rows[made.lines[1].key] == ["", ""]
    assert made.totals.columns[made.heads[0].key] == ["8"]


def test_columns_may_be_fields_of_one_record(guild):
    _, members = guild.team(1)
    guild.make("guild.review", {"member": str(members[0].id), "spring": 5})
    made = guild.sheet(guild.master, "reviews")
    assert [head.key for head in made.heads] == ["spring", "autumn", "word"]
    line = next(line for line in made.lines if line.id == members[0].id)
    assert [made.texts.short(head, made.cell(line, head)) for head in made.heads] == ["5", "", ""]
    assert made.lock(line, made.heads[2]) is not None and made.lock(line, made.heads[1]) is None


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_language_has_its_letters(guild, language):
    team, members = guild.team(1)
    fill(guild, members, (0, 2, "away"))
    made = guild.sheet(guild.master, "days", language, of_team=str(team.id), month=MARCH)
    letter = made.texts.short(made.heads[0], made.cell(made.lines[0], made.heads[0]))
    assert letter == {"kk": "ж", "ru": "н", "en": "н"}[language]


def test_statements_do_not_grow_with_the_grid(guild):
    counts = {}
    for people, month in ((5, "2026-02-01"), (30, "2026-03-01")):
        team, members = guild.team(people)
        guild.make("guild.presence", *(
            {"member": str(m.id), "day": f"{month[:8]}{day:02}", "mark": "ill"}
            for m in members for day in (2, 3, 4, 5)))
        guild.sheet(guild.tutor, "days", of_team=str(team.id), month=month)
        with guild.statements() as statements:
            guild.sheet(guild.tutor, "days", of_team=str(team.id), month=month)
        counts[people] = len(statements)
    assert counts[5] == counts[30] <= 5, statements.texts


def test_names_taken_over_links_stand_in_the_order_of_the_alphabet(guild):
    """A class is in the order of its register, whatever way its names are read."""
    names = ["Ұлан", "Шәкір", "Әлім", "Абай", "Өтеген", "Ғабит", "Яна", "Қали"]
    team, _ = guild.team(0)
    members = guild.make("guild.member", *({"name": n, "team": str(team.id), "since": "2026-01-01"} for n in names))
    badges = guild.make("guild.badge", *({"member": str(m.id)} for m in members))
    guild.make("guild.badge", *({"member": str(members[3].id), "older": str(b.id)} for b in badges))
    wanted = ["Абай", "Әлім", "Ғабит", "Қали", "Өтеген", "Ұлан", "Шәкір", "Яна"]
    mine = [("member", "in", [str(m.id) for m in members])]

    def names_of(**query):
        return guild.site.read(guild.master, lambda view: listing(view, "guild.badge", Query(**query))).records

    plain = names_of(sort=("holder",), filters=[*mine, ("older", "empty", ["yes"])])
    assert [record["holder"] for record in plain] == wanted
    linked = names_of(sort=("-older",), filters=[*mine, ("older", "empty", ["no"])], fields=("older",))
    assert [record["@older"] for record in linked] == wanted[::-1]
