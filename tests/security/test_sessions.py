"""A session ends where it should, on the server, and nothing that was kept of it opens anything (security.md, 24)."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from engine.services import records
from engine.services.identity import create_key, credentials, set_password
from engine.services.identity import sessions as sessions_room
from engine.services.identity.keys import revoke_key
from engine.storage.system.tables import API_KEY, SESSION
from tests.security.conftest import token_on
from tests.security.figures import figure, none_wrong, planted

TEST, REVOKED = "test_sessions", "test_revocation"
PASSWORD = "тек сынақ үшін 1"
_numbers = count(1)
PAGES = (
    "/",
    "/fort/deed",
    "/fort/deed/new",
    "/search?q=a",
    "/notices",
    "/jobs",
    "/help",
    "/starred",
    "/fort/thing/filter",
    "/guild/presence/grids/days",
    "/fort/deed/@",
    "/fort/deed/@/edit",
    "/fort/deed/@/history",
    "/fort/deed/import",
)
API = (
    "/api/v1/me",
    "/api/v1/fort/deed",
    "/api/v1/fort/deed/@",
    "/api/v1/openapi.json",
    "/api/v1/jobs",
    "/api/v1/fort/deed/@/history",
)


class Account:
    """A new user of the fort with a password, signed in by the page, with a key."""

    def __init__(self, fort: Any, roles: tuple[str, ...] = ("owner", "master")):
        self.fort = fort
        self.login = f"s{next(_numbers)}.{fort.dialect[:2]}"
        self.user = fort.here.create(
            "system.user",
            {"login": self.login, "active": True, "language": "ru", "roles": [{"role": r} for r in roles]},
        )
        fort.site.write(fort.here.system, lambda uow: set_password(uow, self.user.id, PASSWORD))
        self.key = create_key(fort.site, self.login, "t")
        self.record = str(fort.here.sample("fort.deed").id)

    def signed_in(self) -> Any:
        client = self.fort.app.test_client()
        token = token_on(client.get("/sign-in").text)
        answer = client.post("/sign-in", data={"csrf_token": token, "login": self.login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text[-2000:]
        client.token = token_on(client.get("/fort/deed/new").text)
        return client

    def opened(self, client: Any) -> list[str]:
        """Pages that still open with the client's cookie."""
        return [p for p in PAGES if client.get(p.replace("@", self.record)).status_code == 200]

    def answered(self) -> list[str]:
        """Addresses of the API that still answer to the key."""
        client = self.fort.app.test_client(use_cookies=False)
        return [
            p
            for p in API
            if client.get(p.replace("@", self.record), headers={"Authorization": f"Bearer {self.key}"}).status_code
            == 200
        ]

    def edit(self, raw: dict[str, Any]) -> None:
        now = self.fort.here.read(self.user)
        self.fort.site.write(
            self.fort.here.system, lambda uow: records.edit(uow, "system.user", self.user.id, raw, now.version)
        )

    def archive(self) -> None:
        now = self.fort.here.read(self.user)
        self.fort.site.write(
            self.fort.here.system, lambda uow: records.archive(uow, "system.user", self.user.id, now.version)
        )


def sign_out(account: Account, client: Any) -> None:
    cookie = client.get_cookie("sid").value
    assert client.post("/sign-out", data={"csrf_token": client.token}).status_code == 303
    client.set_cookie("sid", cookie)  # whoever stole it kept it


def later(**how: float) -> Any:
    def wait(account: Account, client: Any) -> None:
        account.fort.site.clock.moment += timedelta(**how)

    return wait


def used_all_day(account: Account, client: Any) -> None:
    """Never idle, but longer than a day's work."""
    for _ in range(29):
        account.fort.site.clock.moment += timedelta(minutes=25)
        client.get("/help")


ENDS = {
    "signing out": sign_out,
    "31 minutes without a sign of life": later(minutes=31),
    "12 hours of use": used_all_day,
    "another password": lambda a, c: a.fort.site.write(
        a.fort.here.system, lambda uow: set_password(uow, a.user.id, "басқа құпия сөз")
    ),
    "a password typed by an administrator": lambda a, c: a.edit({"password": "басқа құпия сөз"}),
    "other roles": lambda a, c: a.edit({"roles": [{"role": "viewer"}]}),
    "an account that is closed": lambda a, c: a.edit({"active": False}),
    "an account in the archive": lambda a, c: a.archive(),
}


def still_open(fort: Any, what: str) -> tuple[int, list[str]]:
    account = Account(fort)
    client, other = account.signed_in(), account.signed_in()
    # A person of many rights may be asked for a second factor first; what matters here is that something opens.
    before = account.opened(client)
    assert before, "the session opens pages to begin with"
    ENDS[what](account, client)
    wrong = [f"after {what}: {p}" for p in account.opened(client)]
    if what == "signing out":
        assert account.opened(other), "only this session ends"
    elif what not in ("31 minutes without a sign of life", "12 hours of use"):
        wrong += [f"after {what}, another session: {p}" for p in account.opened(other)]
    return len(before), wrong


