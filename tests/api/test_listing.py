"""Lists: conditions, order, pages, what stands behind links - and never more than the actor may see."""

import pytest

from tests.api.test_errors import shaped


@pytest.fixture(scope="module")
def bills(shop):
    """Twelve bills of one mark, made through the API."""
    from tests.api.conftest import Caller

    keeper = Caller(shop, "keeper")
    line = {"service": str(shop.ids.service), "quantity": "1"}
    made = keeper("POST", "/shop/bill", {"records": [
        {"customer": str(shop.ids.hidden if n % 4 == 3 else shop.ids.customer), "note": f"series {n:02}", "pieces": n,
         "margin": f"{n}.10", "lines": [line] * (n % 3 + 1)}
        for n in range(12)]})
    assert made.status_code == 201, made.text
    return made.json["data"]


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [row["pieces"] for row in answer.json["data"]]


def test_simple_filters_and_rules_find_the_same(keeper, bills):
    assert numbers(keeper("GET", "/shop/bill?pieces.ge=3&pieces.lt=6&sort=pieces")) == [3, 4, 5]
    assert numbers(keeper("GET", "/shop/bill?where=pieces+>%3D+3+and+pieces+<+6&sort=-pieces")) == [5, 4, 3]
    assert numbers(keeper("GET", "/shop/bill?pieces.between=3,5&sort=pieces")) == [3, 4, 5]
    assert numbers(keeper("GET", "/shop/bill?pieces.in=3,5&sort=pieces")) == [3, 5]
    assert numbers(keeper("GET", "/shop/bill?pieces.in=3&pieces.in=5&sort=pieces")) == [3, 5]
    assert numbers(keeper("GET", "/shop/bill?where=customer.name+%3D%3D+%22Құпия%22&sort=pieces")) == [3, 7, 11]
    assert numbers(keeper("GET", "/shop/bill?note.contains=series+0&sort=pieces")) == list(range(10))
    assert numbers(keeper("GET", "/shop/bill?search=SERIES+11")) == [11]


