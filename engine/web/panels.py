"""What stands beside a record, in the order of the form's `side`. A panel with nothing to show is left out.

Which ones a person folded is kept in a cookie of taste (`q_folded`, names with dots between).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from engine.errors import NotAllowed
from engine.language import N_
from engine.model import Form
from engine.services.accounts.administering import standing
from engine.services.comments import LONGEST, comments_of
from engine.services.identity.actors import USER
from engine.web import pages
from engine.web.accounts import drawn_standing
from engine.web.drawn import Drawn
from engine.web.form_layout import loose_files
from engine.web.related import beside, related_list
from engine.web.remarks import drawn_comments
from engine.web.widgets import Drawing


@dataclass
class Panel:
    """`key` names its template, `panels/KEY.html`, which gets it as `panel`."""

    key: str
    title: str
    count: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    is_folded: bool = False


@dataclass(frozen=True)
class Beside:
    """What a panel is made of. `record`: None while it is being made."""

    view: Any
    form: Form
    drawing: Drawing
    record: Any
    editing: bool

    @property
    def files(self) -> list[Drawn]:
        return loose_files(self.drawing, self.form)


def panels(beside: Beside) -> list[Panel]:
    """The panels of the form that have something to show."""
    folded = frozenset(request.cookies.get("q_folded", "").split("."))
    found = [made for key in beside.form.side if key in MAKERS and (made := MAKERS[key](beside)) is not None]
    for panel in found:
        panel.is_folded = panel.key in folded
    return found


def _files(beside: Beside) -> Panel | None:
    fields = beside.files
    if not fields or not any(d.is_input or d.files or _takes(beside, d) for d in fields):
        return None
    held = sum(len(d.files) for d in fields)
    return Panel("files", pages.said(N_("Files")), str(held) if held else "", {
        "fields": fields, "takes": {d.key for d in fields if _takes(beside, d)}})


def _takes(beside: Beside, drawn: Drawn) -> bool:
    """May the reader put a file there without opening the form?"""
    return not beside.editing and beside.record is not None and drawn.key in beside.record.writable


def _related(beside_: Beside) -> Panel | None:
    if beside_.record is None or beside_.editing:
        return None
    view, record = beside_.view, beside_.record
    wanted = beside(record.entity, beside_.form, record.readable)
    lists = [made for related in wanted if (made := related_list(view, record.id, related)) is not None]
    lists = [one for one in lists if one.rows or one.new_url]
    return Panel("related", pages.said(N_("Related")), "", {"lists": lists}) if lists else None


def _comments(beside: Beside) -> Panel | None:
    record = beside.record
    if record is None or beside.editing:
        return None
    found = comments_of(beside.view, record)
    may = "comment" in record.allowed
    if not found and not may:
        return None
    return Panel("comments", pages.said(N_("Comments")), str(len(found)) if found else "", {
        "comments": drawn_comments(beside.view, found), "may": may, "longest": LONGEST})


def _history(beside: Beside) -> Panel | None:
    record = beside.record
    if record is None or "history" not in record.allowed:
        return None
    return Panel("history", pages.said(N_("History")))


def _account(beside: Beside) -> Panel | None:
    """For whoever may edit the user: how it stands with their way in, and where more is done about it."""
    record = beside.record
    if record is None or beside.editing or record.entity.address != USER or "edit" not in record.allowed:
        return None
    try:
        found = drawn_standing(standing(beside.view, record.id))
    except NotAllowed:  # an account that is above the reader's own
        return None
    return Panel("account", pages.said(N_("Way in")), "", {"url": f"/accounts/{record.id}", "standing": found})


MAKERS: Mapping[str, Callable[[Beside], Panel | None]] = {
    "files": _files, "related": _related, "comments": _comments, "history": _history,
    "account": _account,
}
