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

from engine.errors import Invalid, NotAllowed, NotFound
from engine.services import records
from engine.services.accounts import administering, inviting, links
from engine.services.accounts import letters as writing
from engine.services.identity import actor_of_session, sign_in
from engine.services.jobs import work_off
from engine.storage.system.tables import JOB, LINK
from tests.conftest import Statements
from tests.services.conftest import refused, said

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
    invite(office, user)
    assert letters(site, address) == [], "nothing is sent inside the transaction"
    work_off(site)
    [letter] = letters(site, address)
    assert letter["Subject"] == "Сізді Qurastyr жүйесіне шақырады" and user.values["login"] in letter.get_content()
    token = token_in(letter)
    assert letter.get_content().count(site.settings.address) == 1
    assert links.behind(site, token).login == user.values["login"]
    assert said(refused(lambda: links.accept(site, token, "қысқа", "қысқа"))) >= {("new", "password.length")}
    links.accept(site, token, CHOSEN, CHOSEN)
    assert actor_of_session(site, sign_in(site, user.values["login"], CHOSEN)).pending == ""
    assert isinstance(refused(lambda: links.accept(site, token, CHOSEN + "2", CHOSEN + "2")), NotFound)
    assert isinstance(refused(lambda: links.behind(site, token)), NotFound)


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
    assert isinstance(refused(lambda: links.accept(site, token, CHOSEN, CHOSEN)), NotFound)


def test_a_mail_server_that_fails_is_asked_again(office, site, newcomer, monkeypatch):
    user, address = newcomer
    real, failed = writing.post, []

    def failing(settings, letter):
        if letter.to == address and len(failed) < 2:
            failed.append(letter)
            raise smtplib.SMTPServerDisconnected
        real(settings, letter)

    monkeypatch.setattr(writing, "post", failing)
    invite(office, user)
    for _ in range(4):
        work_off(site)
        site.clock.moment += timedelta(minutes=11)
    assert len(failed) == 2
    [letter] = letters(site, address)
    assert links.behind(site, token_in(letter)).login == user.values["login"]


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


@pytest.mark.parametrize("how", ["the e-mail is mended", "the person is taken off"])
def test_a_link_stops_when_the_letter_went_to_somebody_else(office, site, newcomer, how):
    user, address = newcomer
    invite(office, user)
    work_off(site)
    token = token_in(letters(site, address)[0])
    at, id, values = {
        "the e-mail is mended": ("system.person", user.values["person"], {"email": f"right.{address}"}),
        "the person is taken off": ("system.user", user.id, {"person": None}),
    }[how]
    office.write(office.system, lambda uow: records.edit(uow, at, id, values, records.read(uow, at, id).version))
    assert isinstance(refused(lambda: links.accept(site, token, CHOSEN, CHOSEN)), NotFound)


def many(office, size, with_address=True):
    """Ids of new users; their people have an e-mail or none."""
    number = next(_numbers)
    names = [f"{office.code.lower()}.many{number}.{n}" for n in range(size)]

    def make(uow):
        people = records.create_many(uow, "system.person", [
            {"last_name": "Серік", "first_name": name, "email": f"{name}@school.kz" if with_address else None}
            for name in names])
        return records.create_many(uow, "system.user", [
            {"login": name, "active": True, "person": str(person.id), "roles": [{"role": "reader"}]}
            for name, person in zip(names, people, strict=True)])

    return [user.id for user in office.write(office.system, make)]


def test_many_are_invited_at_once_and_those_without_an_e_mail_are_named(office, site):
    reached, mute, chief = many(office, 3), many(office, 2, False), office.person("administrator")
    told = office.write(chief, lambda uow: inviting.invite_many(uow, [*reached, *mute, chief.user_id, "nonsense"]))
    assert {id for *_, id in told.sent} == set(reached) and {id for *_, id in told.without} == set(mute)
    assert all("Серік" in person for _, person, _ in told.without)
    work_off(site)
    for id in reached:
        [letter] = letters(site, f"{login_of(office, id)}@school.kz")
        assert links.behind(site, token_in(letter)).user_id == id
    rows = {row[0]: row[3] for row in office.read(chief, administering.without_password)}
    assert all(rows[id] for id in reached) and not any(rows[id] for id in mute)


def login_of(office, id):
    return office.read(office.system, lambda view: records.read(view, "system.user", id)).values["login"]


def test_inviting_many_costs_as_many_statements_as_inviting_a_few(office, site):
    chief, cost = office.person("administrator"), []
    for size in (2, 40):
        ids = many(office, size)
        with Statements(site.database.engine) as sql:
            office.write(chief, lambda uow, ids=ids: inviting.invite_many(uow, ids))
        cost.append(len(sql))
    assert cost[0] == cost[1] <= 16, cost


def test_whoever_may_not_manage_accounts_invites_nobody(office, other, site):
    ids = many(office, 2)
    for who in (office.person("reader"), office.person("director")):
        refusal = refused(lambda who=who: site.write(who, lambda uow: inviting.invite_many(uow, ids)))
        assert isinstance(refusal, NotAllowed)
    stranger = other.person("administrator")
    told = site.write(stranger, lambda uow: inviting.invite_many(uow, ids))
    assert told.sent == [] and told.without == [], "users of another organisation are not there"


def test_one_address_that_is_refused_stops_no_other_letter(office, site, monkeypatch):
    real, ids = writing.post, many(office, 3)
    names = [login_of(office, id) for id in ids]

    def refusing(settings, letter):
        if letter.to.startswith(names[0]):
            raise smtplib.SMTPRecipientsRefused({letter.to: (550, b"no such user")})
        real(settings, letter)

    monkeypatch.setattr(writing, "post", refusing)
    office.write(office.system, lambda uow: inviting.invite_many(uow, ids))
    for _ in range(3):
        work_off(site)
        site.clock.moment += timedelta(minutes=11)
    assert [len(letters(site, f"{name}@school.kz")) for name in names] == [0, 1, 1], "nobody got two"


@pytest.mark.parametrize("token", ["", "x", "x" * 300, "' or 1=1 --", "қазақша"])
def test_a_token_that_is_none_opens_nothing(office, site, token):
    assert isinstance(refused(lambda: links.behind(site, token)), NotFound)
    assert isinstance(refused(lambda: links.accept(site, token, CHOSEN, CHOSEN)), NotFound)
