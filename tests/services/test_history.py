"""The journal: one entry for every verb, in its transaction; and the history that people read from it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.services import records
from engine.storage.system.tables import JOURNAL
from tests.services.conftest import refused
from tests.services.test_values import order, sent


def operations(office, record):
    return [(e.operation, e.version) for e in office.journal(record)]


def test_every_verb_leaves_one_entry(office, things):
    made = office.create("lab.order", order(things, date="2026-01-02"))
    edited = office.edit(made, {"note": "бір"})
    archived = office.do("archive", edited)
    restored = office.do("restore", archived)
    posted = office.do("post", restored)
    twin = office.do("reverse", posted)
    assert operations(office, made) == [
        ("create", 1),
        ("edit", 2),
        ("archive", 3),
        ("restore", 4),
        ("post", 5),
        ("reverse", 6),
    ]
    assert operations(office, twin) == [("create", 1)]
    assert operations(office, office.copy(twin)) == [("create", 1)]
    drafted = office.create("lab.order", order(things))
    office.do("annul", drafted)
    assert operations(office, drafted) == [("create", 1), ("annul", 2)]


def test_an_entry_says_who_where_and_in_which_organisation(office):
    made = office.site.write(
        office.owner, lambda uow: records.create(uow, "lab.slot", {"place": "ж"}), request_id="r-1"
    )
    entry = office.journal(made)[0]
    assert entry.actor_id == office.owner.user_id and entry.actor_kind == "user"
    assert entry.organisation_id == office.id and entry.request_id == "r-1" and entry.entity == "lab.slot"
    assert entry.at == office.site.clock.moment


def test_a_rollback_takes_the_entry_with_it(office, things):
    class Enough(Exception):
        pass

    def count():
        with office.site.database.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(JOURNAL))

    made = office.create("lab.order", order(things))
    before = count()

    def create_and_fail(uow):
        records.create(uow, "lab.order", order(things))
        records.edit(uow, "lab.order", made.id, {"note": "жоқ"}, made.version)
        raise Enough

    with pytest.raises(Enough):
        office.write(office.owner, create_and_fail)
    refused(lambda: office.create("lab.order", order(things, lines=[])))
    refused(lambda: office.edit(made, {"discount": "200"}))
    assert count() == before and office.get(made).values["note"] is None


def test_what_is_to_happen_afterwards_happens_only_after_a_commit(office):
    heard = []

    def work(uow, fail):
        uow.after(lambda: heard.append(fail))
        records.create(uow, "lab.slot", {"place": "кейін"})
        assert not heard
        if fail:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        office.write(office.owner, lambda uow: work(uow, True))
    office.write(office.owner, lambda uow: work(uow, False))
    assert heard == [False]


def test_nobody_can_rewrite_the_journal(office):
    made = office.create("lab.slot", {"place": "ж"})
    for statement in (sa.update(JOURNAL).values(operation="x"), sa.delete(JOURNAL)):
        with pytest.raises(sa.exc.DBAPIError), office.site.database.writing() as connection:
            connection.execute(statement.where(JOURNAL.c.record_id == made.id))


def changes(entry):
    return {c.path: (c.title, c.before, c.after) for c in entry.changes}


def test_history_says_differences_as_people_read_them(office, things):
    made = office.create("lab.order", order(things, discount="5"))
    made = office.edit(made, {"supplier": str(things.metal.id), "discount": "12.5", "due": None})
    office.do("post", made)
    posted, edited, created = office.history(made)
    assert [e.operation for e in (created, edited, posted)] == ["create", "edit", "post"]
    got = changes(edited)
    assert got["supplier"] == ("Поставщик", "Ағаш", "Темір"), "linked records by name"
    assert got["discount"][1:] == ("5 %", "12,5 %") or got["discount"][2].startswith("12,5")
    assert got["due"][1:] == ("12.03.2026", "")
    assert got["payable"][0] == "К оплате"
    assert changes(posted)["state"][1:] == ("Черновик", "Проведён") or changes(posted)["state"][2]
    assert "number" in changes(posted)
    assert created.actor_name == office.owner.login
    kk = changes(office.history(made, language="kk")[1])
    assert kk["supplier"][0] == "Жеткізуші"


def test_history_of_rows_names_the_row_and_its_field(office, things):
    made = office.create(
        "lab.order",
        order(
            things,
            lines=[{"item": str(things.plank.id), "quantity": "1"}, {"item": str(things.nail.id), "quantity": "2"}],
        ),
    )
    first, second = made.values["lines"]
    office.edit(made, {"lines": [sent(first, quantity="7"), {"item": str(things.nail.id), "quantity": "5"}]})
    entry = office.history(made)[0]
    by_path = changes(entry)
    changed = by_path[f"lines[{str(first['id'])[:8]}].quantity"]
    assert changed == ("Строки: Количество", "1", "7")
    removed = by_path[f"lines[{str(second['id'])[:8]}]"]
    assert removed[2] == "" and "Товар: Шеге" in removed[1] and "Количество: 2" in removed[1]
    added = next(c for c in entry.changes if c.before == "" and c.path.startswith("lines["))
    assert "Количество: 5" in added.after


def test_hidden_fields_are_left_out_of_history(office):
    made = office.create("lab.card", {"name": "к", "alpha": "құпия", "low": 1, "gamma": "г"})
    office.edit(made, {"alpha": "одан да құпия", "low": 2})
    reader = office.person("reader")
    entries = office.history(made, reader)
    assert [set(changes(e)) for e in entries] == [{"low"}, {"name", "kind", "low"}]
    assert "құпия" not in repr(entries)
    assert "alpha" in changes(office.history(made)[0])


def test_history_is_read_in_pages(office):
    made = office.create("lab.slot", {"place": "0"})
    for n in range(1, 8):
        made = office.edit(made, {"place": str(n)})
    seen, before = [], None
    while True:
        page = office.read(office.owner, lambda v, b=before: records.history(v, "lab.slot", made.id, limit=3, before=b))
        if not page:
            break
        seen += [e.version for e in page]
        before = str(page[-1].id)
    assert seen == list(range(8, 0, -1))


def test_history_needs_its_own_right(office):
    made = office.create("lab.slot", {"place": "а"})
    refusal = refused(lambda: office.history(made, office.person("stranger")))
    assert refusal.status in (403, 404)
    card = office.create("lab.card", {"name": "к", "alpha": "а"})
    assert refused(lambda: office.history(card, office.person("author"))).status == 403, "reads, but not the history"


def test_secrets_are_named_but_never_shown(office):
    from engine.services.identity import set_password

    user = office.person("reader")
    office.write(office.system, lambda uow: set_password(uow, user.user_id, "өте құпия сөз 1"))
    with office.site.database.reading() as connection:
        rows = (
            connection.execute(sa.select(JOURNAL.c.changes).where(JOURNAL.c.record_id == user.user_id)).scalars().all()
        )
    assert {"password": [None, "***"]} in rows and "argon2" not in repr(rows)
