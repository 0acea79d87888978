"""A page of another site changes nothing in the name of somebody who is signed in here (security.md, 22)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine import doors
from engine.services.seeing import LOOK
from engine.storage.system.tables import JOURNAL
from engine.storage.tables import tables_of
from tests.conftest import FULL
from tests.security.asleep import Asleep
from tests.security.conftest import Person
from tests.security.figures import none_wrong, planted
from tests.security.routes import METHODS, SAFE, endpoint_at, fill, paths

TEST = "test_csrf"
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "https://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
"""What a browser says of a request that another site's page began."""
TOKENS = ("none", "empty", "made up", "a stranger's", "of an old secret")


class Forms(Asleep):
    """The owner at every route that changes something, with what forged requests carry."""

    def __init__(self, fort: Any):
        super().__init__(fort)
        self.owner, self.stranger = (Person(fort, role, fort.here, fort.app) for role in ("owner", "keeper"))
        self.owner.client.application = self.app
        old = Person(fort, "owner", fort.here, fort.app)
        self.tokens = {
            "none": None,
            "empty": "",
            "made up": "abc.def.ghi",
            "a stranger's": self.stranger.token,
            "of an old secret": old.token,
        }

    def unsafe(self) -> list[tuple[str, str]]:
        found = []
        for path in paths(self.app, self.fort, "fort.deed"):
            for method in METHODS:
                endpoint, _ = endpoint_at(self.app, path, method)
                if endpoint and method not in SAFE and not endpoint.startswith("api."):
                    found.append((method, path))
        return found

    def faults(self, each: int = 1) -> tuple[int, list[str]]:
        """`each`: only one route of so many, where a hole is planted that all of them have."""
        sent, wrong = 0, []

        def probe(what: str, method: str, path: str, let_in: bool, **more: Any) -> None:
            nonlocal sent
            sent += 1
            if self.lets_in(self.owner.client, method, path, **more) != let_in:
                wrong.append(f"{what}: {method} {path} {'was stopped' if let_in else 'got in'}")

        good = {"csrf_token": self.owner.token}
        for method, path in self.unsafe()[::each]:
            access = self.app.view_functions[endpoint_at(self.app, path, method)[0]].access
            if access not in (doors.PUBLIC, doors.HALF):
                probe("the page's own form", method, path, True, data=good)
                probe("the page's own header", method, path, True, headers={"X-CSRFToken": self.owner.token})
            for name in TOKENS:
                token = self.tokens[name]
                probe(f"token {name}", method, path, False, data={} if token is None else {"csrf_token": token})
                probe(f"header {name}", method, path, False, headers={} if token is None else {"X-CSRFToken": token})
                probe(f"address {name}", method, path, False, query_string={"csrf_token": self.owner.token})
            for headers in FOREIGN:
                probe(f"{headers}", method, path, False, data=good, headers=headers)
            probe(
                "as plain text",
                method,
                path,
                False,
                data=f"csrf_token={self.owner.token}",
                headers={"Content-Type": "text/plain"},
            )
        return sent, wrong


@pytest.fixture(scope="module")
def forms(fort_on):
    return Forms(fort_on("sqlite"))


def test_a_forged_change_never_reaches_its_view(forms):
    sent, wrong = forms.faults()
    none_wrong(TEST, "forged changes", sent, wrong, 800)


@pytest.mark.parametrize("lets", ["tokens are not judged", "origins are not judged", "nothing is refused"])
def test_a_planted_hole_is_caught(fort_on, monkeypatch, lets):
    if lets == "tokens are not judged":
        monkeypatch.setattr(doors.csrf, "protect", lambda: None)
    elif lets == "origins are not judged":
        monkeypatch.setattr(doors, "urlsplit", lambda text: type("Any", (), {"netloc": "localhost"}))
    else:
        monkeypatch.setattr(doors, "refuse_foreign", lambda: None)
    _, wrong = Forms(fort_on("sqlite")).faults(each=1 if FULL else 6)
    planted(TEST, lets, bool(wrong))


# -- GET --------------------------------------------------------------------------------------------------------------


def written(fort: Any) -> dict[str, Any]:
    """What records and the journal hold: how many entries, and the sum of versions of every entity."""
    tables = tables_of(fort.catalog)
    with fort.site.database.reading() as connection:
        found = {
            "journal": connection.scalar(
                sa.select(sa.func.count()).select_from(JOURNAL).where(JOURNAL.c.operation != LOOK)
            )
        }
        for address in fort.catalog.entities:
            table = tables.of(address)
            found[address] = tuple(
                connection.execute(
                    sa.select(sa.func.count(), sa.func.sum(table.c.version), sa.func.count(table.c.archived_at))
                ).first()
            )
    return found


def looked_at(fort: Any, addresses: Any) -> tuple[int, list[str]]:
    """Every address asked for by GET and HEAD as the owner of everything: what changed by it."""
    for address in addresses:
        fort.here.sample(address)  # now, for `fill` makes it on first need
    person, before, sent, wrong = fort.person("owner"), written(fort), 0, []
    for address in addresses:
        for rule in sorted({rule.rule for rule in fort.app.url_map.iter_rules()}):
            for method in ("GET", "HEAD"):
                person.client.open(fill(rule, fort, address), method=method, query_string={"_then": "post", "to": "x"})
                sent += 1
                if (after := written(fort)) != before:
                    wrong.append(f"{method} {rule}: {[k for k in after if after[k] != before[k]]}")
                    before = after
    return sent, wrong


def test_looking_changes_nothing(fort):
    """Whoever is shown a restricted field leaves a line in the journal: that one is told from a change."""
    addresses = ["fort.deed", "fort.thing", "club.pupil", "guild.presence", "system.user"] if FULL else ["fort.deed"]
    sent, wrong = looked_at(fort, addresses)
    none_wrong(TEST, "addresses looked at", sent, wrong, 150)


def test_a_planted_change_by_looking_is_caught(fort, monkeypatch):
    view = fort.app.view_functions["web.card"]

    def careless(module: str, slug: str, id: str) -> Any:
        fort.here.create("fort.item", {"name": "ілесіп"})
        return view(module, slug, id)

    careless.access = view.access
    monkeypatch.setitem(fort.app.view_functions, "web.card", careless)
    planted(TEST, "a card that writes when it is opened", bool(looked_at(fort, ["fort.deed"])[1]))
