"""Every error of the API has one shape (RFC 9457), in the reader's language, whoever refuses: HTTP, the door, a verb.

    {"type", "title", "status", "detail", "code", "instance", "errors": [{"path", "code", "message", "hint"?}]}
"""

import uuid

import pytest
from jsonschema import Draft202012Validator

from engine import doors
from engine.api.bodies import BODY_BYTES
from engine.api.schemas import PROBLEM
from tests.api.conftest import Caller

SHAPE = Draft202012Validator(PROBLEM)
NOBODY = str(uuid.UUID(int=7))


def shaped(answer, status, code=None):
    """`answer` is a problem of the one shape. Its JSON."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    assert answer.mimetype == "application/problem+json", answer.text[:200]
    problem = answer.json
    SHAPE.validate(problem)
    assert problem["status"] == status
    assert problem["type"] == f"urn:qurastyr:problem:{problem['code']}"
    assert problem["instance"] == f"urn:qurastyr:request:{answer.headers['X-Request-ID']}"
    assert problem["title"] and problem["detail"]
    assert "%(" not in answer.text
    if code:
        assert problem["code"] == code or code in [e["code"] for e in problem["errors"]], problem
    return problem


def good_bill(shop):
    return {"customer": str(shop.ids.customer), "lines": [{"service": str(shop.ids.service)}]}


REFUSALS = [
    # name, role, method, path, body, headers, status, code
    ("unknown path", "keeper", "GET", "/nothing/at/all/of/it", None, {}, 404, None),
    ("path above", "keeper", "GET", "/api/v2/x", None, {}, 404, None),
    ("unknown entity", "keeper", "GET", "/shop/nothing", None, {}, 404, None),
    ("entity of another role", "seller", "GET", "/shop/safe", None, {}, 404, None),
    ("entity of another role, write", "seller", "POST", "/shop/safe", {}, {}, 404, None),
    ("no such record", "keeper", "GET", f"/shop/bill/{NOBODY}", None, {}, 404, None),
    ("id that is none", "keeper", "GET", "/shop/bill/17", None, {}, 400, "request.id"),
    ("id that is long", "keeper", "GET", "/shop/bill/" + "9" * 5000, None, {}, 400, "request.id"),
    ("method of another address", "keeper", "DELETE", "/shop/bill", None, {}, 405, "request.method"),
    ("method of a record", "keeper", "PUT", f"/shop/bill/{NOBODY}", {}, {}, 405, "request.method"),
    ("many settings", "keeper", "POST", "/shop/rules", {}, {}, 405, "request.method"),
    ("PATCH on a list", "keeper", "PATCH", "/shop/bill", {"version": 1}, {}, 405, "request.method"),
    ("no JSON", "keeper", "POST", "/shop/bill", b"a=1", {"Content-Type": "text/plain"}, 415, "request.media-type"),
    ("no type", "keeper", "POST", "/shop/bill", b"{}", {"Content-Type": ""}, 415, "request.media-type"),
    ("packed", "keeper", "POST", "/shop/bill", b"{}", {"Content-Encoding": "gzip"}, 415, "request.media-type"),
    ("broken JSON", "keeper", "POST", "/shop/bill", b"{", {}, 400, "json.syntax"),
    ("no body", "keeper", "POST", "/shop/bill", b"", {}, 400, "json.syntax"),
    ("a list", "keeper", "POST", "/shop/bill", b"[]", {}, 400, "json.object"),
    ("nested", "keeper", "POST", "/shop/bill", b"[" * 100_000, {}, 400, "json.too-deep"),
    ("NaN", "keeper", "POST", "/shop/bill", b'{"total": NaN}', {}, 400, "json.number"),
    ("twice", "keeper", "POST", "/shop/bill", b'{"note": "a", "note": "b"}', {}, 400, "json.duplicate"),
    ("large", "keeper", "POST", "/shop/bill", b" " * (BODY_BYTES + 1), {}, 413, "request.too-large"),
    ("many", "keeper", "POST", "/shop/bill", {"records": [{}] * 1001}, {}, 422, "records.too-many"),
    ("none", "keeper", "POST", "/shop/bill", {"records": []}, {}, 422, "records.none"),
    ("unknown field", "keeper", "POST", "/shop/bill", {"nothing": 1}, {}, 422, "field.unknown"),
    ("wrong values", "keeper", "POST", "/shop/bill", {"customer": 5, "lines": [{"quantity": "x"}]}, {}, 422, None),
    ("money as a fraction", "keeper", "POST", "/shop/service", b'{"price": 0.1}', {}, 422, "number.fraction"),
    ("no version", "keeper", "PATCH", f"/shop/bill/{NOBODY}", {"note": "a"}, {}, 422, "field.required"),
    ("strange version", "keeper", "PATCH", f"/shop/bill/{NOBODY}", {"version": "1"}, {}, 422, "field.type"),
    ("no right to edit", "seller", "PATCH", "/shop/service/{service}", {"version": 1}, {}, 403, None),
    ("no right to archive", "seller", "POST", "/shop/customer/{customer}/archive", {"version": 1}, {}, 403, None),
    ("too much", "keeper", "POST", "/shop/customer/{customer}/archive", {"version": 1, "a": 1}, {}, 400, None),
    ("bad key of idempotency", "keeper", "POST", "/shop/bill", {}, {"Idempotency-Key": "a b"}, 400, "idempotency.key"),
    ("limit", "keeper", "GET", "/shop/bill?limit=201", None, {}, 400, "parameter.number"),
    ("limit 2", "keeper", "GET", "/shop/bill?limit=99999999999999999999", None, {}, 400, "parameter.number"),
    ("history limit", "keeper", "GET", "/shop/customer/{customer}/history?limit=x", None, {}, 400, "parameter.number"),
    ("history token", "keeper", "GET", "/shop/customer/{customer}/history?after=x", None, {}, 400, None),
    ("token", "keeper", "GET", "/shop/bill?after=nonsense", None, {}, 400, "page.token"),
    ("rule", "keeper", "GET", "/shop/bill?where=total+%3E", None, {}, 400, None),
    ("rule type", "keeper", "GET", "/shop/bill?where=total+%2B+1", None, {}, 400, None),
    ("unknown sort", "keeper", "GET", "/shop/bill?sort=nothing", None, {}, 400, "field.unknown"),
    ("unknown filter", "keeper", "GET", "/shop/bill?nothing=1", None, {}, 400, "field.unknown"),
    ("wrong operator", "keeper", "GET", "/shop/bill?pieces.contains=1", None, {}, 400, "filter.operator"),
    ("wrong filter value", "keeper", "GET", "/shop/bill?customer=1", None, {}, 400, "filter.value"),
    ("parameter twice", "keeper", "GET", "/shop/bill?limit=1&limit=2", None, {}, 400, "parameter.twice"),
    ("groups twice", "keeper", "GET", "/shop/bill?groups=state,state", None, {}, 400, "parameter.names"),
    ("long groups", "keeper", "GET", "/shop/bill?groups=" + "a" * 2001, None, {}, 400, "parameter.too-long"),
    ("NUL", "keeper", "GET", "/shop/bill?search=%00", None, {}, 400, "parameter.character"),
    ("yes or no", "keeper", "GET", "/shop/bill?count=1", None, {}, 400, "parameter.yesno"),
    ("parameters", "keeper", "GET", "/shop/bill?" + "&".join(f"a{n}=1" for n in range(101)), None, {}, 400, None),
    ("then", "keeper", "POST", "/shop/customer?then=post", {"name": "A"}, {}, 400, "parameter.then"),
]


@pytest.mark.parametrize(("role", "method", "path", "body", "headers", "status", "code"),
                         [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_a_refusal_has_the_one_shape(shop, role, method, path, body, headers, status, code):
    path = path.replace("{customer}", str(shop.ids.customer)).replace("{service}", str(shop.ids.service))
    said = set()
    for language in ("kk", "ru", "en"):
        answer = Caller(shop, role)(method, path, body, headers={"Accept-Language": language, **headers})
        said.add(shaped(answer, status, code)["title"])
        assert answer.headers["Content-Language"] == language
    assert len(said) == 3, f"the title is not translated: {said}"


def test_without_a_key_nobody_is_let_in(shop):
    client = shop.app.test_client()
    client.set_cookie("sid", "anything")
    for headers in ({}, {"Authorization": "Basic a2V5OnNlY3JldA=="}, {"Authorization": "Bearer qk_wrong"},
                    {"Authorization": "Bearer "}, {"Authorization": "Bearer ключ".encode().decode("latin-1")}):
        for method, path in (("GET", "/me"), ("GET", "/openapi.json"), ("GET", "/shop/bill"), ("POST", "/shop/bill"),
                             ("PATCH", f"/shop/bill/{NOBODY}"), ("GET", "/shop/nothing")):
            answer = client.open(f"/api/v1{path}", method=method, headers=headers)
            shaped(answer, 401, "actor.unknown")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_of_the_screens_is_no_key(shop, monkeypatch):
    from engine.services.actor import Actor

    monkeypatch.setattr(doors, "actor_of_session", lambda *given: Actor("user", roles=frozenset({"keeper"})))
    client = shop.app.test_client()
    client.set_cookie("sid", "a real session")
    for method in ("GET", "POST"):
        shaped(client.open("/api/v1/shop/bill", method=method, json={}), 401, "actor.unknown")
    shaped(client.get("/api/v1/openapi.json"), 401)


def test_a_stale_save_shows_both_values(shop, keeper):
    made = keeper.made("/shop/bill", {**good_bill(shop), "note": "first"})
    at = f"/shop/bill/{made['id']}"
    assert keeper("PATCH", at, {"version": 1, "note": "second"}).status_code == 200
    problem = shaped(keeper("PATCH", at, {"version": 1, "note": "mine", "margin": "5.5"}), 409, "record.stale")
    assert problem["current"]["note"] == "second"
    assert problem["current"]["version"] == 2
    assert problem["yours"] == {"note": "mine", "margin": "5.50"}
    assert keeper("PATCH", at, {"note": "third"}, headers={"If-Match": '"2"'}).json["note"] == "third"
    shaped(keeper("PATCH", at, {"note": "fourth"}, headers={"If-Match": '"2"'}), 409, "record.stale")


def test_a_stale_save_shows_nothing_hidden(shop, keeper, seller):
    made = keeper.made("/shop/bill", {**good_bill(shop), "margin": "77.70"})
    at = f"/shop/bill/{made['id']}"
    keeper("PATCH", at, {"version": 1, "note": "x"})
    answer = seller("PATCH", at, {"version": 1, "note": "y"})
    shaped(answer, 409, "record.stale")
    assert "margin" not in answer.text
    assert "77.7" not in answer.text


def test_a_document_in_another_state_is_a_conflict(shop, keeper):
    made = keeper.made("/shop/bill", good_bill(shop))
    at = f"/shop/bill/{made['id']}"
    assert keeper("POST", f"{at}/post", {"version": 1}).status_code == 200
    shaped(keeper("POST", f"{at}/post", {"version": 2}), 409, "record.conflict")
    shaped(keeper("PATCH", at, {"version": 2, "pieces": 5}), 409, "record.conflict")


def test_problems_stand_at_their_fields(shop, keeper):
    wrong = {"customer": NOBODY, "lines": [{"service": str(shop.ids.service), "quantity": "-1"}, {"price": "abc"}]}
    paths = {e["path"] for e in shaped(keeper("POST", "/shop/bill", wrong), 422)["errors"]}
    assert {"customer", "lines[1].price"} <= paths
    among = shaped(keeper("POST", "/shop/bill", {"records": [good_bill(shop), wrong]}), 422)["errors"]
    assert {"records[1].customer", "records[1].lines[1].price"} <= {e["path"] for e in among}
    alone = shaped(keeper("POST", "/shop/bill", {"records": [wrong]}), 422)["errors"]
    assert {"records[0].customer", "records[0].lines[1].price"} <= {e["path"] for e in alone}


def test_what_breaks_inside_says_nothing_about_it(shop, keeper, monkeypatch):
    from engine.api import routes

    def broken(*given, **more):
        raise RuntimeError("the password is 12345")

    monkeypatch.setattr(routes, "page_json", broken)
    answer = keeper("GET", "/shop/bill")
    shaped(answer, 500)
    assert "12345" not in answer.text
    assert "RuntimeError" not in answer.text


def test_too_many_requests_have_the_shape_too(shop):
    from werkzeug.exceptions import TooManyRequests

    from engine import app

    with shop.app.test_request_context("/api/v1/shop/bill"):
        answer = app._from_http(TooManyRequests())
        assert answer.status_code == 429
        SHAPE.validate(answer.json)


def test_the_refused_method_says_which_are_allowed(keeper):
    assert set(keeper("DELETE", "/shop/bill").headers["Allow"].replace(" ", "").split(",")) >= {"GET", "POST"}
    assert keeper("POST", "/shop/rules", {}).headers["Allow"]
