"""The one shape of every error of the API: RFC 9457 `application/problem+json`.

    {"type", "title", "status", "detail", "code", "instance", "errors": [{"path", "code", "message", "hint"?}]}

`code` is stable and meant for programs, the sentences are in the language of `Accept-Language` (kk, ru, en), and
`instance` is the number to quote when asking for help. A stale save also says `current` and `yours`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, request

from engine import doors
from engine.api.answers import record_json
from engine.errors import NotSignedIn, Problem, Refusal
from engine.language import LANGUAGES, N_, translate
from engine.model import Entity
from engine.services.encoding import dumps, record_encoder

MEDIA_TYPE = "application/problem+json"
MEMBERS = ("type", "title", "status", "detail", "code", "instance", "errors")

# What HTTP itself refuses before a verb is called: status -> stable code and sentence.
OF_HTTP = {
    405: ("request.method", N_("This address does not answer to this method")),
    408: ("request.timeout", N_("The request took too long to arrive")),
    411: ("request.length", N_("Say how long the body is: Content-Length")),
    414: ("request.too-long", N_("The address is too long")),
    415: ("request.media-type", N_("Send application/json")),
    416: ("request.range", N_("The file has no such part")),
    417: ("request.expectation", N_("The request expects what is not offered")),
    429: ("request.too-often", N_("There were too many requests, try again in a few minutes")),
    431: ("request.headers", N_("The headers are too long")),
}


def respond(refusal: Refusal) -> Response:
    """The answer to a refused API request. Called by the application's error handlers for every path under /api/."""
    language = language_asked()
    answer = Response(dumps(problem_json(refusal, language)), status=refusal.status, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Language"] = language
    if isinstance(refusal, NotSignedIn) or refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="qurastyr"'
    return answer


def problem_json(refusal: Refusal, language: str) -> dict[str, Any]:
    """`refusal` as a JSON object in `language`."""
    code, title = refusal.code, refusal.title
    if refusal.code == "request.bad" and refusal.status in OF_HTTP:
        code, title = OF_HTTP[refusal.status]
    said = translate(title, language)
    only = refusal.problems[0].text(language) if len(refusal.problems) == 1 else said
    shown: dict[str, Any] = {
        "type": f"urn:qurastyr:problem:{code}", "title": said, "status": refusal.status, "detail": only, "code": code,
        "instance": f"urn:qurastyr:request:{doors.request_id()}",
        "errors": [error_json(problem, language) for problem in ordered(refusal.problems)],
    }
    if current := refusal.details.get("current"):
        shown["current"] = record_json(current, doors.site().catalog)
        shown["yours"] = yours_json(current.entity, refusal.details.get("yours") or {})
    return shown


def yours_json(entity: Entity, yours: dict[str, Any]) -> dict[str, Any]:
    """The values of a stale save as they were sent, in the shape of a record."""
    paths = tuple(key for key in yours if key in entity.fields and not entity.fields[key].kind.secret)
    return record_encoder(doors.site().catalog, entity, paths)(yours)


def error_json(problem: Problem, language: str) -> dict[str, str]:
    shown = {"path": problem.path, "code": problem.code, "message": problem.text(language)}
    if hint := problem.hint_text(language):
        shown["hint"] = hint
    return shown


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, in the order found."""
    seen: dict[tuple[str, str, str], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.path, problem.code, str(problem.message)), problem)
    return list(seen.values())


def language_asked() -> str:
    """kk, ru or en: what `Accept-Language` prefers, else the language of whoever holds the key, else Kazakh."""
    asked = request.accept_languages.best_match(LANGUAGES) if request.accept_languages else None
    return asked or doors.current_actor().language or "kk"
