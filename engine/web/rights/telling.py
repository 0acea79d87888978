"""What the pages about rights say alike: verbs, roles, places, the names of fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from engine.language import N_, translate
from engine.model import Entity
from engine.services.access.reach import UNIT
from engine.services.display import names_of

VERBS = {
    "read": N_("look"), "create": N_("add"), "edit": N_("change"), "archive": N_("move to the archive"),
    "restore": N_("restore"), "copy": N_("copy"), "post": N_("post"), "reverse": N_("reverse"), "annul": N_("annul"),
    "approve": N_("approve"), "print": N_("print"), "export": N_("export"), "import": N_("import"),
    "history": N_("see the history"), "comment": N_("comment"),
}
"""Verbs as a person is told of them, in the order of VERBS of the model."""
WHOLE = N_("in the whole organisation")


def verb_title(view: Any, verb: str) -> str:
    said = translate(VERBS[verb], view.language) if verb in VERBS else verb
    return said[:1].upper() + said[1:]


def role_title(view: Any, role: str) -> str:
    known = view.catalog.roles.get(role)
    return known.title.in_(view.language) if known is not None else role


def unit_names(view: Any, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Names of units that the reader sees; the whole organisation for None."""
    found: dict[UUID | None, str] = {None: translate(WHOLE, view.language)}
    wanted = sorted({id for id in ids if id is not None})
    found.update(names_of(view, UNIT, wanted))
    return found


def field_title(view: Any, entity: Entity, key: str) -> str:
    f = entity.fields.get(key)
    return f.title.in_(view.language) if f is not None else key


def choices(pairs: Iterable[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    """Options of a select."""
    return [{"value": value, "title": title, "chosen": value == chosen} for value, title in pairs]
