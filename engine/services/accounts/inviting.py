"""Invitations: a letter with a link that is good once, behind which a person chooses their password.

The link's token is made when the letter is written and stands nowhere but in the letter; the database has its hash.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine.errors import Invalid, NotFound, Problem
from engine.ids import new_id, parse_id
from engine.language import N_, translate
from engine.language.formats import write_moment
from engine.services import records
from engine.services.accounts.administering import cancel_links, managed
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity import credentials
from engine.services.identity.actors import PERSON, USER
from engine.services.identity.policy import policy_of
from engine.services.identity.throttle import take_turn
from engine.services.jobs import defer
from engine.services.mail import Letter, post
from engine.storage.purposes import SIGNING_IN
from engine.storage.system.tables import LINK
from engine.storage.tables import tables_of

INVITATION = "invitation"
NO_ADDRESS = N_("There is no e-mail of this user's person: write it down first, or give a first password")
TITLE = N_("Invitation of %(login)s")
SUBJECT = N_("You are invited to Qurastyr")
TEXT = N_("""You have an account: %(login)s

Open this link and choose your password. It is good once, until %(until)s:

%(link)s

If you did not expect this letter, do nothing.""")
MOST_ATTEMPTS = 5


def invite(uow, id: Any) -> str:
    """Leave an invitation to be sent after the commit; the address that it goes to. Links of before open nothing.

    Raises Invalid where the user's person has no e-mail; else as everything that administrators do.
    """
    record = managed(uow, id)
    person = record.values.get("person")
    address = records.read(uow, PERSON, person).values.get("email") if person else None
    if not address:
        raise Invalid([Problem("invitation.no-address", NO_ADDRESS)])
    cancel_links(uow, record.id)
    link = new_id()
    until = uow.now + timedelta(hours=policy_of(uow.site).invitation_hours)
    uow.execute(sa.insert(LINK).values(id=link, user_id=record.id, kind=INVITATION, created_at=uow.now, until=until))
    defer(uow, "accounts.invite", {"link": str(link)}, title=(TITLE, {"login": record.values["login"]}),
          most_attempts=MOST_ATTEMPTS)
    uow.record(Entry("invitation", USER, record.id))
    return address


def send(run: Any) -> Mapping[str, Any] | None:
    """The job: write the letter and send it. A link that was used or replaced meanwhile is not sent any more."""
    id, token = parse_id(run.arguments["link"]), secrets.token_urlsafe(32)
    user = tables_of(run.site.catalog).of(USER)

    def make(uow) -> Any:
        row = uow.execute(
            sa.select(LINK.c.until, user.c.login, user.c.language, user.c.person_id)
            .join_from(LINK, user, user.c.id == LINK.c.user_id)
            .where(LINK.c.id == id, LINK.c.used_at.is_(None), LINK.c.sent_at.is_(None), LINK.c.until > uow.now,
                   user.c.active, user.c.archived_at.is_(None))
        ).first()
        if row is None or row.person_id is None:
            return None
        uow.execute(sa.update(LINK).where(LINK.c.id == id).values(token_hash=_hash(token)))
        return row, records.read(uow, PERSON, row.person_id).values.get("email")

    found = run.write(make)
    if found is None or not found[1]:
        return None
    row, address = found
    language = row.language or "kk"
    told = {"login": row.login, "until": write_moment(row.until), "link": f"{run.site.settings.address}/sign-in/link/{token}"}
    post(run.site.settings, Letter(address, translate(SUBJECT, language), translate(TEXT, language, told)))

    def sent(uow) -> None:
        uow.execute(sa.update(LINK).where(LINK.c.id == id).values(sent_at=uow.now))
        run.finish(uow)

    run.write(sent)
    return None


def login_behind(site, token: str) -> str:
    """Whose link it is. Raises NotFound for one that is unknown, used, replaced or too old: all look the same."""
    return _behind(site, token).login


def accept(site, token: str, new: str, again: str, address: str = "", *, request_id: str = "") -> None:
    """Use the link up: the password that was chosen is theirs. Raises NotFound, Invalid, TooOften."""
    row = _behind(site, token)
    take_turn(site, policy_of(site), "link", "", address)
    who = Actor("user", row.user_id, row.login, organisation_id=row.organisation_id, address=address)
    known = site.read(who, lambda view: credentials.row_of(view, row.user_id))
    if known is None:
        raise NotFound()
    hashed = site.read(who, lambda view: credentials.checked(view, known, new, again))

    def choose(uow) -> None:
        used = uow.execute(sa.update(LINK).where(
            LINK.c.id == row.id, LINK.c.used_at.is_(None), LINK.c.until > uow.now).values(used_at=uow.now))
        if used.rowcount != 1:
            raise NotFound()
        credentials.store_own(uow, row.user_id, hashed)
        uow.record(Entry("invitation accepted", USER, row.user_id))

    site.write(who, choose, request_id=request_id)


def _behind(site, token: str) -> Any:
    user = tables_of(site.catalog).of(USER)
    asked = (
        sa.select(LINK.c.id, LINK.c.user_id, user.c.login, user.c.organisation_id)
        .join_from(LINK, user, user.c.id == LINK.c.user_id)
        .where(LINK.c.token_hash == _hash(token[:100]), LINK.c.used_at.is_(None), LINK.c.until > site.clock.now(),
               user.c.active, user.c.archived_at.is_(None))
    )
    with site.database.reading(SIGNING_IN) as connection:
        row = connection.execute(asked).first()
    if row is None:
        raise NotFound()
    return row


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
