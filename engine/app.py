"""Wiring: one Flask application over one site. Routes live with their doors; nothing is registered per entity."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine import doors
from engine.errors import BadRequest, NotFound, Problem, Refusal, TooLarge, TooOften
from engine.language import LANGUAGES, N_, translate
from engine.logs import configure, log
from engine.web.compressing import compress

CSP = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data: blob:",
    "font-src": "'self'", "connect-src": "'self'", "media-src": "'self'", "manifest-src": "'self'",
    "worker-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-src": "'self'",
    "frame-ancestors": "'self'", "object-src": "'none'",
}
FORM_BYTES = 4 * 1024 * 1024
"""Bytes of typed values in one form; files are counted apart."""
SLOW = 1.0
"""Seconds after which a request is worth a line in the log."""
CONTACT_HOLDS = timedelta(days=180)
"""For how long whoever reads where to report a vulnerability may rely on it."""


class FormSession(SecureCookieSessionInterface):
    """Flask's signed cookie, opened only when one came: answers to programs have none. Over https it stays there."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def open_session(self, app: Flask, request: Any) -> Any:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Unexpected(Refusal):
    """Something broke that is not the person's fault. 500; what exactly is said in the log only."""

    status, code = 500, "server.failed"
    title = N_("Something went wrong and nothing was changed")


def create_app(site: Any, **config: Any) -> Flask:
    """The WSGI application of `site`. RuntimeError when a route does not say who may use it."""
    app = Flask("engine", static_folder=None, template_folder=None)
    app.extensions["qurastyr"] = site
    app.config.update(
        SECRET_KEY=site.settings.secret("session"),
        MAX_CONTENT_LENGTH=site.settings.file_limit + FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=20_000,
        SESSION_COOKIE_NAME="form",  # holds the CSRF secret and notices, never an identity
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # `doors.refuse_foreign` decides which requests need a token
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session; forms stay open for hours
        WTF_CSRF_SSL_STRICT=False,  # Origin and Sec-Fetch-Site are judged instead of Referer
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.config.update(config)
    app.session_interface = FormSession()
    configure()
    app.before_request(_begin)
    _headers(app)
    doors.install(app)
    _routes(app)
    _errors(app)
    app.after_request(_finish)
    app.after_request(compress)
    if missing := sorted(set(doors.undeclared(app))):
        raise RuntimeError(f"Say who may use these routes with @declares_access(...): {', '.join(missing)}")
    return app


def _routes(app: Flask) -> None:
    from engine.api import routes as api
    from engine.web import routes as web

    app.register_blueprint(_health())
    app.register_blueprint(api.blueprint)
    app.register_blueprint(web.blueprint)
    web.prepare(app)


def _health() -> Blueprint:
    blueprint = Blueprint("hall", __name__)

    @blueprint.get("/health")
    @doors.declares_access(doors.PUBLIC)
    def health() -> tuple[str, int, dict[str, str]]:
        """Says that the process serves; says nothing else."""
        return '{"status":"ok"}', 200, {"Content-Type": "application/json", "Cache-Control": "no-store"}

    @blueprint.get("/.well-known/security.txt")
    @doors.declares_access(doors.PUBLIC)
    def security_contact() -> tuple[str, int, dict[str, str]]:
        """Where vulnerabilities are reported (RFC 9116). NotFound where the operator has named nobody."""
        site = doors.site()
        if not site.settings.security_contact:
            raise NotFound()
        until = (site.clock.now() + CONTACT_HOLDS).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = f"Contact: {site.settings.security_contact}\nExpires: {until}\nPreferred-Languages: kk, ru, en\n"
        return text, 200, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}

    return blueprint


def _headers(app: Flask) -> None:
    # Talisman's last release is of 2023: everything about it stays in this function.
    Talisman(
        app, force_https=False, content_security_policy=CSP, referrer_policy="same-origin",
        frame_options="SAMEORIGIN", session_cookie_secure=False, x_xss_protection=False,
        strict_transport_security=True, strict_transport_security_max_age=31_536_000,
        permissions_policy={"geolocation": "()", "camera": "(self)", "microphone": "()"},
    )
    # It would parse its policy for every answer; the headers are the same for all of them but for https.
    build = app.after_request_funcs[None].pop()
    known: dict[bool, list[tuple[str, str]]] = {}

    def add(response: Any) -> Any:
        made = known.get(request.is_secure)
        if made is None:
            blank = app.response_class()
            usual = set(blank.headers.keys())
            made = known[request.is_secure] = [(k, v) for k, v in build(blank).headers.items() if k not in usual]
        response.headers.extend(made)
        return response

    app.after_request(add)


# -- one request ------------------------------------------------------------------------------------------------------


def _begin() -> None:
    g.request_id = secrets.token_hex(4).upper()
    g.began = time.perf_counter()


def _finish(response: Any) -> Any:
    response.headers["X-Request-ID"] = doors.request_id()
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    if response.status_code >= 400 or seconds > SLOW or request.method not in doors.SAFE:
        log.info("request", request_id=doors.request_id(), method=request.method, endpoint=request.endpoint,
                 status=response.status_code, milliseconds=round(seconds * 1000),
                 user=str(g.actor.user_id) if "actor" in g and g.actor.user_id else None)
    return response


# -- refusals ---------------------------------------------------------------------------------------------------------


def _errors(app: Flask) -> None:
    app.register_error_handler(Refusal, _answer)
    app.register_error_handler(CSRFError, lambda error: _answer(BadRequest([Problem("request.form", FORM_EXPIRED)])))
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _failed)
    # Flask would write the exception with its text before it asks `_failed`, which says what may be said.
    app.log_exception = lambda *_: None


FORM_EXPIRED = N_("The page was open for too long. Go back, reload it and try again")


def _answer(refusal: Refusal) -> Any:
    """The refusal in the voice of the door that was knocked at."""
    if request.path.startswith("/api/"):
        from engine.api.errors import respond
    else:
        from engine.web.errors import respond
    return respond(refusal)


def _from_http(error: HTTPException) -> Any:
    if isinstance(error.code, int) and error.code < 400:
        return error  # a redirect
    if isinstance(broken := getattr(error, "original_exception", None), Exception):
        return _failed(broken)  # what broke behind the view: in the answer to a refusal, or after the answer
    kinds = {404: NotFound, 413: TooLarge, 429: TooOften}
    refusal = kinds.get(error.code or 500, BadRequest)()
    if error.code not in kinds:
        refusal.status = error.code or 500
    answer = _answer(refusal)
    if error.code == 405 and error.get_response().headers.get("Allow"):
        answer.headers["Allow"] = error.get_response().headers["Allow"]
    return answer


def _failed(error: Exception) -> Any:
    _tell(error)
    try:
        return _answer(Unexpected())
    except Exception as another:  # what broke the view may break the page that says so; the server would log its text
        _tell(another)
        title = Unexpected.title
        said = [*(translate(title, language) for language in LANGUAGES), doors.request_id()]
        return "\n".join(said), 500, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


def _tell(error: Exception) -> None:
    """Leave only the kind and the place in the log: the text of an exception may hold personal values."""
    trace, frames = error.__traceback__, []
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno} {trace.tb_frame.f_code.co_name}")
        trace = trace.tb_next
    log.error("failed", request_id=doors.request_id(), endpoint=request.endpoint,
              error=type(error).__qualname__, frames=frames[-12:])
