"""Invitations: sent after the commit, good once, for the right person, again where the mail server failed."""

from __future__ import annotations

import email
import re
import smtplib
from datetime import timedelta
from email import policy as mail_policy
from itertools import count

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotFound
from engine.services import records
from engine.services.accounts import administering, inviting
from engine.services.identity import actor_of_session, sign_in
from engine.services.jobs import work_off
from engine.storage.system.tables import JOB, LINK
from tests.services.conftest import refused, said
from tests.services.test_identity import quick_hashes  # noqa: F401 - a fixture

_numbers = count(1)
CHOSEN = "тау мен дала жыры"


@pytest.fixture
def newcomer(office, site):
    """A user without a password whose person has an e-mail: (record, address)."""
    number = next(_numbers)
    address = f"zere{number}.{office.code.lower()}@school.kz"

    def make(uow):
        person = records.create(uow, "system.person", {"last_name": "Серік", "first_name": f"Зере{number}", "email": address})
        return records.create(uow, "system.user", {
            "login": f"{office.code.lower()}.zere{number}", "active": True, "person": str(person.id), "language": "kk",
            "roles": [{"role": "reader"}]})

    return office.write(office.system, make), address


def invite(office, user):
    return office.write(office.system, lambda uow: inviting.invite(uow, user.id))


def letters(site, address):
    folder = site.settings.data / "mail"
    found = [email.message_from_bytes(p.read_bytes(), policy=mail_policy.default) for p in sorted(folder.glob("*.eml"))]
    return [m for m in found if m["To"] == address]


def token_in(letter):
    return re.search(r"/sign-in/link/(\S+)", letter.get_content())[1]


def test_an_invitation_is_a_letter_with_a_link_that_is_good_once(office, site, newcomer):
    user, address = newcomer
    assert invite(office, user) == address and letters(site, address) == [], "nothing is sent inside the transaction"
    work_off(site)
    [letter] = letters(site, address)
    assert letter["Subject"] == "Сізді Qurastyr жүйесіне шақырады" and user.values["login"] in letter.get_content()
    token = token_in(letter)
    assert letter.get_content().count(site.settings.address) == 1
    assert inviting.login_behind(site, token) == user.values["login"]
    assert said(refused(lambda: inviting.accept(site, token, "қысқа", "қысқа"))) >= {("new", "password.length")}
    inviting.accept(site, token, CHOSEN, CHOSEN)
    assert actor_of_session(site, sign_in(site, user.values["login"], CHOSEN)).pending == ""
    assert isinstance(refused(lambda: inviting.accept(site, token, CHOSEN + "2", CHOSEN + "2")), NotFound)
    assert isinstance(refused(lambda: inviting.login_behind(site, token)), NotFound)


def test_the_token_is_in_the_letter_and_nowhere_else(office, site, newcomer):
    user, address = newcomer
    invite(office, user)
    work_off(site)
    token = token_in(letters(site, address)[0])
    with site.database.reading() as connection:
        kept = repr(connection.execute(sa.select(LINK)).all()) + repr(connection.execute(sa.select(JOB)).all())
    assert token not in kept


@pytest.mark.parametrize("what", ["time", "a new one", "a first password", "blocked"])
def test_a_link_stops(office, site, newcomer, what):
    user, address = newcomer
    invite(office, user)
    work_off(site)
    token = token_in(letters(site, address)[0])
    if what == "time":
        site.clock.moment += timedelta(hours=72)
    elif what == "a new one":
        invite(office, user)
    elif what == "a first password":
        office.write(office.system, lambda uow: administering.first_password(uow, user.id))
    else:
        office.write(office.system, lambda uow: administering.block(uow, user.id, False))
    assert isinstance(refused(lambda: inviting.accept(site, token, CHOSEN, CHOSEN)), NotFound)


def test_a_mail_server_that_fails_is_asked_again(office, site, newcomer, monkeypatch):
    user, address = newcomer
    real, failed = inviting.post, []

    def failing(settings, letter):
        if letter.to == address and len(failed) < 2:
            failed.append(letter)
            raise smtplib.SMTPServerDisconnected
        real(settings, letter)

    monkeypatch.setattr(inviting, "post", failing)
    invite(office, user)
    for _ in range(4):
        work_off(site)
        site.clock.moment += timedelta(minutes=11)
    assert len(failed) == 2
    [letter] = letters(site, address)
    assert inviting.login_behind(site, token_in(letter)) == user.values["login"]


def test_a_rolled_back_invitation_is_never_sent(office, site, newcomer):
    user, address = newcomer

    def fail(uow):
        inviting.invite(uow, user.id)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        office.write(office.system, fail)
    work_off(site)
    assert letters(site, address) == []


def test_without_an_address_the_administrator_is_told(office, site):
    user = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"{office.code.lower()}.mute{next(_numbers)}", "active": True, "roles": [{"role": "reader"}]}))
    refusal = refused(lambda: invite(office, user))
    assert isinstance(refusal, Invalid) and said(refusal) == {("", "invitation.no-address")}


@pytest.mark.parametrize("token", ["", "x", "x" * 300, "' or 1=1 --", "қазақша"])
def test_a_token_that_is_none_opens_nothing(office, site, token):
    assert isinstance(refused(lambda: inviting.login_behind(site, token)), NotFound)
    assert isinstance(refused(lambda: inviting.accept(site, token, CHOSEN, CHOSEN)), NotFound)
