"""One record as the actor may see it, and the loading that the other verbs build on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotFound, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import EVERYTHING, Grant, can, readable, verbs_held
from engine.services.access.predicate import beside_the_record, stand, true_of_each, visible
from engine.services.display import Display, display_text, joined, linked, show_links
from engine.services.lookups import Lookups, look_up
from engine.services.seeing import saw_record
from engine.storage.queries.rows import fill_rows
from engine.storage.queries.source import Decode, EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.revision_column import CURRENT_REVISION

LINKS, ROWS = "links", "rows"
UNNAMED = ("organisation", "created_by", "updated_by")
"""Links that every record has; people see them in the history and the frame, not as fields of a form."""
NO_SUCH = Problem("record.not-found", N_("There is no such record, or it is not shown to you"))


@dataclass
class Record:
    """A stored record. `values` holds only what the actor may read."""

    entity: Entity
    values: dict[str, Any]
    allowed: frozenset[str] = frozenset()
    """Verbs that the actor may do to this record as it stands now."""
    writable: frozenset[str] = frozenset()
    readable: frozenset[str] = frozenset()
    """Fields that the actor may read on this record, also those that hold nothing of their own (related lists)."""
    hidden: dict[str, Any] = field(default_factory=dict, repr=False)
    """Everything stored, for the verbs of this package; doors never look."""

    @property
    def id(self) -> UUID:
        return self.values["id"]

    @property
    def version(self) -> int:
        return self.values["version"]

    def display(self, language: str, names: Any = None) -> str:
        """The record in one line."""
        return self.values.get("@") or display_text(self.entity, self.values, language, names)


def entity_at(view, address: str) -> Entity:
    """The entity, or NotFound for an address that the Catalog does not know."""
    entity = view.catalog.entities.get(address)
    if entity is None:
        raise NotFound([NO_SUCH])
    view.about = address
    return entity


def load(
    view, entity: Entity, ids: Sequence[UUID], verb: str = "read", *, revision: bool = False, shown: str = ""
) -> list[dict[str, Any]]:
    """Every stored value of the records among `ids` on which the actor holds `verb`; rows included.

    `revision`: the statement also re-reads the revision (a write). `shown`: linked records are named beside the
    links, those of the record (LINKS) or of its rows too (ROWS).
    """
    one = len(ids) == 1
    plan = view.plan(
        ("load", entity.address, verb, revision, bool(shown), one),
        lambda statement: _build(statement, entity, verb, revision, bool(shown), one),
    )
    readers = [(key, offset, display.reader(view)) for key, offset, display in plan.displays]
    records = []
    for row in view.select(plan.query, ids=ids[0] if one else list(ids)):
        if revision:
            view.see_revision(row[plan.at_revision])
        record = plan.decode(row, 0, {})
        for key, offset, read_display in readers:
            text = read_display(row, offset)
            if text is not None or key not in record:
                record[key] = text
        records.append(record)
    fill_rows(view, entity.row_fields, records, linked if shown == ROWS else None)
    if shown == ROWS:
        show_links(view, entity, records, many_only=True)
    if one:
        return records
    order = {id: n for n, id in enumerate(ids)}
    return sorted(records, key=lambda r: order[r["id"]])


@dataclass(frozen=True)
class LoadPlan:
    """The statement that loads records of one entity and how its rows are read."""

    query: sa.Select
    decode: Decode
    displays: tuple[tuple[str, int, Display], ...]
    at_revision: int


def _build(statement: Statement, entity: Entity, verb: str, revision: bool, shown: bool, one: bool) -> LoadPlan:
    source = EntitySource(statement, entity)
    keys = tuple(f.key for f in entity.fields.values() if not f.is_many and not f.kind.virtual)
    columns = [c for key in keys for c in source.columns(entity.fields[key])]
    at_revision = len(columns)
    if revision:
        columns.append(CURRENT_REVISION)
    displays, joins = [], []
    for key in keys if shown else ():
        f = entity.fields[key]
        for display in linked(statement, f, source) if f.kind.targets(f) and key not in UNNAMED else ():
            displays.append((f"@{key}", len(columns), display))
            columns.extend(display.columns)
            joins.extend(display.joins)
    query = sa.select(*(c.label(f"c{i}") for i, c in enumerate(columns))).select_from(joined(source.table, joins))
    own = source.table.c.id
    wanted = own == sa.bindparam("ids", type_=own.type) if one else own.in_(sa.bindparam("ids", expanding=True))
    query = query.where(wanted, *visible(statement, entity, source, verb))
    return LoadPlan(query, source.decoder(keys), tuple(displays), at_revision)


def load_one(
    view, entity: Entity, id: Any, verb: str = "read", *, revision: bool = False, shown: str = ""
) -> dict[str, Any]:
    """One record, whole; NotFound when it is not there or not shown."""
    wanted = parse_id(id)
    found = load(view, entity, [wanted], verb, revision=revision, shown=shown) if wanted else []
    if not found:
        raise NotFound([NO_SUCH])
    return found[0]


def read(view, address: str, id: Any, *, shown: str = ROWS) -> Record:
    """The record as the actor may see it; `shown` as in `load`. Raises NotFound."""
    entity = entity_at(view, address)
    record = as_seen(view, entity, load_one(view, entity, id, shown=shown), shown=bool(shown))
    saw_record(view, entity, record.values)
    return record


def read_settings(view, address: str) -> Record | None:
    """The one record of a settings entity in the actor's organisation, or None while nobody saved it."""
    entity = entity_at(view, address)
    statement = view.statement()
    source = EntitySource(statement, entity)
    found = view.select(sa.select(source.table.c.id).where(*visible(statement, entity, source)).limit(1)).first()
    return read(view, address, found[0]) if found else None