@pytest.mark.parametrize("sort", ["pieces", "-pieces", "-note,pieces", "customer,-pieces", "total,-created_at"])
def test_pages_follow_each_other_without_gap_or_repeat(keeper, bills, sort):
    whole = keeper("GET", f"/shop/bill?note.contains=series&sort={sort}&limit=200").json["data"]
    found, after = [], ""
    for _ in range(10):
        page = keeper("GET", f"/shop/bill?note.contains=series&sort={sort}&limit=5{after}").json
        found += page["data"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == whole
    assert len(found) == 12


def test_the_count_is_told_when_asked(keeper, bills):
    asked = keeper("GET", "/shop/bill?note.contains=series&limit=2&count=yes").json
    assert (asked["count"], len(asked["data"])) == (12, 2)
    assert "count" not in keeper("GET", "/shop/bill?limit=2").json


def test_fields_are_those_named(keeper, bills, shop):
    row = keeper("GET", "/shop/bill?pieces=4&fields=note,customer.name,lines").json["data"][0]
    assert set(row) == {"id", "version", "note", "customer.name", "lines"}
    assert row["customer.name"] == "Бекет"
    assert [line["amount"] for line in row["lines"]] == ["250.50", "250.50"]
    assert "lines" not in keeper("GET", "/shop/bill?pieces=4").json["data"][0]


def test_links_are_expanded_and_shown(keeper, bills, shop):
    rows = keeper("GET", "/shop/bill?note.contains=series&sort=pieces&expand=customer&shown=yes").json["data"]
    assert [row["customer"]["name"] for row in rows[:4]] == ["Бекет"] * 3 + ["Құпия"]
    assert rows[3]["customer"]["secret_note"] == "x"
    plain = keeper("GET", "/shop/bill?pieces=3&shown=yes").json["data"][0]
    assert plain["@customer"] == "Құпия"


def test_what_is_hidden_behind_a_link_stays_hidden(seller, bills, shop):
    asked = "note.contains=series&sort=pieces&expand=customer&fields=customer,customer.name,pieces&shown=yes"
    rows = seller("GET", f"/shop/bill?{asked}")
    found = {row["pieces"]: row for row in rows.json["data"]}
    assert found[0]["customer"]["name"] == "Бекет"
    assert set(found[0]["customer"]) & {"secret_note"} == set()
    assert found[3]["customer"] == str(shop.ids.hidden)
    assert found[3]["customer.name"] is None
    assert found[3]["@customer"] is None
    assert "Құпия" not in rows.text


def test_archived_records_are_listed_apart_and_still_expanded(keeper, shop):
    customer = keeper.made("/shop/customer", {"name": "Кеткен"})
    bill = keeper.made("/shop/bill", {"customer": customer["id"], "note": "of the archived",
                                      "lines": [{"service": str(shop.ids.service)}]})
    assert keeper("POST", f"/shop/customer/{customer['id']}/archive", {"version": 1}).status_code == 200
    assert customer["id"] not in keeper("GET", "/shop/customer?limit=200").text
    assert customer["id"] in keeper("GET", "/shop/customer?limit=200&archived=yes").text
    row = keeper("GET", f"/shop/bill?id={bill['id']}&expand=customer").json["data"][0]
    assert row["customer"]["name"] == "Кеткен"


HIDDEN = ["margin", "secret_note", "customer.secret_note", "customer.nothing", "nothing", "lines.nothing", "password",
          "margin.x", "customer.customer", "id.id", "customer."]


@pytest.mark.parametrize("place", ["sort={}", "sort=-{}", "fields={}", "expand={}", "{}=1", "{}.ge=1", "{}.empty=yes",
                                   "where={} > 1", "where=empty({})", "where=sum(lines.{}) > 1"])
def test_hidden_and_unknown_names_are_refused_alike(seller, place):
    said = {}
    for name in ("margin", "absent"):
        problem = shaped(seller("GET", f"/shop/bill?{place.format(name)}"), 400)
        said[name] = str([{k: e.get(k) for k in ("code", "path", "message", "hint")} for e in problem["errors"]])
    assert said["margin"].replace("margin", "absent") == said["absent"]


@pytest.mark.parametrize("name", HIDDEN)
def test_no_list_answers_to_a_name_that_is_not_shown(seller, name):
    for place in ("sort={}", "fields={}", "expand={}", "{}=1", "where={} == 1"):
        shaped(seller("GET", f"/shop/bill?{place.format(name)}"), 400)


def test_settings_are_one_record(keeper, seller):
    one = keeper("GET", "/shop/rules")
    assert (one.status_code, one.json["greeting"]) == (200, "Сәлем"), one.text
    saved = keeper("PATCH", "/shop/rules", {"version": one.json["version"], "limit": "12.5"})
    assert (saved.status_code, saved.json["limit"]) == (200, "12.50"), saved.text
    assert seller("GET", "/shop/rules").json["limit"] == "12.50"
    shaped(seller("PATCH", "/shop/rules", {"version": 1, "limit": "1"}), 403)


def test_me_says_what_the_key_may_do(seller):
    me = seller("GET", "/me").json
    assert me["login"] == "seller"
    assert me["roles"] == ["seller"]
    assert me["entities"]["shop.bill"] == ["read", "create", "edit", "history", "post"]
    assert "shop.safe" not in me["entities"]


def test_totals_are_over_everything_that_matches(keeper, bills):
    page = keeper("GET", "/shop/bill?note.contains=series&limit=1&totals=pieces,margin:avg,pieces:max")
    assert page.status_code == 200, page.text
    assert page.json["totals"] == {"pieces": 11, "margin": "5.60"}, "of two totals of one field the last counts"
    one = keeper("GET", "/shop/bill?note.contains=series&limit=1&totals=pieces:avg").json["totals"]
    assert one == {"pieces": "5.50"}
    assert keeper("GET", "/shop/bill?totals=note").status_code == 400
    assert "totals" not in keeper("GET", "/shop/bill?limit=1").json


def test_groups_are_counted_and_summed_up(keeper, bills, shop):
    asked = keeper("GET", "/shop/bill?note.contains=series&groups=customer,date:month&totals=pieces,total:count")
    assert asked.status_code == 200, asked.text
    groups = {g["key"]["customer"]: g for g in asked.json["groups"]}
    assert groups[str(shop.ids.hidden)]["count"] == 3 and groups[str(shop.ids.hidden)]["totals"] == {
        "pieces": 21, "total": 3}
    assert groups[str(shop.ids.customer)]["totals"] == {"pieces": 45, "total": 9}
    assert all(g["key"]["date:month"].endswith("-01") for g in groups.values()) and asked.json["more"] is False
    assert "totals" not in keeper("GET", "/shop/bill?groups=state").json["groups"][0]


def test_groups_and_totals_tell_nothing_of_hidden_fields(seller, bills):
    for parameter in ("totals={}", "totals={}:avg", "groups={}", "groups=state,{}", "groups=state&totals={}"):
        told = [
            shaped(seller("GET", f"/shop/bill?{parameter.format(name)}"), 400)["errors"][0]
            for name in ("margin", "nothing")
        ]
        assert told[0]["code"] == told[1]["code"] == "field.unknown"
        assert told[0]["message"].replace("margin", "?") == told[1]["message"].replace("nothing", "?")
