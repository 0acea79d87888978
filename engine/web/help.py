"""Help with every screen: what the list or the record is for, what its fields mean, what may be done, which keys work.

Made from the `hint`s and `help` texts of the metadata, so that whoever changes a screen changes its help, and only of
what the person sees: a hidden field is not explained either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from engine import doors
from engine.errors import NotFound
from engine.language import N_
from engine.model import Entity, Form
from engine.model.grid import Grid
from engine.services.access import can, readable, writable
from engine.services.grids import offered
from engine.web import pages
from engine.web.asking import entity_here
from engine.web.routes import blueprint

SCREENS = ("list", "card", "form", "grid")
KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("Ctrl K", N_("search everywhere: screens, actions, records")),
        ("F1", N_("this help")),
        ("?", N_("these keys")),
        ("Esc", N_("close what is open")),
        ("Tab", N_("the next field or button")),
    ),
    "list": (
        ("↑ ↓ ← →", N_("go from cell to cell")),
        ("Enter", N_("open the record, or change the cell where that is allowed")),
        ("Ctrl Enter", N_("open in a new tab")),
        ("F2", N_("change the cell")),
        ("Enter Tab Esc", N_("in a cell that is being changed: save and go down, save and go on, leave it as it was")),
        ("Space", N_("pick the row")),
        ("Shift ↑ ↓", N_("pick row after row")),
        ("Ctrl A", N_("pick the whole page")),
        ("Shift ← →", N_("on a board: move the card to the next column")),
        ("/", N_("search in the list")),
        ("N", N_("make a new record")),
    ),
    "card": (("Ctrl P", N_("print")),),
    "grid": (
        ("← ↑ → ↓", N_("walk from cell to cell; with Shift they pick a block")),
        ("Enter Tab", N_("go down, go to the right; after Esc, Tab leaves the table")),
        ("F2", N_("the details of the cell")),
        ("Delete", N_("empty the cells")),
        ("Ctrl D", N_("fill down what stands above")),
        ("Ctrl V", N_("paste a block from a spreadsheet")),
        ("Ctrl Z", N_("take the last change back")),
        ("Enter", N_("on the head of a column: fill it, empty it, open it as a form")),
    ),
    "form": (
        ("Ctrl Enter", N_("save")),
        ("Esc", N_("leave without saving")),
        ("Enter ↑ ↓", N_("walk down and up a column of rows; Enter in the last row adds one")),
    ),
}
"""Keys that work, by the kind of screen; those under no name work everywhere."""
DOES = {
    "create": N_("add"), "edit": N_("change"), "archive": N_("move to the archive"), "restore": N_("restore"),
    "copy": N_("copy"), "post": N_("post"), "reverse": N_("reverse"), "annul": N_("annul"), "print": N_("print"),
    "export": N_("export"), "import": N_("import"), "history": N_("see the history"),
}
"""Verbs as a person is told of them."""


@blueprint.get("/help")
@doors.declares_access(doors.SIGNED_IN)
def help_index() -> Response:
    """Help with getting around and the way to that of each module; `?keys=list`: the keys of a screen as a dialog."""
    on = request.args.get("keys", "")
    keys = _keys(on if on in SCREENS else "")
    if on and pages.partial():
        return pages.fragment("help/keys.html", keys=keys)
    return _page(title=pages.said(N_("Help")), keys=keys, modules=_modules(), general=True)


@blueprint.get("/help/<module>")
@doors.declares_access(doors.SIGNED_IN)
def help_module(module: str) -> Response:
    """Help with one module and its lists. NotFound for a module of which the person sees nothing."""
    language = doors.language()
    found = next((m for m in _modules() if m["key"] == module), None)
    if found is None:
        raise NotFound()
    described = doors.site().catalog.modules[module]
    texts = [t.in_(language) for t in (described.hint, described.help) if t]
    return _page(title=found["title"], texts=texts, lists=found["items"], keys=_keys(""))


@blueprint.get("/help/<module>/<slug>")
@doors.declares_access("read")
def help_entity(module: str, slug: str) -> Response:
    """Help with the list, the record or the form of an entity, as the person sees it (`?on=list`, `card`, `form`)."""
    entity = entity_here(module, slug)
    on = request.args.get("on", "")
    on = on if on in SCREENS else "list"
    return _page(**_told(entity, on), keys=_keys(on))


def _page(**context: Any) -> Response:
    defaults = {"texts": [], "lists": [], "views": [], "fields": [], "verbs": [], "modules": [], "general": False,
                "more": [], "beside": pages.partial()}
    return pages.page("help/help.html", block="panel", **{**defaults, **context})


def _keys(on: str) -> list[tuple[list[str], str]]:
    own = (*KEYS.get(on, ()), *KEYS[""]) if on else KEYS[""]
    taken: set[str] = set()
    return [(keys.split(), pages.said(what)) for keys, what in own if not (keys in taken or taken.add(keys))]


def _modules() -> list[dict[str, Any]]:
    catalog, actor, language = doors.site().catalog, doors.current_actor(), doors.language()
    return pages.menu(catalog, actor, language)


def _told(entity: Entity, on: str) -> dict[str, Any]:
    catalog, actor, language = doors.site().catalog, doors.current_actor(), doors.language()
    registry = pages.registry_for(catalog, actor, entity)
    form = next((f for f in catalog.forms[entity.address] if not f.roles or f.roles & actor.roles), None)
    layout = registry if on == "list" else form
    grid = next((g for g in offered(catalog, actor, entity) if g.slug == request.args.get("grid")), None)
    said = [entity.hint, entity.help, *((layout.hint, layout.help) if layout and on != "grid" else ())]
    if on == "grid" and grid is not None:
        said = [grid.hint]
    module = catalog.modules[entity.module]
    title = pages.list_title(catalog, actor, entity) if on == "list" else grid.title if grid else entity.title
    verbs = [v for v in DOES if can(catalog, actor, entity, v) and (entity.is_document or v not in (
        "post", "reverse", "annul"))]
    return {
        "title": title.in_(language),
        "texts": list(dict.fromkeys(t.in_(language) for t in said if t)),
        "views": [(v.title.in_(language), v.hint.in_(language) if v.hint else "", f"{entity.url}?view={v.key}")
                  for v in registry.views.values()] if on == "list" else [],
        "fields": list(_marks(entity, grid) if on == "grid" and grid else _fields(entity, form, on)),
        "verbs": [pages.said(DOES[v]) for v in verbs],
        "more": [(module.title.in_(language), f"/help/{module.key}"), (pages.said(N_("Getting around")), "/help")],
    }


def _marks(entity: Entity, grid: Grid) -> Iterator[dict[str, str]]:
    """What each key of a grid writes."""
    language, names = doors.language(), doors.site().dictionaries.names(doors.site().catalog)
    for code in grid.codes.values():
        field = entity.fields[grid.cell.value]
        title = code.title.in_(language) if code.title else field.kind.formatter(field, language, names)(
            {field.key: code.code})
        yield {"title": code.key.in_(language), "hint": title}


def _fields(entity: Entity, form: Form | None, on: str) -> Iterator[dict[str, str]]:
    """The fields of the form that the person sees and that have something to say."""
    catalog, actor, language = doors.site().catalog, doors.current_actor(), doors.language()
    seen = readable(catalog, actor, entity) | (writable(catalog, actor, entity, "create") if on == "form" else set())
    placed = form.fields if form is not None and form.fields else entity.fields
    for field in entity.fields.values():
        if field.key not in placed or field.key not in seen:
            continue
        inner = [f for f in field.fields.values() if f.hint]
        if field.hint or inner:
            yield {"title": field.title.in_(language), "hint": field.hint.in_(language) if field.hint else ""}
        for each in inner:
            yield {"title": f"{field.title.in_(language)}: {each.title.in_(language)}", "hint": each.hint.in_(language)}


def url_here() -> str:
    """The address of the help with the screen that is being shown."""
    parts = [p for p in request.path.split("/") if p]
    if len(parts) >= 2 and doors.site().catalog.at_url(parts[0], parts[1]) is not None:
        if parts[2:3] == ["grids"]:
            return f"/help/{parts[0]}/{parts[1]}?{urlencode({'on': 'grid', 'grid': parts[-1]})}"
        on = "list" if len(parts) == 2 else "form" if parts[-1] in ("new", "edit") else "card"
        return f"/help/{parts[0]}/{parts[1]}?on={on}"
    if len(parts) == 1 and parts[0] in doors.site().catalog.modules:
        return f"/help/{parts[0]}"
    return "/help"
