"""Somebody leaves work for the background, watches it, stops it, and is told by the bell when other work ends."""

from __future__ import annotations

import threading
import time

import pytest
from playwright.sync_api import expect

from engine.hooks import registry
from engine.jobs.worker import Worker
from engine.language import translate
from engine.services.identity import actor_of_session, sign_in
from engine.services.jobs import defer
from engine.services.notices import read_all
from tests.journeys.conftest import PASSWORD
from tests.journeys.people import picture


@pytest.fixture
def left(school, monkeypatch):
    """Leave two jobs: a long one, and one that ends when `go` is set. A worker does them in this process."""
    go, people = threading.Event(), []

    def long(run):
        for n in range(100_000):
            run._written = 0.0
            run.progress(n, 100_000)
            time.sleep(0.02)

    def short(run):
        go.wait(60)
        run.write(lambda uow: run.finish(uow, {"url": "/school/learner"}, said="Everything worked"))

    monkeypatch.setitem(registry().job_handlers.parts, "test.long", long)
    monkeypatch.setitem(registry().job_handlers.parts, "test.short", short)
    worker = Worker(school.site, threads=2).start()

    def leave(login):
        who = actor_of_session(school.site, sign_in(school.site, login, PASSWORD))
        people.append(who)
        for kind, title in (("test.long", "Ұзақ"), ("test.short", "Қысқа")):
            school.site.write(who, lambda uow, kind=kind, title=title: defer(uow, kind, {}, title=title))
        return go

    yield leave
    go.set()
    worker.stop()
    for who in people:
        school.site.write(who, read_all)


@pytest.mark.parametrize(("language", "width"), [("kk", 390), ("ru", 1280)])
def test_work_is_watched_stopped_and_told_of(person, left, language, width):
    someone = person("clerk", language, width)
    go = left("clerk")
    page = someone.page
    page.locator(".q-person").click()
    page.locator(".q-drop-item[href='/jobs']").click()
    page.wait_for_url("**/jobs")
    running = page.locator("tr", has_text="Ұзақ").first
    expect(running.locator("progress")).to_be_visible()
    far = running.locator(".q-far small")
    expect(far).not_to_have_text(far.inner_text(), timeout=20_000)  # it moves on by itself
    picture(page, f"jobs-{language}-{width}")
    running.locator("a").first.click()
    page.wait_for_url("**/jobs/*")
    stop = page.locator("#job form[action$='/cancel'] button")
    stop.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#job .q-state")).to_have_text(translate("Stopped", language))
    expect(page.locator("#job[hx-get]")).to_have_count(0)

    page.locator(".q-brand").click()
    page.wait_for_url(lambda url: url.endswith("/"))
    bell = page.locator("#bell-thumb" if width < 720 else "#bell")
    expect(bell).to_be_visible()
    expect(bell).to_contain_class("is-working")
    expect(bell.locator(".q-count")).to_have_count(0)
    go.set()
    # The bell asks as long as something is at work, and no longer.
    expect(bell.locator(".q-count")).to_have_text("1", timeout=20_000)
    expect(page.locator("#bell[hx-get]")).to_have_count(0)
    bell.click()
    page.wait_for_url("**/notices")
    picture(page, f"notices-{language}-{width}")
    page.locator(".q-told .is-new button, .q-told button").first.click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator("#job")).to_contain_text(translate("Everything worked", language))
    expect(bell.locator(".q-count")).to_have_count(0)
    page.locator("#job .btn-primary").click()
    page.wait_for_url("**/school/learner")


def test_without_scripts_a_job_is_watched_by_reloading_and_stopped(person, left):
    someone = person("clerk", "ru", java_script_enabled=False)
    left("clerk")
    page = someone.page
    page.locator(".q-person").click()
    page.locator(".q-drop-item[href='/jobs']").click()
    row = page.locator("tr", has_text="Ұзақ").first
    expect(row.locator("progress")).to_be_visible(timeout=20_000)  # the page reloads itself
    row.locator("form[action$='/cancel'] button").click()
    expect(page.locator("tr", has_text="Ұзақ").first).to_contain_text("Остановлено", timeout=20_000)
