"""The list as a board: a column for each value of a field, a card for each record; moving a card changes the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.language import N_
from engine.web.kinds.base import Kind
from engine.web.kinds.cards import CARDS, compile_cards


class BoardKind(Kind):
    name = "board"
    icon = "layout-dashboard"
    title = N_("Board")
    by = True
    options = {"cards": CARDS}
    turns = False

    def suits(self, entity, by):
        if by is None or by.is_many or by.encrypted or (by.builtin and by.key != "state") or by.kind.secret:
            return False
        told = by.kind.json_schema(by)
        few = by.kind.dictionary(by) is not None or "enum" in told or told.get("type") == "boolean"
        return "" in by.kind.group_parts(by) and (few or bool(by.kind.targets(by)))

    def compile(self, written: Mapping[str, Any], field: Any, problem: Any) -> Mapping[str, Any]:
        return compile_cards(written, field, problem)

    def draw(self, asked: Any) -> dict[str, Any]:
        from engine.web.kinds.board.drawing import Board

        return Board(asked).drawn()

    def part(self, asked: Any, name: str) -> tuple[str, dict[str, Any]]:
        from engine.web.kinds.board.drawing import Board

        return "kinds/board/stack.html", Board(asked).more(name)


KIND = BoardKind()
