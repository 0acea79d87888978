"""Work in the background over the API: how far it is, what came of it, its file; stopping and trying again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from engine import doors
from engine.api.answers import json_response
from engine.api.bodies import id_of, json_object
from engine.api.door import blueprint, read, write
from engine.api.errors import language_asked
from engine.api.parameters import limit_of
from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.services import jobs
from engine.services.encoding import dumps
from engine.services.repeats import Answer


@blueprint.get("/jobs")
@doors.declares_access(doors.SIGNED_IN)
def job_list() -> Response:
    """The jobs of whoever holds the key, newest first."""
    limit = limit_of(request.args)
    page = read(lambda view: jobs.listing(view, request.args.get("state"), False, request.args.get("after"), limit))
    return json_response({"data": [job_json(job) for job in page.jobs], "next": page.next})


@blueprint.get("/jobs/<id>")
@doors.declares_access(doors.SIGNED_IN)
def job(id: str) -> Response:
    wanted = id_of(id)
    return json_response(job_json(read(lambda view: jobs.get(view, wanted))))


@blueprint.get("/jobs/<id>/file")
@doors.declares_access(doors.SIGNED_IN)
def job_file(id: str) -> Response:
    """The file that the job left; always a download."""
    wanted = id_of(id)
    file, chunks = doors.site().write(
        doors.current_actor(), lambda uow: jobs.open_file(uow, wanted), language=language_asked(),
        request_id=doors.request_id())
    answer = Response(chunks, content_type=file["media_type"], direct_passthrough=True)
    answer.headers.set("Content-Disposition", "attachment", **doors.file_names(file["name"]))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.content_length = file["size"]
    return answer


@blueprint.post("/jobs/<id>/cancel")
@doors.declares_access(doors.SIGNED_IN)
def cancel_job(id: str) -> Response:
    """Stop it. No Idempotency-Key is needed: asked twice, it stops once."""
    wanted = id_of(id)
    _nothing_else()
    done = jobs.cancel(doors.site(), doors.current_actor(), wanted, language=language_asked(),
                       request_id=doors.request_id())
    return json_response(job_json(done))


@blueprint.post("/jobs/<id>/retry")
@doors.declares_access(doors.SIGNED_IN)
def retry_job(id: str) -> Response:
    """Let a failed or stopped one begin anew."""
    wanted = id_of(id)
    _nothing_else()
    work: Callable[[Any], Answer] = lambda uow: Answer(200, dumps(job_json(jobs.retry(uow, wanted))))  # noqa: E731
    return write(work)


def job_json(job: jobs.Job) -> dict[str, Any]:
    return {
        "id": job.id, "kind": job.kind, "title": job.title, "state": job.state, "created_at": job.created_at,
        "started_at": job.started_at, "finished_at": job.finished_at, "attempts": job.attempts, "done": job.done,
        "total": job.total, "said": job.said or None, "cancel_asked": job.cancel_asked,
        "error": {"message": job.error, "reasons": job.reasons} if job.error else None, "result": job.result,
        "file": {**job.file, "url": f"/api/v1/jobs/{job.id}/file"} if job.file else None,
    }


def _nothing_else() -> None:
    body = json_object(required=False)
    if body:
        raise BadRequest(
            Problem("field.unknown", N_("This is not expected here"), key[:100]) for key in list(body)[:20])
