"""Comments beside a record: written, changed, taken back. Plain forms first; htmx asks for the panel alone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from flask import Response, request
from markupsafe import Markup, escape

from engine import doors
from engine.errors import Invalid
from engine.language import N_
from engine.language.formats import write_moment
from engine.services import records
from engine.services.comments import (
    LONGEST,
    MENTION,
    Comment,
    change_comment,
    comment,
    comments_of,
    remove_comment,
)
from engine.web import pages
from engine.web.asking import ask, do, entity_here
from engine.web.record_about import about
from engine.web.routes import blueprint

LINK = re.compile(r"https?://[^\s<>\"'’»)\]]+")
TAKEN_BACK = N_("The comment is taken back")


@blueprint.get("/<module>/<slug>/<id>/comments")
@doors.declares_access("read")
def comments_page(module: str, slug: str, id: str) -> Response:
    return _page(module, slug, id, editing=request.args.get("change", ""))


@blueprint.post("/<module>/<slug>/<id>/comments")
@doors.declares_access("comment")
def say(module: str, slug: str, id: str) -> Response:
    """Write a comment; with `change` put its words in place of those of an earlier one."""
    entity, text, earlier = entity_here(module, slug), request.form.get("text", ""), request.form.get("change", "")

    def work(uow: Any) -> Any:
        if earlier:
            return change_comment(uow, entity.address, id, earlier, text)
        return comment(uow, entity.address, id, text)

    try:
        do(work)
    except Invalid as refusal:
        return _page(module, slug, id, text=text, editing=earlier, refusal=refusal, status=refusal.status)
    return _after(module, slug, id)


@blueprint.post("/<module>/<slug>/<id>/comments/<remark>/remove")
@doors.declares_access("read")
def take_back(module: str, slug: str, id: str, remark: str) -> Response:
    entity = entity_here(module, slug)
    do(lambda uow: remove_comment(uow, entity.address, id, remark))
    if not pages.partial():
        pages.notice("done", pages.said(TAKEN_BACK))
    return _after(module, slug, id)


def _after(module: str, slug: str, id: str) -> Response:
    if pages.partial():
        return _page(module, slug, id)
    return pages.see_other(f"{entity_here(module, slug).url}/{id}#comments")


def _page(module: str, slug: str, id: str, *, text: str = "", editing: str = "", refusal: Any = None,
          status: int = 200) -> Response:
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        record = records.read(view, entity.address, id)
        found = comments_of(view, record)
        shown = drawn_comments(view, found, editing)
        return pages.page(
            "records/comments.html", status, block="panel", written=text, longest=LONGEST,
            comments=shown, may="comment" in record.allowed and not any(c.is_open for c in shown),
            problem=" ".join(p.text(view.language) for p in refusal.problems) if refusal else "",
            **about(view, entity, record))

    return ask(work)


def drawn_comments(view: Any, found: list[Comment], editing: str = "") -> list[SimpleNamespace]:
    """Comments as the panel shows them; `editing`: the id of one whose words are being changed."""
    return [SimpleNamespace(
        id=c.id, author=c.author, at=write_moment(c.at), text=c.text, html=linked(c.text), edited=c.edited,
        mine=c.mine, editable=c.editable, is_open=c.editable and str(c.id) == editing,
        initials="".join(w[0] for w in c.author.split()[:2]).upper(), login=c.login) for c in found]


def linked(text: str) -> Markup:
    """A comment as HTML: everything escaped, addresses pressable, mentions set off."""
    made, at = Markup(), 0
    places = sorted([*LINK.finditer(text), *MENTION.finditer(text)], key=lambda m: m.start())
    for found in places:
        if found.start() < at:
            continue
        made += escape(text[at:found.start()])
        word = found.group().rstrip(".,;:!?") if found.re is LINK else found.group()
        if found.re is LINK:
            made += Markup('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>').format(word, word)
        else:
            made += Markup('<b class="q-mention">{}</b>').format(word)
        at = found.start() + len(word)
    return made + escape(text[at:])
