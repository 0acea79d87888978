"""What the template of a tree is given: rows as in a table, moved in, with the button that opens what is below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request
from markupsafe import Markup

from engine.errors import NotFound
from engine.ids import parse_id
from engine.language import N_
from engine.language.formats import number_formatter
from engine.services.access import writable
from engine.services.display import display_keys, display_text
from engine.services.registries import Page, listing
from engine.services.registries.branches import PARENT, above, below, children_of, roots
from engine.services.registries.counting import counts
from engine.web import pages
from engine.web.kinds.pages import counted, turned
from engine.web.registries.asked import Asked
from engine.web.registries.heads import heads
from engine.web.registries.marks import marks
from engine.web.registries.table import rows_of
from engine.web.templating import icon

ROOTS, BELOW = 100, 200
"""Records on top of one page, and directly below one record."""
FOUND = 100
"""Records of a search that are shown in their places."""
OPENED = 60
"""Branches that stay open when the tree is drawn again."""


class Tree:
    """One list as a tree."""

    def __init__(self, asked: Asked):
        self.asked, self.view, self.entity = asked, asked.view, asked.entity
        self.marks = marks(asked)
        names = [k for k in display_keys(self.view.catalog, self.entity) if k in asked.seen]
        query = asked.query((*self.marks.needs, *names, PARENT))
        self.query = replace(query, totals=(), limit=ROOTS)
        self.may_move = PARENT in writable(self.view.catalog, self.view.actor, self.entity, "edit")
        self.narrowed = bool(asked.state.search or asked.state.filters or asked.state.where)

    # -- the whole ---------------------------------------------------------------------------------------------------

    def drawn(self) -> dict[str, Any]:
        root = parse_id(self.asked.state.on) if self.asked.state.on else None
        if self.narrowed:
            return self._found()
        if root is not None:
            return self._under(root)
        page = roots(self.view, self.entity.address, self.query)
        whole = counts(self.view, [(self.entity.address, self.query)])[0]  # of the list, not of its top alone
        return {**self._page(page, self._opened(page.records), path=[]), "count": whole,
                "count_text": number_formatter(self.view.language)(whole)}

    def _page(self, page: Page, records: Sequence[Mapping[str, Any]], path: Sequence[Any], **more: Any
              ) -> dict[str, Any]:
        return {
            **turned(self.asked, page), **self._common(), "rows": self._rows(records), "tree_path": path,
            "shown": len(page.records), **more,
        }

    def _common(self) -> dict[str, Any]:
        asked = self.asked
        return {
            "heads": heads(asked), "columns_url": asked.state.url(f"{self.entity.url}/columns"), "picks": asked.picks,
            "legend": self.marks.legend, "may_move": self.may_move, "list_query": asked.state.url("")[1:],
            "inline": bool(asked.inline), "tree_top": asked.state.url(self.entity.url, on=None), "only_found": False,
        }

    def _opened(self, top: Sequence[Mapping[str, Any]]) -> list[SimpleNamespace]:
        """The records on top with what is below those that were open when the tree was asked for again."""
        ids = [parse_id(text) for text in request.values.get("open", "").split(",")[:OPENED]]
        opened = [id for id in ids if id is not None]
        inner = below(self.view, self.entity.address, replace(self.query, limit=BELOW), opened).records
        by_parent: dict[Any, list[Mapping[str, Any]]] = {}
        for record in inner:
            by_parent.setdefault(record.get(PARENT), []).append(record)
        return self._nested(top, by_parent, 0)

    def _nested(self, records: Sequence[Mapping[str, Any]], by_parent: Mapping[Any, Sequence[Mapping[str, Any]]],
                depth: int) -> list[SimpleNamespace]:
        found = []
        for record in records:
            inner = by_parent.get(record["id"], ())
            found.append(SimpleNamespace(record=record, depth=depth, is_open=bool(inner)))
            found += self._nested(inner, by_parent, depth + 1)
        return found

    # -- a branch ----------------------------------------------------------------------------------------------------

    def branch(self, name: str) -> dict[str, Any]:
        """The records directly below one, for the button that opens it."""
        parent = parse_id(name)
        if parent is None:
            raise NotFound()
        depth = request.args.get("depth", "0")
        depth = min(int(depth), 50) if depth.isdecimal() and len(depth) < 3 else 0
        page = below(self.view, self.entity.address, replace(self.query, limit=BELOW), [parent])
        records = [SimpleNamespace(record=r, depth=depth + 1, is_open=False) for r in page.records]
        more = self.asked.state.url(self.entity.url, on=str(parent)) if page.next else ""
        return {"rows": self._rows(records), "more_url": more, "columns": len(self.asked.paths) + self.asked.picks,
                "depth": depth + 1}

    def _under(self, root: UUID) -> dict[str, Any]:
        """The tree below one record, with the path that leads to it: also how a branch opens without scripts."""
        plain = replace(self.query, after=None, before=None, count=False, where=None)
        own = listing(self.view, self.entity.address, replace(plain, ids=[root], limit=1)).records
        if not own:
            raise NotFound()
        chain = {r["id"]: r for r in self._plain(above(self.view, self.entity.address, [root]))}
        path, at = [], own[0].get(PARENT)
        while at in chain:
            path.insert(0, self._step(chain[at]))
            at = chain[at].get(PARENT)
        page = below(self.view, self.entity.address, replace(self.query, limit=BELOW), [root])
        page.count = len(page.records)
        inner = [SimpleNamespace(record=r, depth=1, is_open=False) for r in page.records]
        top = SimpleNamespace(record=own[0], depth=0, is_open=True)
        here = Page([*own, *page.records], count=len(page.records) + 1)
        return self._page(here, [top, *inner], [*path, self._step(own[0])], too_many=bool(page.next))

    def _step(self, record: Mapping[str, Any]) -> tuple[str, str]:
        text = display_text(self.entity, record, self.view.language, self.view.names)
        return text or "…", self.asked.state.url(self.entity.url, on=str(record["id"]))

    def _plain(self, ids: Sequence[UUID]) -> list[dict[str, Any]]:
        """Records by their ids, whatever the list is narrowed to, as far as the actor may see them."""
        if not ids:
            return []
        wanted = replace(self.query, ids=ids, filters=(), where=None, search="", after=None, before=None, count=False,
                         limit=1_000, most=1_000)
        return listing(self.view, self.entity.address, wanted).records

    # -- what was found ----------------------------------------------------------------------------------------------

    def _found(self) -> dict[str, Any]:
        """What a search or a filter leaves, each in its place below all that is above it."""
        page = listing(self.view, self.entity.address, replace(self.query, limit=FOUND))
        found = {r["id"] for r in page.records}
        records = self._plain([*found, *(id for id in above(self.view, self.entity.address, list(found))
                                         if id not in found)])
        known = {r["id"] for r in records}
        by_parent: dict[Any, list[Mapping[str, Any]]] = {}
        for record in records:
            parent = record.get(PARENT)
            by_parent.setdefault(parent if parent in known else None, []).append(record)
        nested = self._nested(by_parent.get(None, ()), by_parent, 0)
        for twig in nested:
            twig.is_context = twig.record["id"] not in found
        shown = {**turned(self.asked, page), **counted(self.asked, page.count or 0, len(page.records), page.more)}
        return {**shown, **self._common(), "rows": self._rows(nested, fixed=True), "tree_path": [], "only_found": True,
                "next_url": turned(self.asked, page)["next_url"]}

    # -- rows --------------------------------------------------------------------------------------------------------

    def _rows(self, twigs: Sequence[SimpleNamespace], fixed: bool = False) -> Markup:
        """The rows. `fixed`: all that there is to show is shown, so nothing opens."""
        counts = {} if fixed else children_of(self.view, self.entity.address, replace(
            self.query, after=None, before=None), [t.record["id"] for t in twigs])
        by_id = {t.record["id"]: t for t in twigs}
        words = {True: pages.said(N_("Close the branch")), False: pages.said(N_("Open the branch"))}
        move = pages.said(N_("Move within the tree"))
        shape = self.asked.state.pairs(kind=self.asked.kind.name, on=None, after=None, before=None)

        def branch(record: Mapping[str, Any]) -> tuple[str, str, str]:
            """What stands before the name of a record, what its row says of itself, what stands after the name."""
            twig, id = by_id[record["id"]], record["id"]
            inner = counts.get(id, 0)
            told = f' data-level="{twig.depth}" aria-level="{twig.depth + 1}" data-version="{record["version"]}"'
            if getattr(twig, "is_context", False):
                told += " data-context"
            tail = ""
            if self.may_move:
                tail = str(Markup('<a class="q-icon-button q-tree-move" href="{0}/{1}/place?{2}" aria-label="{3}" '
                                  'title="{3}">{4}</a>').format(
                    self.entity.url, id, urlencode({"list": self.asked.state.url("")[1:]}), move, icon("dots")))
            if not inner:
                return '<span class="q-twist" aria-hidden="true"></span>', told, tail
            url = self.asked.state.url(self.entity.url, on=str(id))
            part = f"{self.entity.url}/part?{urlencode([*shape, ('part', str(id)), ('depth', twig.depth)])}"
            twist = Markup('<a class="q-twist" role="button" href="{0}" data-twist="{1}" aria-expanded="{2}" '
                           'aria-label="{3}" title="{3}">{4}</a>').format(
                url, part, "true" if twig.is_open else "false", words[twig.is_open], icon("chevron-right"))
            return str(twist), told, str(Markup('<span class="q-total">{}</span>').format(inner)) + tail

        page = Page([t.record for t in twigs])
        return rows_of(self.asked, page, self.marks, self.asked.picks, branch=branch,
                       deep={t.record["id"]: t.depth for t in twigs})
