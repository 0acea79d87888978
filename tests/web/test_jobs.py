"""Jobs and notices on screen: seen by their owner, stopped, tried again; the file goes to its owner alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from engine.hooks import registry
from engine.services.actor import system
from engine.services.jobs import defer, run_now, work_off
from engine.services.notices import tell
from tests.conftest import Statements
from tests.web.conftest import Browser


@pytest.fixture
def left(club, monkeypatch):
    """Leave a job for `work` as the user called `login`; its id."""

    def leave(work, login="chief", title="Import"):
        monkeypatch.setitem(registry().job_handlers.parts, "test.job", work)
        return club.site.write(actor(club, login), lambda uow: defer(uow, "test.job", {}, title=title))

    yield leave
    work_off(club.site)


def actor(club, login):
    from engine.services.identity import actor_of_session, sign_in
    from tests.web.conftest import PASSWORD

    return actor_of_session(club.site, sign_in(club.site, login, PASSWORD))


@pytest.fixture
def keeper(club):
    """An administrator of the same organisation."""
    from engine.services import records
    from engine.services.actor import system
    from engine.services.identity import set_password
    from tests.web.conftest import PASSWORD

    def make(uow):
        user = records.create(uow, "system.user", {
            "login": "keeper", "active": True, "roles": [{"role": "administrator"}]})
        set_password(uow, user.id, PASSWORD)

    if not getattr(club, "kept", False):
        club.site.write(system(club.organisation), make)
        club.kept = True
    return Browser(club.app, "keeper")


def test_a_job_shows_how_far_it_is_and_asks_for_itself_until_it_ends(club, chief, left):
    def work(run):
        run.progress(3, 10, ("%(done)s of %(total)s", {"done": 3, "total": 10}))
        seen.append(chief.get(f"/jobs/{run.id}", HX_Request="true").text)
        run.write(lambda uow: run.finish(uow, {"url": "/club/member"}, said="Everything worked"))

    seen = []
    id = left(work)
    waiting = chief.get(f"/jobs/{id}").text
    assert 'hx-trigger="every 2s"' in waiting and "В очереди" in waiting
    assert '<meta http-equiv="refresh"' in waiting, "without scripts the page reloads itself"
    work_off(club.site)
    assert "<html" not in seen[0] and 'value="30"' in seen[0] and "3 из 10" in seen[0] and "every 2s" in seen[0]
    done = chief.get(f"/jobs/{id}").text
    assert "every 2s" not in done and "http-equiv" not in done
    assert "Готово" in done and 'href="/club/member"' in done and "Всё получилось" in done


def test_the_list_shows_mine_and_to_an_administrator_everybodys(club, chief, helper, keeper, left):
    id = left(lambda run: None, "helper", "Of the helper")
    assert f"/jobs/{id}" in helper.get("/jobs").text
    for browser in (chief, keeper):
        assert f"/jobs/{id}" not in browser.get("/jobs").text
    assert f"/jobs/{id}" not in chief.get("/jobs?whose=all").text
    shown = keeper.get("/jobs?whose=all").text
    assert f"/jobs/{id}" in shown and "helper" in shown
    assert keeper.get(f"/jobs/{id}").status_code == 200


def test_jobs_of_others_are_not_there(club, chief, left):
    id = left(lambda run: run.keep_file("a.csv", "text/csv", lambda file: file.write(b"1")), "helper")
    work_off(club.site)
    for path in ("", "/file"):
        assert chief.get(f"/jobs/{id}{path}").status_code == 404
    for verb in ("cancel", "retry", "seen"):
        assert chief.post(f"/jobs/{id}/{verb}").status_code == 404
    assert chief.get("/jobs/nonsense").status_code == 404


def test_the_file_goes_to_its_owner_and_to_no_administrator(club, helper, keeper, left):
    id = left(lambda run: run.keep_file("тізім.csv", "text/csv", lambda file: file.write(b"1,2")), "helper")
    work_off(club.site)
    answer = helper.get(f"/jobs/{id}/file")
    assert answer.data == b"1,2" and answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert keeper.get(f"/jobs/{id}/file").status_code == 404
    for kept in (club.site.settings.data / "results").iterdir():
        kept.unlink()
    assert helper.get(f"/jobs/{id}/file").status_code == 404


def test_a_waiting_job_is_stopped_at_once_and_may_be_tried_again(club, chief, left):
    id = left(lambda run: {"ok": 1})
    assert chief.post(f"/jobs/{id}/cancel").headers["Location"] == f"/jobs/{id}"
    stopped = chief.get(f"/jobs/{id}").text
    assert "Остановлено" in stopped and "Повторить" in stopped
    assert work_off(club.site) == 0
    assert chief.post(f"/jobs/{id}/cancel").status_code == 303, "pressed twice"
    assert chief.post(f"/jobs/{id}/retry").status_code == 303
    assert work_off(club.site) == 1 and "Готово" in chief.get(f"/jobs/{id}").text
    assert chief.post(f"/jobs/{id}/retry").status_code == 409
    assert chief.post(f"/jobs/{id}/cancel").status_code == 409


def test_what_was_given_up_is_listed_with_its_reason(club, chief, left):
    from engine.errors import Invalid, Problem

    def work(run):
        raise Invalid([Problem("x", "There is no such state of a job")])

    id = left(work)
    work_off(club.site)
    listed = chief.get("/jobs?state=failed").text
    assert f"/jobs/{id}" in listed and "Такого состояния задания нет" in listed
    assert "Тапсырмалар" not in listed and chief.get("/jobs?state=nonsense").status_code == 400
    chief.client.set_cookie("lang", "kk")
    assert "Жұмыстың мұндай күйі жоқ" in chief.get(f"/jobs/{id}").text


def count(page):
    found = re.search(r'id="bell".*?</a>', page, re.S)[0]
    shown = re.search(r'class="q-count"[^>]*>(\d+)', found)
    return int(shown[1]) if shown else 0


def test_the_bell_counts_what_is_new_and_the_page_of_the_job_takes_it_away(club, chief, helper, left):
    chief.get("/notices")
    chief.post("/notices/read")
    others = count(helper.get("/").text)
    id = left(lambda run: None)
    assert 'hx-trigger="every 4s"' in chief.get("/").text, "work of mine is going on"
    club.site.write(actor(club, "chief"), lambda uow: defer(
        uow, "test.job", {}, title="x", not_before=uow.now + timedelta(hours=1)))
    work_off(club.site)  # that one waits for its hour, and nobody asks for it meanwhile
    assert count(chief.get("/").text) == 1 and "every 4s" not in chief.get("/").text
    assert count(chief.get("/notices/bell", HX_Request="true").text) == 1
    page = chief.get(f"/jobs/{id}").text
    assert f'hx-post="/jobs/{id}/seen"' in page
    assert count(chief.post(f"/jobs/{id}/seen", headers={"HX-Request": "true"}).text) == 0
    assert count(chief.get("/").text) == 0 and "/seen" not in chief.get(f"/jobs/{id}").text
    assert count(helper.get("/").text) == others


def test_a_notice_is_its_readers_alone_and_leads_on(club, chief, helper):
    user = actor(club, "chief").user_id
    told = ("Everything worked", "/club/member")
    id = club.site.write(actor(club, "helper"), lambda uow: tell(uow, user, "info", *told))
    chief.get("/notices")
    assert str(id) in chief.get("/notices").text and str(id) not in helper.get("/notices").text
    assert helper.post(f"/notices/{id}/open").status_code == 404
    before = count(chief.get("/").text)
    answer = chief.post(f"/notices/{id}/open")
    assert answer.headers["Location"] == "/club/member" and count(chief.get("/").text) == before - 1


def test_a_notice_leads_to_no_other_site(club):
    user = actor(club, "chief").user_id
    for url in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        with pytest.raises(ValueError, match="is not a path"):
            club.site.write(actor(club, "chief"), lambda uow, url=url: tell(uow, user, "info", "x", url))


def test_the_bell_costs_no_statement(club, chief):
    chief.get("/jobs")
    with Statements(club.site.database.engine) as few:
        chief.get("/notices/bell", HX_Request="true")
    assert len(few) == 1, few.texts
    with Statements(club.site.database.engine) as few:
        chief.get("/jobs")
    assert len(few) == 2, few.texts


def test_what_happens_by_the_clock_is_shown_to_administrators_alone(club, chief, keeper):
    assert chief.get("/jobs/schedules").status_code == 404 and "/jobs/schedules" not in chief.get("/jobs").text
    ids = club.site.write(system(), lambda uow: run_now(uow, "system.sweep_files"))
    work_off(club.site)
    page = keeper.get("/jobs/schedules").text
    assert "40 3 * * *" in page and f'href="/jobs/{ids[0]}"' in page and "Готово" in page
    assert keeper.get(f"/jobs/{ids[0]}").status_code == 200 and "Удалено" in keeper.get(f"/jobs/{ids[0]}").text
    with Statements(club.site.database.engine) as few:
        keeper.get("/jobs/schedules")
    assert len(few) == 3, few.texts