def as_seen(view, entity: Entity, values: dict[str, Any], shown: bool = False) -> Record:
    """The stored record cut to the actor's rights, with the verbs it allows. `shown`: loaded with links named."""
    return each_as_seen(view, entity, [values], shown)[0]


def each_as_seen(view, entity: Entity, records: Sequence[dict[str, Any]], shown: bool = False) -> list[Record]:
    """`as_seen` for several records. What those that stand alike allow is worked out once."""
    verbs = {v: g for v, g in verbs_held(view.catalog, view.actor, entity).items() if v in EVERYTHING}
    rules = tuple(dict.fromkeys(g.where for found in verbs.values() for g in found if g.where is not None))
    worked_out: dict[Hashable, _Rights] = {}
    seen = []
    for values, true in zip(records, _true_of_each(view, entity, records, rules), strict=True):
        alike = (values.get("archived_at") is None, values.get("state"), values.get("reverses") is None, true)
        rights = worked_out.get(alike)
        if rights is None:
            rights = worked_out[alike] = _rights(view, entity, values, verbs, true)
        cut = {k: v for k, v in values.items() if k in rights.told}
        if shown:
            named = _may_name(entity, rights.readable)
            cut["@"] = display_text(entity, {**values, **cut}, view.language, view.names) if named else ""
        seen.append(Record(entity, cut, rights.allowed, rights.writable, rights.readable, values))
    return seen


def _true_of_each(
    view, entity: Entity, records: Sequence[dict[str, Any]], rules: Sequence[Any]
) -> list[frozenset[Any]]:
    """Which of the `where` rules hold for each of the records; None is among them: no rule holds of every record."""
    if not rules:
        return [frozenset({None})] * len(records)
    lookups = Lookups()
    if any(len(p) > 1 for rule in rules for p in rule.paths):
        look_up(view, entity, records, lookups, rules, seen=False)
    stand(view, entity, records)
    beside = beside_the_record(entity, rules)
    stored = true_of_each(view, entity, [r.get("id") for r in records], beside)
    found = []
    for values in records:
        context = view.context(values, follow=lookups.follow)
        true = {rule for rule in rules if rule not in beside and rule.evaluate(context)}
        found.append(frozenset(true | {None} | stored.get(values.get("id"), frozenset())))
    return found


@dataclass(frozen=True)
class _Rights:
    """What the actor may do to a record, by what is true of it and by where it stands in its life."""

    readable: frozenset[str]
    told: frozenset[str]
    """Keys of values that are told: of what is readable no secrets, but the names of links."""
    allowed: frozenset[str]
    writable: frozenset[str]


def _rights(
    view, entity: Entity, values: dict[str, Any], verbs: Mapping[str, Sequence[Grant]], true: frozenset[Any]
) -> _Rights:
    def covering(verb: str) -> list[Grant]:
        if not can(view.catalog, view.actor, entity, verb):
            return []
        return [g for g in verbs.get(verb, ()) if g.where in true]

    keys = frozenset().union(*(g.read for g in covering("read"))) | {"id", "version"}
    secret = {f.key for f in entity.fields.values() if f.kind.secret}
    allowed = frozenset(v for v in verbs if fits(entity, values, v) and covering(v))
    write = frozenset().union(*(g.write for g in covering("edit")))
    open_ = editable(entity, values, write) if "edit" in allowed else frozenset()
    return _Rights(keys, (keys - secret) | {f"@{key}" for key in keys}, allowed, open_)


def _may_name(entity: Entity, keys: frozenset[str]) -> bool:
    return all(part[0] in keys for part in entity.display if not isinstance(part, str))


def fits(entity: Entity, values: dict[str, Any], verb: str) -> bool:
    """Does the record's own life allow the verb now?"""
    archived, state = values.get("archived_at") is not None, values.get("state")
    if verb == "restore":
        return archived
    if archived:
        return verb in ("read", "history", "copy")
    if not entity.is_document:
        return verb not in ("post", "reverse", "annul")
    if verb == "post":
        return state == "draft"
    if verb == "reverse":
        return state == "posted" and values.get("reverses") is None
    if verb in ("archive", "annul"):
        return state == "draft"
    if verb == "edit":
        return state == "draft" or (state == "posted" and any(f.after_posting for f in entity.fields.values()))
    return True


def editable(entity: Entity, values: dict[str, Any], write: frozenset[str]) -> frozenset[str]:
    """Of the fields the actor may write, those that the state of a document leaves open."""
    if entity.is_document and values.get("state") != "draft":
        return frozenset(k for k in write if entity.fields[k].after_posting)
    return write


def readable_fields(view, entity: Entity) -> frozenset[str]:
    return readable(view.catalog, view.actor, entity)
