"""Who can sign in on the first day: the users of the demo school, or the one administrator of an empty site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from engine.services import records
from engine.services.actor import system
from engine.services.identity import set_password
from engine.services.identity.actors import USER
from engine.services.identity.credentials import give_first_password, random_password
from engine.services.identity.passwords import hash_password, verify
from engine.services.seeding.filling import UNIT
from engine.storage.purposes import SEEDING
from engine.storage.tables import tables_of

ENVIRONMENT = "QURASTYR_DEMO_PASSWORD"
ADMINISTRATOR = "administrator"
@dataclass(frozen=True)
class SignIn:
    """A line to print: `password` is None when it was told at an earlier start."""

    login: str
    role: str
    password: str | None


def demo_users(site) -> list[tuple[UUID, str, str, str | None]]:
    """(id, login, role, hash) of users whose login is a role, in the order of the roles."""
    tables = tables_of(site.catalog)
    user, roles = tables.of(USER), tables.rows(site.catalog.entity(USER).fields["roles"])
    statement = sa.select(user.c.id, user.c.login, roles.c.role, user.c.password)
    statement = statement.join(roles, roles.c.owner_id == user.c.id).where(user.c.login == roles.c.role)
    order = list(site.catalog.roles)
    with site.database.reading(SEEDING) as connection:
        return sorted((tuple(row) for row in connection.execute(statement)), key=lambda row: order.index(row[2]))


def require_good_password(environment: Mapping[str, str]) -> None:
    """Raises Invalid for a password of the environment that nobody could be given: before anything is made."""
    if wanted := environment.get(ENVIRONMENT):
        hash_password(wanted, least=1)


def give_passwords(site, environment: Mapping[str, str]) -> list[SignIn]:
    """Give the users of the demo school their password: the one of the environment, else a random one made once.

    A password of the environment is given again when it is not theirs any more; a random one never changes.
    The sample school takes a short password too: whoever starts it says what is enough for it.
    """
    users = demo_users(site)
    wanted = environment.get(ENVIRONMENT)
    fresh = wanted or random_password()
    waiting = [u for u in users if u[3] is None or (wanted and not verify(u[3], wanted))]
    for id, *_ in waiting:
        site.write(system(), lambda uow, id=id: set_password(uow, id, fresh, least=1))
    given = {u[1] for u in waiting}
    return [SignIn(login, _title(site, role), fresh if login in given else wanted) for _, login, role, _ in users]


def first_administrator(site) -> SignIn:
    """One organisation and its administrator, with a first password that is told this one time."""
    def make(uow) -> UUID:
        unit = records.create(uow, UNIT, {
            "code": "1", "kind": "school", "legal": True,
            "name": {"kk": "Біздің ұйым", "ru": "Наша организация", "en": "Our organisation"}})
        return unit.id

    organisation = site.write(system(), make)

    def enter(uow) -> str:
        user = records.create(uow, USER, {"login": ADMINISTRATOR, "roles": [{"role": ADMINISTRATOR}]})
        return give_first_password(uow, user.id)

    password = site.write(system(organisation), enter)
    return SignIn(ADMINISTRATOR, _title(site, ADMINISTRATOR), password)


def _title(site, role: str) -> str:
    found = site.catalog.roles.get(role)
    return f"{found.title.in_('kk')} / {found.title.in_('ru')}" if found else role
