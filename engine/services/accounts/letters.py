"""Letters about accounts, as jobs send them: links, and the word that a password was changed."""

from __future__ import annotations

import secrets
from datetime import datetime
from smtplib import SMTPRecipientsRefused
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.ids import parse_id
from engine.language import N_, translate
from engine.language.formats import write_moment
from engine.services import records
from engine.services.accounts.links import INVITATION, RESET, hash_of
from engine.services.actor import system
from engine.services.identity.actors import PERSON, USER
from engine.services.jobs.deferring import leave_for
from engine.services.mail import Letter, post
from engine.storage.system.tables import LINK
from engine.storage.tables import tables_of

MOST_ATTEMPTS = 5
TEXTS = {
    INVITATION: (N_("You are invited to Qurastyr"), N_("""You have an account: %(login)s

Open this link and choose your password. It is good once, until %(until)s:

%(link)s

If you did not expect this letter, do nothing.""")),
    RESET: (N_("A new password for Qurastyr"), N_("""Somebody asked for a new password for the account %(login)s.

If it was you, open this link and choose it. The link is good once, until %(until)s:

%(link)s

If it was not you, do nothing: your password stays as it is.""")),
}
"""Kind of a link -> subject and text of its letter."""
CHANGED_TITLE = N_("Letter to %(login)s: the password was changed")
CHANGED = N_("Your password was changed")
CHANGED_TEXT = N_("""The password of the account %(login)s was changed: %(at)s.

If it was you, there is nothing to do. If it was not, choose another one at once and tell your administrator:

%(link)s""")


def send_links(run: Any) -> None:
    """The job: write the letters of some links and send them. A link that was used, replaced or sent meanwhile is left
    out, so that a job which begins anew goes on where it stood. One address that the server refuses stops no other."""
    links, refused = run.arguments["links"], None
    for number, id in enumerate(links):
        run.progress(number, len(links))
        try:
            _send_link(run, parse_id(id))
        except SMTPRecipientsRefused as error:
            refused = error
    if refused is not None:
        raise refused


def _send_link(run: Any, id: UUID | None) -> None:
    token = secrets.token_urlsafe(32)
    user = tables_of(run.site.catalog).of(USER)

    def make(uow) -> Any:
        row = uow.execute(
            sa.select(LINK.c.kind, LINK.c.until, user.c.login, user.c.language, user.c.person_id)
            .join_from(LINK, user, user.c.id == LINK.c.user_id)
            .where(LINK.c.id == id, LINK.c.used_at.is_(None), LINK.c.sent_at.is_(None), LINK.c.until > uow.now,
                   user.c.active, user.c.archived_at.is_(None))
        ).first()
        if row is None or row.person_id is None:
            return None
        uow.execute(sa.update(LINK).where(LINK.c.id == id).values(token_hash=hash_of(token)))
        return row, *_reached(uow, row)

    found = run.write(make)
    if found is None or not found[1]:
        return
    row, address, language = found
    subject, text = TEXTS[row.kind]
    told = {"login": row.login, "until": write_moment(row.until),
            "link": f"{run.site.settings.address}/sign-in/link/{token}"}
    post(run.site.settings, Letter(address, translate(subject, language), translate(text, language, told)))
    run.write(lambda uow: uow.execute(sa.update(LINK).where(LINK.c.id == id).values(sent_at=uow.now)))


def _reached(uow, user: Any) -> tuple[str | None, str]:
    """(e-mail, language) of the person of a user: the language they chose here, else that of letters to them."""
    person = records.read(uow, PERSON, user.person_id).values
    return person.get("email"), user.language or person.get("language") or "kk"


def tell_of_change(uow, user_id: UUID) -> None:
    """Leave a letter to whose password was changed, by whomever; nothing where there is no mail server or no person."""
    if not uow.site.settings.sends_letters:
        return
    row = uow.execute(_user(uow.site, user_id)).first()
    if row is not None and row.person_id is not None:
        told = {"user": str(user_id), "at": uow.now.isoformat()}
        leave_for(uow, system(row.organisation_id), "accounts.changed", told,
                  title=(CHANGED_TITLE, {"login": row.login}), most_attempts=MOST_ATTEMPTS)


def send_change(run: Any) -> None:
    """The job: tell a person by letter that their password was changed, if they have an e-mail."""
    def find(view) -> Any:
        row = view.execute(_user(run.site, parse_id(run.arguments["user"]))).first()
        return None if row is None or row.person_id is None else (row.login, *_reached(view, row))

    found = run.read(find)
    if found is None or not found[1]:
        return
    login, address, language = found
    told = {"login": login, "at": write_moment(datetime.fromisoformat(run.arguments["at"])),
            "link": f"{run.site.settings.address}/sign-in/forgotten"}
    post(run.site.settings, Letter(address, translate(CHANGED, language), translate(CHANGED_TEXT, language, told)))


def _user(site, user_id: UUID | None) -> sa.Select:
    user = tables_of(site.catalog).of(USER)
    return sa.select(user.c.login, user.c.language, user.c.person_id, user.c.organisation_id).where(
        user.c.id == user_id, user.c.archived_at.is_(None))
