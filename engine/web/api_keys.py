"""API keys on screen: lists of them, the form that makes or narrows one, the page that shows a new one once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, request

from engine import doors
from engine.errors import Refusal
from engine.language.formats import write_date, write_moment
from engine.model import Entity
from engine.services.identity.keys import Key
from engine.services.identity.wanting import LONGEST_TITLE, Asked, day_of, latest_day, may_be_endless
from engine.web import pages
from engine.web.journal import day

CHOSEN = "chosen"
"""The form's word for a key of some entities only."""
MOST_CHOSEN = 1_000
OFFERED = timedelta(days=90)
"""The end that a new form offers: far enough to be of use, near enough to be thought of again."""


def asked_here() -> Asked:
    """What the form asks for."""
    form = request.form
    typed = form.get("last_day", "").strip()[:40]
    entities = None if form.get("reach") != CHOSEN else dict.fromkeys(form.getlist("entity")[:MOST_CHOSEN])
    return Asked(form.get("title", "")[:1000], (day(typed) or typed) if typed else None, "read_only" in form, entities)


def password_sent() -> str:
    return request.form.get("password", "")[:1000]


def key_form(view: Any, offered: Iterable[Entity], *, action: str, back: str, key: Key | None = None,
             refusal: Refusal | None = None) -> SimpleNamespace:
    """What the form needs: what was typed where something was refused, else how the key stands (None: a new one)."""
    language, sent = view.language, asked_here() if refusal is not None else None
    latest = latest_day(view) if key is None or key.ends_at is None else day_of(view, key.ends_at)
    endless = may_be_endless(view) if key is None else key.ends_at is None
    if sent is not None:
        chosen, last_day, read_only, title = sent.entities, sent.last_day, sent.read_only, sent.title
    elif key is not None:
        chosen, read_only, title = key.entities, key.read_only, key.title
        last_day = None if key.ends_at is None else latest
    else:
        chosen, read_only, title = None, True, ""
        last_day = min(latest, view.site.clock.today() + OFFERED)
    within = None if key is None or key.entities is None else frozenset(key.entities)
    problems = refusal.problems if refusal is not None else ()
    return SimpleNamespace(
        action=action, back=back, is_new=key is None, title=title, longest=LONGEST_TITLE, read_only=read_only,
        may_write=key is None or not key.read_only, may_reach_all=within is None, is_chosen=chosen is not None,
        last_day=str(last_day or ""), latest=latest.isoformat(), today=view.site.clock.today().isoformat(),
        endless=endless, modules=_modules(view, offered, within, frozenset(chosen or ()), language),
        problems={p.path: p.text(language) for p in reversed(problems)},
        all_problems=[(p.path, p.text(language)) for p in problems],
    )


def _modules(view: Any, offered: Iterable[Entity], within: Collection[str] | None, chosen: Collection[str],
             language: str) -> list[SimpleNamespace]:
    """The entities that may be ticked, by module."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for one in offered:
        if within is None or one.address in within:
            found.setdefault(one.module, []).append((one.address, one.plural.in_(language), one.address in chosen))
    modules = sorted((view.catalog.modules[m] for m in found), key=lambda m: (m.order, m.key))
    return [SimpleNamespace(title=m.title.in_(language), entities=found[m.key],
                            ticked=sum(ticked for *_, ticked in found[m.key])) for m in modules]


def drawn_keys(view: Any, keys: Iterable[Key], makers: Mapping[UUID, str] | None = None) -> list[SimpleNamespace]:
    """Keys as lists show them."""
    known, language = view.catalog, view.language

    def titles(names: Iterable[str], described: Mapping[str, Any]) -> list[str]:
        return [(described[n].plural if described is known.entities else described[n].title).in_(language)
                if n in described else n for n in names]

    return [SimpleNamespace(
        id=key.id, title=key.title, begins=key.begins, read_only=key.read_only, is_live=key.is_live,
        entities=titles(key.entities or (), known.entities), roles=titles(key.roles or (), known.roles),
        made=write_date(day_of(view, key.created_at)), used=write_moment(key.last_used_at) if key.last_used_at else "",
        ends=write_date(day_of(view, key.ends_at)) if key.ends_at else "",
        revoked=write_date(day_of(view, key.revoked_at)) if key.revoked_at else "",
        made_by=(makers or {}).get(key.made_by, "") if key.made_by else "",
    ) for key in keys]


def key_page(template: str, key: str, back: str, **context: Any) -> Response:
    """The page with a new key, which nobody can see again. `sample`: a request with it, to be tried in a terminal."""
    sample = f'curl -H "Authorization: Bearer $KEY" {doors.site().settings.address}/api/v1/me'
    return pages.page(template, key=key, sample=sample, back_url=back, **context)


def tried(work: Callable[[], Any]) -> tuple[Any, Refusal | None]:
    """What the sent form led to, and the refusal that it tells with what was typed kept in it. Other refusals go on."""
    try:
        return work(), None
    except Refusal as refusal:
        if refusal.status not in (409, 422, 429):
            raise
        return None, refusal