@pytest.mark.parametrize("what", list(ENDS))
def test_a_session_that_ended_opens_nothing(fort, what):
    sent, wrong = still_open(fort, what)
    none_wrong(TEST, f"after {what}", sent, wrong, 8)


@pytest.mark.parametrize("what", list(ENDS))
def test_a_session_that_does_not_end_is_seen(fort, monkeypatch, what):
    real_policy = sessions_room.policy_of
    monkeypatch.setattr(
        sessions_room, "policy_of", lambda site: replace(real_policy(site), idle_minutes=99_999, hours=999)
    )
    for room in (sessions_room, credentials):
        monkeypatch.setattr(room, "end_sessions", lambda uow, user_id, but=b"": 0)
    monkeypatch.setattr("engine.services.identity.sign_out", lambda site, token: None)
    actors = sys.modules["engine.services.identity.actors"]
    real = actors.read_actor

    def of_anybody(site: Any, rows: Any, *more: Any) -> Any:
        return real(site, [_Open(r) for r in rows], *more)

    monkeypatch.setattr(sessions_room, "read_actor", of_anybody)
    _, wrong = still_open(fort, what)
    planted(TEST, f"{what} ends nothing", bool(wrong))


class _Open:
    """A row of an account that looks open, whatever it is."""

    def __init__(self, row: Any):
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return (
            {"active": True, "archived_at": None}[name]
            if name in ("active", "archived_at")
            else getattr(self._row, name)
        )


def test_a_session_is_new_strong_and_not_in_the_database(fort):
    account, found = Account(fort), []
    for _ in range(20):
        client = fort.app.test_client()
        client.set_cookie("sid", "a-cookie-that-was-planted-before-the-sign-in")
        token = token_on(client.get("/sign-in").text)
        client.post("/sign-in", data={"csrf_token": token, "login": account.login, "password": PASSWORD})
        found.append(client.get_cookie("sid").value)
    with fort.site.database.reading() as connection:
        kept = {bytes(h) for h in connection.scalars(sa.select(SESSION.c.token_hash))}
        texts = str(connection.execute(sa.select(SESSION)).all())
    figure(TEST, "ids that were seen before", len(found) - len(set(found)), "==", 0)
    figure(TEST, "ids that stand in the database", sum(t.encode() in kept or t in texts for t in found), "==", 0)
    figure(TEST, "fewest bits of an id", min(len(t) for t in found) * 6, ">=", 256)
    assert len(set(found)) == 20 and not any("planted" in t for t in found)
    assert all(re.fullmatch(r"[\w-]{43,}", t) for t in found) and not any(t in texts for t in found)


# -- rights are read fresh --------------------------------------------------------------------------------------------


def revoke(account: Account) -> None:
    with account.fort.site.database.reading() as connection:
        id = connection.scalar(sa.select(API_KEY.c.id).where(API_KEY.c.user_id == account.user.id))
    account.fort.site.write(account.fort.here.system, lambda uow: revoke_key(uow, account.user.id, id))


TAKEN = {
    "the role is taken away": lambda a: a.edit({"roles": [{"role": "stranger"}]}),
    "the role has ended": lambda a: setattr(a.fort.site.clock, "moment", a.fort.site.clock.moment + timedelta(days=2)),
    "the account is closed": lambda a: a.edit({"active": False}),
    "the account is in the archive": lambda a: a.archive(),
    "the key is revoked": revoke,
}


def still_answered(fort: Any, what: str) -> tuple[int, list[str]]:
    account = Account(fort)
    if what == "the role has ended":
        account.edit({"roles": [{"role": "owner", "since": "2026-03-01", "until": "2026-03-03"}]})
    client = account.signed_in()
    before = len(account.answered()) + len(account.opened(client))
    assert before, "the key and the session open something to begin with"
    TAKEN[what](account)
    kept = [p for p in account.answered() if "/fort/" in p or what.startswith(("the key", "the account"))]
    pages = [] if what == "the key is revoked" else [p for p in account.opened(client) if p.startswith("/fort")]
    return before, [f"{what}: {p}" for p in (*kept, *pages)]


@pytest.mark.parametrize("what", list(TAKEN))
def test_what_was_taken_away_is_gone_on_the_next_request(either, what):
    sent, wrong = still_answered(either, what)
    none_wrong(REVOKED, f"{what}, {either.dialect}", sent, wrong, 10)


@pytest.mark.parametrize("what", list(TAKEN))
def test_rights_that_are_remembered_are_seen(fort, monkeypatch, what):
    """Actors kept for the next request, as a careless cache would."""
    from engine import doors

    kept: dict[tuple[str, str], Any] = {}
    for name in ("actor_of_key", "actor_of_session"):
        real = getattr(doors, name)

        def remembered(site: Any, token: str, address: str = "", real: Any = real, name: str = name) -> Any:
            if (name, token) not in kept:
                kept[name, token] = real(site, token, address)
            return kept[name, token]

        monkeypatch.setattr(doors, name, remembered)
    _, wrong = still_answered(fort, what)
    planted(REVOKED, f"{what} is not noticed", bool(wrong))
