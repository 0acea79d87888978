"""Guessing gets nobody in and tells nobody who is here (security.md, 26 and 27)."""

from __future__ import annotations

import re
import statistics
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from engine.services.identity import set_password
from engine.services.identity import sessions as sessions_room
from engine.storage.system.tables import JOURNAL
from engine.storage.tables import tables_of
from tests.conftest import MONDAY, Statements
from tests.security.conftest import token_on
from tests.security.figures import figure, none_wrong, planted

PEOPLE, FORCE = "test_user_enumeration", "test_bruteforce"
PASSWORD = "тек сынақ үшін 1"
_numbers = count(1)


def person(fort: Any, active: bool = True, password: bool = True) -> str:
    login = f"g{next(_numbers)}.{fort.dialect[:2]}"
    user = fort.here.create(
        "system.user", {"login": login, "active": active, "language": "ru", "roles": [{"role": "viewer"}]}
    )
    if password:
        fort.site.write(fort.here.system, lambda uow: set_password(uow, user.id, PASSWORD))
    return login


def attempt(fort: Any, login: str, password: str, address: str = "10.0.0.1") -> Any:
    client = fort.app.test_client()
    token = token_on(client.get("/sign-in", environ_base={"REMOTE_ADDR": address}).text)
    return client.post(
        "/sign-in",
        data={"csrf_token": token, "login": login, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )


def answered(answer: Any, login: str) -> tuple[Any, ...]:
    """The answer without what differs between any two: tokens and numbers of requests."""
    text = re.sub(r"[\w.-]{24,}|\b[0-9A-F]{8}\b", "", answer.text.replace(login, "LOGIN"))
    return answer.status_code, text, "sid" in str(answer.headers.getlist("Set-Cookie"))


def told_apart(fort: Any) -> tuple[int, list[str]]:
    """Kinds of accounts that a wrong password (or a right one) tells from nobody, attempt by attempt."""
    kinds = {
        "somebody": (person(fort), "бұл емес жауап"),
        "somebody without a password": (person(fort, password=False), "x" * 14),
        "a closed account": (person(fort, active=False), PASSWORD),
        "somebody in other letters": (person(fort).upper(), "x" * 14),
    }
    sent, wrong = 0, []
    for number, (kind, (login, password)) in enumerate(kinds.items()):
        nobody = f"nobody{number}.{next(_numbers)}"
        for turn in range(8):  # past the first pause: it must come at the same attempt
            here, there = f"10.1.{number}.1", f"10.2.{number}.1"
            one, other = attempt(fort, login, password, here), attempt(fort, nobody, password, there)
            sent += 1
            if answered(one, login) != answered(other, nobody):
                wrong.append(f"{kind}, attempt {turn + 1}: {one.status_code} and {other.status_code}")
    return sent, wrong


def test_nobody_is_told_who_has_an_account(either):
    sent, wrong = told_apart(either)
    none_wrong(PEOPLE, f"answers, {either.dialect}", sent, wrong, 32)


def test_an_answer_that_tells_is_caught(fort, monkeypatch):
    from engine.errors import NotSignedIn, Problem

    real = sessions_room.verify

    def telling(stored: str | None, password: str) -> bool:
        if stored is None:
            raise NotSignedIn([Problem("sign-in.unknown", "no such user")])
        return real(stored, password)

    monkeypatch.setattr(sessions_room, "verify", telling)
    from engine.web import signin

    monkeypatch.setattr(signin.pages, "said", lambda text, **more: f"{text} {next(_numbers)}")
    planted(PEOPLE, "the answer to an unknown name differs", bool(told_apart(fort)[1]))


def test_time_tells_nothing_either(fort, real_hashes):
    """Medians of ten answers each, taken in turn: within a third of each other."""
    known = person(fort)
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for turn in range(10):
        for kind, login in (("known", known), ("unknown", f"nobody{next(_numbers)}")):
            began = time.perf_counter()
            fort.site.clock.moment += timedelta(days=2)  # no pause of an earlier turn
            attempt(fort, login, "бұл емес жауап", f"10.3.{turn}.1")
            times[kind].append(time.perf_counter() - began)
    fort.site.clock.moment = MONDAY
    ratio = statistics.median(times["unknown"]) / statistics.median(times["known"])
    figure(PEOPLE, "time of an unknown name to a known one, at least", round(ratio, 2), ">=", 0.67)
    figure(PEOPLE, "time of an unknown name to a known one, at most", round(ratio, 2), "<=", 1.5)
    assert 0.67 <= ratio <= 1.5


# -- a forgotten password ---------------------------------------------------------------------------------------------


@pytest.fixture
def mail(request, monkeypatch):
    """A mail server is set; letters go nowhere."""
    from engine.services.accounts import letters

    fort = request.getfixturevalue("either" if "either" in request.fixturenames else "fort")
    monkeypatch.setattr(fort.site, "settings", replace(fort.site.settings, smtp="smtp://127.0.0.1:9"))
    monkeypatch.setattr(letters, "post", lambda settings, letter: None)


def with_mail(fort: Any, **more: Any) -> tuple[str, str]:
    """(login, e-mail) of a new person with both."""
    login, address = person(fort, **more), f"g{next(_numbers)}.{fort.dialect[:2]}@mektep.kz"
    someone = fort.here.create("system.person", {"last_name": "Серік", "first_name": "Ару", "email": address})

    def name(uow: Any) -> None:
        user = tables_of(uow.catalog).of("system.user")
        uow.execute(sa.update(user).where(user.c.login == login).values(person_id=someone.id))

    fort.site.write(fort.here.system, name)
    return login, address


def asked(fort: Any, who: str, address: str) -> Any:
    client = fort.app.test_client()
    token = token_on(client.get("/sign-in/forgotten", environ_base={"REMOTE_ADDR": address}).text)
    sent = {"csrf_token": token, "who": who}
    return client.post("/sign-in/forgotten", data=sent, environ_base={"REMOTE_ADDR": address})


def told_apart_when_forgotten(fort: Any) -> tuple[int, list[str]]:
    """Kinds of accounts whose answer differs from that to nobody, asking by asking; then from the page after it."""
    kinds = {
        "somebody": with_mail(fort)[0], "an e-mail": with_mail(fort)[1], "no e-mail": person(fort),
        "no password": with_mail(fort, password=False)[0], "a blocked account": with_mail(fort, active=False)[1],
    }
    sent, wrong = 0, []
    for number, (kind, who) in enumerate(kinds.items()):
        nobody = f"nobody{next(_numbers)}" + ("@mektep.kz" if "@" in who else "")
        for turn in range(7):  # past the first pause: it must come at the same attempt
            one, other = asked(fort, who, f"10.11.{number}.1"), asked(fort, nobody, f"10.12.{number}.1")
            sent += 1
            if (answered(one, who), one.location) != (answered(other, nobody), other.location):
                wrong.append(f"{kind}, attempt {turn + 1}: {one.status_code} and {other.status_code}")
    return sent, wrong


def test_a_forgotten_password_tells_nobody_who_has_an_account(either, mail):
    sent, wrong = told_apart_when_forgotten(either)
    none_wrong(PEOPLE, f"answers to a forgotten password, {either.dialect}", sent, wrong, 35)


@pytest.mark.parametrize("what", ["who is unknown is told so", "only accounts that are there are counted"])
def test_a_forgotten_password_that_tells_is_caught(fort, mail, monkeypatch, what):
    from engine.errors import Invalid, Problem
    from engine.services.accounts import resetting

    real_find, real_turn = resetting._accounts_of, resetting.take_turn

    def find(site: Any, said: str) -> Any:
        found = real_find(site, said)
        if not found:
            raise Invalid([Problem("reset.unknown", "no such user", "who")])
        return found

    def turn(site: Any, policy: Any, kind: str, account: str, address: str) -> Any:
        return real_turn(site, policy, kind, account if real_find(site, account) else "", address)

    monkeypatch.setattr(resetting, *(("_accounts_of", find) if "told" in what else ("take_turn", turn)))
    planted(PEOPLE, f"a forgotten password: {what}", bool(told_apart_when_forgotten(fort)[1]))


def test_a_forgotten_password_takes_as_long_for_nobody(fort, mail):
    """The same statements for everybody, in the same order; and medians of twenty answers within a third."""
    (known, address), times = with_mail(fort), {"known": [], "unknown": []}
    with Statements(fort.site.database.engine) as one:
        asked(fort, known, "10.13.0.1")
    with Statements(fort.site.database.engine) as other:
        asked(fort, f"nobody{next(_numbers)}", "10.13.0.2")
    figure(PEOPLE, "statements of a forgotten password that differ for nobody", int(one.texts != other.texts), "==", 0)
    assert one.texts == other.texts and len(one) > 3
    for turn in range(20):
        for kind, who in (("known", address if turn % 2 else known), ("unknown", f"nobody{next(_numbers)}@mektep.kz")):
            fort.site.clock.moment += timedelta(days=2)  # no pause of an earlier turn
            began = time.perf_counter()
            asked(fort, who, f"10.14.{turn}.1")
            times[kind].append(time.perf_counter() - began)
    fort.site.clock.moment = MONDAY
    ratio = statistics.median(times["unknown"]) / statistics.median(times["known"])
    figure(PEOPLE, "time of a forgotten password of nobody to a known one, at least", round(ratio, 2), ">=", 0.67)
    figure(PEOPLE, "time of a forgotten password of nobody to a known one, at most", round(ratio, 2), "<=", 1.5)
    assert 0.67 <= ratio <= 1.5


# -- guessing ---------------------------------------------------------------------------------------------------------


def guessed(fort: Any, tries: int, addresses: int, hours: float = 1) -> int:
    """How many of `tries` guesses at one account, spread over an hour and addresses, were judged at all."""
    login, judged = person(fort), 0
    began = fort.site.clock.moment
    for turn in range(tries):
        fort.site.clock.moment = began + timedelta(hours=hours) * turn / tries
        answer = attempt(fort, login, f"guess number {turn:06}", f"10.4.{turn % addresses}.{turn % 200}")
        judged += answer.status_code == 422
    fort.site.clock.moment = MONDAY
    return judged


def test_an_account_is_guessed_at_slowly(either):
    judged = guessed(either, 150, 150)
    figure(FORCE, f"guesses at one account that were judged in an hour, of 150, {either.dialect}", judged, "<=", 30)
    assert 1 <= judged <= 30


def test_one_address_is_slowed_down_over_all_accounts(fort):
    judged = sum(attempt(fort, f"spray{n}", "Құпия сөз 2026", "10.5.0.1").status_code == 422 for n in range(200))
    figure(FORCE, "accounts tried from one address in a minute, of 200", judged, "<=", 60)
    assert judged <= 60


def test_many_guesses_at_one_moment_are_no_way_round(either):
    login, codes = person(either), []

    def one(number: int) -> None:
        codes.append(attempt(either, login, f"at once {number}", f"10.6.0.{number}").status_code)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    judged = sum(code == 422 for code in codes)
    figure(FORCE, f"guesses judged of 20 sent at one moment, {either.dialect}", judged, "<=", 6)
    assert judged <= 6 and len(codes) == 20


def test_a_pause_holds_for_the_right_password_too(fort):
    login = person(fort)
    for n in range(7):
        attempt(fort, login, f"wrong {n}", f"10.7.0.{n}")
    answer = attempt(fort, login, PASSWORD, "10.7.1.1")
    figure(FORCE, "right passwords let in during a pause", int(answer.status_code == 303), "==", 0)
    assert answer.status_code == 429


def test_failures_are_in_the_journal_without_the_secret(fort):
    login = person(fort)
    attempt(fort, login, "құпия-жауап-82f", "10.8.0.1")
    with fort.site.database.reading() as connection:
        rows = connection.execute(sa.select(JOURNAL).order_by(JOURNAL.c.id.desc()).limit(20)).all()
    figure(FORCE, "passwords in the journal", sum("құпия-жауап" in str(r) for r in rows), "==", 0)
    assert any(r.operation == "sign-in refused" for r in rows) and not any("құпия-жауап" in str(r) for r in rows)


@pytest.mark.parametrize("what", ["attempts are not counted", "attempts are counted after they were judged"])
def test_a_way_round_is_caught(fort, monkeypatch, what):
    from engine.services.identity.throttle import Turn, subject

    def free(site: Any, policy: Any, kind: str, account: str, address: str) -> Turn:
        return Turn(kind, subject(account), subject(address))

    for room in [
        m for name, m in list(sys.modules.items()) if name.startswith("engine.services") and hasattr(m, "take_turn")
    ]:
        monkeypatch.setattr(room, "take_turn", free)
    if what == "attempts are not counted":
        planted(FORCE, what, guessed(fort, 60, 60) > 30)
    else:
        login = person(fort)
        judged = sum(attempt(fort, login, f"at once {n}", f"10.9.0.{n}").status_code == 422 for n in range(20))
        planted(FORCE, what, judged > 6)
