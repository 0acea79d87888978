"""From what was written to what it means: names, types, places and magnitudes of every part of a rule."""

from __future__ import annotations

from engine.expression import literals
from engine.expression.naming import Naming
from engine.expression.problems import RuleProblem, closest
from engine.expression.syntax import Binary, Call, Comparison, Items, Literal, Logic, Node, Path, Unary
from engine.expression.typed import (
    DIVISION_PLACES,
    MAX_RESULT_DIGITS,
    Among,
    Arithmetic,
    Both,
    Compared,
    Const,
    Joined,
    ListOf,
    Negative,
    Not,
    Typed,
)
from engine.expression.types import BOOLEAN, INTEGER, NONE, TEXT, Type, list_of, number

_LIMIT = 10**MAX_RESULT_DIGITS
_ORDERED = ("text", "number", "date", "datetime", "time")


class Checker:
    """Gives every node of one rule its type. Functions call back into it for their arguments."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming

    def inside(self, naming: Naming) -> Checker:
        return Checker(naming)

    def check(self, node: Node) -> Typed:
        match node:
            case Literal():
                return self._literal(node)
            case Path():
                return self.naming.value(node)
            case Unary(operator="not"):
                return Not(BOOLEAN, self.condition(node.operand))
            case Unary():
                operand = self.check(node.operand)
                self._require_number("-", operand, node.operand)
                return Negative(operand.type, operand, bound=operand.bound)
            case Binary():
                return self._arithmetic(node)
            case Comparison(operator="in" | "not in"):
                return self._among(node)
            case Comparison():
                return self._compared(node)
            case Logic():
                return Both(BOOLEAN, node.operator, tuple(self.condition(part) for part in node.parts))
            case Items():
                return self._items(node)
            case Call():
                return self._call(node)
        raise TypeError(f"no rule has a {type(node).__name__}")

    def condition(self, node: Node) -> Typed:
        """A part that must be true or false."""
        typed = self.check(node)
        if typed.type.name not in ("boolean", "none"):
            raise RuleProblem(
                "rule.boolean_expected",
                {"type": typed.type},
                node.offset,
                hint=f"not empty({node})" if isinstance(node, Path) else None,
            )
        return typed

    def single(self, node: Node) -> Typed:
        """A part that is one value, neither rows nor a list."""
        typed = self.check(node)
        if typed.type.name == "list":
            raise RuleProblem("rule.list_misplaced", {}, node.offset)
        return typed

    @staticmethod
    def _literal(node: Literal) -> Typed:
        value = node.value
        if value is None or value == "":
            return Const(NONE if value is None else TEXT, None)
        if isinstance(value, bool):
            return Const(BOOLEAN, value)
        if isinstance(value, str):
            return Const(TEXT, value)
        if isinstance(value, int):
            return Const(number(0), value, bound=value)
        places = -int(value.as_tuple().exponent)
        return Const(number(places), value, bound=int(value.scaleb(places)))

    def _items(self, node: Items) -> Typed:
        items = self.unified("[ ]", [self.single(item) for item in node.items], node) if node.items else ()
        kind = items[0].type if items else NONE
        return ListOf(list_of(kind), tuple(items), bound=max((item.bound for item in items), default=0))

    # -- numbers and texts -------------------------------------------------------------------------------------

    def _require_number(self, operator: str, typed: Typed, node: Node) -> None:
        if typed.type.name not in ("number", "none"):
            hint = {"date": "add_days(a, b)", "text": "concat(a, b)"}.get(typed.type.name)
            raise RuleProblem("rule.operand_type", {"operator": operator, "type": typed.type}, node.offset, hint=hint)

    def _arithmetic(self, node: Binary) -> Typed:
        left, right = self.single(node.left), self.single(node.right)
        if node.operator == "+" and "text" in (left.type.name, right.type.name):
            for side, written in ((left, node.left), (right, node.right)):
                if side.type.name not in ("text", "none"):
                    raise RuleProblem(
                        "rule.operand_type", {"operator": "+", "type": side.type}, written.offset, "text(a)"
                    )
            return Joined(TEXT, (left, right))
        if node.operator == "-" and left.type.name == right.type.name == "date":
            raise RuleProblem("rule.operand_type", {"operator": "-", "type": left.type}, node.offset, hint="days(a, b)")
        self._require_number(node.operator, left, node.left)
        self._require_number(node.operator, right, node.right)
        places, bound = _result(node.operator, left, right)
        return self.bounded(Arithmetic(number(places), node.operator, left, right, bound=bound), node)

    @staticmethod
    def bounded(typed: Typed, node: Node) -> Typed:
        """The same, unless it may give a number beyond any reason."""
        if typed.bound >= _LIMIT or typed.places > MAX_RESULT_DIGITS:
            raise RuleProblem("rule.number_too_wide", {"limit": MAX_RESULT_DIGITS}, node.offset)
        return typed

    # -- comparisons -------------------------------------------------------------------------------------------

    def _compared(self, node: Comparison) -> Typed:
        left, right = self.single(node.left), self.single(node.right)
        for side, written, other in ((left, node.left, node.right), (right, node.right, node.left)):
            if isinstance(side, Const) and side.value is None:
                hint = f"empty({other})" if isinstance(other, Path) else "empty(...)"
                raise RuleProblem("rule.compare_with_none", {}, written.offset, hint)
        left, right = self.alike(left, right, node)
        if node.operator not in ("==", "!=") and left.type.name not in _ORDERED:
            raise RuleProblem("rule.compare_order", {"type": left.type}, node.offset)
        return Compared(BOOLEAN, node.operator, left, right)

    def alike(self, left: Typed, right: Typed, node: Node) -> tuple[Typed, Typed]:
        """Both sides in one type; a text literal becomes the date or id that it faces."""
        left, right = self._facing(left, right, node), self._facing(right, left, node)
        if left.type.name != right.type.name and "none" not in (left.type.name, right.type.name):
            hint = None
            if {left.type.name, right.type.name} == {"date", "datetime"}:
                hint = "date(a)"
            raise RuleProblem("rule.compare_types", {"left": left.type, "right": right.type}, node.offset, hint=hint)
        return left, right

    @staticmethod
    def _facing(side: Typed, other: Typed, node: Node) -> Typed:
        if isinstance(side, Const) and side.type.name == "text" and side.value is not None:
            return literals.read(side, other.type, node.offset)
        return side

    def _among(self, node: Comparison) -> Typed:
        negated = node.operator == "not in"
        item = self.single(node.left)
        if isinstance(node.right, Items):
            items = tuple(self.single(each) for each in node.right.items)
            read = []
            for each in items:
                faced = self._facing(item, each, node)
                if faced is not item:
                    item = faced
            for each in items:
                _, right = self.alike(item, each, node)
                read.append(right)
            kind = next((each.type for each in read if each.type.name != "none"), NONE)
            listed: Typed = ListOf(list_of(kind), tuple(read), bound=max((each.bound for each in read), default=0))
        else:
            listed = self.check(node.right)
            if listed.type.name != "list" or listed.type.item is None:
                raise RuleProblem(
                    "rule.list_expected",
                    {},
                    node.right.offset,
                    hint="contains(a, b)" if listed.type.name == "text" else None,
                )
            item, _ = self.alike(item, Typed(listed.type.item), node)
        if isinstance(item, Const) and item.value is None:
            raise RuleProblem("rule.compare_with_none", {}, node.offset, hint="empty(...)")
        return Among(BOOLEAN, negated, item, listed)

    # -- functions ---------------------------------------------------------------------------------------------

    def unified(self, name: str, values: list[Typed], node: Node) -> tuple[Typed, ...]:
        """Values of one type, `none` among them allowed; literals of dates and ids are read as such."""
        known = next((value for value in values if value.type.name not in ("none", "text")), None)
        if known is not None:
            values = [self._facing(value, known, node) for value in values]
        kinds = [value.type for value in values if value.type.name != "none"]
        for kind in kinds[1:]:
            if kind.name != kinds[0].name:
                raise RuleProblem("rule.branches_differ", {"name": name, "left": kinds[0], "right": kind}, node.offset)
        return tuple(values)

    def _call(self, node: Call) -> Typed:
        from engine.expression.functions import FUNCTIONS

        function = FUNCTIONS.get(node.name)
        if function is None:
            raise RuleProblem(
                "rule.unknown_function", {"name": node.name}, node.offset, hint=closest(node.name, FUNCTIONS)
            )
        return self.bounded(function.check(function, self, node), node)


def common_type(values: tuple[Typed, ...]) -> Type:
    """The type of "one of these": the most places; a link only to what all of them link to."""
    kinds = [value.type for value in values if value.type.name != "none"]
    if not kinds:
        return NONE
    if kinds[0].name == "number":
        return number(max(kind.places or 0 for kind in kinds))
    return kinds[0] if all(kind == kinds[0] for kind in kinds) else Type(kinds[0].name)


def rescaled(typed: Typed, places: int) -> int:
    """The bound of a number counted in units of another place, rounded up."""
    shift = places - typed.places
    return typed.bound * 10**shift if shift >= 0 else typed.bound // 10**-shift + 1


def _result(operator: str, left: Typed, right: Typed) -> tuple[int, int]:
    """Places and bound of an operation."""
    places = max(left.places, right.places)
    if operator in "+-":
        return places, rescaled(left, places) + rescaled(right, places)
    if operator == "*":
        return left.places + right.places, left.bound * right.bound
    if operator == "/":
        # The smallest divisor that is not zero is one unit of its last place.
        return DIVISION_PLACES, rescaled(left, DIVISION_PLACES) * 10**right.places + 1
    return places, min(rescaled(left, places), rescaled(right, places))


__all__ = ["INTEGER", "Checker", "common_type", "rescaled"]
