"""Text to tree, through Python's expression grammar and a white list of its nodes. Nothing is ever executed."""

from __future__ import annotations

import ast
import keyword

from engine.expression.problems import RuleProblem
from engine.expression.syntax import Binary, Call, Comparison, Items, Literal, Logic, Node, Path, Unary
from engine.expression.tokens import MAX_DEPTH, MAX_NODES, Scan, scan

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%"}
_COMPARE = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_WORDS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "True": True,
    "False": False,
    "none": None,
    "None": None,
}
_MISTYPED = {
    "null": "none",
    "NULL": "none",
    "nil": "none",
    "yes": "true",
    "no": "false",
    "TRUE": "true",
    "FALSE": "false",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
}
_CONSTRUCTS: dict[type, tuple[str, str | None]] = {
    ast.IfExp: ("a if b else c", "iif(b, a, c)"),
    ast.Lambda: ("lambda", None),
    ast.ListComp: ("[... for ...]", "sum(lines, ...)"),
    ast.GeneratorExp: ("(... for ...)", "sum(lines, ...)"),
    ast.Subscript: ("a[b]", None),
    ast.Starred: ("*a", None),
    ast.Tuple: ("(a, b)", "[a, b]"),
    ast.Await: ("await", None),
    ast.Yield: ("yield", None),
    ast.YieldFrom: ("yield from", None),
    ast.Dict: ("{}", None),
    ast.Set: ("{}", None),
    ast.NamedExpr: (":=", "=="),
    ast.JoinedStr: ('f"..."', "concat(a, b)"),
}


def parse(text: str) -> Node:
    """The tree of a rule. Raises RuleProblem; costs a bounded time and memory whatever the text."""
    scanned = scan(text)
    indent = len(scanned.text) - len(scanned.text.lstrip())
    body = scanned.text[indent:].rstrip()
    try:
        tree = ast.parse(body, mode="eval").body
    except SyntaxError as problem:
        # Python counts characters from 1; a place past the end means "something is missing at the end".
        offset = indent + min(max((problem.offset or 1) - 1, 0), len(body))
        raise _explain(body, offset) from None
    except (RecursionError, MemoryError, ValueError):
        raise RuleProblem("rule.too_deep", {"limit": MAX_DEPTH}) from None
    return _Reader(scanned, body, indent).read(tree, 1)


def _explain(body: str, offset: int) -> RuleProblem:
    for word in body.replace("(", " ").replace(")", " ").split():
        if word in _MISTYPED:
            return RuleProblem("rule.syntax", {}, offset, hint=_MISTYPED[word])
        if keyword.iskeyword(word) and word not in ("and", "or", "not", "in", "True", "False", "None"):
            return RuleProblem(
                "rule.not_supported",
                {"what": word},
                offset,
                hint="iif(condition, a, b)" if word in ("if", "else") else None,
            )
    return RuleProblem("rule.syntax", {}, offset)


class _Reader:
    """Turns Python's nodes into ours, counting nodes and depth."""

    def __init__(self, scanned: Scan, body: str, indent: int) -> None:
        self.numbers = scanned.numbers
        self.count = 0
        self.indent = indent
        # Python gives offsets in UTF-8 bytes; texts may hold Kazakh letters of two bytes.
        self.characters: list[int] = []
        for index, character in enumerate(body):
            self.characters.extend([index] * len(character.encode()))
        self.characters.append(len(body))

    def offset(self, node: ast.expr) -> int:
        return self.indent + self.characters[node.col_offset]

    def read(self, node: ast.expr, depth: int) -> Node:
        at = self.offset(node)
        self.count += 1
        if self.count > MAX_NODES:
            raise RuleProblem("rule.too_many_parts", {"limit": MAX_NODES}, at)
        if depth > MAX_DEPTH:
            raise RuleProblem("rule.too_deep", {"limit": MAX_DEPTH}, at)
        match node:
            case ast.Constant():
                return self._constant(node, at)
            case ast.Name() | ast.Attribute():
                return self._path(node, at)
            case ast.UnaryOp(op=ast.USub() | ast.Not()):
                operator = "-" if isinstance(node.op, ast.USub) else "not"
                return Unary(at, operator, self.read(node.operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand, depth + 1)
            case ast.BinOp() if type(node.op) in _BINARY:
                # a + b + c leans to the left: such a chain is one level, however long.
                left_depth = depth if isinstance(node.left, ast.BinOp) else depth + 1
                return Binary(
                    at, _BINARY[type(node.op)], self.read(node.left, left_depth), self.read(node.right, depth + 1)
                )
            case ast.BoolOp():
                operator = "and" if isinstance(node.op, ast.And) else "or"
                return Logic(at, operator, tuple(self.read(value, depth + 1) for value in node.values))
            case ast.Compare():
                return self._comparison(node, at, depth)
            case ast.List() | ast.Tuple() if node.elts and not any(isinstance(e, ast.Starred) for e in node.elts):
                return Items(at, tuple(self.read(item, depth + 1) for item in node.elts))
            case ast.List():
                return Items(at, ())
            case ast.Call():
                return self._call(node, at, depth)
        what, hint = _CONSTRUCTS.get(type(node), (type(node).__name__, None))
        raise RuleProblem("rule.not_supported", {"what": what}, at, hint=hint)

    def _constant(self, node: ast.Constant, at: int) -> Node:
        value = node.value
        if value is None or isinstance(value, bool | str):
            return Literal(at, value)
        if at in self.numbers:
            return Literal(at, self.numbers[at])
        raise RuleProblem("rule.not_supported", {"what": repr(value)[:20]}, at)

    def _path(self, node: ast.expr, at: int) -> Node:
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise RuleProblem("rule.attribute", {}, at)
        names.append(node.id)
        if len(names) > MAX_DEPTH:
            raise RuleProblem("rule.too_deep", {"limit": MAX_DEPTH}, at)
        if len(names) == 1 and names[0] in _WORDS:
            return Literal(at, _WORDS[names[0]])
        return Path(at, tuple(reversed(names)))

    def _comparison(self, node: ast.Compare, at: int, depth: int) -> Node:
        """`1 < x < 5` means `1 < x and x < 5`."""
        sides = [self.read(side, depth + 1) for side in (node.left, *node.comparators)]
        parts: list[Node] = []
        for index, operator in enumerate(node.ops):
            if type(operator) not in _COMPARE:
                raise RuleProblem("rule.operator", {"operator": "is"}, at, hint="empty(a)")
            parts.append(Comparison(at, _COMPARE[type(operator)], sides[index], sides[index + 1]))
        return parts[0] if len(parts) == 1 else Logic(at, "and", tuple(parts))

    def _call(self, node: ast.Call, at: int, depth: int) -> Node:
        if isinstance(node.func, ast.Attribute):
            raise RuleProblem("rule.method_call", {}, at, hint=f"{node.func.attr}(...)")
        if not isinstance(node.func, ast.Name):
            raise RuleProblem("rule.not_supported", {"what": "()()"}, at)
        if node.keywords:
            raise RuleProblem("rule.assignment", {}, at, hint="==")
        return Call(at, node.func.id, tuple(self.read(argument, depth + 1) for argument in node.args))
