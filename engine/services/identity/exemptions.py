"""Who may leave the second factor out: found by the rules of the policy in the records of now (clause 5(11))."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.policy import Exemption, Policy
from engine.services.actor import Actor
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement


def is_exempt(site, policy: Policy, who: Actor) -> bool:
    """Does a record of today fulfil one of the policy's exemptions for this person? Asked at each sign-in."""
    if not policy.exempt:
        return False
    return site.read(who, lambda view: any(_holds(view, one) for one in policy.exempt))


def _holds(view, exemption: Exemption) -> bool:
    entity = view.catalog.entity(exemption.entity)

    def build(statement: Statement) -> sa.Select:
        source = EntitySource(statement, entity)
        conditions = [source.clause(exemption.where), source.table.c.archived_at.is_(None)]
        if "organisation" in entity.fields:
            conditions.append(source.table.c.organisation_id == statement.organisation)
        return sa.select(source.table.c.id).where(*conditions).limit(1)

    return view.select(build(view.statement())).first() is not None
