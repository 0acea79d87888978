"""The list as a tree: branches open where they stand; a search shows what it found with all that is above."""

from __future__ import annotations

from typing import Any

from engine.language import N_
from engine.web.kinds.base import Kind


class TreeKind(Kind):
    name = "tree"
    icon = "list-tree"
    title = N_("Tree")
    needs = ("parent",)

    def suits(self, entity, by):
        return by is None and entity.tree

    def draw(self, asked: Any) -> dict[str, Any]:
        from engine.web.kinds.tree.drawing import Tree

        return Tree(asked).drawn()

    def part(self, asked: Any, name: str) -> tuple[str, dict[str, Any]]:
        from engine.web.kinds.tree.drawing import Tree

        return "kinds/tree/branch.html", Tree(asked).branch(name)


KIND = TreeKind()
