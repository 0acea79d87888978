"""The screens and actions that the engine itself offers to the palette: modules, lists, their views, new records, and
what stands in the frame of every page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.language import LANGUAGES, N_, translate
from engine.model import Catalog, Text
from engine.services.access import can, visible_entities
from engine.services.actor import Actor
from engine.services.grids import offered
from engine.services.journal.rights import reach
from engine.services.rights import oversees
from engine.services.transfer.importing.verbs import may_import
from engine.web import pages
from engine.web.palette import Screen

NEW, IMPORT = N_("New: %(title)s"), N_("Import: %(title)s")
BEGUN = 8


def of_catalog(view: Any) -> tuple[Screen, ...]:
    """Modules, lists with their views, and forms of new records: worked out once for people of the same roles."""
    catalog, actor = view.catalog, view.actor
    return catalog.derived(("screens", actor.roles), lambda: tuple(_of_catalog(view)))


def _of_catalog(view: Any) -> Iterator[Screen]:
    catalog, actor = view.catalog, view.actor
    entities = visible_entities(catalog, actor)
    shown = {e.module for e in entities}
    modules = sorted((m for m in catalog.modules.values() if m.key in shown), key=lambda m: (m.order, m.key))
    for module in modules:
        for entity in (e for e in entities if e.module == module.key):
            listed = pages.list_title(catalog, actor, entity)
            yield Screen(listed, entity.url, entity.icon, module.title, (entity.plural, entity.title))
            if can(catalog, actor, entity, "create") and entity.kind != "settings":
                yield Screen(told(NEW, title=entity.title), f"{entity.url}/new", "plus", module.title,
                             (entity.title, entity.plural), begins=entity.is_document)
            for grid in offered(catalog, actor, entity):
                yield Screen(grid.title, f"{entity.url}/grids/{grid.slug}", grid.icon, module.title)
            if may_import(view, entity):
                yield Screen(told(IMPORT, title=listed), f"{entity.url}/import", "upload", module.title)
            for ready in pages.registry_for(catalog, actor, entity).views.values():
                name = Text(*(f"{listed.in_(code)}: {ready.title.in_(code)}" for code in LANGUAGES))
                yield Screen(name, f"{entity.url}?view={ready.key}", "filter", module.title, (ready.title,))
    for module in modules:
        yield Screen(module.title, f"/{module.key}", module.icon)
    if oversees(catalog, actor):
        yield Screen(told(N_("Who may do what")), "/rights", "shield-lock")
        yield Screen(told(N_("Passport of personal data")), "/rights/personal-data", "shield-lock")
        yield Screen(told(N_("What would a change give?")), "/rights/preview", "git-compare")


def of_frame(view: Any) -> tuple[Screen, ...]:
    """What every page offers. The elements that are pressed stand in layout/base.html and on the pages."""
    return (*_FRAME, *_JOURNAL) if reach(view.catalog, view.actor) else _FRAME


def begun_here(catalog: Catalog, actor: Actor, language: str, path: str) -> list[dict[str, str]]:
    """Records that may be begun from the page at `path`: those of its list alone, else documents and its module's."""
    parts = path.split("/")
    here = catalog.at_url(parts[1], parts[2]) if len(parts) > 2 else None
    if here is not None and can(catalog, actor, here, "create") and here.kind != "settings":
        found = [here]
    else:
        found = [e for e in visible_entities(catalog, actor) if can(catalog, actor, e, "create")
                 and (e.is_document or e.module == parts[1]) and e.kind != "settings"][:BEGUN]
    return [{"title": e.title.in_(language), "url": f"{e.url}/new", "icon": e.icon} for e in found]


def told(sentence: str, **params: Text) -> Text:
    """A sentence of the engine as a Text of all languages; texts among `params` are said in each of them."""
    return Text(*(
        translate(sentence, code, {k: v.in_(code) for k, v in params.items()} if params else None) for code in LANGUAGES
    ))


_FRAME = (
    Screen(told(N_("Home")), "/", "home"),
    Screen(told(N_("Starred")), "/starred", "star"),
    Screen(told(N_("Notices")), "/notices", "bell"),
    Screen(told(N_("Work in the background")), "/jobs", "list-check"),
    Screen(told(N_("Help")), "/help", "help"),
    Screen(told(N_("Work in the background")), "/jobs", "list-check"),
    Screen(told(N_("Notices")), "/notices", "bell"),
    Screen(told(N_("Export this list")), "", "download", press="[data-export]"),
    Screen(told(N_("Import into this list")), "", "upload", press="[data-import]"),
    Screen(told(N_("Print this page")), "", "printer", press="[data-print]"),
    Screen(told(N_("Help with this screen")), "", "help", press="[data-help]"),
    Screen(told(N_("Keyboard shortcuts")), "", "keyboard", press="[data-keys]"),
    Screen(Text("Қазақ тілі", "Қазақша", "Қазақша"), "", "language", press=".q-langs a[lang=kk]"),
    Screen(Text("Русский язык", "Русский язык", "Русский"), "", "language", press=".q-langs a[lang=ru]"),
    Screen(Text("English", "English", "English"), "", "language", press=".q-langs a[lang=en]"),
    Screen(told(N_("Light or dark")), "", "moon", press="[data-theme-toggle]"),
    Screen(told(N_("Dense rows")), "", "layout-list", press="[data-density-set=compact]"),
    Screen(told(N_("Ordinary rows")), "", "layout-list", press="[data-density-set=normal]"),
    Screen(told(N_("Roomy rows")), "", "layout-list", press="[data-density-set=roomy]"),
    Screen(told(N_("Sign out")), "", "logout", press="form[action='/sign-out'] button"),
)
_JOURNAL = (
    Screen(told(N_("Journal")), "/journal", "history"),
    Screen(told(N_("Statistics of the journal")), "/journal/figures", "history"),
    Screen(told(N_("Proof of the journal")), "/journal/proof", "history"),
)
