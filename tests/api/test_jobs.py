"""Work in the background over the API: its state, progress, result and file, for its owner alone."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from engine.api.schemas import JOB
from engine.errors import Invalid, Problem
from engine.hooks import registry
from engine.services.identity import actor_of_key
from engine.services.jobs import defer, work_off


@pytest.fixture
def left(shop, monkeypatch):
    """Leave a job for `work` as the holder of a role's key; its id."""
    work_off(shop.site)

    def leave(work, role="keeper"):
        monkeypatch.setitem(registry().job_handlers.parts, "test.api", work)
        actor = actor_of_key(shop.site, shop.keys[role])
        return shop.site.write(actor, lambda uow: defer(uow, "test.api", {}, title=("Export: %(name)s", {"name": "a"})))

    yield leave
    work_off(shop.site)


def test_a_program_follows_its_job_to_the_result(shop, keeper, left):
    def work(run):
        run.progress(5, 20)
        seen.append(keeper("GET", f"/jobs/{run.id}").json)
        run.keep_file("тізім.csv", "text/csv", lambda file: file.write(b"1,2"))
        return {"lines": 2}

    seen = []
    id = left(work)
    assert keeper("GET", f"/jobs/{id}").json["state"] == "waiting"
    work_off(shop.site)
    assert (seen[0]["state"], seen[0]["done"], seen[0]["total"]) == ("running", 5, 20)
    done = keeper("GET", f"/jobs/{id}").json
    Draft202012Validator(JOB).validate(done)
    assert (done["state"], done["result"], done["error"]) == ("done", {"lines": 2}, None)
    file = keeper("GET", done["file"]["url"])
    assert file.data == b"1,2" and "attachment" in file.headers["Content-Disposition"]
    assert [job["id"] for job in keeper("GET", "/jobs?state=done&limit=1").json["data"]] == [str(id)]


def test_why_it_did_not_work_is_told_in_the_language_that_was_asked_for(shop, keeper, left):
    def work(run):
        raise Invalid([Problem("x", "The file is empty")])

    id = left(work)
    work_off(shop.site)
    error = keeper("GET", f"/jobs/{id}", headers={"Accept-Language": "kk"}).json["error"]
    english = keeper("GET", f"/jobs/{id}").json["error"]
    assert error["reasons"] == ["Файл бос"] and error["message"] != english["message"]
    assert keeper("POST", f"/jobs/{id}/retry").json["state"] == "waiting"


def test_jobs_of_others_are_not_there(shop, keeper, seller, left):
    id = left(lambda run: None)
    for method, path in (("GET", ""), ("GET", "/file"), ("POST", "/cancel"), ("POST", "/retry")):
        assert seller(method, f"/jobs/{id}{path}").status_code == 404
    assert str(id) not in json.dumps(seller("GET", "/jobs").json)
    assert keeper("GET", f"/jobs/{id}/file").status_code == 404, "it left none"


def test_a_job_is_stopped(shop, keeper, left):
    id = left(lambda run: None)
    for _ in range(2):
        assert keeper("POST", f"/jobs/{id}/cancel").json["state"] == "cancelled"
    assert work_off(shop.site) == 0


@pytest.mark.parametrize(("path", "status"), [
    ("/jobs/nonsense", 400), ("/jobs?state=sleeping", 400), ("/jobs?limit=0", 400), ("/jobs?after=x", 400),
    ("/jobs?order=1", 400)])
def test_nonsense_is_refused(keeper, path, status):
    answer = keeper("GET", path)
    assert answer.status_code == status and answer.mimetype == "application/problem+json"


def test_cancelling_takes_nothing_else(shop, keeper, left):
    id = left(lambda run: None)
    assert keeper("POST", f"/jobs/{id}/cancel", {"force": True}).status_code == 400
