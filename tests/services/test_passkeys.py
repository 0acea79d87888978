"""Passkeys: each lets in its own person, at this site, with this session's question, once - and nothing else does."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from engine import hooks
from engine.errors import Invalid, NotFound, TooOften
from engine.services.accounts import administering
from engine.services.identity import actor_of_session, set_password, sign_in
from engine.services.identity.factors import challenges, exchanging, recovery, setting_up, showing
from engine.services.identity.factors.exchanging import COPIED, REFUSED
from engine.services.identity.factors.relying_party import relying_party
from engine.services.identity.sessions import CODE, hash_of
from engine.storage.system.tables import CHALLENGE, FACTOR, JOURNAL
from tests.authenticator import PRESENT, Authenticator
from tests.services.conftest import refused, said
from tests.services.test_factors import RACERS, unhurried  # noqa: F401 - fixture
from tests.services.test_factors import set_up as set_up_application
from tests.services.test_identity import PASSWORD, signed_in, user  # noqa: F401 - fixtures

KIND = "passkey"
ELSEWHERE = "https://qurastyr.example"


def make(site, token, device, title="Телефон", **wrong):
    """(token of the session, recovery codes) after the device has made a passkey in it."""
    me = actor_of_session(site, token)
    told = exchanging.begin_set_up(site, me, token, KIND)
    return exchanging.set_up(site, me, token, KIND, title, device.make(told, **wrong))


def show(site, token, device, **wrong):
    """The token after the device has shown its passkey."""
    me = actor_of_session(site, token)
    told = exchanging.begin_showing(site, me, token, KIND)
    return exchanging.show(site, me, token, KIND, device.show(told, **wrong))


@pytest.fixture
def device(office, user):
    """The device of the user, with its passkey."""
    made = Authenticator()
    make(office.site, signed_in(office, user), made)
    return made


def journal(office, user):
    with office.site.database.reading() as connection:
        return connection.execute(
            sa.select(JOURNAL.c.operation).where(JOURNAL.c.record_id == user.id)).scalars().all()


def factors(office, user):
    return office.read(office.system, lambda view: setting_up.factors_of(view, user.id))


def stranger_in(office):
    """(somebody else of the same organisation, the token of their session)"""
    other = office.person("reader")
    office.write(office.system, lambda uow: set_password(uow, other.user_id, PASSWORD))
    return other, sign_in(office.site, other.login, PASSWORD, "10.0.0.2", "a browser")


def test_whoever_has_a_passkey_shows_it_at_each_sign_in(office, user, site):
    device, token = Authenticator(), signed_in(office, user)
    fresh, codes = make(site, token, device, "  Телефон \n Айгүл ")
    assert len(codes) == 10 and actor_of_session(site, token) is None and actor_of_session(site, fresh).pending == ""
    [one] = factors(office, user)
    assert (one.method, one.title, one.used_at) == ("passkey", "Телефон Айгүл", None)
    for _ in range(2):
        half = signed_in(office, user)
        assert actor_of_session(site, half).pending == CODE
        full = show(site, half, device)
        assert actor_of_session(site, full).pending == "" and actor_of_session(site, half) is None
    assert factors(office, user)[0].used_at == site.clock.moment
    assert {"factor set up", "second factor"} <= set(journal(office, user))


def test_several_stand_beside_each_other_and_beside_the_application(office, user, site):
    token, telephone, codes = set_up_application(office, user)
    first, second = Authenticator(), Authenticator(counts=False)
    token, none = make(site, token, first, "Бірінші")
    token, _ = make(site, token, second, "Екінші")
    assert none == [], "the codes that the person has on paper stay good"
    assert [f.title for f in factors(office, user)] == ["", "Бірінші", "Екінші"]
    assert show(site, signed_in(office, user), first) and show(site, signed_in(office, user), second)
    assert show(site, signed_in(office, user), second), "a device that does not count says 0 each time"
    half = signed_in(office, user)
    assert showing.show(site, actor_of_session(site, half), half, telephone.at(site.clock.moment))
    half = signed_in(office, user)
    assert showing.show(site, actor_of_session(site, half), half, codes[0])[1]


WRONG_AT_SHOWING = {
    "another site's page": {"origin": ELSEWHERE},
    "the same page without its port": {"origin": "http://localhost"},
    "bound to another site": {"rp": "qurastyr.example"},
    "nobody was verified": {"flags": PRESENT},
    "nobody was there": {"flags": 4},
    "another challenge": {"challenge": "AAAA"},
    "an answer to setting up": {"type": "webauthn.create"},
    "signed with another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "in the name of somebody else": {"user": b"0123456789abcdef"},
}


@pytest.mark.parametrize("what", WRONG_AT_SHOWING)
def test_a_wrong_answer_is_refused_and_noted(office, user, site, device, what):
    half = signed_in(office, user)
    wrong = refused(lambda: show(site, half, device, **WRONG_AT_SHOWING[what]))
    assert said(wrong) == {("answer", "factor.refused")} and actor_of_session(site, half).pending == CODE
    assert journal(office, user).count(REFUSED) == 1
    assert show(site, half, device), "the right answer to a new question lets in"


WRONG_AT_MAKING = {k: v for k, v in WRONG_AT_SHOWING.items() if not {"type", "key", "user"} & set(v)}


@pytest.mark.parametrize("what", [*WRONG_AT_MAKING, "an answer to signing in"])
def test_a_passkey_that_was_made_wrongly_is_not_taken(office, user, site, what):
    wrong = WRONG_AT_MAKING.get(what, {"type": "webauthn.get"})
    answer = refused(lambda: make(site, signed_in(office, user), Authenticator(), **wrong))
    assert isinstance(answer, Invalid) and factors(office, user) == []
    assert journal(office, user).count(REFUSED) == 1


@pytest.mark.parametrize("answer", [
    "", "x", "[]", "{}", "null", '{"id": 1}', "{" * 9_000,
    json.dumps({"id": "A", "rawId": "A", "type": "public-key", "response": {
        "clientDataJSON": "////", "authenticatorData": "AA", "signature": "AA", "attestationObject": "v" * 15_000}})])
def test_nonsense_is_a_refusal(office, user, site, device, answer):
    half = signed_in(office, user)
    me = actor_of_session(site, half)
    exchanging.begin_showing(site, me, half, KIND)
    assert isinstance(refused(lambda: exchanging.show(site, me, half, KIND, answer)), Invalid)
    full = show(site, half, device)
    me = actor_of_session(site, full)
    exchanging.begin_set_up(site, me, full, KIND)
    assert isinstance(refused(lambda: exchanging.set_up(site, me, full, KIND, "", answer)), Invalid)


def test_an_answer_is_judged_once(office, user, site, device):
    device.counts = False  # else its count alone would tell
    with site.database.writing() as connection:
        connection.execute(sa.update(FACTOR).where(FACTOR.c.user_id == user.id).values(last_step=0))
    half, other = signed_in(office, user), signed_in(office, user)
    me = actor_of_session(site, half)
    answer = device.show(exchanging.begin_showing(site, me, half, KIND))
    assert isinstance(refused(lambda: exchanging.show(site, me, other, KIND, answer)), Invalid), "another session"
    exchanging.begin_showing(site, me, other, KIND)
    assert isinstance(refused(lambda: exchanging.show(site, me, other, KIND, answer)), Invalid), "with its own question"
    fresh = exchanging.show(site, me, half, KIND, answer)
    for token in (half, fresh):
        assert isinstance(refused(lambda token=token: exchanging.show(site, me, token, KIND, answer)), Invalid)


def test_a_refused_answer_has_used_the_question_up(office, user, site, device):
    half = signed_in(office, user)
    me = actor_of_session(site, half)
    told = exchanging.begin_showing(site, me, half, KIND)
    refused(lambda: exchanging.show(site, me, half, KIND, device.show(told, flags=PRESENT)))
    assert isinstance(refused(lambda: exchanging.show(site, me, half, KIND, device.show(told))), Invalid)


def test_a_new_question_and_time_make_the_old_one_worthless(office, user, site, device):
    half = signed_in(office, user)
    me = actor_of_session(site, half)
    old = exchanging.begin_showing(site, me, half, KIND)
    new = exchanging.begin_showing(site, me, half, KIND)
    assert old["challenge"] != new["challenge"]
    assert isinstance(refused(lambda: exchanging.show(site, me, half, KIND, device.show(old))), Invalid)
    late = exchanging.begin_showing(site, me, half, KIND)
    site.clock.moment += challenges.LASTS
    assert isinstance(refused(lambda: exchanging.show(site, me, half, KIND, device.show(late))), Invalid)


def test_a_question_of_one_purpose_answers_no_other(office, user, site, device):
    full = show(site, signed_in(office, user), device)
    me = actor_of_session(site, full)
    told = exchanging.begin_set_up(site, me, full, KIND)
    answer = device.show({"rpId": "localhost", "challenge": told["challenge"]})
    assert isinstance(refused(lambda: exchanging.show(site, me, full, KIND, answer)), Invalid)


def race(office, user, device):
    """How many of several requests with one answer, in one session, get in."""
    site, half = office.site, signed_in(office, user)
    me = actor_of_session(site, half)
    answer = device.show(exchanging.begin_showing(site, me, half, KIND))

    def try_it(_):
        try:
            return exchanging.show(site, me, half, KIND, answer)
        except Exception:
            return None

    with ThreadPoolExecutor(RACERS) as pool:
        return sum(1 for one in pool.map(try_it, range(RACERS)) if one)


def test_of_many_at_one_moment_one_gets_in(office, user, site, device, unhurried, monkeypatch):  # noqa: F811
    monkeypatch.setattr(exchanging, "renew", lambda uow, token, level: token)
    assert race(office, user, device) == 1


def test_the_race_is_lost_when_a_question_is_only_looked_at(office, user, site, device, unhurried, monkeypatch):  # noqa: F811
    """The canary: the renewed session would let one in only, and the count too."""
    monkeypatch.setattr(challenges, "take", lambda site, actor, token, purpose, request_id: site.read(
        actor, lambda view: view.execute(sa.select(CHALLENGE.c.value).where(
            CHALLENGE.c.token_hash == hash_of(token), CHALLENGE.c.purpose == purpose)).scalar()))
    monkeypatch.setattr(exchanging, "renew", lambda uow, token, level: token)
    device.counts = False
    with site.database.writing() as connection:
        connection.execute(sa.update(FACTOR).where(FACTOR.c.user_id == user.id).values(last_step=0))
    assert race(office, user, device) > 1


def test_a_passkey_of_somebody_else_opens_nothing(office, user, site, device):
    other = office.person("reader")
    with site.database.writing() as connection:  # somebody at the database gives it to another account
        connection.execute(sa.update(FACTOR).where(FACTOR.c.user_id == user.id).values(user_id=other.user_id))
    assert office.read(other, lambda view: exchanging._kept(view, other, KIND)) == [], "it is bound to its person"
    with site.database.writing() as connection:
        connection.execute(sa.update(FACTOR).where(FACTOR.c.user_id == other.user_id).values(user_id=user.id))
    stranger = Authenticator()
    half = signed_in(office, user)
    assert isinstance(refused(lambda: show(site, half, stranger)), Invalid), "one that nobody set up"
    pretending = Authenticator(name=device.name)
    assert isinstance(refused(lambda: show(site, half, pretending)), Invalid), "one that calls itself like mine"


def test_a_credential_is_in_the_installation_once(office, user, site, device):
    other, theirs = stranger_in(office)
    copy = Authenticator(name=device.name)
    for token, one in ((theirs, copy), (theirs, device)):
        taken = refused(lambda token=token, one=one: make(site, token, one))
        assert said(taken) == {("answer", "factor.refused")}
    assert office.read(office.system, lambda view: setting_up.factors_of(view, other.user_id)) == []
    assert show(site, signed_in(office, user), device), "and it stays whose it was"


def test_a_count_that_goes_back_tells_of_a_copy(office, user, site, device):
    show(site, signed_in(office, user), device, count=7)
    for count in (7, 3, 0):
        half = signed_in(office, user)
        assert isinstance(refused(lambda half=half, count=count: show(site, half, device, count=count)), Invalid)
    assert journal(office, user).count(COPIED) == 3 and journal(office, user).count(REFUSED) == 0
    assert show(site, signed_in(office, user), device, count=8)


def test_a_removed_passkey_opens_nothing_and_the_last_takes_the_codes_along(office, user, site, device):
    token, _ = make(site, show(site, signed_in(office, user), device), second := Authenticator())
    me = actor_of_session(site, token)
    first, other = factors(office, user)
    assert said(refused(lambda: setting_up.remove(site, me, "бұл емес", first.id))) == {("password", "password.old")}
    half = signed_in(office, user)
    told = exchanging.begin_showing(site, actor_of_session(site, half), half, KIND)
    setting_up.remove(site, me, PASSWORD, first.id)
    late = refused(lambda: exchanging.show(site, actor_of_session(site, half), half, KIND, device.show(told)))
    assert isinstance(late, Invalid), "asked before, answered after"
    assert isinstance(refused(lambda: setting_up.remove(site, me, PASSWORD, first.id)), NotFound)
    assert show(site, signed_in(office, user), second)
    assert office.read(office.system, lambda view: recovery.left(view, user.id)) == 10
    setting_up.remove(site, me, PASSWORD, other.id)
    assert office.read(office.system, lambda view: recovery.left(view, user.id)) == 0
    assert actor_of_session(site, signed_in(office, user)).pending == ""
    assert journal(office, user).count("factor removed") == 2


def test_nobody_removes_the_passkey_of_another(office, user, site, device):
    me = actor_of_session(site, stranger_in(office)[1])
    [theirs] = factors(office, user)
    assert isinstance(refused(lambda: setting_up.remove(site, me, PASSWORD, theirs.id)), NotFound)
    assert factors(office, user) == [theirs]


def test_an_administrator_takes_passkeys_away_too(office, user, site, device):
    half = signed_in(office, user)
    told = exchanging.begin_showing(site, actor_of_session(site, half), half, KIND)
    me = actor_of_session(site, half)
    office.write(office.system, lambda uow: administering.remove_factors(uow, user.id))
    assert factors(office, user) == [] and actor_of_session(site, half) is None
    assert refused(lambda: exchanging.show(site, me, half, KIND, device.show(told))).status in (401, 422)
    assert actor_of_session(site, signed_in(office, user)).pending == ""


def test_wrong_answers_are_counted_like_wrong_codes(office, user, site, device):
    half = signed_in(office, user)
    answers = [refused(lambda: show(site, half, device, flags=PRESENT)) for _ in range(6)]
    assert [type(a) for a in answers] == [Invalid] * 5 + [TooOften]
    assert isinstance(refused(lambda: show(site, half, device)), TooOften), "the right answer neither"
    me = actor_of_session(site, half)
    assert isinstance(refused(lambda: showing.show(site, me, half, "123456")), TooOften), "one count for all methods"
    site.clock.moment += timedelta(seconds=61)
    assert show(site, half, device)


def test_only_a_public_key_is_kept_and_it_is_sealed(office, user, site, device):
    with site.database.reading() as connection:
        row = connection.execute(sa.select(FACTOR).where(FACTOR.c.user_id == user.id)).one()
    assert device.name not in bytes(row.sealed) and bytes(row.handle) != device.name
    [kept] = office.read(office.system, lambda view: [
        one for one in exchanging._kept(view, replace(view.actor, user_id=user.id), KIND)])
    assert set(json.loads(kept.secret)) == {"credential", "key", "transports"}


def test_there_is_an_end_to_how_many_one_has(office, user, site, device, monkeypatch):
    monkeypatch.setattr(exchanging, "MOST", 1)
    token = show(site, signed_in(office, user), device)
    assert said(refused(lambda: make(site, token, Authenticator()))) == {("answer", "factor.enough")}


def test_old_questions_are_swept(office, user, site, device):
    half = signed_in(office, user)
    exchanging.begin_showing(site, actor_of_session(site, half), half, KIND)
    mine = sa.select(sa.func.count()).select_from(CHALLENGE).where(CHALLENGE.c.token_hash == hash_of(half))
    assert office.write(office.system, challenges.sweep) is not None
    assert office.read(office.system, lambda view: view.execute(mine).scalar()) == 1, "not while it can be answered"
    site.clock.moment += challenges.LASTS + timedelta(seconds=1)
    office.write(office.system, challenges.sweep)
    assert office.read(office.system, lambda view: view.execute(mine).scalar()) == 0


@pytest.mark.parametrize(("address", "party"), [
    ("https://school.example.kz", ("school.example.kz", "https://school.example.kz")),
    ("https://School.Example.kz:443/", ("school.example.kz", "https://school.example.kz")),
    ("https://мектеп.қаз:8443", ("xn--e1aaogsq.xn--80ao21a", "https://xn--e1aaogsq.xn--80ao21a:8443")),
    ("http://localhost:8000", ("localhost", "http://localhost:8000")),
    ("http://127.0.0.1:8000", ("localhost", "http://localhost:8000")), ("http://[::1]", ("localhost", "http://localhost")),
    ("http://school.example.kz", None), ("https://10.0.0.5", None), ("https://h:port", None), ("ftp://localhost", None),
    ("", None),
])
def test_where_passkeys_are_good_is_read_from_the_address_of_the_site(address, party):
    found = relying_party(address)
    assert (found and (found.id, found.origin)) == party


def test_at_an_address_without_a_name_they_are_not_offered(office, user, site, monkeypatch):
    monkeypatch.setattr(site, "settings", replace(site.settings, address="http://10.0.0.5"))
    token = signed_in(office, user)
    assert exchanging.origin(site, KIND) == "" and exchanging.origin(site, "totp") == "" == exchanging.origin(site, "x")
    for name in (KIND, "totp", "x"):
        assert isinstance(refused(lambda name=name: exchanging.begin_set_up(
            site, actor_of_session(site, token), token, name)), NotFound)


def test_without_the_library_there_is_no_such_method(monkeypatch):
    monkeypatch.setattr(hooks, "find_spec", lambda name: None)
    hooks._factors(filled := hooks.Registry())
    assert list(filled.second_factors) == ["totp"]
    monkeypatch.undo()
    hooks._factors(filled := hooks.Registry())
    assert list(filled.second_factors) == ["totp", "passkey"]
