"""The list as a table: one row a record, columns that sort, totals in the foot."""

from __future__ import annotations

from typing import Any

from engine.language import N_
from engine.web.kinds.base import Kind


class TableKind(Kind):
    name = "table"
    icon = "table"
    title = N_("Table")

    @property
    def template(self) -> str:
        return "registries/table.html"

    def draw(self, asked: Any) -> dict[str, Any]:
        from engine.services.registries import figures, listing
        from engine.web.kinds.pages import counted, turned
        from engine.web.registries.grouped import grouped
        from engine.web.registries.marks import marks
        from engine.web.registries.table import table

        mark = marks(asked)
        if asked.group and asked.paths:
            page = figures(asked.view, asked.entity.address, asked.query())
            groups = grouped(asked)
            shown = counted(asked, page.count or 0, len(groups["groups"]), page.more)
            return {**table(asked, page, mark, asked.picks), **groups, **shown, "legend": mark.legend}
        page = listing(asked.view, asked.entity.address, asked.query(mark.needs))
        return {**table(asked, page, mark, asked.picks), **turned(asked, page), "legend": mark.legend}


KIND = TableKind()
