"""One SELECT under construction: fresh aliases, the values that rules may read, and whether the result can be kept.

Building a statement costs more than running it. A statement whose rules read nothing of the person or the day is
the same for everybody with the same roles, so its builder keeps it in the Catalog and only binds values
(`Statement.personal` says when that is not so).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.fields.column_types import Id
from engine.model import Catalog

ORGANISATION = "organisation_of_actor"


def place_parameters(places: Mapping[str, Any]) -> dict[str, sa.BindParameter]:
    """Parameters for the places in which the actor's roles are held: an id, or any number of them."""
    return {key: sa.bindparam(key, type_=Id(), expanding=isinstance(ids, list)) for key, ids in places.items()}


class Statement:
    """What sources need of the statement that they stand in. One is made for each SELECT."""

    def __init__(self, catalog: Catalog, dialect: str, actor: Any, binds: Any):
        self.catalog, self.dialect, self.actor, self._binds = catalog, dialect, actor, binds
        self.personal = False
        self._number = 0

    def fork(self, view: Any) -> Statement:
        """The same statement, continued for one request: new aliases stand beside those it has."""
        other = Statement(self.catalog, self.dialect, view.actor, view.binds)
        other._number = self._number
        return other

    @property
    def organisation(self) -> sa.BindParameter:
        """The actor's organisation, given when the statement is run."""
        return sa.bindparam(ORGANISATION, type_=Id())

    def binds_for(self, rule: Any) -> Any:
        """The values a rule is read with; noted when they are the person's or the day's own."""
        if rule.uses_actor or rule.uses_today or rule.uses_calendar:
            self.personal = True
        return self._binds

    def alias(self, table: sa.Table) -> sa.Alias:
        """An alias of `table` that stands nowhere else in this statement.

        Aliases are shared between statements: making one copies every column.
        """
        self._number += 1
        number = self._number
        return self.catalog.derived(("alias", table, number), lambda: table.alias(f"{table.name[:56]}_{number}"))
