"""Invitations: letters with a link behind which people choose their first password themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.errors import Conflict, Invalid, Problem
from engine.language import N_
from engine.services.accounts.administering import MOST_AT_ONCE, managed, managed_many
from engine.services.accounts.letters import MOST_ATTEMPTS
from engine.services.accounts.links import INVITATION, make_links
from engine.services.audit import Entry
from engine.services.identity import credentials
from engine.services.identity.actors import PERSON, USER
from engine.services.identity.policy import policy_of
from engine.services.identity.service_accounts import is_service
from engine.services.jobs import defer
from engine.services.registries import Query, listing

NO_ADDRESS = N_("There is no e-mail of this user's person: write it down first, or give a first password")
TITLE = N_("Invitation of %(login)s")
TITLE_OF_MANY = N_("Invitations: %(count)s")


@dataclass(frozen=True)
class Invited:
    """Whom letters go to and whom none can: (sign-in name, person, id) each."""

    sent: list[tuple[str, str, Any]]
    without: list[tuple[str, str, Any]]
    """There is no e-mail of their person."""


def invite(uow, id: Any) -> None:
    """Leave an invitation to be sent after the commit. Links of before open nothing.

    Raises Invalid where the user's person has no e-mail, Conflict for a service account; else as everything that
    administrators do.
    """
    record = managed(uow, id)
    if is_service(record.values):
        raise Conflict([Problem("account.service", credentials.NO_PASSWORD)])
    if not _invite(uow, [{"id": record.id, **record.values}]).sent:
        raise Invalid([Problem("invitation.no-address", NO_ADDRESS)])


def invite_many(uow, ids: Iterable[Any]) -> Invited:
    """Leave invitations of several users, at most MOST_AT_ONCE, by as many statements as for one.

    Those who were closed or are not the actor's to manage are left out as if they had not been ticked.
    """
    return _invite(uow, managed_many(uow, list(ids)[:MOST_AT_ONCE]))


def _invite(uow, users: list[dict[str, Any]]) -> Invited:
    reached = _with_address(uow, [u["person"] for u in users if u["person"]])
    sent, without = ([u for u in users if (u["person"] in reached) is yes] for yes in (True, False))
    if sent:
        until = uow.now + timedelta(hours=policy_of(uow.site).invitation_hours)
        links = make_links(uow, INVITATION, [u["id"] for u in sent], until)
        one = len(sent) == 1
        title = (TITLE, {"login": sent[0]["login"]}) if one else (TITLE_OF_MANY, {"count": len(sent)})
        defer(uow, "accounts.links", {"links": links}, title=title, most_attempts=MOST_ATTEMPTS)
        for user in sent:
            uow.record(Entry("invitation", USER, user["id"]))
    return Invited([_named(u) for u in sent], [_named(u) for u in without])


def _with_address(uow, people: list[Any]) -> set[Any]:
    """Of these people those whose e-mail is known to the actor."""
    if not people:
        return set()
    most = len(people)
    found = listing(uow, PERSON, Query(fields=("email",), ids=people, limit=most, most=most)).records
    return {person["id"] for person in found if person.get("email")}


def _named(user: dict[str, Any]) -> tuple[str, str, Any]:
    return user["login"], user.get("@person") or "", user["id"]
