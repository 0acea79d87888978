"""Records over the API, asked as a program would."""


def test_a_bill_is_created_read_changed_posted_and_reversed(keeper, bill):
    made = keeper("POST", "/shop/bill", bill)
    assert made.status_code == 201, made.text
    record = made.json
    assert made.headers["Location"].endswith(f"/api/v1/shop/bill/{record['id']}")
    assert record["total"] == "501.00"
    assert record["lines"][0]["amount"] == "501.00"
    assert (record["state"], record["number"], record["version"]) == ("draft", None, 1)
    at = f"/shop/bill/{record['id']}"
    read = keeper("GET", at)
    assert read.status_code == 200
    assert read.headers["ETag"] == '"1"'
    assert {k: v for k, v in read.json.items() if k == "@allowed" or k[0] != "@"} == record
    assert read.json["@customer"] == "Бекет"
    assert read.json["@display"] == ""  # a draft has no number yet, and the display is made of nothing else
    edited = keeper("PATCH", at, {"version": 1, "note": "жаңа"})
    assert (edited.status_code, edited.json["note"], edited.json["version"]) == (200, "жаңа", 2), edited.text
    posted = keeper("POST", f"{at}/post", {"version": 2})
    assert (posted.status_code, posted.json["state"]) == (200, "posted"), posted.text
    assert posted.json["number"]
    reversing = keeper("POST", f"{at}/reverse", {"version": 3})
    assert reversing.status_code == 200, reversing.text
    assert reversing.json["reverses"] == record["id"]
    assert keeper("GET", at).json["state"] == "reversed"
    told = keeper("GET", f"{at}/history?limit=2")
    assert [e["operation"] for e in told.json["data"]] == ["reverse", "post"]
    rest = keeper("GET", f"{at}/history?after={told.json['next']}")
    assert [e["operation"] for e in rest.json["data"]] == ["edit", "create"]
