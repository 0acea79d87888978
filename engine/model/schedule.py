"""A schedule: work that is left for the background by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.model.field import EMPTY
from engine.model.text import Text

ONCE, EACH_ORGANISATION = "installation", "organisation"


@dataclass(frozen=True)
class Schedule:
    address: str
    title: Text
    job: str
    """The kind of work: a handler of the hook `job_handlers`."""
    at: str
    """Five fields of cron, in the time of the organisation: minute, hour, day, month, day of the week."""
    each: str = ONCE
    """Once for the installation, or once for every organisation."""
    arguments: Mapping[str, Any] = EMPTY
    most_attempts: int = 3
    since: date | None = None
    until: date | None = None
    hint: Text | None = None
