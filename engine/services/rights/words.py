"""A rule of access in the reader's language: titles of fields, names of choices, "you" for the one who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.expression import typed
from engine.language import N_, translate
from engine.model import Entity, Field

AND, OR, NOT = N_(" and "), N_(" or "), N_("not (%(what)s)")
EMPTY, FILLED = N_("%(what)s is empty"), N_("%(what)s is filled in")
WITHIN = N_("%(what)s is among or below: %(units)s")
ONE_OF = N_("%(what)s is one of: %(items)s")
ROWS = {
    "any": N_("some row of “%(rows)s” has: %(what)s"),
    "all": N_("every row of “%(rows)s” has: %(what)s"),
    "count": N_("the number of rows of “%(rows)s” where %(what)s"),
}
ACTOR = {
    "id": N_("the one who asks"),
    "person": N_("the one who asks"),
    "organisation": N_("the organisation of the one who asks"),
    "unit": N_("the unit of the one who asks"),
    "units": N_("the units of the one who asks"),
    "roles": N_("the roles of the one who asks"),
}
TODAY, NOW, YES, NO = N_("today"), N_("now"), N_("yes"), N_("no")
SIGNS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
Fields = Mapping[str, Field]


def in_words(view, entity: Entity, rule: Any) -> str:
    """The rule as a sentence; empty for none. What has no words of its own is told as it is written."""
    return "" if rule is None else _Words(view, entity.fields).say(rule.node)


class _Words:
    def __init__(self, view, *frames: Fields):
        self.view, self.catalog, self.frames = view, view.catalog, frames
        self.ways: dict[type, Callable[[Any], str]] = {
            typed.FieldValue: lambda n: " › ".join(f.title.in_(view.language) for f in self.path(n)),
            typed.ActorValue: lambda n: self.said(ACTOR.get(n.name, N_("the one who asks"))),
            typed.Moment: lambda n: self.said(TODAY if n.type.name == "date" else NOW),
            typed.Const: lambda n: self.constant(n.value),
            typed.Both: self.both,
            typed.Not: self.negated,
            typed.Compared: self.compared,
            typed.Among: self.among,
            typed.ListOf: lambda n: ", ".join(map(self.say, n.items)),
            typed.Within: lambda n: self.said(WITHIN, what=self.say(n.item), units=self.say(n.items)),
            typed.Invoked: self.invoked,
            typed.Aggregate: self.aggregate,
            typed.Arithmetic: lambda n: f"{self.say(n.left)} {n.operator} {self.say(n.right)}",
            typed.Negative: lambda n: f"−{self.say(n.operand)}",
            typed.Joined: lambda n: " ".join(map(self.say, n.parts)),
        }

    def say(self, node: Any) -> str:
        way = self.ways.get(type(node))
        return way(node) if way is not None else "…"

    def said(self, sentence: str, **params: str) -> str:
        return translate(sentence, self.view.language, params or None)

    def path(self, node: Any) -> list[Field]:
        fields, found = self.frames[node.level], []
        for name in [*(hop.name for hop in node.hops), node.name]:
            f = fields.get(name)
            if f is None:
                break
            found.append(f)
            target = next(iter(f.kind.targets(f)), None)
            fields = self.catalog.entities[target].fields if target in self.catalog.entities else {}
        return found

    def constant(self, value: Any, f: Field | None = None) -> str:
        if isinstance(value, bool):
            return self.said(YES if value else NO)
        if f is not None and value is not None and not f.is_many:
            return f.kind.formatter(f, self.view.language, self.view.names)({f.key: value}) or str(value)
        return "—" if value is None else str(value)

    def against(self, node: Any, other: Any) -> str:
        """A constant as the field that it is compared with shows it."""
        fields = self.path(other) if isinstance(other, typed.FieldValue) else []
        return self.constant(node.value, fields[-1]) if fields and isinstance(node, typed.Const) else self.say(node)

    def both(self, node: Any) -> str:
        parts = [
            f"({self.say(p)})" if isinstance(p, typed.Both) and p.operator != node.operator else self.say(p)
            for p in node.parts
        ]
        return self.said(AND if node.operator == "and" else OR).join(parts)

    def negated(self, node: Any) -> str:
        inner = node.operand
        if isinstance(inner, typed.Invoked) and inner.function.name == "empty":
            return self.said(FILLED, what=self.say(inner.arguments[0]))
        if isinstance(inner, typed.FieldValue):
            return f"{self.say(inner)} = {self.said(NO)}"
        return self.said(NOT, what=self.say(inner))

    def compared(self, node: Any) -> str:
        sign = SIGNS.get(node.operator, node.operator)
        return f"{self.against(node.left, node.right)} {sign} {self.against(node.right, node.left)}"

    def among(self, node: Any) -> str:
        items = node.items
        listed = (
            ", ".join(self.against(i, node.item) for i in items.items)
            if isinstance(items, typed.ListOf)
            else self.say(items)
        )
        told = self.said(ONE_OF, what=self.say(node.item), items=listed)
        return self.said(NOT, what=told) if node.negated else told

    def invoked(self, node: Any) -> str:
        if node.function.name == "empty":
            return self.said(EMPTY, what=self.say(node.arguments[0]))
        return f"{node.function.name}({', '.join(map(self.say, node.arguments))})"

    def aggregate(self, node: Any) -> str:
        fields, title, inner = self.frames[node.level], "", []
        for name in node.rows:
            f = fields[name]
            title = f.title.in_(self.view.language)
            behind = self.catalog.entities.get(f.options.get("from", "")) if f.kind.virtual else None
            fields = behind.fields if behind is not None else f.fields
            inner.append(fields)
        if node.item is None or node.name not in ROWS:
            return f"{node.name}({title})"
        return self.said(ROWS[node.name], rows=title, what=_Words(self.view, *self.frames, *inner).say(node.item))
