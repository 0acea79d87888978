"""What is chosen above a grid: a class, a month. Read from a URL, offered by the actor's rights, chosen by rule.

A record that may not be chosen is as good as none: both are refused in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from engine.errors import BadRequest, NotFound, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.model import Field
from engine.model.grid import Grid, Parameter
from engine.services.access.grants import can
from engine.services.access.predicate import visible
from engine.services.display import Display, display_keys, joined
from engine.services.records.reading import NO_SUCH
from engine.services.registries.choices import ValuesSource
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.rules import clause

MOST = 200
"""Records offered in one parameter."""
UNREADABLE = N_("This value does not suit here: choose one of those offered")


@dataclass
class Choice:
    """One parameter as it stands: `raw` is what the URL says. `offered` are (raw, text) of a link."""

    key: str
    field: Field
    value: Any = None
    raw: str = ""
    text: str = ""
    offered: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Chosen:
    """All parameters of one grid. `values` are what rules of the axes read, ends of periods included."""

    choices: dict[str, Choice] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    stretches: dict[str, tuple[date, date]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """False while a parameter has no value: there is nothing to show then."""
        return all(choice.value is not None for choice in self.choices.values())

    def raw(self) -> dict[str, str]:
        return {key: choice.raw for key, choice in self.choices.items() if choice.raw}


class Around(ValuesSource):
    """The parameters as the outer names of a rule over rows or columns."""

    def __init__(self, statement: Statement, chosen: Chosen):
        super().__init__(statement, chosen.fields, chosen.values)

    def column(self, name: str) -> sa.ColumnElement:
        if name not in self.fields:  # the end of a period
            return sa.literal(self.record.get(name), sa.Date())
        return super().column(name)


def condition(view: Any, rule: Any, source: EntitySource, chosen: Chosen) -> sa.ColumnElement:
    """A rule of an axis over `source`, with the parameters around it."""
    return clause(rule, Around(source.statement, chosen), source.statement.binds_for(rule), source)


def choose(view: Any, grid: Grid, given: Mapping[str, str], *, offers: bool = True) -> Chosen:
    """The parameters that `given` texts (of a URL) and the defaults make.

    `offers`: with everything else that may be chosen, which a write has no use for. One statement a link. Raises
    BadRequest for texts that do not fit, NotFound for a record that is not offered.
    """
    chosen = Chosen()
    for key, parameter in grid.parameters.items():
        f, text = parameter.field, given.get(key, "").strip()
        choice = Choice(key, f)
        if f.kind.targets(f):
            _link(view, parameter, choice, text, chosen, offers)
        else:
            _plain(view, parameter, choice, text)
        chosen.choices[key], chosen.fields[key] = choice, f
        if f.kind.stretch_unit(f) is not None and choice.value is not None:
            first, last = chosen.stretches[key] = f.kind.stretch(f, choice.value)
            chosen.values |= {f"{key}_first": first, f"{key}_last": last}
        else:
            chosen.values[key] = choice.value
    return chosen


# -- plain values -----------------------------------------------------------------------------------------------------


def _plain(view: Any, parameter: Parameter, choice: Choice, text: str) -> None:
    f = parameter.field
    value = read_text(view, f, text) if text else None
    if value is None:
        value = f.default.evaluate(view.context({})) if hasattr(f.default, "evaluate") else f.default
    if value is None and f.kind.stretch_unit(f):
        value = f.kind.stretch_of(f, view.today)
    if value is None:
        return
    choice.value, choice.raw = value, spelled(f, value, view.language)
    choice.text = f.kind.formatter(f, view.language, view.names)({f.key: value})


def read_text(view: Any, f: Field, text: str) -> Any:
    """The value that a text of a URL spells. Raises BadRequest."""
    try:
        raw = f.kind.from_form(f, [text], view.language)
        value = None if raw is None else f.kind.schema(f).deserialize(raw)
    except (ValidationError, ValueError, ArithmeticError):
        raise BadRequest([Problem("grid.parameter", UNREADABLE, f.key)]) from None
    if value is None or list(f.kind.problems(f, value, {})):
        raise BadRequest([Problem("grid.parameter", UNREADABLE, f.key)])
    return value


def spelled(f: Field, value: Any, language: str) -> str:
    """A value as a URL says it."""
    if f.kind.stretch_unit(f) is not None:
        return f.kind.stretch(f, value)[0].isoformat()
    text = f.kind.form_text(f, value, language)
    return text if isinstance(text, str) else ",".join(text)


# -- records ----------------------------------------------------------------------------------------------------------


def _link(view: Any, parameter: Parameter, choice: Choice, text: str, chosen: Chosen, offers: bool) -> None:
    asked = parse_id(text) if text else None
    if text and asked is None:
        raise BadRequest([Problem("grid.parameter", UNREADABLE, choice.key)])
    found = _offered(view, parameter, chosen, None if offers else asked)
    if asked is not None and all(id != asked for id, *_ in found) and offers and len(found) == MOST:
        found = [*found, *_offered(view, parameter, chosen, asked)]
    choice.offered = [(str(id), said) for id, said, _ in found]
    if asked is None:
        taken = next((one for one in found if one[2]), found[0] if found else None)
    else:
        taken = next((one for one in found if one[0] == asked), None)
        if taken is None:
            raise NotFound([NO_SUCH])
    if taken is not None:
        choice.value, choice.raw, choice.text = taken[0], str(taken[0]), taken[1]


def _offered(view: Any, parameter: Parameter, chosen: Chosen, only: Any) -> list[tuple[Any, str, bool]]:
    """(id, name, preferred) of the records that may be chosen, by name; the preferred ones are among them surely."""
    f = parameter.field
    target = view.catalog.entity(f.kind.targets(f)[0])
    if not can(view.catalog, view.actor, target, "read"):
        return []
    statement = view.statement()
    source = EntitySource(statement, target)
    display = Display(statement, target, source)
    conditions = [*visible(statement, target, source, showing=display.keys), source.table.c.archived_at.is_(None)]
    if parameter.where is not None:
        conditions.append(condition(view, parameter.where, source, chosen))
    if only is not None:
        conditions.append(source.table.c.id == only)
    preferred: sa.ColumnElement = sa.literal(0)
    if parameter.prefer is not None:
        preferred = sa.case((condition(view, parameter.prefer, source, chosen), 1), else_=0)
    selected = [source.table.c.id, preferred, *display.columns]
    query = sa.select(*(c.label(f"c{i}") for i, c in enumerate(selected)))
    query = query.select_from(joined(source.table, display.joins)).where(*conditions)
    order = _order(view, target, source)
    rows = view.select(query.order_by(sa.desc("c1"), *order, source.table.c.id).limit(MOST)).all()
    read: Callable[..., str | None] = display.reader(view)
    found = [(row[0], read(row, 2) or str(row[0]), bool(row[1])) for row in rows]
    return found


def _order(view: Any, target: Any, source: EntitySource) -> list[sa.ColumnElement]:
    found = []
    for key in display_keys(view.catalog, target)[:2]:
        f = target.fields[key]
        if f.kind.can_sort(f) and not f.kind.targets(f) and f.stored:
            found.append(f.kind.order(f, source.table))
    return found
