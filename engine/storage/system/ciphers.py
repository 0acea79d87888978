"""Which columns of the engine's own tables hold ciphertexts, and what each of them is bound to.

A table that keeps something sealed is named here, so that a change of keys reaches it; a test of the house looks for
sealed columns that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.storage.system.person_keys import PERSON_KEY
from engine.storage.system.personal import DRAFT
from engine.storage.system.signing import FACTOR
from engine.storage.system.tables import IDEMPOTENCY

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SystemSealed:
    """One column. `place` is told the primary key of a row. `packed`: base64 in a JSON value, not bytes."""

    column: sa.Column
    place: Callable[[Row], str]
    packed: bool = False


def draft_place(row: Row) -> str:
    return f"draft {row['user_id']} {row['entity']} {row['place']}"


def person_key_place(row: Row) -> str:
    return f"engine_person_key|sealed|{row['person_id']}"


def factor_place(row: Row) -> str:
    return f"factor {row['id']}"


def answer_place(row: Row) -> str:
    return f"engine_idempotency|response|{row['actor_id']}|{row['key']}"


SYSTEM_SEALED: tuple[SystemSealed, ...] = (
    SystemSealed(DRAFT.c["values"], draft_place, packed=True),
    SystemSealed(PERSON_KEY.c.sealed, person_key_place),
    SystemSealed(FACTOR.c.sealed, factor_place),
    SystemSealed(IDEMPOTENCY.c.response, answer_place),
)
