"""The server itself is killed while several clients write through the API: nothing told is lost, nothing is half done."""

from __future__ import annotations

import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from engine.loading.files import read_folder
from engine.services import records
from engine.services.identity import create_key
from engine.services.publishing import publish
from tests.conftest import FULL, ROOT
from tests.durability.notes import NOTES
from tests.proofs import write_proof
from tests.races.conftest import Yard, judge_documents, judge_numbers
from tests.races.world import RACE

SEED = 20260302
KILLS = 25 if FULL else 1
CLIENTS = 4
PATIENCE = 120


@pytest.fixture
def yard(url, tmp_path):
    made = Yard(url, tmp_path)
    # All that is shipped as well: the server looks after its reference data when it starts.
    files = {**read_folder(ROOT), **{name: text.encode() for name, text in RACE.items()}}
    made.site.holder.current(publish(made.site.database, files).number)
    yield made
    made.site.database.close()


class Server:
    """`qurastyr serve` on a port that the system chooses."""

    def __init__(self, yard: Yard):
        said = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli.main", "--data", str(yard.folder), "--database", yard.url, "serve",
             "--no-demo", "--no-worker", "--port", "0"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until = time.monotonic() + PATIENCE
        for line in self.process.stdout:
            said.append(line)
            if " serves at " in line:
                self.port = int(line.split("://")[1].split("/")[0].rpartition(":")[2])
                return
            assert time.monotonic() < until
        raise AssertionError("the server did not start: " + "".join(said)[-3000:])

    def kill(self) -> None:
        assert self.process.poll() is None, "it was still serving"
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL
        self.process.stdout.close()


class Client(threading.Thread):
    """Writes documents and posts them until the server is gone. `told`: what it was answered."""

    def __init__(self, port: int, key: str, seed: int):
        super().__init__(daemon=True)
        self.port, self.key, self.chance = port, key, random.Random(seed)
        self.told: dict[str, dict] = {}
        self.unsure: set[str] = set()
        self.wrong: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            while True:
                seats = [{"place": n, "price": str(n)} for n in range(self.chance.randrange(1, 4))]
                made = self.post(connection, "/api/v1/race/ticket", {"tag": "x", "seats": seats})
                self.unsure.add(made["id"])
                done = self.post(connection, f"/api/v1/race/ticket/{made['id']}/post", {"version": made["version"]})
                self.told[made["id"]] = {
                    "version": done["version"], "number": done["number"], "seats": len(seats)}
                self.unsure.discard(made["id"])
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the server is gone
        except RuntimeError as refused:
            self.wrong.append(str(refused))

    def post(self, connection, path: str, body: dict) -> dict:
        connection.request("POST", path, json.dumps(body), {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.key}"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(text.decode()[:500])
        return json.loads(text)


def test_a_killed_server_loses_nothing_that_it_answered(yard):
    user = yard.site.write(yard.who, lambda uow: records.create(
        uow, "system.user", {"login": "writer", "active": True, "roles": [{"role": "administrator"}]}))
    key = create_key(yard.site, user.values["login"], "test")
    chance, known, drafts = random.Random(SEED), {}, set()
    for kill in range(KILLS):
        server = Server(yard)
        clients = [Client(server.port, key, SEED + 10 * kill + n) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        until = time.monotonic() + PATIENCE
        while not all(c.told for c in clients) and time.monotonic() < until and not any(c.wrong for c in clients):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        server.kill()
        for client in clients:
            client.join(PATIENCE)
            assert not client.wrong, client.wrong
            known |= client.told
            drafts |= client.unsure
        wrong = judged(yard, known)
        assert wrong == dict.fromkeys(wrong, 0), f"after kill {kill + 1}"
    assert len(known) >= KILLS * CLIENTS
    if FULL:
        kind = yard.dialect
        write_proof("durability", {
            f"server_kills_{kind}": (KILLS, ">=", 20),
            f"server_documents_answered_{kind}": (len(known), ">", 0),
            **{f"server_{name.replace(' ', '_')}_{kind}": (value, "==", 0) for name, value in wrong.items()},
        }, SEED, NOTES, joined=True)


def judged(yard, known: dict[str, dict]) -> dict[str, int]:
    """What is wrong with the database after a kill. A document may be a draft: it was made, its posting was not."""
    wrong = judge_documents(yard, known)
    stored = yard.tickets()
    wrong["neither draft nor posted whole"] = sum(
        1 for t in stored if (t.state == "posted") != (t.number is not None and t.posted_at is not None))
    numbers = judge_numbers([t["number"] for t in known.values()], [t.number for t in stored if t.number],
                            yard.counter())
    numbers.pop("stored but not told")  # committed, and killed before the answer
    return {**wrong, **numbers, "unsound pages or keys": len(yard.unsound())}


def test_the_judge_catches_what_was_answered_and_is_not_there(yard):
    wrong = judged(yard, {"nobody": {"version": 1, "number": "2026-000001", "seats": 1}})
    assert wrong["acknowledged but lost"] == 1 and wrong["told but not stored"] == 1
