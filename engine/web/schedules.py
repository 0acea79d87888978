"""What happens by the clock, on screen: when each schedule is due, when it was last and how that went."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response

from engine import doors
from engine.errors import NotFound
from engine.language.formats import write_moment
from engine.model.schedule import EACH_ORGANISATION
from engine.services import jobs
from engine.web import pages
from engine.web.asking import ask
from engine.web.jobs import shown_state
from engine.web.routes import blueprint


@blueprint.get("/jobs/schedules")
@doors.declares_access(doors.SIGNED_IN)
def schedule_list() -> Response:
    """For administrators; for others there is no such page."""
    if not jobs.sees_all(doors.current_actor()):
        raise NotFound()

    def work(view: Any) -> Response:
        planned = jobs.planned(view)
        states = jobs.states_of(view, [p.last_job_id for p in planned if p.last_job_id])
        return pages.page("jobs/schedules.html", schedules=[SimpleNamespace(
            title=p.schedule.title.in_(view.language), at=p.schedule.at, paused=p.paused, next=write_moment(p.next_at),
            each=p.schedule.each == EACH_ORGANISATION, last=write_moment(p.last_at) if p.last_at else "",
            job=shown_state(p.last_job_id, states[p.last_job_id]) if p.last_job_id in states else None,
        ) for p in planned])

    return ask(work)
