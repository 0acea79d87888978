"""A name from a request is looked up, never written into SQL (security.md, 13). The API has its own, larger proof.

Hostile names go to every place of a page where a name, an id or a rule stands. What counts: no answer of 500, and no
statement that holds the name.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from engine.services.registries.columns import Columns
from engine.services.registries.cursor import Key
from tests.api.hostile import names
from tests.conftest import FULL, Statements
from tests.security.figures import SEED, none_wrong, planted

TEST, LIST = "test_sql_names", "/fort/thing"


def places(name: str) -> tuple[tuple[str, dict[str, str] | None], ...]:
    n = quote(name.encode("utf-8", "surrogatepass"), safe="")
    return (
        (f"{LIST}?sort={n}", None),
        (f"{LIST}?group={n}", None),
        (f"{LIST}?{n}.is=1", None),
        (f"{LIST}?where={n}%20==%201", None),
        (f"{LIST}?text_one.{n}=1", None),
        (f"{LIST}?as=board&by={n}", None),
        (f"{LIST}?as={n}", None),
        (f"{LIST}?view={n}", None),
        (f"{LIST}/order?column={n}", None),
        (f"{LIST}?_filter={n}", None),
        (f"{LIST}/choices/{n}", None),
        (f"/{n}/thing", None),
        (f"/fort/{n}", None),
        (f"{LIST}/{n}", None),
        (f"{LIST}/grids/{n}", None),
        (f"/help/fort/{n}", None),
        (f"{LIST}?q={n}", None),
        (f"/search?q={n}", None),
        (f"{LIST}?after={n}", None),
        (f"{LIST}?saved={n}", None),
        (f"{LIST}/filter?rule={n}", None),
        (f"/guild/presence/grids/days?of_team={n}&month={n}", None),
        (f"{LIST}/export?sort={n}", {"format": "csv"}),
        (f"{LIST}/export", {"format": name}),
        (f"{LIST}/columns", {"column": name, "show": name}),
        (f"{LIST}/views?sort={n}", {"title": "т", "audience": name}),
        (f"{LIST}/bulk/edit", {"_id": f"{name}.1", "_step": "do"}),
        (f"{LIST}/new", {"_fields": name, name: "1"}),
        (f"{LIST}/@/move", {"by": name, "to": name}),
    )


def faults(fort: Any, count: int) -> tuple[int, list[str]]:
    person, sent, wrong = fort.person("owner"), 0, []
    id = str(fort.here.sample("fort.thing").id)
    with Statements(fort.site.database.engine) as sql:
        for number, name in enumerate(names(count, SEED)):
            every = places(name)
            for path, data in every if number < 12 else (every[number % len(every)],):
                sql.texts.clear()
                clean = (
                    {
                        k.encode("utf-8", "replace").decode(): v.encode("utf-8", "replace").decode()
                        for k, v in data.items()
                    }
                    if data is not None
                    else None
                )
                path = path.replace("@", id, 1) if "/@" in path else path
                answer = person.get(path) if clean is None else person.post(path, clean)
                sent += 1
                if answer.status_code >= 500:
                    wrong.append(f"{answer.status_code} {path[:160]}")
                if len(name) > 8 and not name.isidentifier() and any(name in text for text in sql.texts):
                    wrong.append(f"in a statement: {path[:160]}")
                answer.close()
    return sent, wrong


def test_no_name_of_a_request_reaches_a_statement(either):
    count = (6_000 if FULL else 500) if either.dialect == "sqlite" else (2_000 if FULL else 150)
    sent, wrong = faults(either, count)
    none_wrong(TEST, either.dialect, sent, wrong, count)
    assert either.person("owner").get(LIST).status_code == 200


@pytest.mark.parametrize("plant", ["the order", "the groups"])
def test_a_name_that_is_written_into_sql_is_caught(fort, monkeypatch, plant):
    def careless(self: Any, sort: tuple[str, ...]) -> list[Key]:
        return [Key(sa.text(sort[0]), False, False)] if sort else []

    if plant == "the order":
        monkeypatch.setattr(Columns, "keys", careless)
    else:
        real = Columns.field
        monkeypatch.setattr(
            Columns,
            "field",
            lambda self, key, path="fields": (
                real(self, key, path) if key in self.entity.fields else self.view.execute(sa.text(f"SELECT {key}"))
            ),
        )
    _, wrong = faults(fort, 3)
    planted(TEST, f"names are written into {plant}", bool(wrong))
