"""Work in the background: left with a transaction, done once in effect, tried again, given up, stopped."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Problem
from engine.hooks import registry
from engine.language import translate
from engine.services import records
from engine.services.actor import NOBODY, system
from engine.services.jobs import Hands, cancel, defer, get, perform, work_off
from engine.services.jobs.claiming import LOST, claim
from engine.services.jobs.performing import BACKOFF
from engine.services.jobs.processes import is_gone, process_name
from engine.services.jobs.run import Lost, Run
from engine.services.sentences import say, say_reasons
from engine.storage.system.tables import JOB, NOTICE
from tests.services.conftest import refused, said

_kinds = count(1)
TITLE = ("Import of %(name)s", {"name": "a.xlsx"})


@pytest.fixture
def handled(monkeypatch):
    """Make a function the handler of a new kind of job; the kind."""

    def handled_by(work) -> str:
        kind = f"test.{next(_kinds)}"
        monkeypatch.setitem(registry().job_handlers.parts, kind, work)
        return kind

    return handled_by


@pytest.fixture
def left(office, handled):
    """Leave a job for `work`, as the owner unless somebody else is said; its id."""

    def leave(work, who=None, arguments=None, **more) -> UUID:
        kind = handled(work)
        return office.write(who or office.owner, lambda uow: defer(uow, kind, arguments or {}, title=TITLE, **more))

    return leave


@pytest.fixture
def row(office):
    def look(id):
        with office.site.database.reading() as connection:
            return connection.execute(sa.select(JOB).where(JOB.c.id == id)).one()

    return look


def notices(site, id) -> list:
    with site.database.reading() as connection:
        return connection.execute(sa.select(NOTICE).where(NOTICE.c.job_id == id)).all()


def named(office, name: str) -> int:
    return office.list("lab.supplier", search=name, count=True).count


def test_a_job_is_done_with_what_was_left_for_it_and_its_owner_is_told(office, left, row):
    seen = []

    def work(run):
        seen.append((run.arguments, run.actor.user_id, run.language, run.attempt))
        return {"made": 3}

    id = left(work, arguments={"a": [1, "ә"]})
    assert row(id).state == "waiting"
    assert work_off(office.site) == 1 and work_off(office.site) == 0
    done = row(id)
    assert seen == [({"a": [1, "ә"]}, office.owner.user_id, "ru", 1)]
    assert (done.state, done.result, done.attempts, done.error) == ("done", {"made": 3}, 1, None)
    told = notices(office.site, id)
    assert [(n.user_id, n.tone, n.url, n.read_at) for n in told] == [
        (office.owner.user_id, "done", f"/jobs/{id}", None)]
    assert say(told[0].text, "ru") == f"Готово: {translate(TITLE[0], 'ru', TITLE[1])}"
    assert say(told[0].text, "kk").startswith("Дайын") and "a.xlsx" in say(told[0].text, "kk")


def test_a_job_of_a_transaction_that_was_taken_back_is_not_there(office, handled):
    kind = handled(lambda run: None)

    def fails(uow):
        defer(uow, kind, {}, title=TITLE)
        raise Invalid([Problem("x", "x")])

    refused(lambda: office.write(office.owner, fails))
    assert work_off(office.site) == 0


def test_work_and_end_are_one_transaction(office, left, row):
    """A handler that dies between its last word and the commit leaves neither the record nor the end."""

    def work(run):
        def once(uow):
            records.create(uow, "lab.supplier", {"name": "Бірге"})
            run.finish(uow, {"ok": True})
            if run.attempt == 1:
                raise RuntimeError("killed")

        run.write(once)

    id = left(work)
    work_off(office.site)
    assert row(id).state == "waiting" and named(office, "Бірге") == 0 and not notices(office.site, id)
    office.site.clock.moment += BACKOFF[0]
    work_off(office.site)
    assert row(id).state == "done" and named(office, "Бірге") == 1 and len(notices(office.site, id)) == 1


def test_a_worker_that_was_thought_dead_changes_nothing_more(office, left, row):
    """The first worker falls silent, the second one does the job, then the first one wakes up."""

    def work(run):
        run.write(lambda uow: (records.create(uow, "lab.supplier", {"name": "Қос"}), run.finish(uow)))

    id = left(work)
    site = office.site
    silent = Run(site, claim(site, id, "first"), Hands("first"), office.owner)
    assert not perform(site, id, Hands("second")), "the first one may still live"
    site.clock.moment += LOST + timedelta(seconds=1)
    assert perform(site, id, Hands("second"))
    with pytest.raises(Lost):
        work(silent)
    with pytest.raises(Lost):
        silent.progress(1)
    assert named(office, "Қос") == 1 and row(id).attempts == 2 and len(notices(site, id)) == 1


def test_what_fails_is_tried_again_after_longer_and_longer_rests_and_then_given_up(office, left, row):
    tries = []

    def work(run):
        tries.append(run.site.clock.now())
        raise RuntimeError("a secret in the text of an error")

    id = left(work, most_attempts=3)
    for _ in range(4):
        work_off(office.site)
        assert work_off(office.site) == 0, "not before its rest is over"
        office.site.clock.moment += timedelta(hours=2)
    failed = row(id)
    assert (failed.state, failed.attempts, len(tries)) == ("failed", 3, 3)
    assert "secret" not in str(failed.error)
    assert say(failed.error, "ru").startswith("В программе произошла ошибка")
    assert [n.tone for n in notices(office.site, id)] == ["harm"]


def test_a_refusal_is_not_tried_again_and_its_reasons_are_kept(office, left, row):
    def work(run):
        run.write(lambda uow: records.create(uow, "lab.supplier", {"name": "", "rating": "көп"}))

    id = left(work)
    assert work_off(office.site) == 1
    failed = row(id)
    assert (failed.state, failed.attempts) == ("failed", 1)
    assert say(failed.error, "kk") and len(say_reasons(failed.error, "kk")) == 2
    assert say_reasons(failed.error, "kk") != say_reasons(failed.error, "ru")


def test_a_worker_that_dies_every_time_does_not_take_the_job_up_for_ever(office, left, row):
    id = left(lambda run: {"never": 1}, most_attempts=2)
    for n in range(2):
        assert claim(office.site, id, f"dies {n}")
        office.site.clock.moment += LOST + timedelta(seconds=1)
    work_off(office.site)
    assert row(id).state == "failed" and "несколько раз" in say(row(id).error, "ru")


def test_a_job_is_done_with_the_rights_of_now(office, left, row):
    def work(run):
        run.write(lambda uow: records.create(uow, "lab.supplier", {"name": "Құқық"}))

    who = office.person("owner", "reader")
    id = left(work, who)
    user = office.read(office.system, lambda view: records.read(view, "system.user", who.user_id))
    user = office.edit(user, {"roles": [{"role": "reader"}]}, office.system)
    work_off(office.site)
    assert row(id).state == "failed" and named(office, "Құқық") == 0
    second = left(lambda run: {"never": 1}, who)
    office.edit(user, {"active": False}, office.system)
    work_off(office.site)
    assert row(second).state == "failed" and "закрыта" in say_reasons(row(second).error, "ru")[0]


def test_nobody_and_no_unknown_kind_leave_work(office, handled):
    kind = handled(lambda run: None)
    with pytest.raises(ValueError, match="nobody"):
        office.write(NOBODY, lambda uow: defer(uow, kind, {}, title=TITLE))
    with pytest.raises(ValueError, match="no handler"):
        office.write(office.owner, lambda uow: defer(uow, "no.such", {}, title=TITLE))


def test_one_unfinished_job_a_key(office, other, left, handled):
    first = left(lambda run: None, key="import 7")
    assert left(lambda run: None, key="import 7") == first
    kind = handled(lambda run: None)
    colleague = office.person("author")
    busy = refused(lambda: left(lambda run: None, colleague, key="import 7"))
    assert isinstance(busy, Conflict) and said(busy) == {("", "job.busy")}
    elsewhere = other.write(other.owner, lambda uow: defer(uow, kind, {}, title=TITLE, key="import 7"))
    assert elsewhere != first
    work_off(office.site)
    assert left(lambda run: None, key="import 7") != first
    work_off(office.site)


def test_a_job_waits_until_its_time(office, left, row):
    id = left(lambda run: None, not_before=office.site.clock.now() + timedelta(hours=1))
    assert work_off(office.site) == 0
    office.site.clock.moment += timedelta(hours=1)
    assert work_off(office.site) == 1 and row(id).state == "done"


def test_asked_to_stop_it_takes_back_what_is_not_committed(office, left, row):
    def work(run):
        def once(uow):
            records.create(uow, "lab.supplier", {"name": "Тоқта"})
            # SQLite: this transaction holds the one write lock. The person who presses Stop waits for nothing but it.
            pressing.start()
            while not asked():
                time.sleep(0.005)
            run.progress(1, 10, "Half")

        run.write(once)

    def asked():
        return office.read(office.owner, lambda view: get(view, id)).cancel_asked

    def press():
        cancel(office.site, office.owner, id)

    id = left(work)
    pressing = threading.Thread(target=press)
    work_off(office.site)
    pressing.join(10)
    assert row(id).state == "cancelled" and named(office, "Тоқта") == 0 and not notices(office.site, id)


def test_how_far_a_job_is_shows_even_from_inside_its_own_transaction(office, left):
    seen = []

    def work(run):
        def once(uow):
            records.create(uow, "lab.supplier", {"name": "Барысы"})
            run._written = 0.0  # as if a second had passed
            run.progress(30, 120, ("%(number)s new", {"number": 30}))
            seen.append(office.site.read(office.owner, lambda view: get(view, id), language="ru"))
            run.finish(uow)
            run._written = 0.0
            run.progress(120, 120)

        run.write(once)

    id = left(work)
    work_off(office.site)
    assert [(j.state, j.share, j.said) for j in seen] == [("running", 25, "новых: 30")]
    done = office.read(office.owner, lambda view: get(view, id))
    assert (done.state, done.share) == ("done", 100)


def test_a_job_of_a_process_that_is_gone_is_taken_up_at_once(office, left, row):
    gone = process_name().split(".")
    gone[1] = "999999999"  # no machine gives such a number
    id = left(lambda run: None)
    assert claim(office.site, id, ".".join(gone)) and is_gone(".".join(gone))
    assert work_off(office.site) == 1 and (row(id).state, row(id).attempts) == ("done", 2)


def test_a_process_is_known_by_its_number_and_its_beginning():
    mine = process_name()
    assert not is_gone(mine) and not is_gone("elsewhere.1.1.x") and not is_gone("nonsense") and len(mine) <= 64
    place, pid, began, own = mine.split(".")
    assert is_gone(".".join((place, pid, str(int(began) - 500), own))), "the number was given again"


def test_of_two_workers_one_gets_a_job(office, left, row):
    """Jobs, and four workers that grab each of them at the same moment: nobody does one twice."""
    did = []
    ids = [left(lambda run: did.append(run.id)) for _ in range(25)]
    gate = threading.Barrier(4)

    def grab():
        hands = Hands()
        for id in ids:
            gate.wait()
            perform(office.site, id, hands)

    workers = [threading.Thread(target=grab) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(did) == sorted(ids) and {row(id).attempts for id in ids} == {1}


def test_a_stopping_worker_puts_its_job_back(office, left, row):
    id = left(lambda run: run.progress(1))
    stopping = threading.Event()
    stopping.set()
    assert perform(office.site, id, Hands(stopping=stopping))
    assert (row(id).state, row(id).attempts) == ("waiting", 0)
    assert work_off(office.site) == 1 and row(id).state == "done"


def test_a_kept_file_belongs_to_the_job_that_was_done(office, left, row):
    def work(run):
        run.keep_file("../тізім\n.csv", "text/csv", lambda file: file.write("ә".encode()))
        return None

    id = left(work)
    work_off(office.site)
    file = row(id).file
    kept = office.site.settings.data / "results" / file["path"]
    assert (file["name"], file["media_type"], file["size"]) == ("тізім.csv", "text/csv", 2)
    assert kept.read_bytes() == "ә".encode() and kept.stat().st_mode & 0o077 == 0


def test_of_the_engines_own_work_that_failed_the_administrators_are_told(office, other, left):
    def work(run):
        raise Invalid([Problem("x", "x")])

    mine, theirs = office.person("administrator"), other.person("administrator")
    ours = left(work, office.system)
    work_off(office.site)
    told = {n.user_id for n in notices(office.site, ours)}
    assert mine.user_id in told and theirs.user_id not in told and office.owner.user_id not in told
    everybodys = left(work, system())
    work_off(office.site)
    assert {mine.user_id, theirs.user_id} <= {n.user_id for n in notices(office.site, everybodys)}
    assert office.read(mine, lambda view: get(view, everybodys)).state == "failed"
    quiet = left(lambda run: None, office.system)
    work_off(office.site)
    assert notices(office.site, quiet) == []


def test_nothing_is_asked_again_for_what_waits_for_a_later_hour(office, left):
    now = office.site.clock.now()
    soon, later = left(lambda run: None), left(lambda run: None, not_before=now + timedelta(hours=3))
    seen = {id: office.read(office.owner, lambda view, id=id: get(view, id)) for id in (soon, later)}
    assert seen[soon].moves(now) and not seen[later].moves(now)
    assert not seen[soon].moves(now + timedelta(hours=2)), "nobody does it: a page left open does not ask for ever"
    office.site.clock.moment += timedelta(hours=4)
    work_off(office.site)
