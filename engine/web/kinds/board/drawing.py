"""What the template of a board is given: columns with counts, totals and their first cards."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from engine.errors import BadRequest, Problem
from engine.language.formats import number_formatter
from engine.model import Field
from engine.services.access import can
from engine.services.registries import Page, Query, listing
from engine.services.registries.parts import divide, firsts
from engine.web.kinds.board.columns import Column, columns_of, condition, moves
from engine.web.kinds.cards.drawing import Cards
from engine.web.kinds.choosing import SHAPE, TABLE, UNKNOWN
from engine.web.kinds.pages import counted
from engine.web.registries.asked import Asked
from engine.web.state import Filter

EACH = 20
"""Cards of a column at first, and with each further step."""


class Board:
    """One list as a board."""

    def __init__(self, asked: Asked):
        self.asked, self.view, self.entity = asked, asked.view, asked.entity
        self.f: Field = asked.entity.fields[asked.by or ""]
        self.cards = Cards(asked, without=(self.f.key,))
        usual = replace(self.cards.query(), limit=EACH, count=False, bound=None, after=None, before=None)
        self.columns = columns_of(self.view, self.f, divide(self.view, self.entity.address, usual, self.f.key))
        self.query: Query = replace(usual, totals=())

    def drawn(self) -> dict[str, Any]:
        filled = [c for c in self.columns if c.count]
        found = firsts(self.view, self.entity.address, self.query, [[condition(self.f, c)] for c in filled])
        shown = dict(zip((c.code for c in filled), found, strict=True))
        count = sum(c.count for c in self.columns)
        return {
            **counted(self.asked, count, count), **self._moving(), "legend": self.cards.marks.legend,
            "columns": [self._column(column, shown.get(column.code)) for column in self.columns],
            "by_title": self.f.title.in_(self.view.language),
        }

    def more(self, code: str) -> dict[str, Any]:
        """Further cards of one column. BadRequest for a column that is not there."""
        column = next((c for c in self.columns if c.code == code), None)
        if column is None:
            raise BadRequest([Problem("view.kind", UNKNOWN, "part")])
        filters = [*self.query.filters, condition(self.f, column)]
        query = replace(self.query, filters=filters, after=self.asked.state.after)
        return {"column": self._column(column, listing(self.view, self.entity.address, query)), **self._moving()}

    def _moving(self) -> dict[str, Any]:
        """What moving a card needs: where it may go, and the list to come back to."""
        may = moves(self.view, self.entity, self.f, self.columns)
        life = self.entity.is_document and self.f.key == "state"
        return {
            "moves": json.dumps(may, ensure_ascii=False), "may_move": bool(may), "base": self.entity.url,
            "board_by": self.f.key, "asks_first": life,
            "move_query": urlencode({"by": self.f.key, "list": self.asked.state.url("")[1:]}),
            "may_add": can(self.view.catalog, self.view.actor, self.entity, "create") and not life,
        }

    def _column(self, column: Column, page: Page | None) -> SimpleNamespace:
        view, entity = self.view, self.entity
        totals = [
            (entity.fields[key].title.in_(view.language), entity.fields[key].kind.total_text(
                entity.fields[key], kind, column.totals[key], view.language, view.names))
            for key, kind in self.asked.totals if column.totals.get(key) is not None
        ]
        new = f"?{urlencode({self.f.key: column.code})}" if column.code else ""
        return SimpleNamespace(
            code=column.code, title=column.title, count=number_formatter(view.language)(column.count), totals=totals,
            cards=self.cards.drawn(page.records) if page else [], new_url=f"{entity.url}/new{new}",
            **self._turning(column, page),
        )

    def _turning(self, column: Column, page: Page | None) -> dict[str, str]:
        """Where the further cards of a column are: for scripts, and as a table for who has none."""
        if page is None or not page.next:
            return {"more_url": "", "all_url": ""}
        state, base, f = self.asked.state, self.entity.url, self.f
        key, operator, texts = condition(f, column)
        more = state.pairs(**{**SHAPE, "kind": self.asked.kind.name, "by": f.key, "after": page.next})
        table = {**SHAPE, "kind": TABLE, "filters": (*state.filters, Filter(key, operator, tuple(texts)))}
        return {"more_url": f"{base}/part?{urlencode([*more, ('part', column.code)])}",
                "all_url": state.url(base, **table)}
