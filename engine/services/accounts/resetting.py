"""A forgotten password: whoever says who they are gets a letter, and nobody is told whether there is such an account.

Asking does the same work for everybody: the attempt is counted, the accounts are looked for by one statement, and one
transaction notes it and leaves a job - also one about nobody. What differs happens in the job, which nobody waits for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, Problem, TooOften
from engine.ids import parse_id
from engine.language import N_
from engine.services import records
from engine.services.accounts.letters import MOST_ATTEMPTS
from engine.services.accounts.links import RESET, make_links
from engine.services.actor import Actor, system
from engine.services.audit import Entry
from engine.services.identity.actors import PERSON, USER
from engine.services.identity.policy import policy_of
from engine.services.identity.throttle import take_turn
from engine.services.jobs.deferring import leave_for
from engine.storage.purposes import SIGNING_IN
from engine.storage.system.tables import LINK
from engine.storage.tables import tables_of

NOBODY_SAID = N_("Write your user name or your e-mail")
TITLE = N_("A forgotten password")
LETTER = N_("Letter to %(login)s: a new password")
MOST_ACCOUNTS = 5
"""Accounts of one e-mail that are written to."""
MOST_LETTERS = 5
"""Letters to one account in an hour, however it was asked for."""
HOUR = timedelta(hours=1)
LONGEST = 254


def ask(site, typed: str, address: str = "", *, language: str = "", request_id: str = "") -> None:
    """Somebody forgot the password of the account with this sign-in name or e-mail.

    Raises Invalid where nothing was typed and TooOften, alike for everybody; else it says nothing.
    """
    said = typed.strip()[:LONGEST]
    if not said or not said.isprintable():
        raise Invalid([Problem("reset.nobody", NOBODY_SAID, "who")])
    # However often it was asked for, the way stays open: shutting it would lock out whoever really forgot.
    policy = replace(policy_of(site), a_day=0)
    who = Actor("nobody", address=address)
    try:
        take_turn(site, policy, "reset", said, address)
    except TooOften:
        site.write(who, lambda uow: uow.record(Entry("reset held back", USER, None)), request_id=request_id)
        raise
    found = _accounts_of(site, said)

    def leave(uow) -> None:
        for id, organisation in found or [(None, None)]:
            uow.record(Entry("reset asked", USER, id, organisation_id=organisation))
        leave_for(uow, system(), "accounts.reset", {"users": [str(id) for id, _ in found]}, title=TITLE,
                  most_attempts=MOST_ATTEMPTS)

    site.write(who, leave, language=language, request_id=request_id)


def _accounts_of(site, said: str) -> list[tuple[UUID, UUID]]:
    """(user, organisation) of those who are called so or have this e-mail, live or not."""
    tables, email = tables_of(site.catalog), site.catalog.entity(PERSON).fields["email"]
    user, person = tables.of(USER), tables.of(PERSON)
    mine = sa.or_(user.c.login == said.lower(), email.kind.clause(email, person, "is", [said]))
    asked = (
        sa.select(user.c.id, user.c.organisation_id)
        .outerjoin_from(user, person, person.c.id == user.c.person_id)
        .where(mine, user.c.archived_at.is_(None)).order_by(user.c.id).limit(MOST_ACCOUNTS)
    )
    with site.database.reading(SIGNING_IN) as connection:
        return [(row.id, row.organisation_id) for row in connection.execute(asked)]


def answer(run: Any) -> None:
    """The job: a link and its letter for each account that has an own password, may sign in and has an e-mail."""
    for text in run.arguments["users"]:
        id = parse_id(text)
        if (organisation := run.read(lambda view, id=id: _organisation_of(view, id))) is not None:
            run.site.write(system(organisation), lambda uow, id=id: _make_link(uow, id), language=run.language,
                           request_id=f"job {run.id}")


def _organisation_of(view, id: UUID | None) -> UUID | None:
    user = tables_of(view.catalog).of(USER)
    return view.execute(sa.select(user.c.organisation_id).where(
        user.c.id == id, user.c.active, user.c.archived_at.is_(None), user.c.password.is_not(None),
        user.c.person_id.is_not(None))).scalar()


def _make_link(uow, id: UUID) -> None:
    values = records.read(uow, USER, id).values
    lately = sa.select(sa.func.count()).select_from(LINK).where(
        LINK.c.user_id == id, LINK.c.kind == RESET, LINK.c.created_at > uow.now - HOUR)
    address = records.read(uow, PERSON, values["person"]).values.get("email")
    if not address or uow.execute(lately).scalar() >= MOST_LETTERS:
        return
    until = uow.now + timedelta(minutes=policy_of(uow.site).reset_minutes)
    links = make_links(uow, RESET, [id], until)
    leave_for(uow, uow.actor, "accounts.links", {"links": links}, title=(LETTER, {"login": values["login"]}),
              most_attempts=MOST_ATTEMPTS)
