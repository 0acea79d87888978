"""Values of a step become records: day by day, with the clock of the run, some posted, some reversed later."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from engine.services import records
from engine.services.actor import Actor
from engine.services.identity.actors import USER, actor_statement, read_actor
from engine.services.seeding.recipes.scope import Item, RecipeError, sent
from engine.services.seeding.recipes.sources import number
from engine.storage.purposes import SEEDING
from engine.storage.tables import tables_of

BATCH = 250
OUTCOMES = ("post", "reverse", "annul", "archive")
AFTERWARDS = (2, 9)
"""Days after which a posted document is reversed."""


class Maker:
    """Keeps the items of one step."""

    def __init__(self, run: Any, step: Mapping[str, Any], actor: Actor):
        self.run, self.address, self.actor = run, step["record"], actor
        self.changes = step.get("change") == "yes"
        self.shares = {verb: number(share) for verb, share in (step.get("then") or {}).items()}

    def keep(self, items: Sequence[Item], made: Sequence[tuple[date, Mapping[str, Any]]]) -> dict[str, int]:
        """Give every item its record; how many met which outcome."""
        plan: dict[date, dict[str, list[tuple[Item, dict[str, Any]]]]] = defaultdict(lambda: defaultdict(list))
        counts: Counter[str] = Counter()
        for item, (day, values) in zip(items, made, strict=True):
            outcome = self._outcome()
            counts[outcome or "kept"] += 1
            first = "post" if outcome == "reverse" else outcome
            plan[day][first].append((item, {k: sent(v) for k, v in values.items() if v is not None}))
            if outcome == "reverse":
                later = min(day + timedelta(days=self.run.random.randint(*AFTERWARDS)), self.run.today)
                plan[later]["reverse"].append((item, {}))
        versions: dict[UUID, int] = {}
        if self.changes:
            self.run.site.write(self.actor, lambda uow: [self._change(uow, item, values) for item, (_, values)
                                                         in zip(items, made, strict=True)])
            return {"changed": len(items)}
        while plan:
            day = min(plan)
            self.run.turn_to(day)
            for outcome, found in sorted(plan.pop(day).items()):
                if outcome == "reverse":
                    self._after("reverse", found, versions)
                    continue
                for start in range(0, len(found), BATCH):
                    self._create(found[start:start + BATCH], outcome, versions)
        return dict(counts)

    def _change(self, uow, item: Item, values: Mapping[str, Any]) -> None:
        """`change: yes`: the record of the item at hand gets other values."""
        if item.id is None:
            raise RecipeError("only an item that has a record can be changed")
        version = records.read(uow, self.address, item.id).version
        records.edit(uow, self.address, item.id, {k: sent(v) for k, v in values.items()}, version)

    def _outcome(self) -> str:
        """What happens to an item: the verbs take their shares of one throw, the rest stays as created."""
        throw, sum_ = self.run.random.random(), 0.0
        for verb, share in self.shares.items():
            sum_ += share
            if throw < sum_:
                return verb
        return ""

    def _create(self, found: Sequence[tuple[Item, dict[str, Any]]], outcome: str, versions: dict[UUID, int]) -> None:
        raws = [raw for _, raw in found]
        then = "post" if outcome == "post" else None
        stored = self.run.site.write(self.actor, lambda uow: records.create_many(uow, self.address, raws, then=then))
        for (item, _), record in zip(found, stored, strict=True):
            item.id = record.id
            versions[record.id] = record.version
        if outcome in ("annul", "archive"):
            self._after(outcome, found, versions)

    def _after(self, verb: str, found: Sequence[tuple[Item, dict[str, Any]]], versions: Mapping[UUID, int]) -> None:
        act = {"reverse": records.reverse, "annul": records.annul, "archive": records.archive}[verb]
        self.run.site.write(self.actor, lambda uow: [act(uow, self.address, i.id, versions[i.id]) for i, _ in found])


def actor_called(site: Any, login: str) -> Actor:
    """The user of that login as an actor, so that the history of a demo school names people."""
    who = tables_of(site.catalog).of(USER).alias()
    with site.database.reading(SEEDING) as connection:
        statement = actor_statement(site.catalog, who, who.c.id, [], who.c.login == login)
        rows = connection.execute(statement).all()
    actor = read_actor(site, rows, "user", "", "")
    if actor is None:
        raise RecipeError(f"there is no open user `{login}`")
    return actor


