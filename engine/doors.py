"""What every door over HTTP shares: who is asking, in which language, and whether the route may answer at all.

A route says who may use it by `@declares_access(...)`; `enforce` judges that before any view runs and `undeclared`
lets the application refuse to start when a route says nothing. Which *records* may be seen is the services' business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from flask import Flask, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFProtect

from engine.errors import NotAllowed, NotFound, NotSignedIn, Problem
from engine.language import LANGUAGES, N_
from engine.model import Catalog, Entity
from engine.model.access import VERBS
from engine.services.access import can
from engine.services.actor import NOBODY, Actor
from engine.services.identity import actor_of_key, actor_of_session, refused_key
from engine.services.records.judging import who_may

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, SIGNED_IN = "public", "signed_in"
HALF = "half_signed_in"
"""For whoever has shown a password and still has to do something first (`Actor.pending`), and for nobody else."""
ACCESS = frozenset({PUBLIC, SIGNED_IN, HALF, *VERBS})
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
KEYS_ONLY = "/api/"
"""Addresses where cookies mean nothing: only a bearer key says who asks."""
READ_ONLY = N_("This key may only read")
LANGUAGE_COOKIE, THEME_COOKIE = "lang", "theme"

csrf = CSRFProtect()


class Foreign(NotAllowed):
    """A change asked for by a page of another site. 403."""

    code = "request.foreign"
    title = N_("This request came from another site and was not carried out")


# -- access of routes -------------------------------------------------------------------------------------------------


def declares_access(access: str) -> Callable[[View], View]:
    """Say who may use a route: `public`, `signed_in`, `half_signed_in`, or a verb on the entity that its URL names.

    ValueError for a word that is none of these, so that a misspelt right cannot open a door.
    """
    if access not in ACCESS:
        raise ValueError(f"access {access!r} is none of {sorted(ACCESS)}")

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def undeclared(app: Flask) -> Iterator[str]:
    """Endpoints of `app` that do not say who may use them."""
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "access", None) not in ACCESS:
            yield rule.endpoint


def enforce() -> None:
    """Let the request through, or raise: NotSignedIn, NotFound (an entity nobody shows to this actor), NotAllowed."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or view.access == PUBLIC:
        return
    actor = current_actor()
    if view.access == HALF:
        if half_actor() is NOBODY:
            raise NotSignedIn()
        return
    if actor is NOBODY:
        raise g.get("key_refused") or NotSignedIn()
    if actor.read_only and request.method not in SAFE:
        raise NotAllowed([Problem("key.read-only", READ_ONLY)])
    if view.access == SIGNED_IN:
        return
    catalog = site().catalog
    entity = entity_at(catalog, request.view_args or {})
    if not can(catalog, actor, entity, view.access):
        if not can(catalog, actor, entity, "read"):
            raise NotFound()
        refusal = NotAllowed([who_may(catalog, entity, view.access)], entity=entity.address)
        if request.method not in SAFE:
            site().tell_of_refusal(actor, refusal, request_id())
        raise refusal


def entity_at(catalog: Catalog, place: dict[str, Any]) -> Entity:
    """The entity that `module` and `slug` of a URL name. NotFound when there is none."""
    entity = catalog.at_url(place.get("module", ""), place.get("slug", ""))
    if entity is None:
        raise NotFound()
    return entity


# -- who is asking ----------------------------------------------------------------------------------------------------


class Visitor(UserMixin):
    """Flask-Login's idea of a user around our `Actor`."""

    def __init__(self, actor: Actor):
        self.actor = actor

    def get_id(self) -> str:
        return str(self.actor.user_id)


def site() -> Any:
    """The `Site` that this application serves."""
    return current_app.extensions["qurastyr"]


def current_actor() -> Actor:
    """Who asks: found once a request, from the bearer key or else from the session cookie; `NOBODY` when neither."""
    if "actor" not in g:
        g.actor = getattr(current_user, "actor", NOBODY)
    return g.actor


def half_actor() -> Actor:
    """Who has shown a password and is not let in yet; `NOBODY` for everybody else, people who are signed in too."""
    current_actor()
    return g.get("half", NOBODY)


def bearer() -> str | None:
    """The API key of the request, '' for another kind of `Authorization`, None without any."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _, key = header.partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def file_names(name: str) -> dict[str, str]:
    """A file's name for `Content-Disposition`: for old programs and, where it is not ASCII, for all others (RFC 6266).

    A header cannot hold Kazakh letters as they are: the answer would break off.
    """
    if name.isascii():
        return {"filename": name}
    _, dot, extension = name.rpartition(".")
    simple = f"file.{extension}" if dot and extension.isascii() else "file"
    return {"filename": simple, "filename*": f"UTF-8''{quote(name, safe='')}"}


def session_cookie() -> str:
    """Name of the session cookie: `__Host-` binds it to this host, which browsers allow over https only."""
    return "__Host-sid" if request.is_secure else "sid"


def load_visitor(_request: Any) -> Visitor | None:
    """Flask-Login's request loader. A request with a key never falls back on cookies, and keys open the API alone: on
    pages stands much that no key is narrowed for."""
    key = bearer()
    if key is not None or request.path.startswith(KEYS_ONLY):
        actor = _actor_of_key(key) if key and request.path.startswith(KEYS_ONLY) else None
    else:
        token = request.cookies.get(session_cookie())
        actor = actor_of_session(site(), token, request.remote_addr or "") if token else None
    if actor is not None and actor.pending:
        # Nowhere but on the pages for what is left to do: to every other route such a session is nobody.
        g.half = actor
        return None
    return Visitor(actor) if actor else None


def _actor_of_key(key: str) -> Actor | None:
    """Whose key it is; what one that opens nothing is answered waits for `enforce`."""
    address = request.remote_addr or ""
    actor = actor_of_key(site(), key, address)
    if actor is None:
        g.key_refused = refused_key(site(), key, address, request_id())
    return actor


def install(app: Flask) -> None:
    """Add sign-in, protection of unsafe methods and the judgement of access to `app`, in this order."""
    manager = LoginManager(app)
    manager.session_protection = None  # sessions are ours, on the server; Flask's cookie holds no identity
    manager.request_loader(load_visitor)
    csrf.init_app(app)
    app.before_request(refuse_foreign)
    app.before_request(enforce)


def refuse_foreign() -> None:
    """Refuse a change that another site's page asks for in the name of our cookie.

    A bearer key is never sent by a browser on its own, so such requests need no token. Neither do requests without
    a session: they are answered 401 - except to public routes, where the sign-in form needs its token too.
    """
    if request.method in SAFE or bearer() is not None or request.path.startswith(KEYS_ONLY):
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Foreign([Problem("request.foreign", Foreign.title)])
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Foreign([Problem("request.foreign", Foreign.title)])
    view = current_app.view_functions.get(request.endpoint or "")
    if view is not None and (view.access == PUBLIC or session_cookie() in request.cookies):
        csrf.protect()


# -- language ---------------------------------------------------------------------------------------------------------


def language() -> str:
    """kk, ru or en: `?lang=`, the cookie, the person's own, what the browser prefers; Kazakh when it says none."""
    try:
        return g.language  # asked for at every sentence of a page
    except AttributeError:
        g.language = _language()
        return g.language


def _language() -> str:
    for asked in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return asked
    actor = g.get("actor", NOBODY)  # not looked up for this alone: an error page must not need the database
    if actor is not NOBODY and actor.language in LANGUAGES:
        return actor.language
    return request.accept_languages.best_match(LANGUAGES) or "kk"


def request_id() -> str:
    """The number a person can quote when something went wrong."""
    return g.get("request_id", "")
