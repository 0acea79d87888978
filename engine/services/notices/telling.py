"""Leaving a notice to a person, in the transaction of what it tells of."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from engine.ids import new_id
from engine.services.sentences import Said, kept
from engine.storage.system.tables import NOTICE

TONES = ("done", "info", "wait", "harm")


def tell(uow, user_id: UUID, tone: str, text: Said, url: str = "", job_id: UUID | None = None) -> UUID:
    """Leave `text` to the user: it is said in the language in which they read it, and leads to `url` (a local path).

    ValueError for a tone that there is not, or an address outside.
    """
    if tone not in TONES:
        raise ValueError(f"tone {tone!r} is none of {TONES}")
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"{url!r} is not a path of this site")
    id = new_id()
    uow.execute(sa.insert(NOTICE).values(
        id=id, user_id=user_id, at=uow.now, tone=tone, text=kept(text), url=url or None, job_id=job_id))
    return id
