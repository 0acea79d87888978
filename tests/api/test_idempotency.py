"""The same request twice acts once: a program that lost the answer asks again with the same key."""

import threading
import uuid

from tests.api.conftest import Caller
from tests.api.test_errors import shaped


def count(keeper, mark):
    return keeper("GET", f"/shop/customer?name={mark}&count=yes").json["count"]


def test_the_first_answer_is_given_again(keeper):
    key, mark = str(uuid.uuid4()), uuid.uuid4().hex
    first = keeper("POST", "/shop/customer", {"name": mark}, headers={"Idempotency-Key": key})
    again = keeper("POST", "/shop/customer", {"name": mark}, headers={"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert count(keeper, mark) == 1


def test_the_key_of_another_request_is_refused(keeper):
    key, mark = str(uuid.uuid4()), uuid.uuid4().hex
    keeper("POST", "/shop/customer", {"name": mark}, headers={"Idempotency-Key": key})
    for path, body in (("/shop/customer", {"name": mark + "!"}), ("/shop/service", {"name": mark}),
                       ("/shop/customer?lang=ru", {"name": mark})):
        shaped(keeper("POST", path, body, headers={"Idempotency-Key": key}), 422, "idempotency.reused")
    assert count(keeper, mark) == 1


def test_a_key_is_of_one_actor(shop, keeper, seller):
    key, mark = str(uuid.uuid4()), uuid.uuid4().hex
    keeper("POST", "/shop/customer", {"name": mark}, headers={"Idempotency-Key": key})
    other = seller("POST", "/shop/customer", {"name": mark}, headers={"Idempotency-Key": key})
    assert other.status_code == 201
    assert "Idempotency-Replayed" not in other.headers
    assert count(keeper, mark) == 2


def test_a_refusal_is_judged_anew(keeper):
    key, mark = str(uuid.uuid4()), uuid.uuid4().hex
    headers = {"Idempotency-Key": key}
    shaped(keeper("POST", "/shop/customer", {"name": ""}, headers=headers), 422)
    assert keeper("POST", "/shop/customer", {"name": mark}, headers=headers).status_code == 201
    assert count(keeper, mark) == 1


def test_an_edit_and_a_posting_happen_once(keeper, bill):
    made = keeper.made("/shop/bill", bill)
    at, edit, post = f"/shop/bill/{made['id']}", str(uuid.uuid4()), str(uuid.uuid4())
    for again in (False, True):
        answer = keeper("PATCH", at, {"version": 1, "note": "once"}, headers={"Idempotency-Key": edit})
        assert (answer.status_code, answer.json["version"]) == (200, 2)
        assert ("Idempotency-Replayed" in answer.headers) is again
    numbers = set()
    for _ in range(2):
        answer = keeper("POST", f"{at}/post", {"version": 2}, headers={"Idempotency-Key": post})
        assert answer.status_code == 200
        numbers.add(answer.json["number"])
    assert len(numbers) == 1
    assert len(keeper("GET", f"{at}/history").json["data"]) == 3


def test_a_race_of_eight_has_one_effect(shop, keeper):
    for _ in range(5):
        key, mark = str(uuid.uuid4()), uuid.uuid4().hex
        answers, gate = [], threading.Barrier(8)

        def ask(key=key, mark=mark, answers=answers, gate=gate):
            caller = Caller(shop, "keeper")
            gate.wait()
            answers.append(caller("POST", "/shop/customer", {"name": mark}, headers={"Idempotency-Key": key}))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [a.status_code for a in answers] == [201] * 8, [a.text for a in answers if a.status_code != 201]
        assert len({a.data for a in answers}) == 1
        assert sum("Idempotency-Replayed" in a.headers for a in answers) == 7
        assert count(keeper, mark) == 1


def test_a_key_is_forgotten_after_a_day(shop, keeper, monkeypatch):
    from datetime import timedelta

    from engine.clock import FixedClock

    key, mark = str(uuid.uuid4()), uuid.uuid4().hex
    keeper("POST", "/shop/customer", {"name": mark}, headers={"Idempotency-Key": key})
    monkeypatch.setattr(shop.site, "clock", FixedClock(shop.site.clock.now() + timedelta(hours=25)))
    assert "Idempotency-Replayed" not in keeper("POST", "/shop/customer", {"name": mark},
                                                headers={"Idempotency-Key": key}).headers
    assert count(keeper, mark) == 2
