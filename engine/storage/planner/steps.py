"""What the planner says it will do: steps with their SQL, their risk, the rows they touch and a sentence for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.language import N_, translate

SAFE, COPIES, DECISION = "safe", "copies data", "needs a decision"
LEVELS = {SAFE: N_("safe"), COPIES: N_("copies data"), DECISION: N_("needs a decision")}

SENTENCES: Mapping[str, str] = {
    "create table": N_("Create the table %(table)s"),
    "rename table": N_("Rename the table %(old)s to %(table)s; its data stays"),
    "rename column": N_("Rename the column %(old)s to %(column)s; its data stays"),
    "add column": N_("Add the column %(column)s to %(table)s"),
    "fill default": N_("Give the existing records the default of %(field)s"),
    "reseal": N_("Encrypt %(field)s anew: its values are bound to its name"),
    "fill computed": N_("Work out %(field)s for the existing records"),
    "fill keys": N_("Write the sorting keys of %(field)s for the existing records"),
    "widen column": N_("Widen the column %(column)s from %(old)s to %(new)s"),
    "convert column": N_("Convert the column %(column)s from %(old)s to %(new)s"),
    "change type": N_("The column %(column)s changes from %(old)s to %(new)s and %(count)s values would not fit"),
    "retire column": N_("Keep the column %(old)s under the name %(column)s and begin an empty one"),
    "broken links": N_("%(count)s values of %(column)s point to records that the new link cannot reach"),
    "duplicates": N_("%(count)s groups of records have equal values where %(fields)s must be unique"),
    "rebuild table": N_("Rebuild the table %(table)s with its new keys; its data is copied"),
    "add constraint": N_("Add the key %(name)s to %(table)s"),
    "drop constraint": N_("Remove the outdated key %(name)s from %(table)s"),
    "create index": N_("Create an index of %(table)s on %(fields)s"),
    "rename index": N_("Rename an index of %(table)s"),
    "drop index": N_("Remove the outdated index %(name)s"),
    "search": N_("Prepare quick search in %(table)s"),
    "drop search": N_("Remove the quick search of %(table)s; its data stays"),
    "no trigrams": N_("Quick search in %(table)s works without an index: the extension pg_trgm cannot be created here"),
    "tree": N_("Prepare the tree of %(table)s"),
    "retired table": N_("The table %(table)s is no longer described; it is kept with its data"),
    "retired column": N_("The column %(column)s of %(table)s is no longer described; it is kept with its data"),
}


@dataclass(frozen=True)
class Step:
    kind: str
    """A key of SENTENCES."""
    level: str = SAFE
    sql: tuple[str, ...] = ()
    """DDL in order. Empty for a step that only says something."""
    rows: int = 0
    """Existing rows that are read or written."""
    address: str = ""
    """The entity or field that asked for it."""
    params: Mapping[str, Any] = field(default_factory=dict)
    run: Callable[[sa.Connection], None] | None = field(default=None, compare=False)
    """What SQL alone cannot do, after `sql`: filling columns through the field types."""
    rebuilds: str | None = None
    """The table that SQLite copies: its foreign keys are checked before the end."""

    def sentence(self, language: str) -> str:
        return translate(SENTENCES[self.kind], language, self.params)

    @property
    def does_something(self) -> bool:
        return bool(self.sql or self.run)


@dataclass
class Plan:
    steps: list[Step] = field(default_factory=list)
    tables: frozenset[str] = frozenset()
    """Every described table after the plan: remembered, so that later plans know which tables were theirs."""

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def add(self, kind: str, *sql: str, **more: Any) -> Step:
        fields = {k: more.pop(k) for k in ("level", "rows", "address", "run", "rebuilds") if k in more}
        step = Step(kind, sql=sql, params=more, **fields)
        self.steps.append(step)
        return step

    @property
    def blocked(self) -> list[Step]:
        """Steps that wait for a decision. A plan with any is not applied."""
        return [step for step in self.steps if step.level == DECISION]

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if step.does_something]

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.blocked

    def lines(self, language: str, with_sql: bool = False) -> Iterable[str]:
        """The plan as people read it, one step a line."""
        for step in self.steps:
            rows = f" ({step.rows})" if step.rows else ""
            yield f"[{translate(LEVELS[step.level], language)}] {step.sentence(language)}{rows}"
            if with_sql:
                for statement in step.sql:
                    yield f"    {' '.join(statement.split())};"


def execute(connection: sa.Connection, statement: str) -> None:
    """Run DDL as it is written: neither `%` nor `:` in it means a parameter."""
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
