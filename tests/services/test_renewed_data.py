"""What publishing does to records that are there: new computed values are worked out, renamed secrets stay readable."""

import pytest

from engine.services import records
from engine.services.publishing import publish
from engine.services.registries import Query, listing
from engine.storage.database import Database
from tests.services import world
from tests.services.conftest import Office, open_site

MODULE = {"metadata/depot/_module.yaml": "module: depot\ntitle: {kk: Қойма, ru: Склад}\nrequires: [system]\n"}
BEFORE = """
entity: depot.bill
kind: reference
title: {kk: Шот, ru: Счёт}
plural: {kk: Шоттар, ru: Счета}
display: "{name}"
fields:
  name: {type: text, required: yes, title: {kk: Атауы, ru: Название}}
  pin: {type: text, encrypted: yes, title: {kk: Құпия, ru: Тайна}}
  rate: {type: percent, default: 10, title: {kk: Үлес, ru: Доля}}
  lines:
    type: rows
    title: {kk: Жолдар, ru: Строки}
    fields:
      pieces: {type: integer, title: {kk: Саны, ru: Штук}}
      price: {type: money, title: {kk: Бағасы, ru: Цена}}
      code: {type: text, encrypted: yes, title: {kk: Код, ru: Код}}
      parts:
        type: rows
        title: {kk: Бөліктер, ru: Части}
        fields:
          share: {type: percent, title: {kk: Үлес, ru: Доля}}
#PART
#LINE
#RECORD
access:
  owner: {can: ALL}
"""
AFTER = (BEFORE
         .replace("#PART", '          cost: {type: money, value: "round(price * share / 100 * rate / 10, 2)", '
                           "title: {kk: Құны, ru: Стоимость}}")
         .replace("#LINE", '      amount: {type: money, value: "round(pieces * price, 2)", '
                           "title: {kk: Сомасы, ru: Сумма}}\n"
                           "      covered: {type: money, value: sum(parts.cost), title: {kk: Жабық, ru: Покрыто}}")
         .replace("#RECORD", "  payable: {type: money, value: total - fee, "
                             "title: {kk: Төлеуге, ru: К оплате}}\n"
                             "  total: {type: money, value: sum(lines.amount), title: {kk: Бәрі, ru: Итого}}\n"
                             '  fee: {type: money, value: "round(total * rate / 100, 2)", '
                             "title: {kk: Алым, ru: Сбор}}"))
RENAMED = (AFTER.replace("entity: depot.bill", "entity: depot.account\nwas: depot.bill")
           .replace("  pin: {type: text,", "  secret: {type: text, was: pin,")
           .replace("      code: {type: text,", "      cipher: {type: text, was: code,"))
BILLS = [
    {"name": "А", "pin": "0000", "lines": [
        {"pieces": 3, "price": "19.99", "code": "k1", "parts": [{"share": 50}, {"share": "33.33"}]},
        {"pieces": 2, "price": "0.05"}]},
    {"name": "Ә", "rate": 0, "lines": [{"pieces": None, "price": "5", "parts": [{"share": None}]}]},
    {"name": "Б", "pin": "9", "rate": None, "lines": []},
]


def files(text: str, name: str = "bill") -> dict[str, bytes]:
    return world.files({**MODULE, f"metadata/depot/{name}.yaml": text})


@pytest.fixture
def depot(url, tmp_path):
    site = open_site(url, tmp_path, files(BEFORE))
    office = Office(site)
    office.site.write(office.owner, lambda uow: records.create_many(uow, "depot.bill", BILLS))
    yield office
    site.database.close()


def renewed(depot, text: str, name: str = "bill"):
    database = Database(depot.site.settings.database_url)
    done = publish(database, files(text, name))
    assert not publish(database, files(text, name), only_plan=True).changed, "a second look finds nothing more to do"
    database.close()
    depot.site.holder.current(done.number)
    return done


def told(depot, address: str = "depot.bill") -> dict:
    page = depot.list(address, sort=("created_at", "name"), rows=True)
    return {r["name"]: r for r in page.records}


def bare(value):
    """Without what tells one record from another."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if k not in ("id", "name", "created_at", "updated_at", "number")}
    return [bare(v) for v in value] if isinstance(value, list) else value


def test_new_computed_fields_are_worked_out_for_old_records_as_for_new_ones(depot):
    done = renewed(depot, AFTER)
    assert {s.kind for s in done.plan} >= {"add column", "fill computed"}
    old = told(depot)
    depot.site.write(depot.owner, lambda uow: records.create_many(
        uow, "depot.bill", [{**bill, "name": bill["name"] + "2"} for bill in BILLS]))
    new = told(depot)
    for bill in BILLS:
        assert bare(old[bill["name"]]) == bare(new[bill["name"] + "2"])
    assert str(old["А"]["total"]) == "60.07" and str(old["А"]["payable"]) == "54.06"
    assert str(old["А"]["lines"][0]["covered"]) == "16.66"


def test_renamed_encrypted_fields_stay_readable_and_found(depot):
    renewed(depot, AFTER)
    done = renewed(depot, RENAMED, "account")
    assert [s.kind for s in done.plan].count("reseal") == 2
    found = told(depot, "depot.account")
    assert found["А"]["secret"] == "0000" and found["Ә"]["secret"] is None
    assert [line["cipher"] for line in found["А"]["lines"]] == ["k1", None]
    page = depot.site.read(depot.owner, lambda view: listing(view, "depot.account", Query(
        filters=[("secret", "is", ["9"])])))
    assert [r["name"] for r in page.records] == ["Б"]
