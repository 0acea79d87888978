"""The context of the page of a grid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from engine.errors import NotFound
from engine.language import N_
from engine.language.keyboard import key_of
from engine.model import Entity
from engine.model.grid import Grid
from engine.services import grids
from engine.services.grids.axes import frozen
from engine.web import pages
from engine.web.grids.drawing import Drawing
from engine.web.grids.state import State, base_of, url
from engine.web.grids.strip import default_column, strip

NEARBY = (-12, 3)
"""Periods offered around the one that is shown."""


def grid_page(view: Any, entity: Entity, grid: Grid, state: State, status: int = 200,
              outcomes: Sequence[grids.Outcome] = ()) -> Response:
    """The page. `outcomes`: what came of cells that were just sent by a plain form."""
    chosen = grids.choose(view, grid, state.given)
    sheet = grids.sheet(view, grid, chosen)
    base, given = base_of(entity, grid), chosen.raw()
    drawing = Drawing(view, sheet, grids.may_enter(view, entity))
    totals = grids.totals(view, sheet)
    kind, key = ("row", state.row) if state.row else ("column", state.column)
    if not state.one:
        first = default_column(sheet.heads)
        key = first.key if first else ""
    one = strip(
        drawing, kind, key, {f"{o.entry.row} {o.entry.column}": o for o in outcomes},
        lambda what, which: url(base, given, **{what: which}),
        lambda row, column: url(f"{base}/cell", given, row=row, column=column, back=kind),
    )
    if state.one and one is None:
        raise NotFound()
    context = {
        **heading(view, entity, grid, base), **_table(view, sheet, drawing, totals, base, given),
        "parameters": [_parameter(view, chosen, choice, base) for choice in chosen.choices.values()],
        "strip": one, "alone": state.one, "whole_url": url(base, given), "base": base,
        "post_url": url(base, given, **({kind: key} if state.one else {})), "given": given,
        "missing": [c.field.title.in_(view.language) for c in chosen.choices.values() if c.value is None],
        "summary": [item for item in one.items if item.problem] if one else [],
        "legend": _legend(view, grid, drawing), "writable": drawing.writable,
    }
    return pages.page("grids/grid.html", status, **context)


def heading(view: Any, entity: Entity, grid: Grid, base: str) -> dict[str, Any]:
    module = view.catalog.modules[entity.module]
    beside = [each for each in grids.offered(view.catalog, view.actor, entity) if each is not grid]
    return {
        "title_text": grid.title.in_(view.language), "hint": grid.hint.in_(view.language) if grid.hint else "",
        "module_title": module.title.in_(view.language), "module_url": f"/{entity.module}", "list_url": entity.url,
        "list_title": pages.list_title(view.catalog, view.actor, entity).in_(view.language),
        "tabs": [(base_of(entity, each), each.title.in_(view.language)) for each in beside], "grid": grid,
        "entity": entity,
    }


def _table(view: Any, sheet: grids.Sheet, drawing: Drawing, totals: grids.Totals, base: str,
           given: Mapping[str, str]) -> dict[str, Any]:
    grid, language = sheet.grid, view.language
    rows = view.catalog.entity(grid.rows.entity)
    beside = frozen(view, grid)
    drawn = drawing.rows(totals.rows, lambda key: url(base, dict(given), row=key))
    across = [t for t in grid.totals.values() if "rows" in t.of]
    down = [t for t in grid.totals.values() if "columns" in t.of]
    return {
        "rows": drawn, "heads": sheet.heads, "lines": len(sheet.lines), "more": sheet.more,
        "row_title": _title(view, rows, grid.rows.title[0]) if grid.rows.title else rows.title.in_(language),
        "beside": [_title(view, rows, path) for path in beside],
        "head_url": lambda key: url(base, dict(given), column=key),
        "totals": [t.title.in_(language) for t in across],
        "feet": [(t.key, t.title.in_(language), [totals.columns[h.key][n] for h in sheet.heads])
                 for n, t in enumerate(down)],
        "span": 2 + len(beside), "settings": json.dumps(_settings(view, grid, drawing, base, given),
                                                        ensure_ascii=False, separators=(",", ":")),
    }


def _title(view: Any, entity: Entity, path: str) -> str:
    link, _, key = path.partition(".")
    f = entity.fields[link]
    return (view.catalog.entity(f.kind.targets(f)[0]).fields[key] if key else f).title.in_(view.language)


def _settings(view: Any, grid: Grid, drawing: Drawing, base: str, given: Mapping[str, str]) -> dict[str, Any]:
    """What the script knows of the grid: its keys, its reasons, where to send cells."""
    language = view.language
    keys = []
    blank = grid.blank
    if blank is not None and blank.key is not None:
        keys.append({"letter": blank.key.in_(language).lower(), "text": "", "title": blank.title.in_(language)})
    for code in grid.codes.values():
        letter = code.key.in_(language)
        keys.append({"letter": letter.lower(), "text": letter, "title": drawing.texts.title_of(code),
                     "colour": code.colour})
    for one in keys:
        one["key"] = key_of(one["letter"])
    return {
        "keys": keys, "reasons": [[reason, outside] for reason, outside in drawing.reasons],
        "direction": grid.direction, "writable": drawing.writable, "url": url(base, dict(given)),
        "cell": url(f"{base}/cell", dict(given)) if grid.cell.more else "",
        "blank": blank.title.in_(language) if blank else "",
        "said": {name: pages.said(sentence) for name, sentence in SAID.items()},
    }


SAID = {
    "saved": N_("Saved"), "saving": N_("Saving…"), "waiting": N_("No connection: %(count)s unsaved, trying again"),
    "refused": N_("Not saved"), "empty": N_("empty"), "conflict": N_("Somebody wrote here meanwhile"),
    "theirs": N_("Keep theirs: %(text)s"), "mine": N_("Put mine: %(text)s"), "filled": N_("Cells filled: %(count)s"),
    "pasted": N_("Cells pasted: %(count)s"), "cut": N_("Cells beyond the table were left out: %(count)s"),
    "undone": N_("Taken back: %(count)s"), "nothing": N_("There is nothing to take back"),
    "copied": N_("Cells copied: %(count)s"), "locked": N_("Locked"), "down": N_("Next is below"),
    "right": N_("Next is to the right"), "some": N_("Not saved: %(count)s"), "clear": N_("Empty the column"),
    "all": N_("All: %(title)s"), "rest": N_("The empty ones: %(title)s"), "form": N_("Open as a form"),
    "expired": N_("You are signed out. Sign in on another page and try again"),
}


def _parameter(view: Any, chosen: grids.Chosen, choice: grids.Choice, base: str) -> dict[str, Any]:
    """One parameter above the grid: a list of records, of periods nearby, or of what the field offers."""
    f, given = choice.field, chosen.raw()
    made: dict[str, Any] = {"key": choice.key, "title": f.title.in_(view.language), "raw": choice.raw,
                            "options": choice.offered, "previous": "", "next": "", "typed": False}
    unit = f.kind.stretch_unit(f)
    if unit and choice.value is not None:
        first, _ = chosen.stretches[choice.key]
        write = f.kind.formatter(f, view.language, view.names)

        def spelled(steps: int) -> tuple[str, str]:
            value = f.kind.stretch_of(f, first, steps)
            return f.kind.stretch(f, value)[0].isoformat(), write({f.key: value})

        made["options"] = [spelled(n) for n in range(NEARBY[1], NEARBY[0] - 1, -1)]
        made["previous"], made["next"] = (url(base, {**given, choice.key: spelled(n)[0]}) for n in (-1, 1))
    elif not f.kind.targets(f):
        offered = f.kind.widget_options(f, view.language, view.names).get("choices")
        made["options"], made["typed"] = list(offered or ()), not offered
    return made


def _legend(view: Any, grid: Grid, drawing: Drawing) -> list[dict[str, str]]:
    language, made = view.language, []
    if grid.blank is not None:
        key = grid.blank.key.in_(language) if grid.blank.key else ""
        made.append({"text": "", "key": key, "title": grid.blank.title.in_(language), "colour": "", "kind": "blank"})
    for code in grid.codes.values():
        made.append({"text": code.key.in_(language), "title": drawing.texts.title_of(code), "colour": code.colour,
                     "kind": "code"})
    made += [{"text": "", "title": mark.title.in_(language), "colour": mark.colour, "kind": "mark"}
             for mark in grid.marks.values()]
    return made
