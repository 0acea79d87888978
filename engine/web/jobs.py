"""Work in the background on screen: the list of jobs, the page of one, stopping, trying again, the file it left.

A page asks for itself again every two seconds as long as something on it is unfinished (docs/jobs.md).
"""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from engine import doors
from engine.language import N_, plural
from engine.language.formats import number_formatter, write_moment
from engine.services import jobs
from engine.services.display import names_of
from engine.services.notices import read_of_job
from engine.web import pages
from engine.web.asking import ask, do
from engine.web.routes import blueprint

STATES = {
    "waiting": ("draft", N_("Waiting")), "running": ("info", N_("Running")), "done": ("done", N_("Done")),
    "failed": ("harm", N_("Did not work")), "cancelled": ("", N_("Stopped")),
}
"""State -> (tone, word)."""
STOPPING = N_("Being stopped")
TABS = ((None, N_("All")), ("unfinished", N_("Unfinished")), ("failed", N_("Did not work")))
WHOSE = ((None, N_("Mine")), ("all", N_("Everybody's")))
USER = "system.user"


@blueprint.get("/jobs")
@doors.declares_access(doors.SIGNED_IN)
def job_list() -> Response:
    """My jobs; for administrators with `?whose=all` everybody's in their organisation."""
    state, everyone, after = request.args.get("state"), request.args.get("whose") == "all", request.args.get("after")

    def work(view: Any) -> Response:
        shared = everyone and jobs.sees_all(view.actor)
        found = jobs.listing(view, state, shared, after)
        names = names_of(view, USER, [j.user_id for j in found.jobs if j.user_id]) if shared else {}
        drawn = [shown(view, job, names.get(job.user_id, "")) for job in found.jobs]
        return pages.page(
            "jobs/jobs.html", block="jobs", jobs=drawn, shared=shared, may_share=jobs.sees_all(view.actor),
            tabs=[{"title": pages.said(title), "url": _url(state=code, whose="all" if shared else None),
                   "active": code == state} for code, title in TABS],
            whose=[{"title": pages.said(title), "url": _url(state=state, whose=code),
                    "active": (code == "all") == shared} for code, title in WHOSE],
            here=_url(state=state, whose="all" if shared else None, after=after), state=state,
            next_url=_url(state=state, whose="all" if shared else None, after=found.next) if found.next else "",
            first_url=_url(state=state, whose="all" if shared else None) if after else "",
            moves=any(job.moves(view.now) for job in found.jobs),
        )

    return ask(work)


@blueprint.get("/jobs/<id>")
@doors.declares_access(doors.SIGNED_IN)
def job(id: str) -> Response:
    """One job: how far it is, and in the end what came of it."""

    def work(view: Any) -> Response:
        found = jobs.get(view, id)
        who = "" if found.mine or not found.user_id else names_of(view, USER, [found.user_id]).get(found.user_id, "")
        return pages.page("jobs/job.html", block="job", job=shown(view, found, who), moves=found.moves(view.now),
                          untold=found.mine and not found.unfinished and view.actor.unread > 0)

    return ask(work)


@blueprint.post("/jobs/<id>/cancel")
@doors.declares_access(doors.SIGNED_IN)
def cancel_job(id: str) -> Response:
    found = jobs.cancel(doors.site(), doors.current_actor(), id, language=doors.language(),
                        request_id=doors.request_id())
    pages.notice("done", pages.said(N_("Stopped") if found.state == "cancelled" else N_("It stops in a moment")))
    return _back(id)


@blueprint.post("/jobs/<id>/retry")
@doors.declares_access(doors.SIGNED_IN)
def retry_job(id: str) -> Response:
    do(lambda uow: jobs.retry(uow, id))
    return pages.see_other(f"/jobs/{id}")


@blueprint.post("/jobs/<id>/seen")
@doors.declares_access(doors.SIGNED_IN)
def seen_job(id: str) -> Response:
    """The person has the end of the job before them, so its notice is no news; the bell as it is then."""

    def work(uow: Any) -> int:
        return read_of_job(uow, jobs.get(uow, id).id)

    read = do(work)
    if not pages.partial():
        return _back(id)
    actor = doors.current_actor()
    return pages.page("notices/bell.html", block="bell", unread=max(actor.unread - read, 0), working=actor.working)


@blueprint.get("/jobs/<id>/file")
@doors.declares_access(doors.SIGNED_IN)
def job_file(id: str) -> Response:
    """The file that a job left, for its owner."""
    file, chunks = do(lambda uow: jobs.open_file(uow, id))
    answer = Response(chunks, content_type=file["media_type"], direct_passthrough=True)
    answer.headers.set("Content-Disposition", "attachment", **doors.file_names(file["name"]))
    answer.headers["Cache-Control"] = "no-store"
    answer.content_length = file["size"]
    return answer


def _back(id: str) -> Response:
    """To the list when it was asked for there, else to the job."""
    return pages.see_other(pages.local(request.form.get("next"), f"/jobs/{id}"))


def _url(**words: Any) -> str:
    asked = {k: v for k, v in words.items() if v}
    return "/jobs" + (f"?{urlencode(asked)}" if asked else "")


def shown(view: Any, job: jobs.Job, who: str = "") -> SimpleNamespace:
    write = number_formatter(view.language)
    tone, word = STATES[job.state]
    far = ""
    if job.state == "running" and (job.done or job.total):
        far = pages.said(N_("%(done)s of %(total)s"), done=write(job.done), total=write(job.total)) \
            if job.total else write(job.done)
    result = job.result or {}
    return SimpleNamespace(
        id=job.id, url=f"/jobs/{job.id}", title=job.title, state=job.state, tone=tone,
        word=pages.said(STOPPING if job.cancel_asked and job.state == "running" else word), who=who, mine=job.mine,
        share=job.share, far=far, said=job.said, error=job.error, reasons=job.reasons, unfinished=job.unfinished,
        may_cancel=job.unfinished and not job.cancel_asked, may_retry=job.may_retry, file=job.file,
        file_size=_size(job.file["size"], view.language) if job.file else "",
        result_url=pages.local(result.get("url"), "") if job.state == "done" else "",
        created=write_moment(job.created_at), started=write_moment(job.started_at) if job.started_at else "",
        finished=write_moment(job.finished_at) if job.finished_at else "",
        took=_took(job.started_at, job.finished_at, view.language),
        later=write_moment(job.not_before) if job.state == "waiting" and job.not_before > view.now else "",
        attempt=pages.said(N_("Attempt %(number)s of %(most)s"), number=job.attempts, most=job.most_attempts)
        if job.attempts > 1 else "",
    )


def shown_state(id: Any, state: str) -> SimpleNamespace:
    """A job of which nothing but its state is shown."""
    tone, word = STATES[state]
    return SimpleNamespace(url=f"/jobs/{id}", tone=tone, word=pages.said(word))


def _took(began: datetime | None, ended: datetime | None, language: str) -> str:
    if began is None or ended is None:
        return ""
    seconds = round((ended - began).total_seconds())
    if seconds < 1:
        return ""
    if seconds < 60:
        return plural(N_("%(number)s second"), N_("%(number)s seconds"), seconds, language)
    return plural(N_("%(number)s minute"), N_("%(number)s minutes"), round(seconds / 60), language)


def _size(size: int, language: str) -> str:
    if size < 1024 * 1024:
        return pages.said(N_("%(size)s KB"), size=number_formatter(language)(max(round(size / 1024), 1)))
    return pages.said(N_("%(size)s MB"), size=number_formatter(language)(round(size / 1024 / 1024)))
