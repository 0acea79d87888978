"""Making a record that a link lacks, without leaving the form: a small form in a dialog, or a page that comes back.

The small form is an ordinary form of the target (`?form=quick:ENTITY:PATH`) with the fields that the link names
(`quick: [name, bin]`) and those that are required. In the dialog it stands in a frame (`&frame=1`); without scripts
the button beside the link keeps the draft, opens the same form and comes back with the new record chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, request

from engine import doors
from engine.errors import NotFound
from engine.model import Catalog, Entity, Field, Form, Section
from engine.services import drafts, records
from engine.services.access import can, writable
from engine.services.display import display_keys
from engine.services.registries.choices import field_at
from engine.web import pages
from engine.web.asking import ask, do, entity_here, version_sent
from engine.web.drafts import CONTINUE, pairs_sent
from engine.web.routes import blueprint
from engine.web.typed import address_of

PREFIX = "quick:"
A_LINE = 2


def quick_form(catalog: Catalog, entity: Entity, asked: str) -> Form | None:
    """The small form of `entity` that a link (`quick:module.entity:path`) asks for, or None when it asks for none."""
    link = _link(catalog, asked)
    if link is None or entity.address not in link.kind.targets(link):
        return None
    return catalog.derived(("quick form", entity, link), lambda: _made(entity, link, asked))


def _link(catalog: Catalog, asked: str) -> Field | None:
    """The link that may be filled by making a record."""
    address, _, path = asked.removeprefix(PREFIX).partition(":")
    entity = catalog.entities.get(address) if asked.startswith(PREFIX) else None
    link = field_at(entity, path) if entity is not None and path and len(path) < 200 else None
    return link if link is not None and link.options.get("quick") else None


def _made(entity: Entity, link: Field, asked: str) -> Form:
    named = link.options["quick"]
    inputs = {f.key: f for f in entity.input_fields if not f.readonly}
    keys = [k for k in named if k in inputs] if isinstance(named, (list, tuple)) else []
    if not keys:
        keys = [k for k in (*display_keys_of(entity), *entity.search) if k in inputs]
    keys += [k for k, f in inputs.items() if (f.required and f.default is None) or f.required_when is not None]
    keys = list(dict.fromkeys(keys)) or list(inputs)[:1]
    plain = [k for k in keys if not inputs[k].kind.by_line]
    rows = [tuple(plain[n : n + A_LINE]) for n in range(0, len(plain), A_LINE)]
    rows += [(k,) for k in keys if inputs[k].kind.by_line]
    return Form(entity.address, asked, None, {"main": Section("main", None, tuple(rows))}, side=(), generated=True)


def display_keys_of(entity: Entity) -> list[str]:
    return [part[0] for part in entity.display if not isinstance(part, str)]


def way(view: Any, entity: Entity, link: Field, path: str) -> Mapping[str, str] | None:
    """Where a record for the link at `path` is made, and what the button says; None when that is not offered."""
    if not link.options.get("quick"):
        return None
    targets = (view.catalog.entities.get(t) for t in link.kind.targets(link))
    target = next((t for t in targets if t is not None and can(view.catalog, view.actor, t, "create")), None)
    if target is None:
        return None
    asked = quote(f"{PREFIX}{entity.address}:{path}", safe=":.")
    many = f"{target.address}:" if len(link.kind.targets(link)) > 1 else ""
    return {"url": f"{target.url}/new?form={asked}", "title": target.title.in_(view.language), "prefix": many}


def begun_with(view: Any, entity: Entity, text: str) -> dict[str, Any]:
    """The typed text as the first value of the small form: the name by which the record will be found."""
    form = quick_form(view.catalog, entity, request.args.get("form", ""))
    if form is None or not text:
        return {}
    shown = form.fields & writable(view.catalog, view.actor, entity, "create")
    order: Iterable[str] = (*display_keys(view.catalog, entity), *entity.search, *_in_order(form))
    for key in order:
        f = entity.fields.get(key)
        if f is not None and key in shown and f.kind.searchable and not f.fields:
            return {key: {view.language: text} if f.translated else text}
    return {}


def _in_order(form: Form) -> Iterable[str]:
    return (key for section in form.sections.values() for line in section.lines for key in line)


# -- there and back ---------------------------------------------------------------------------------------------------


def is_framed() -> bool:
    """Does the page stand in the dialog?"""
    return request.args.get("frame") == "1" or request.form.get("_frame") == "1"


def way_back() -> list[tuple[str, str]]:
    """Inputs that bring a small form back to where it was opened from."""
    found = {name: request.values.get(name, request.args.get(name.removeprefix("_"), "")) for name in
             ("_frame", "_return", "_pick")}
    return [(name, value) for name, value in found.items() if value] if found["_frame"] or found["_return"] else []


def leave(entity: Entity, id: str | None) -> Response:
    """Keep what was typed and open the small form for the link whose button was pressed; it comes back here."""
    name = request.form.get("_quick", "")
    path = address_of(name)
    link = field_at(entity, path) if path.count(".") < 3 else None
    found = ask(lambda view: way(view, entity, link, path)) if link is not None else None
    if found is None:
        raise NotFound()
    place = id or drafts.NEW
    do(lambda uow: drafts.keep(uow, entity.address, place, pairs_sent(), version_sent() if id else None))
    back = f"{entity.url}/{id}/edit" if id else f"{entity.url}/new"
    layout = request.args.get("form", "")
    query = {"return": back + (f"?{urlencode({'form': layout})}" if layout else ""), "pick": name}
    return pages.see_other(f"{found['url']}&{urlencode(query)}")


def after_making(location: str) -> Response | None:
    """The way back from a small form to the form whose link lacked the record; None for any other form."""
    if request.form.get("_frame") == "1":
        return pages.see_other(f"{location}/picked")
    back = pages.local(request.form.get("_return"), "")
    if not back:
        return None
    picked = {"draft": CONTINUE, "pick": request.form.get("_pick", ""), "picked": location.rpartition("/")[2]}
    return pages.see_other(f"{back}{'&' if '?' in back else '?'}{urlencode(picked)}")


@blueprint.get("/<module>/<slug>/<id>/picked")
@doors.declares_access("read")
def picked(module: str, slug: str, id: str) -> Response:
    """What the dialog ends with: the id and the name of the record that was made, for the page around it."""
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        record = records.read(view, entity.address, id)
        name = record.display(view.language, view.names)
        return pages.page("records/picked.html", record_id=str(record.id), name=name)

    return ask(work)
