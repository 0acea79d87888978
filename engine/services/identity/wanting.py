"""What was asked of a key on screen, checked: a name, a last day that the policy allows, no more than there is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.services.identity.keys import Key, Wanted
from engine.services.identity.policy import policy_of

LONGEST_TITLE = 120
MOST_DAYS = 3_650
"""Where the policy sets no bound."""
NO_TITLE = N_("Say what the key is for")
LONG_TITLE = N_("At most %(most)s characters")
NO_DAY = N_("Choose the last day of the key")
PAST = N_("Choose today or a later day")
FAR = N_("The last day may be %(day)s at the latest")
NO_ENTITY = N_("Tick at least one list")
NOT_THERE = N_("This list cannot be chosen")


@dataclass(frozen=True)
class Asked:
    """What somebody filled in. `last_day`: None when it was left empty, the text itself where it is no day."""

    title: str
    last_day: date | str | None
    read_only: bool
    entities: Collection[str] | None


def latest_day(view) -> date:
    """The latest last day that the policy allows."""
    return view.site.clock.today() + timedelta(days=policy_of(view.site).key_days or MOST_DAYS)


def may_be_endless(view) -> bool:
    return policy_of(view.site).key_days == 0


def day_of(view, moment: datetime) -> date:
    """The day, where the organisation is, that goes on until `moment`: the last one of a key that ends then."""
    return (moment - timedelta(microseconds=1)).astimezone(view.site.clock.zone).date()


def wanted(view, asked: Asked, offered: Collection[str]) -> Wanted:
    """The key that was asked for. `offered`: entities that may be chosen. Raises Invalid with all problems at once."""
    title = " ".join(asked.title.split())
    found = []
    if not title:
        found.append(Problem("key.title", NO_TITLE, "title"))
    elif len(title) > LONGEST_TITLE:
        found.append(Problem("key.title", LONG_TITLE, "title", {"most": LONGEST_TITLE}))
    found += _day_problems(view, asked.last_day, latest_day(view), may_be_endless(view))
    found += _entity_problems(asked.entities, offered)
    if found:
        raise Invalid(found)
    return Wanted(title, _end_of(view, asked.last_day), asked.read_only, asked.entities)


def less(view, key: Key, asked: Asked, offered: Collection[str]) -> Wanted:
    """What is left of `key`: reading only once it was so, entities and days that it has. Raises Invalid."""
    latest = latest_day(view) if key.ends_at is None else day_of(view, key.ends_at)
    entities = key.entities if asked.entities is None else asked.entities
    found = _day_problems(view, asked.last_day, latest, key.ends_at is None)
    found += _entity_problems(entities, offered if key.entities is None else key.entities)
    if found:
        raise Invalid(found)
    ends = [end for end in (_end_of(view, asked.last_day), key.ends_at) if end is not None]  # days of the command line
    return Wanted(key.title, min(ends, default=None), asked.read_only or key.read_only, entities)  # end within a day


def _day_problems(view, day: date | str | None, latest: date, endless: bool) -> list[Problem]:
    if day is None and endless:
        return []
    if not isinstance(day, date):
        return [Problem("key.day", NO_DAY, "last_day")]
    if day < view.site.clock.today():
        return [Problem("key.day", PAST, "last_day")]
    if day > latest:
        return [Problem("key.day", FAR, "last_day", {"day": f"{latest:%d.%m.%Y}"})]
    return []


def _entity_problems(entities: Collection[str] | None, offered: Collection[str]) -> list[Problem]:
    if entities is None:
        return []
    if not entities:
        return [Problem("key.entities", NO_ENTITY, "entities")]
    return [] if set(entities) <= set(offered) else [Problem("key.entities", NOT_THERE, "entities")]


def _end_of(view, day: date | str | None) -> datetime | None:
    """The end of the day where the organisation is."""
    if not isinstance(day, date):
        return None
    return datetime.combine(day + timedelta(days=1), time(), view.site.clock.zone).astimezone(UTC)
