"""A forgotten password: a letter to whoever has an e-mail, a link that is good once, nothing told to anybody else."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotFound, NotSignedIn, TooOften
from engine.services import records
from engine.services.accounts import administering, inviting, links, resetting
from engine.services.accounts import letters as writing
from engine.services.identity import actor_of_session, create_key, own, set_password, sign_in
from engine.services.jobs import work_off
from engine.storage.system.tables import JOB, JOURNAL, LINK
from tests.services.conftest import refused, said
from tests.services.test_identity import PASSWORD

_numbers = count(1)
NEW = "тау мен дала жыры"


@pytest.fixture(autouse=True)
def sent(site, monkeypatch):
    """The letters that went out; a mail server is set."""
    found = []
    monkeypatch.setattr(site, "settings", replace(site.settings, smtp="smtp://127.0.0.1:9", address="https://mektep.kz"))
    monkeypatch.setattr(writing, "post", lambda settings, letter: found.append(letter))
    work_off(site)  # what an earlier test left
    found.clear()
    return found


@pytest.fixture
def user(office, site):
    """A user with a password and an e-mail. `.address`: it."""
    return somebody(office)


def somebody(office, **more):
    number = next(_numbers)
    address = more.pop("email", f"aru{number}.{office.code.lower()}@mektep.kz")
    person = {"last_name": "Серік", "first_name": f"Ару{number}", "email": address,
              "language": more.pop("letters", "kk")}

    def make(uow):
        made = records.create(uow, "system.person", person)
        return records.create(uow, "system.user", {
            "login": f"{office.code.lower()}.aru{number}", "active": True, "person": str(made.id),
            "roles": [{"role": "owner"}], **more})

    user = office.write(office.system, make)
    office.write(office.system, lambda uow: set_password(uow, user.id, PASSWORD))
    user.address = address
    return user


def ask(site, typed, address=""):
    resetting.ask(site, typed, address or f"10.39.{next(_numbers) % 250}.1", language="ru")
    work_off(site)


def token_in(letter):
    return re.search(r"/sign-in/link/(\S+)", letter.text)[1]


def asked(site, user, sent):
    ask(site, user.values["login"])
    return token_in(sent[-1])


def operations(site):
    with site.database.reading() as connection:
        return [(r.operation, r.record_id) for r in connection.execute(sa.select(JOURNAL).order_by(JOURNAL.c.id))]


@pytest.mark.parametrize("by", ["login", "LOGIN", "e-mail", "E-MAIL", "spaces"])
def test_a_link_comes_by_letter_and_a_new_password_is_chosen_behind_it(site, user, sent, by):
    login = user.values["login"]
    ask(site, {"login": login, "LOGIN": login.upper(), "e-mail": user.address, "E-MAIL": user.address.upper(),
               "spaces": f"  {login} "}[by])
    [letter] = sent
    assert letter.to == user.address and letter.subject == "Qurastyr жүйесіне жаңа құпиясөз" and login in letter.text
    assert "https://mektep.kz/sign-in/link/" in letter.text
    here = sign_in(site, login, PASSWORD)
    links.accept(site, token_in(letter), NEW, NEW)
    assert actor_of_session(site, here) is None, "every session ends"
    assert isinstance(refused(lambda: sign_in(site, login, PASSWORD)), NotSignedIn)
    assert actor_of_session(site, sign_in(site, login, NEW)).pending == ""
    assert {("reset asked", user.id), ("password reset", user.id), ("password", user.id)} <= set(operations(site))


def test_the_letter_is_in_the_language_that_was_chosen_else_in_that_of_letters(office, site, sent):
    kk, ru = "Qurastyr жүйесіне жаңа құпиясөз", "Новый пароль для Qurastyr"
    for more, subject in (({"language": "ru"}, ru), ({"letters": "ru"}, ru), ({"language": "kk", "letters": "ru"}, kk)):
        ask(site, somebody(office, **more).values["login"])
        assert sent[-1].subject == subject


def test_a_link_is_good_once(site, user, sent):
    token = asked(site, user, sent)
    assert said(refused(lambda: links.accept(site, token, "қысқа", "қысқа"))) >= {("new", "password.length")}
    links.accept(site, token, NEW, NEW)
    before = len(operations(site))
    assert isinstance(refused(lambda: links.accept(site, token, NEW + "2", NEW + "2")), NotFound)
    assert isinstance(refused(lambda: links.behind(site, token)), NotFound)
    assert ("link refused", None) in operations(site)[before:]


def test_looking_uses_nothing_up(site, user, sent):
    token = asked(site, user, sent)
    for _ in range(5):
        assert links.behind(site, token).kind == links.RESET
    links.accept(site, token, NEW, NEW)


STOPS = {
    "an hour": lambda office, user: setattr(
        office.site.clock, "moment", office.site.clock.moment + timedelta(minutes=60)),
    "a newer link": lambda office, user: ask(office.site, user.values["login"]),
    "a changed password": lambda office, user: change(office.site, user),
    "a first password": lambda office, user: office.write(
        office.system, lambda uow: administering.first_password(uow, user.id)),
    "a password of the command line": lambda office, user: office.write(
        office.system, lambda uow: set_password(uow, user.id, NEW)),
    "a block that was lifted": lambda office, user: [office.write(
        office.system, lambda uow, on=on: administering.block(uow, user.id, on)) for on in (False, True)],
    "another e-mail": lambda office, user: edit(
        office, "system.person", user.values["person"], {"email": "new@mektep.kz"}),
    "another person": lambda office, user: edit(office, "system.user", user.id, {"person": None}),
    "the archive": lambda office, user: office.write(
        office.system, lambda uow: records.archive(uow, "system.user", user.id, user.version)),
}


def change(site, user):
    token = sign_in(site, user.values["login"], PASSWORD)
    own.change_password(site, actor_of_session(site, token), token, PASSWORD, NEW, NEW)


def edit(office, address, id, values):
    def work(uow):
        records.edit(uow, address, id, values, records.read(uow, address, id).version)

    office.write(office.system, work)


@pytest.mark.parametrize("what", STOPS)
def test_a_link_stops(office, site, user, sent, what):
    token = asked(site, user, sent)
    STOPS[what](office, user)
    assert isinstance(refused(lambda: links.behind(site, token)), NotFound)
    assert isinstance(refused(lambda: links.accept(site, token, NEW + "9", NEW + "9")), NotFound)


def test_the_token_is_in_the_letter_and_nowhere_else(site, user, sent):
    token = asked(site, user, sent)
    links.accept(site, token, NEW, NEW)
    with site.database.reading() as connection:
        kept = "".join(repr(connection.execute(sa.select(t)).all()) for t in (LINK, JOB, JOURNAL))
    assert token not in kept and NEW not in kept and user.address not in repr(operations(site))


def test_what_was_typed_is_kept_nowhere(site):
    ask(site, "құпия сөзім осы болатын")
    with site.database.reading() as connection:
        kept = "".join(repr(connection.execute(sa.select(t)).all()) for t in (JOB, JOURNAL))
    assert "болатын" not in kept


def quiet(office):
    """Accounts that get no letter, by what they are."""
    blocked, mute, new = somebody(office), somebody(office, email=None), somebody(office)
    office.write(office.system, lambda uow: administering.block(uow, blocked.id, False))
    number = next(_numbers)
    alone = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"{office.code.lower()}.alone{number}", "active": True, "roles": [{"role": "owner"}]}))
    office.write(office.system, lambda uow: set_password(uow, alone.id, PASSWORD))
    never = office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"{office.code.lower()}.never{number}", "active": True, "person": str(new.values["person"]),
        "roles": [{"role": "owner"}]}))
    return {"blocked": blocked.values["login"], "no e-mail": mute.values["login"], "no person": alone.values["login"],
            "never let in": never.values["login"], "nobody": "nobody.at.all", "no text of a login": "'; drop table x --"}


def test_whoever_cannot_be_reached_or_may_not_sign_in_gets_no_letter_and_is_asked_about_alike(office, site, sent):
    for typed in quiet(office).values():
        before = len(operations(site))
        ask(site, typed)
        assert [name for name, _ in operations(site)[before:]] == ["reset asked"], typed
    assert sent == []


@pytest.mark.parametrize("typed", ["", "   ", "a\x00b", "a\nb", "\u202e"])
def test_nothing_to_ask_for_is_told(site, typed):
    assert said(refused(lambda: resetting.ask(site, typed))) == {("who", "reset.nobody")}


def test_every_account_of_an_e_mail_gets_its_own_letter(office, site, sent):
    one = somebody(office)
    two = somebody(office, email=one.address)
    ask(site, one.address)
    assert {letter.to for letter in sent} == {one.address} and len(sent) == 2
    assert all(any(u.values["login"] in letter.text for letter in sent) for u in (one, two))
    links.accept(site, token_in(sent[0]), NEW, NEW)
    links.accept(site, token_in(sent[1]), NEW, NEW)


def test_an_account_is_asked_about_seldom_but_is_never_shut(site, user, sent):
    login, let = user.values["login"], 0
    for _ in range(48):
        try:
            ask(site, login)
            let += 1
        except TooOften:
            pass
        site.clock.moment += timedelta(minutes=30)
    assert 10 <= let <= 35 and len(sent) == let
    site.clock.moment += timedelta(hours=2)
    ask(site, login)


def test_an_account_gets_five_letters_an_hour_however_it_is_called(site, user, sent):
    for typed in (user.values["login"], user.address, user.values["login"] + " ") * 3:
        try:
            ask(site, typed)
        except TooOften:
            continue
    assert len(sent) == resetting.MOST_LETTERS


def test_one_address_asks_sixty_times_a_minute_at_most(site):
    let = 0
    for number in range(80):
        try:
            resetting.ask(site, f"spray{number}", "10.77.0.1")
            let += 1
        except TooOften:
            pass
    assert let <= 60 and ("reset held back", None) in operations(site)


def test_two_who_use_a_link_at_one_moment_are_one(site, user, sent):
    token, ended = asked(site, user, sent), []

    def use(number):
        try:
            links.accept(site, token, f"{NEW} {number}", f"{NEW} {number}")
            ended.append(number)
        except NotFound:
            ended.append(None)

    threads = [threading.Thread(target=use, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = [n for n in ended if n is not None]
    assert len(ended) == 4
    assert actor_of_session(site, sign_in(site, user.values["login"], f"{NEW} {winner}")) is not None


def test_a_pause_of_guessing_ends_with_the_new_password(site, user, sent):
    login = user.values["login"]
    for _ in range(6):
        refused(lambda: sign_in(site, login, "бұл емес сөз"))
    assert isinstance(refused(lambda: sign_in(site, login, PASSWORD)), TooOften)
    links.accept(site, asked(site, user, sent), NEW, NEW)
    assert actor_of_session(site, sign_in(site, login, NEW)) is not None


def test_asking_for_a_password_leaves_an_invitation_alone(office, site, user, sent):
    office.write(office.system, lambda uow: inviting.invite(uow, user.id))
    work_off(site)
    invitation = token_in(sent[-1])
    asked(site, user, sent)
    assert links.behind(site, invitation).kind == links.INVITATION


def test_a_former_password_may_not_come_back_by_a_link(site, user, sent, monkeypatch):
    from engine.model.policy import DEFAULT
    from engine.services.identity import credentials

    monkeypatch.setattr(credentials, "policy_of", lambda site: replace(DEFAULT, history=3))
    token = asked(site, user, sent)
    refusal = refused(lambda: links.accept(site, token, PASSWORD, PASSWORD))
    assert isinstance(refusal, Invalid) and said(refusal) == {("new", "password.before")}


# -- the word that a password was changed -----------------------------------------------------------------------------


def test_whoever_has_an_e_mail_hears_of_a_changed_password(office, site, user, sent):
    change(site, user)
    work_off(site)
    assert [(x.to, x.subject) for x in sent] == [(user.address, "Құпиясөзіңіз ауыстырылды")]
    assert "https://mektep.kz/sign-in/forgotten" in sent[0].text and NEW not in sent[0].text
    office.write(office.system, lambda uow: administering.first_password(uow, user.id))
    work_off(site)
    links.accept(site, asked(site, user, sent), NEW + "3", NEW + "3")
    work_off(site)
    assert [x.subject for x in sent].count("Құпиясөзіңіз ауыстырылды") == 3


def test_a_first_password_of_a_newcomer_is_no_change(office, site, sent):
    made = somebody(office)  # the password that it gives is the first one
    office.write(office.system, lambda uow: records.create(uow, "system.user", {
        "login": f"{office.code.lower()}.first{next(_numbers)}", "active": True, "person": str(made.values["person"]),
        "roles": [{"role": "owner"}]}))
    work_off(site)
    assert sent == []


def test_nobody_is_written_to_without_a_mail_server_or_an_e_mail(office, site, user, sent, monkeypatch):
    mute = somebody(office, email=None)
    change(site, mute)
    monkeypatch.setattr(site, "settings", replace(site.settings, smtp=""))
    change(site, user)
    work_off(site)
    assert sent == []


def test_keys_of_programs_go_on(site, user, sent):
    from engine.services.identity import actor_of_key

    key = create_key(site, user.values["login"], "x")
    links.accept(site, asked(site, user, sent), NEW, NEW)
    assert actor_of_key(site, key) is not None


def test_nobody_becomes_somebody_else_by_writing_their_own_address_beside_them(office, site, user, sent):
    """Clerks edit people and no accounts: a letter with a link would go to whatever they wrote."""
    person = office.read(office.system, lambda view: records.read(view, "system.person", user.values["person"]))
    stranger = {"email": "stranger@mektep.kz"}
    clerk, chief = office.person("clerk"), office.person("administrator")
    assert said(refused(lambda: office.edit(person, stranger, clerk))) == {("email", "person.way-in")}
    ask(site, user.values["login"])
    assert [letter.to for letter in sent] == [user.address]
    person = office.edit(person, {"phone": "+77011234567"}, clerk)  # all else is theirs to mend
    person = office.edit(person, {"email": "himself@mektep.kz"}, replace(clerk, person_id=person.id))
    person = office.edit(person, {"email": "mended@mektep.kz"}, chief)
    free = office.create("system.person", {"last_name": "Серік", "first_name": "Бос"}, clerk)
    assert office.edit(free, stranger, clerk).values["email"] == "stranger@mektep.kz", "no account, no way in"
