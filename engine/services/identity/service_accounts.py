"""Service accounts: users that are programs. They have roles and keys, and no password, no second factor, no person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import Invalid, NotAllowed, Problem
from engine.language import N_
from engine.services.audit import Entry
from engine.services.identity.actors import SERVICE, USER
from engine.services.identity.closing import close_ways_in

NO_PERSON = N_("A service account belongs to no person: leave this empty")
OWN = N_("This is your own account: it cannot become a service account")


def is_service(values: Mapping[str, Any]) -> bool:
    """Is the user with these values a program?"""
    return bool(values.get(SERVICE))


def keep_apart(uow, change: Any) -> None:
    """A record step: a program has no person, and whoever becomes a program or a person again loses every way in.

    Else a person would keep the keys of a program, or somebody who holds a program's key would act as a person.
    Raises Invalid, NotAllowed.
    """
    if change.entity.address != USER:
        return
    now, before = is_service(change.after), change.before
    if now and change.after.get("person") is not None:
        raise Invalid([Problem("account.person", NO_PERSON, "person")])
    if before is None or is_service(before) == now:
        return
    if change.after["id"] == uow.actor.user_id:
        raise NotAllowed([Problem("account.own", OWN, SERVICE)])
    close_ways_in(uow, change.after["id"])
    uow.record(Entry("ways in closed", USER, change.after["id"]))
