"""Samples of records of any entity, made from what its fields say of themselves and mended by what the engine answers.

Nothing here knows an entity: values come from `FieldType.sample`, codes from dictionaries, linked records are sampled
in their turn, and what a rule refuses is taken back or chosen anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from typing import Any

from marshmallow import ValidationError

from engine.errors import Refusal
from engine.model import Entity, Field
from engine.services import records
from engine.services.actor import Actor
from engine.services.registries import choices

PATTERNED = ("19", "1001", "a1", "abc-1", "ab1", "abc", "0", "A", "12345", "2026-1")
"""Texts that are tried for a field with a pattern."""
ROUNDS = 12


class NoSample(AssertionError):
    """No sample could be found; the message says what the last try was refused for."""


class Sampler:
    """Makes samples in one organisation of a site, acting as `who`.

    `numbers`: what makes unique values differ; samplers of one site share them, for logins are unique in all of it.
    """

    def __init__(self, site, who: Actor, numbers: Iterator[int] | None = None):
        self.site, self.who = site, who
        self.made: dict[str, records.Record] = {}
        self._n = numbers or count(1)

    def record(self, address: str) -> records.Record:
        """A stored record of the entity, made on first need."""
        if address not in self.made:
            raw = self.raw(address)
            self.made[address] = self.site.write(self.who, lambda uow: records.create(uow, address, raw))
        return self.made[address]

    def raw(self, address: str, full: bool = False) -> dict[str, Any]:
        """Values of which the engine makes a record: the required ones, or as many as the rules leave (`full`)."""
        entity = self.site.catalog.entity(address)
        wanted = [f for f in entity.input_fields if full or f.required or (f.options.get("min") and f.is_many)]
        raw = {f.key: v for f in wanted if (v := self.value(f, full)) is not None}
        said: list[Any] = []
        self.returned: set[tuple[str, str]] = set()
        for _ in range(ROUNDS):
            said = self.problems_of(address, raw)
            if not said:
                return raw
            for problem in said:
                self.mend(entity, raw, problem)
        raise NoSample(f"{address}: {[(p.path, p.code, p.text('en')) for p in said]} of {raw}")

    def another(self, address: str) -> dict[str, Any]:
        """Values of a record that may stand beside the sample: what must be unique differs."""
        entity, raw = self.site.catalog.entity(address), self.raw(address)
        sets = [*(u.fields for u in entity.unique.values()), *((f.key,) for f in entity.fields.values() if f.unique)]
        for keys in sets:
            fields = [f for f in (entity.fields[k] for k in keys) if f.is_input]
            plain = ((f, self.varied(f, raw.get(f.key) or f.kind.sample(f))) for f in fields if not f.kind.targets(f))
            f, new = next(((f, new) for f, new in plain if new is not None), (None, None))
            if f is None or self.problems_of(address, {**raw, f.key: new}):  # a rule may hold the value where it is
                f = next((f for f in fields if f.kind.targets(f)), f)
                new = str(self.made_another(f.kind.targets(f)[0]).id) if f and f.kind.targets(f) else new
            if f is not None:
                raw[f.key] = new
        return raw

    def problems_of(self, address: str, raw: dict[str, Any]) -> list[Any]:
        return self.site.read(self.who, lambda view: records.preview(view, address, raw)).problems

    def made_another(self, address: str) -> records.Record:
        raw = self.another(address)
        return self.site.write(self.who, lambda uow: records.create(uow, address, raw))

    def varied(self, f: Field, old: Any) -> Any:
        """Another value that the field takes, or None when none is found."""
        n = next(self._n)
        tries: list[Any] = []
        if isinstance(old, int) and not isinstance(old, bool):
            tries = [old + n, old + 1]
        elif isinstance(old, dict):
            tries = [{k: f"{v} {n}" for k, v in old.items()}]
        elif isinstance(old, str):
            with suppress(ValueError):
                tries.append(str(date.fromisoformat(old) + timedelta(days=-n)))
            tries += [f"{old} {n}", f"{old}{n}", str(n)]
        for new in tries:
            with suppress(ValidationError):
                value = f.kind.schema(f).deserialize(new)
                bounds = {k: v for k, v in f.options.items() if not hasattr(v, "evaluate")}
                if not list(f.kind.problems(f, value, bounds)):
                    return new
        return None

    # -- values --------------------------------------------------------------------------------------------------

    def value(self, f: Field, full: bool = False) -> Any:
        """A value as JSON; None where the field has none to offer."""
        if f.kind.upload(f) is not None:
            return None
        if f.is_many and f.kind.by_line:
            return [self.row(f, full)]
        if f.kind.dictionary(f):
            codes = self.codes(f)
            return codes[:1] if f.is_many else next(iter(codes), None)
        targets = f.kind.targets(f)
        if targets:
            id = str(self.linked(f, targets[0]))
            one = {"entity": targets[0], "id": id} if len(targets) > 1 else id
            return [one] if f.is_many else one
        found = f.kind.sample(f)
        if found is None:
            return self.patterned(f)
        if f.kind.align == "end" and not float(found):
            return 1  # nothing of something is what rules refuse
        if isinstance(found, str) and f.unique and not f.options.get("pattern") and f.kind.searchable:
            return f"{found} {next(self._n)}"[: f.options.get("max") or 200]
        return found

    def row(self, f: Field, full: bool) -> dict[str, Any]:
        inner = (i for i in f.fields.values() if i.is_input and (full or i.required))
        return {i.key: v for i in inner if (v := self.value(i, full)) is not None}

    def linked(self, f: Field, target: str):
        return self.who.organisation_id if target == "system.unit" else self.record(target).id

    def patterned(self, f: Field) -> str | None:
        pattern = f.options.get("pattern")
        return next(
            (
                t
                for t in PATTERNED
                if pattern and re.fullmatch(pattern, t) and not list(f.kind.problems(f, t, f.options))
            ),
            None,
        )

    def names(self):
        return self.site.dictionaries.names(self.site.catalog)

    # -- mending -------------------------------------------------------------------------------------------------

    def mend(self, entity: Entity, raw: dict[str, Any], problem) -> None:
        """Change `raw` so that this problem may go away."""
        f, holder, row = self.place(entity, raw, problem.path)
        if problem.code.startswith("rules."):
            rule = entity.rules[problem.code.removeprefix("rules.")].rule
            if not self.take_back(entity, raw, rule) and not self.part(entity, raw, rule):
                self.nudge(entity, raw, rule)
        elif f is None:
            raise NoSample(f"{entity.address}: {problem.code}")
        elif problem.code in ("field.required", "list.too-few"):
            holder[f.key] = self.value(f)
        elif f.kind.targets(f):
            self.choose(entity, raw, f, holder, row)
        elif f.kind.dictionary(f) and f.key in holder:
            codes = self.codes(f)
            holder[f.key] = codes[(codes.index(holder[f.key]) + 1) % len(codes)] if holder[f.key] in codes else codes[0]
        elif not f.required:
            holder.pop(f.key, None)
        elif f.check is not None:
            self.take_back(entity, raw, f.check)

    def part(self, entity: Entity, raw: dict[str, Any], rule: Any) -> bool:
        """Where the rule names two links to the same record, another record for one of them."""
        met = set()
        for f in (entity.fields.get(path[0]) for path in sorted(rule.paths)):
            if f is None or f.is_many or not f.kind.targets(f) or f.key not in raw:
                continue
            if raw[f.key] in met:
                raw[f.key] = str(self.made_another(f.kind.targets(f)[0]).id)
                return True
            met.add(raw[f.key])
        return False

    def choose(
        self, entity: Entity, raw: dict[str, Any], f: Field, holder: dict[str, Any], row: Mapping | None
    ) -> None:
        """Another of the records that the link's `where` offers; the values that narrow it go when it offers none."""
        path = f.address.removeprefix(f"{entity.address}.")
        plain = {k: v for k, v in raw.items() if not isinstance(v, list)}
        draft = self.site.read(self.who, lambda view: records.preview(view, entity.address, raw))
        offered = self.site.read(
            self.who, lambda view: choices(view, entity.address, path, values={**plain, **draft.values}, row=row)
        )
        if offered:
            holder[f.key] = [offered[0].id] if f.is_many else offered[0].id
            return
        where = f.options.get("where")
        if where is not None and self.suitable(f, where, entity, path, {**plain, **draft.values}, row):
            return
        if not f.required:
            holder.pop(f.key, None)
        for step in where.paths - where.row_paths if where is not None else ():
            g = entity.fields.get(step[0])
            if g is not None and not g.required:
                raw.pop(g.key, None)

    def suitable(self, f: Field, where: Any, entity: Entity, path: str, values: Mapping, row: Mapping | None) -> bool:
        """Make linked records with one code after another where the `where` reads codes, until it offers one."""
        target = self.site.catalog.entity(f.kind.targets(f)[0])
        for g in (target.fields.get(step[0]) for step in where.row_paths):
            for code in self.codes(g) if g is not None and g.is_input and not g.is_many else ():
                raw = {**self.raw(target.address), g.key: code}
                try:
                    self.site.write(self.who, lambda uow, raw=raw: records.create(uow, target.address, raw))
                except Refusal:
                    continue
                if self.site.read(self.who, lambda view: choices(view, entity.address, path, values=values, row=row)):
                    return True
        return False

    def codes(self, f: Field) -> list[str]:
        if f.kind.dictionary(f):
            return [code for code, _ in self.names().choices(f.kind.dictionary(f), "en", self.site.clock.today())]
        return list(f.options.get("options") or ())

    def take_back(self, entity: Entity, raw: dict[str, Any], rule: Any) -> bool:
        """Leave out the optional values that a rule names; False when none is left, or they had to come back."""
        named = [f for f in (entity.fields.get(p[0]) for p in rule.paths) if f is not None and f.key in raw]
        gone = [f for f in named if not f.required and (entity.address, f.key) not in self.returned]
        for f in gone:
            del raw[f.key]
            self.returned.add((entity.address, f.key))
        return bool(gone)

    def nudge(self, entity: Entity, raw: dict[str, Any], rule: Any) -> None:
        """Other values for what a rule names and the record must have: nothing of a number, the next of the codes."""
        for f in (entity.fields.get(p[0]) for p in rule.paths):
            if f is None or f.key not in raw or f.is_many:
                continue
            if f.kind.align == "end":
                raw[f.key] = 0
            elif codes := self.codes(f):
                raw[f.key] = codes[(codes.index(raw[f.key]) + 1) % len(codes)]

    def place(self, entity: Entity, raw: dict[str, Any], path: str):
        """The field at `lines[2].price`, the mapping that holds its value, and the row it stands in."""
        fields, holder, row, f = entity.fields, raw, None, None
        for step in path.split("."):
            key, _, index = step.partition("[")
            f = fields.get(key)
            if f is None:
                return None, raw, None
            if index and f.kind.by_line:
                holder = row = holder[key][int(index.rstrip("]"))]
                fields = f.fields
        return f, holder, row
