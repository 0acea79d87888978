"""The filter builder: groups of conditions made by selects and inputs, with the rule and the sentence they come to.

Every change asks the server for the builder anew (htmx, or a button where scripts are off); nothing is kept but what
the inputs hold. Applied, it becomes the `where` of the list's URL.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import BadRequest
from engine.expression import RuleProblem
from engine.language import N_
from engine.language.formats import number_formatter
from engine.model import Entity
from engine.services.registries import Query, listing
from engine.services.registries.conditions import (
    Group,
    Place,
    day_text,
    normal,
    offered,
    place_of,
    read_rule,
    sentence,
    takes_days,
    write_rule,
)
from engine.services.registries.conditions.tree import Day
from engine.services.registries.scopes import read_where
from engine.services.sizes import counted_to
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.registries.asked import Asked, asked
from engine.web.registries.builder_draft import (
    DEEPEST,
    Block,
    Line,
    RuleLine,
    from_form,
    from_tree,
    located,
    to_tree,
)
from engine.web.registries.filter_inputs import operators, value_input
from engine.web.routes import blueprint
from engine.web.state import FIRST_PAGE, State

HOW = {
    "all": N_("all of this holds"), "any": N_("any of this holds"), "none": N_("none of this holds"),
}
SHIFTS = (0, -1, -7, -14, -30, -90, -365, 1, 7, 14, 30, 90)
"""Days from today that are offered."""


@blueprint.get("/<module>/<slug>/filter")
@doors.declares_access("read")
def filter_builder(module: str, slug: str) -> Response:
    """The builder over the filter of this address, or over what its inputs hold."""
    entity = entity_here(module, slug)
    return ask(lambda view: _answer(view, entity, State.read(request.args)))


def _answer(view: Any, entity: Entity, state: State) -> Response:
    do, _, place = request.args.get("do", "").partition(":")
    if do in ("text", "read"):
        return _from_text(view, entity, state, do == "text")
    if not any(name.startswith("b-") for name in request.args):
        return _page(view, entity, state, _opened(view, entity, state), fresh=True)
    block = from_form(request.args)
    if do in CHANGES:
        CHANGES[do](block, [int(n) for n in place.split("-") if n.isdecimal()], _first(view, entity, state))
        return _page(view, entity, state, block, checked=False)
    tree = to_tree(view, entity, block)
    if do == "apply" and tree is not None:
        return _applied(view, entity, state, write_rule(view, entity, normal(tree)))
    return _page(view, entity, state, block, checked=do == "apply")


def _applied(view: Any, entity: Entity, state: State, rule: str) -> Response:
    from engine.web.registry import list_page

    if rule:
        try:
            read_where(view, entity, rule)
        except RuleProblem as wrong:  # together the conditions may be longer than a rule can be
            return _page(view, entity, state, from_form(request.args), problem=located(wrong, view.language))
    made = replace(state, where=rule, **FIRST_PAGE)
    if not pages.partial():
        return pages.see_other(made.url(entity.url))
    answer = list_page(view, entity, made)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#registry", "outerMorph"
    return answer


def _from_text(view: Any, entity: Entity, state: State, apply: bool) -> Response:
    """The rule that somebody wrote: applied, or taken apart into the builder."""
    text = request.args.get("rule", "").strip()
    try:
        if text:
            read_where(view, entity, text)
        tree = read_rule(view, entity, text)
    except RuleProblem as wrong:
        shown = _opened(view, entity, state)
        return _page(view, entity, state, shown, rule=text, wrong=wrong)
    if apply:
        return _applied(view, entity, state, text)
    return _page(view, entity, state, from_tree(view, entity, tree))


def _opened(view: Any, entity: Entity, state: State) -> Block:
    """The builder over the filter of the URL; with an empty line where there is no filter."""
    try:
        tree = read_rule(view, entity, state.where)
    except RuleProblem:
        tree = Group("all")
    block = from_tree(view, entity, tree)
    if not block.parts:
        block.parts.append(Line(_first(view, entity, state)))
    return block


def _first(view: Any, entity: Entity, state: State) -> str:
    """The field that a new line begins with: the first one of the list's filters."""
    layout = pages.registry_for(view.catalog, view.actor, entity)
    own = offered(view, entity)[0][1]
    known = {place.path for place in own}
    return next((p for p in layout.filters if p in known), own[0].path if own else "")


# -- changes ---------------------------------------------------------------------------------------------------------


def _at(block: Block, place: list[int]) -> Block:
    for n in place:
        inner = block.parts[n] if n < len(block.parts) else None
        if not isinstance(inner, Block):
            return block
        block = inner
    return block


def _add(block: Block, place: list[int], first: str) -> None:
    _at(block, place).parts.append(Line(first))


def _group(block: Block, place: list[int], first: str) -> None:
    if len(place) < DEEPEST - 1:
        how = "any" if _at(block, place).how == "all" else "all"
        _at(block, place).parts.append(Block(how, [Line(first), Line(first)]))


def _written(block: Block, place: list[int], first: str) -> None:
    _at(block, place).parts.append(RuleLine())


def _remove(block: Block, place: list[int], first: str) -> None:
    parts = _at(block, place[:-1]).parts
    if place and place[-1] < len(parts):
        del parts[place[-1]]


CHANGES = {"add": _add, "group": _group, "rule": _written, "remove": _remove}


