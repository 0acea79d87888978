"""Saved views on screen: what the menu of a list offers, and the posts that keep, change and remove them."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import Invalid, Refusal
from engine.language import N_
from engine.model import Entity
from engine.services.registries.kept import (
    change_view,
    kept,
    may_share,
    remove_view,
    restore_view,
    save_view,
    set_default,
)
from engine.services.registries.kept.writing import LONGEST, roles_of
from engine.web import pages
from engine.web.asking import do, entity_here
from engine.web.registries.arranged import changed, to_keep
from engine.web.registries.asked import Asked, asked
from engine.web.routes import blueprint
from engine.web.state import State

SAVED, CHANGED, REMOVED = N_("The view is saved"), N_("The view is changed"), N_("The view is removed")
OPENS, OPENS_NOT = N_("This list now opens with the view"), N_("This list opens as usual again")


def views_menu(wanted: Asked) -> dict[str, Any]:
    """What the menu of views is made of."""
    view, entity, held = wanted.view, wanted.entity, wanted.arranged
    saved = held.saved
    return {
        "saved": saved, "saved_changed": saved is not None and changed(wanted), "longest_title": LONGEST,
        "keep_url": wanted.state.url(f"{entity.url}/views"),
        "saved_url": f"{entity.url}?saved={saved.id}" if saved else "",
        "change_url": wanted.state.url(f"{entity.url}/views/{saved.id}") if saved else "",
        "is_default": saved is not None and held.kept.default == saved.id,
        "audiences": _audiences(view, entity, saved),
        "gone": held.fitted.gone, "view_missing": held.missing,
    }


def _audiences(view: Any, entity: Entity, saved: Any) -> list[tuple[str, str, bool]]:
    """For whom a view may be kept: value, words, and whether the present one is so."""
    now = "mine" if saved is None else f"role:{saved.role}" if saved.role else saved.audience
    found = [("mine", pages.said(N_("only for me")))]
    if may_share(view):
        found.append(("everyone", pages.said(N_("for everyone"))))
        roles = view.catalog.roles
        found += [(f"role:{key}", roles[key].title.in_(view.language)) for key in roles_of(view, entity)]
    return [(value, text, value == now) for value, text in found]


@blueprint.post("/<module>/<slug>/views")
@doors.declares_access("read")
def keep_view(module: str, slug: str) -> Response:
    """Keep the list of this address as a view of its own."""
    entity = entity_here(module, slug)
    state = State.read(request.args)
    audience, _, role = request.form.get("audience", "mine").partition(":")
    title = request.form.get("title", "")

    def work(uow: Any) -> Any:
        return save_view(uow, entity, title, audience, role or None, _kept_now(uow, entity, state))

    try:
        id = do(work)
    except Invalid as refusal:
        return _told(refusal, state.url(entity.url))
    pages.notice("done", pages.said(SAVED))
    return pages.see_other(f"{entity.url}?saved={id}")


@blueprint.post("/<module>/<slug>/views/<id>")
@doors.declares_access("read")
def alter_view(module: str, slug: str, id: str) -> Response:
    """Change, rename, remove or restore a view, or make it the one that the list opens with."""
    entity = entity_here(module, slug)
    act = ACTS.get(request.values.get("do", ""))
    back = f"{entity.url}?saved={id}"
    if act is None:
        return pages.see_other(back)
    try:
        said, back = do(lambda uow: act(uow, entity, id))
    except Invalid as refusal:
        return _told(refusal, back)
    undo = {"url": f"{entity.url}/views/{id}?do=restore", "version": "0"} if said == REMOVED else None
    pages.notice("done", pages.said(said), undo)
    return pages.see_other(back)


def _told(refusal: Refusal, back: str) -> Response:
    pages.notice("harm", " ".join(p.text(doors.language()) for p in refusal.problems))
    return pages.see_other(back)


def _kept_now(view: Any, entity: Entity, state: State) -> dict[str, Any]:
    wanted = asked(view, entity, state, kept(view, entity))
    return to_keep(wanted.state, wanted.paths, wanted.widths, dict(wanted.totals))


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _state(uow: Any, entity: Entity, id: str) -> tuple[str, str]:
    held = kept(uow, entity)
    place = next((str(v.id) for v in held.views if str(v.id) == id), "")
    change_view(uow, entity, id, _version(), state=_kept_now(uow, entity, State.read(request.args)))
    if place in held.columns:
        from engine.services.registries.kept import keep_columns

        keep_columns(uow, entity, place)  # they stand in the view itself now
    return CHANGED, f"{entity.url}?saved={id}"


def _rename(uow: Any, entity: Entity, id: str) -> tuple[str, str]:
    audience, _, role = request.form.get("audience", "mine").partition(":")
    change_view(uow, entity, id, _version(), title=request.form.get("title", ""), audience=audience, role=role or None)
    return CHANGED, f"{entity.url}?saved={id}"


def _remove(uow: Any, entity: Entity, id: str) -> tuple[str, str]:
    if str(kept(uow, entity).default) == id:
        set_default(uow, entity, None)
    remove_view(uow, entity, id, _version())
    return REMOVED, entity.url


def _restore(uow: Any, entity: Entity, id: str) -> tuple[str, str]:
    restore_view(uow, entity, id)
    return SAVED, f"{entity.url}?saved={id}"


def _default(uow: Any, entity: Entity, id: str) -> tuple[str, str]:
    set_default(uow, entity, id)
    return OPENS, f"{entity.url}?saved={id}"


def _usual(uow: Any, entity: Entity, id: str) -> tuple[str, str]:
    set_default(uow, entity, None)
    return OPENS_NOT, f"{entity.url}?saved={id}"


ACTS = {"state": _state, "rename": _rename, "remove": _remove, "restore": _restore, "default": _default,
        "usual": _usual}

