"""Schemas, encoders and queries are shared by all threads: nothing of one request may be seen in another."""

import random
import threading
from decimal import ROUND_HALF_UP, Decimal

from tests.api.conftest import Caller

THREADS, EDITS = 8, 12


def amount(quantity, price):
    return (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_eight_threads_edit_their_own_records_and_see_nothing_of_each_other(shop, keeper, bill):
    records = [keeper.made("/shop/bill", {**bill, "note": f"thread {n}"}) for n in range(THREADS)]
    wrong, gate = [], threading.Barrier(THREADS)

    def work(n):
        mine, chance, caller, version = records[n], random.Random(n), Caller(shop, "keeper"), 1
        at = f"/shop/bill/{mine['id']}"
        gate.wait()
        for step in range(EDITS):
            mark = f"thread {n} step {step}"
            lines = [{"service": str(shop.ids.service), "quantity": f"{n + 1}.{row:03}", "price": f"{n}.5"}
                     for row in range(1, chance.randint(2, 6))]
            bad = chance.random() < 0.3
            total = sum(amount(row["quantity"], row["price"]) for row in lines)
            sent = {"version": version, "note": mark, "pieces": n, "lines": lines}
            if bad:
                sent["discount"] = f"wrong of {n}"
            answer = caller("PATCH", at, sent, headers={"Accept-Language": ("kk", "ru", "en")[n % 3]})
            if bad:
                if answer.status_code != 422 or [e["path"] for e in answer.json["errors"]] != ["discount"]:
                    wrong.append((n, step, answer.text))
                continue
            version += 1
            seen = caller("GET", at).json if answer.status_code == 200 else {}
            expected = [(r["quantity"], f"{n}.50", str(amount(r["quantity"], r["price"]))) for r in lines]
            for found in (answer.json, seen):
                if answer.status_code != 200 or found["note"] != mark or found["pieces"] != n \
                        or found["version"] != version or found["total"] != str(total) \
                        or [(r["quantity"], r["price"], r["amount"]) for r in found["lines"]] != expected:
                    wrong.append((n, step, answer.text))
            listed = caller("GET", f"/shop/bill?id={mine['id']}&fields=note,pieces,lines").json["data"]
            if [(r["note"], r["pieces"], len(r["lines"])) for r in listed] != [(mark, n, len(lines))]:
                wrong.append((n, step, listed))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]


def test_a_leak_would_be_seen(shop, keeper, bill, monkeypatch):
    """The planted defect: an encoder that keeps the last record and answers it to whoever asks next."""
    from engine.api import routes

    kept, real = {}, routes.record_json

    def leaking(record, catalog):
        shown = real(record, catalog)
        return kept.setdefault("last", shown)

    monkeypatch.setattr(routes, "record_json", leaking)
    one = keeper.made("/shop/bill", {**bill, "note": "mine"})
    other = keeper.made("/shop/bill", {**bill, "note": "yours"})
    assert one["note"] == other["note"] == "mine"