# -- drawn -----------------------------------------------------------------------------------------------------------


def _page(
    view: Any, entity: Entity, state: State, block: Block, *, checked: bool = False, fresh: bool = False,
    rule: str | None = None, wrong: RuleProblem | None = None, problem: str = "",
) -> Response:
    tree = to_tree(view, entity, block)
    said = _said(view, entity, state, tree)
    language = view.language
    places = [(title.in_(language) if title else "", found) for title, found in offered(view, entity)]
    kept = [*state.pairs(where="", **FIRST_PAGE)]
    return pages.page(
        "registries/builder.html", block="builder",
        title_text=pages.list_title(view.catalog, view.actor, entity).in_(language), base=entity.url,
        builder_url=f"{entity.url}/filter", kept=kept, opened_as=state.where, back_url=state.url(entity.url),
        root=_drawn(view, entity, block, "b", places, checked), hows=[(k, pages.said(v)) for k, v in HOW.items()],
        rule=said["rule"] if rule is None else rule, sentence=said["sentence"], found=said["found"],
        wrong=_marked(rule or "", wrong, language), problem=problem, fresh=fresh,
    )


def _said(view: Any, entity: Entity, state: State, tree: Group | None) -> dict[str, str]:
    """The filter as a rule, as a sentence, and how many records it leaves; nothing while a line is unfinished."""
    nothing = {"rule": "", "sentence": "", "found": ""}
    if tree is None:
        return nothing
    whole = normal(tree)
    rule = write_rule(view, entity, whole)
    made = asked(view, entity, replace(state, where=rule, **FIRST_PAGE))
    try:
        page = listing(view, entity.address, _counting(made))
    except BadRequest:
        return {**nothing, "rule": rule}
    count = number_formatter(view.language)(page.count or 0) + ("+" if page.more else "")
    return {"rule": rule, "sentence": sentence(view, entity, whole),
            "found": pages.said(N_("Records found: %(count)s"), count=count)}


def _counting(made: Asked) -> Query:
    return replace(made.query(), fields=(), sort=(), limit=1, totals=(), rows=False, shown=False,
                   bound=counted_to(made.view, made.entity))


def _marked(rule: str, wrong: RuleProblem | None, language: str) -> SimpleNamespace | None:
    """The rule cut where it went wrong."""
    if wrong is None:
        return None
    at = len(rule) if wrong.offset is None else min(wrong.offset, len(rule))
    return SimpleNamespace(text=located(wrong, language), before=rule[:at], at=rule[at : at + 1] or "␣",
                           after=rule[at + 1 :], known=wrong.offset is not None)


def _drawn(view: Any, entity: Entity, block: Block, name: str, places: list[tuple[str, list[Place]]],
           checked: bool, depth: int = 1) -> SimpleNamespace:
    parts = []
    for n, part in enumerate(block.parts):
        inner = f"{name}-{n}"
        if isinstance(part, Block):
            parts.append(_drawn(view, entity, part, inner, places, checked, depth + 1))
        elif isinstance(part, RuleLine):
            parts.append(SimpleNamespace(kind="rule", name=inner, at=inner[2:], rule=part.rule,
                                         problem=part.problem if checked else ""))
        else:
            parts.append(_drawn_line(view, entity, part, inner, places, checked))
    return SimpleNamespace(kind="block", name=name, at=name[2:], how=block.how, parts=parts, deeper=depth < DEEPEST)


def _drawn_line(view: Any, entity: Entity, line: Line, name: str, places: list[tuple[str, list[Place]]],
                checked: bool) -> SimpleNamespace:
    place = place_of(view, entity, line.path)
    language = view.language
    options = [(group, [(p.path, p.field.title.in_(language), p.path == line.path) for p in found])
               for group, found in places]
    drawn = SimpleNamespace(kind="line", name=name, at=name[2:], fields=options, operators=[], inputs=[],
                            problem=line.problem if checked else "", extra=None)
    if place is None:
        drawn.extra = line.path
        return drawn
    if not any(chosen for _, group in options for *_, chosen in group):
        drawn.extra = (place.path, place.field.title.in_(language))
    f = place.field
    words = operators(f, language)
    known = {value for value, _ in words}
    usual = next((value for value, _ in words if value == "is"), words[0][0] if words else "")
    chosen = line.operator if line.operator in known else usual
    drawn.operators = [(value, said, value == chosen) for value, said in words]
    operator = f.kind.operator_for(f, chosen.partition(":")[0])
    if operator.takes == "yesno":
        return drawn
    for n in range(operator.values or 1):
        texts = line.values[n] if len(line.values) > n else []
        made = value_input(view, entity, place, operator, f"{name}-v{n}", texts, f.title.in_(language))
        made.days = _days(line, n, language) if takes_days(f) and operator.values is not None else []
        made.days_name = f"{name}-d{n}"
        drawn.inputs.append(made)
    return drawn


def _days(line: Line, n: int, language: str) -> list[tuple[str, str, bool]]:
    chosen = line.days[n] if len(line.days) > n else ""
    shifts = [*SHIFTS, *([int(chosen)] if chosen.lstrip("-").isdecimal() and int(chosen) not in SHIFTS else [])]
    offered_days = [(str(s), day_text(Day(s), language), str(s) == chosen) for s in shifts]
    return [("", pages.said(N_("the day")), not chosen), *offered_days]
