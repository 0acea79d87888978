"""What the template of a calendar is given: days with their entries, and the ways to other days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from engine.language import N_
from engine.language.formats import ZONE, write_date
from engine.services.access import can, writable
from engine.services.registries.parts import firsts
from engine.web import pages
from engine.web.kinds.calendar import is_day
from engine.web.kinds.calendar.days import ONE, SPANS, Entry, Span, heading, lanes, span, weekdays
from engine.web.kinds.cards.drawing import Cards
from engine.web.kinds.pages import counted
from engine.web.registries.asked import Asked
from engine.web.state import FIRST_PAGE

MOST = 1_000
"""Entries of one screen; of more it is said that they are more."""
LINES = 4
"""Lines of a day of a month; the others are a link to the day."""
TITLES = {"month": N_("Month"), "week": N_("Week"), "day": N_("Day"), "agenda": N_("Agenda")}


def draw(asked: Asked) -> dict[str, Any]:
    view, state, base = asked.view, asked.state, asked.entity.url
    shown = span(state.span, state.on, view.today)
    cards = Cards(asked, without=(asked.by or "",))
    entries, more = _entries(asked, cards, shown)
    turn = {"kind": state.kind, "by": state.by}
    spans = [SimpleNamespace(title=pages.said(TITLES[kind]), active=kind == shown.kind,
                             url=state.url(base, **turn, span=kind, on=shown.on.isoformat())) for kind in SPANS]
    return {
        **counted(asked, len(entries), max(len(entries), 1), more), "legend": cards.marks.legend,
        "weeks": _weeks(asked, shown, entries), "span": shown.kind, "heading_text": heading(shown, view.language),
        "before_url": state.url(base, on=shown.before.isoformat()),
        "after_url": state.url(base, on=shown.after.isoformat()),
        "today_url": state.url(base, on=None), "spans": spans, "weekdays": weekdays(view.language),
        "more_entries": more,
        "jump": state.pairs(on=None, **FIRST_PAGE), "on": shown.on.isoformat(), "nothing": not entries,
    }


def _entries(asked: Asked, cards: Cards, shown: Span) -> tuple[list[Entry], bool]:
    """The records that meet the days on screen, and whether there are more of them than are drawn."""
    f, ends = asked.entity.fields[asked.by or ""], _ends(asked)
    needs = [f.key, *([ends] if ends else [])]
    query = cards.query()
    query = replace(query, fields=tuple(dict.fromkeys((*(query.fields or ()), *needs))), sort=(f.key,), limit=MOST,
                    most=MOST, after=None, before=None)
    first, past = shown.first, shown.last + ONE
    within = [(f.key, "ge", [_bound(f, first)]), (f.key, "lt", [_bound(f, past)])]
    divisions = [within]
    if ends:
        over = asked.entity.fields[ends]
        divisions.append([(f.key, "lt", [_bound(f, first)]), (ends, "ge", [_bound(over, first)])])
    found = firsts(asked.view, asked.entity.address, query, divisions)
    records = [record for page in found for record in page.records]
    entries = [_entry(f, ends, record, cards) for record in records if record.get(f.key) is not None]
    return [e for e in entries if e.last >= shown.first and e.first <= shown.last], any(p.next for p in found)


def _ends(asked: Asked) -> str | None:
    ends = asked.options.get("ends")
    return ends if ends in asked.seen else None


def _bound(f: Any, day: date) -> str:
    moment = f.kind.json_schema(f).get("format") == "date-time"
    return f"{day.isoformat()} 00:00" if moment else day.isoformat()


def _entry(f: Any, ends: str | None, record: Mapping[str, Any], cards: Cards) -> Entry:
    value = record[f.key]
    if not is_day(f):
        first, last = f.kind.stretch(f, value)
        return Entry(first, last, "", cards.card(record))
    first, time = _day_of(value)
    over = record.get(ends) if ends else None
    last = max(first, _day_of(over)[0]) if over is not None else first
    return Entry(first, last, time, cards.card(record))


def _day_of(value: Any) -> tuple[date, str]:
    """The day where the organisation is, and the time of a moment."""
    if isinstance(value, datetime):
        here = value.astimezone(ZONE)
        return here.date(), f"{here:%H:%M}"
    return value, ""


def _weeks(asked: Asked, shown: Span, entries: Sequence[Entry]) -> list[list[SimpleNamespace]]:
    """The days on screen by weeks, each with its lines."""
    days, laid = shown.days, []
    new = _new_url(asked)
    step = 7 if shown.kind in ("month", "week") else len(days)
    for start in range(0, len(days), step):
        week = days[start : start + step]
        lines = lanes(week, entries)
        laid.append([_day(asked, shown, day, lines[day], new) for day in week])
    return laid


def _day(asked: Asked, shown: Span, day: date, lines: Sequence[Entry | None], new: str) -> SimpleNamespace:
    real = [line for line in lines if line is not None]
    fits = shown.kind != "month" or len(lines) <= LINES
    kept = list(lines) if fits else list(lines[: LINES - 1])
    hidden = len(real) - sum(line is not None for line in kept)
    weekday = weekdays(asked.view.language)[day.weekday()]
    return SimpleNamespace(
        day=day.day, whole=f"{weekday[1]}, {write_date(day)}", short=weekday[0], is_today=day == asked.view.today,
        outside=shown.kind == "month" and day.month != shown.on.month, weekend=day.weekday() > 4,
        lines=[_line(line, day) for line in kept], more=hidden, empty=not real,
        url=asked.state.url(asked.entity.url, kind=asked.state.kind, by=asked.state.by, span="day", on=day.isoformat()),
        new_url=new.replace("DAY", day.isoformat()) if new else "",
    )


def _line(entry: Entry | None, day: date) -> SimpleNamespace:
    if entry is None:
        return SimpleNamespace(card=None)
    return SimpleNamespace(card=entry.card, time=entry.time if day == entry.first else "", goes_on=day < entry.last,
                           came=day > entry.first, long=entry.long)


def _new_url(asked: Asked) -> str:
    """Where a record of a day is made: its address with DAY in place of the day; nothing for who may not."""
    entity, view = asked.entity, asked.view
    f = entity.fields[asked.by or ""]
    if not can(view.catalog, view.actor, entity, "create") or f.key not in writable(
            view.catalog, view.actor, entity, "create"):
        return ""
    moment = f.kind.json_schema(f).get("format") == "date-time"
    return f"{entity.url}/new?{f.key}=DAY{'T09:00' if moment else ''}"
