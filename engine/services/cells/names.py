"""Records that cells name, found in bulk: by id, natural key, unique code, number, or the name that people see.

Only what the person may see is looked at, and only by fields that are shown on every row: else a paste of numbers
would tell whose they are. A small entity is read once and matched in memory, forgiving case and the letters that a
Russian keyboard lacks; a large one is asked by its indexes, `CHUNK` texts a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from marshmallow import ValidationError

from engine.errors import Problem
from engine.ids import parse_id
from engine.language import LANGUAGES, N_, search_key
from engine.language.folding import folded
from engine.model import Entity, Field
from engine.services.access.grants import can
from engine.services.access.predicate import visible
from engine.services.display import Display, display_keys, display_text, joined
from engine.services.registries.choices import ValuesSource, fields_around
from engine.services.registries.searching import shown_everywhere
from engine.storage.queries.source import EntitySource
from engine.storage.rules import clause

SMALL = 2_000
"""Records of an entity that are read whole."""
CHUNK = 400
"""Texts of one statement over a large entity."""
LONGEST = 300
"""Characters of a name; nothing longer is looked for."""
DEPTH = 2
ALIKE = 0.25
"""The share of common groups of three letters from which a name is worth offering."""
NOT_FOUND = N_("There is no “%(text)s” among those you may choose")
SEVERAL = N_("Several records are called “%(text)s”: choose one from the list")


def unknown(text: str) -> Problem:
    """What is said of a name that leads to no record."""
    return Problem("link.unknown", NOT_FOUND, params={"text": _short(text)})


def several(text: str) -> Problem:
    return Problem("link.several", SEVERAL, params={"text": _short(text)})


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


@dataclass(slots=True)
class Match:
    """The raw value of a link for a text; the text itself when it names no single record."""

    raw: Any
    problem: Problem | None = None


@dataclass(slots=True)
class Candidate:
    id: UUID
    live: bool
    fits: bool


@dataclass
class Index:
    """What is known of one entity as choices of one link: key -> candidates. Keys begin with how they are known."""

    whole: bool
    found: dict[tuple[str, Any], dict[UUID, Candidate]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    called: dict[UUID, str] = field(default_factory=dict)
    """Names of the candidates in the reader's language."""
    grams: dict[UUID, frozenset[str]] = field(default_factory=dict)

    def add(self, key: tuple[str, Any], candidate: Candidate) -> None:
        self.found.setdefault(key, {})[candidate.id] = candidate


class LinkNames:
    """Finds records by what cells call them; remembers what it found."""

    def __init__(self, view: Any):
        self.view = view
        self._indexes: dict[tuple[Any, ...], Index] = {}
        self._readers: dict[Field, tuple[Any, Any]] = {}
        self._matches: dict[tuple[Any, ...], dict[str, Match]] = {}

    def find(self, entity: Entity, path: str, f: Field, texts: Iterable[str],
             record: Mapping[str, Any] | None = None) -> dict[str, Match]:
        """A match for each text. `path` is where the link stands; `record` what its `where` reads of the record."""
        wanted = list(dict.fromkeys(text for text in texts if text))
        targets = [t for t in map(self.view.catalog.entities.get, f.kind.targets(f)) if t is not None]
        targets = [t for t in targets if can(self.view.catalog, self.view.actor, t, "read")]
        choosing = _Choosing.of(self.view, entity, path, f, record)
        known = {t.address: self._known(t, wanted, choosing) for t in targets}
        many = len(f.kind.targets(f)) > 1
        matches = self._matches.setdefault((f, choosing.key), {})
        for text in wanted:
            if text not in matches:
                matches[text] = self._match(text, targets, known, many)
        return {text: matches[text] for text in wanted}

    def add(self, target: Entity, records: Iterable[Mapping[str, Any]]) -> None:
        """Know records that were made meanwhile, stored or only weighed, by their values."""
        indexes = [index for key, index in self._indexes.items() if key[0] == target.address]
        self._matches.clear()
        for values in records if indexes else ():
            candidate = Candidate(values["id"], True, True)
            texts = [display_text(target, values, language, self.view.names) for language in LANGUAGES]
            for index in indexes:
                self._note(target, index, candidate, texts, values)

    def _match(self, text: str, targets: Sequence[Entity], known: Mapping[str, Index], many: bool) -> Match:
        if parse_id(text.rpartition(":")[2]) is not None:
            return Match(text)
        found: list[tuple[str, Candidate]] = []
        for target in targets:
            index = known[target.address]
            for key in self._keys_of(target, text):
                here = index.found.get(key)
                if here:
                    found += [(target.address, c) for c in here.values()]
                    break
        # One that may be chosen goes before one that may not, and that before one in the archive: the verb says why.
        best = [one for one in found if one[1].live and one[1].fits] or [one for one in found if one[1].live] or found
        if len(best) == 1:
            address, candidate = best[0]
            return Match(f"{address}:{candidate.id}" if many else str(candidate.id))
        return Match(text, several(text) if best else unknown(text))

    def near(self, entity: Entity, path: str, f: Field, text: str, most: int = 5) -> list[tuple[str, str]]:
        """(raw value, name) of records that may have been meant: those that share the name, else the most alike.

        Only of what `find` has looked at already; nothing is asked of the database.
        """
        choosing = _Choosing.of(self.view, entity, path, f, None)
        many, wanted = len(f.kind.targets(f)) > 1, _grams(text)
        scored: list[tuple[float, str, str]] = []
        for address in f.kind.targets(f):
            index = self._indexes.get((address, *choosing.key))
            if index is None:
                continue
            target = self.view.catalog.entity(address)
            same = {id for key in self._keys_of(target, text) for id, c in index.found.get(key, {}).items() if c.live}
            for id, name in index.called.items():
                grams = index.grams.get(id) or index.grams.setdefault(id, _grams(name))
                alike = 2.0 if id in same else len(wanted & grams) / (len(wanted | grams) or 1)
                if alike > ALIKE:
                    scored.append((alike, name, f"{address}:{id}" if many else str(id)))
        scored.sort(key=lambda one: (-one[0], one[1]))
        return [(raw, name) for _, name, raw in scored[:most]]

    # -- what is known of an entity ---------------------------------------------------------------------------------

    def _known(self, target: Entity, texts: Sequence[str], choosing: _Choosing) -> Index:
        key = (target.address, *choosing.key)
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = Index(whole=True)
            rows = self._read(target, choosing, None, SMALL + 1)
            index.whole = len(rows) <= SMALL
            if index.whole:
                self._fill(target, index, rows)
        if not index.whole:
            new = [t for t in texts if t not in index.asked and len(t) <= LONGEST]
            index.asked.update(new)
            for start in range(0, len(new), CHUNK):
                self._fill(target, index, self._read(target, choosing, new[start : start + CHUNK], 10 * CHUNK))
        return index

    def _read(self, target: Entity, choosing: _Choosing, texts: Sequence[str] | None, limit: int) -> list[Any]:
        """(candidate, its names in the languages, its identifying values) of all records, or of those `texts` name."""
        statement = self.view.statement()
        source = EntitySource(statement, target)
        display = Display(statement, target, source)
        idents = self._idents(target)
        fits = choosing.clause(statement, source)
        columns = [source.table.c.id, source.table.c.archived_at, fits, *display.columns]
        at = len(columns)
        for f in idents:
            columns.extend(source.columns(f))
        shown = visible(statement, target, source, showing=display_keys(self.view.catalog, target))
        query = sa.select(*(c.label(f"c{i}") for i, c in enumerate(columns)))
        query = query.select_from(joined(source.table, display.joins)).where(*shown).limit(limit)
        if texts is not None:
            query = query.where(sa.or_(sa.false(), *self._called(statement, target, source, texts)))
        readers = [display.reader(SimpleNamespace(language=language, names=self.view.names)) for language in LANGUAGES]
        decode = source.decoder(tuple(f.key for f in idents))
        return [
            (Candidate(row[0], row[1] is None, bool(row[2])), [read(row, 3) for read in readers],
             decode(row, at, {"id": row[0]}))
            for row in self.view.select(query)
        ]

    def _fill(self, target: Entity, index: Index, rows: Sequence[Any]) -> None:
        for candidate, names, values in rows:
            self._note(target, index, candidate, names, values)

    def _note(self, target: Entity, index: Index, candidate: Candidate, names: Sequence[str | None],
              values: Mapping[str, Any]) -> None:
        """`names`: what it is called in each of the languages."""
        index.called[candidate.id] = names[LANGUAGES.index(self.view.language)] or ""
        for f in self._idents(target):
            if values.get(f.key) is not None:
                index.add((f.key, _same(values[f.key])), candidate)
        for name in names:
            if name:
                index.add(("@", folded(name)), candidate)
                index.add(("~", search_key(name)), candidate)

    def _keys_of(self, target: Entity, text: str) -> Iterable[tuple[str, Any]]:
        """The keys of an index under which a text may stand, the surest first."""
        if len(text) > LONGEST:
            return
        bare = text.removeprefix("№").strip()
        for f in self._idents(target):
            value = self._typed(f, bare)
            if value is not None:
                yield f.key, _same(value)
        yield "@", folded(text)
        yield "~", search_key(text)

    def _typed(self, f: Field, text: str) -> Any:
        if f not in self._readers:
            self._readers[f] = (f.kind.cell_reader(f, self.view.language, self.view.names), f.kind.schema(f))
        read, schema = self._readers[f]
        raw = read(text)
        try:
            return None if raw is None else schema.deserialize(raw)
        except ValidationError:
            return None

    def _idents(self, target: Entity) -> tuple[Field, ...]:
        """Fields whose value names one record: the natural key, unique ones, the number of a document."""
        def found() -> tuple[Field, ...]:
            keys = list(target.natural_key) if len(target.natural_key) == 1 else []
            keys += ["number"] if target.is_document else []
            keys += [f.key for f in target.fields.values() if f.unique]
            fields = (target.fields[k] for k in dict.fromkeys(keys) if k in target.fields)
            return tuple(f for f in fields if f.stored and not f.is_many and not f.kind.targets(f)
                         and not f.kind.secret and not f.kind.virtual and not f.translated)

        shown = shown_everywhere(self.view, target)
        return tuple(f for f in self.view.catalog.derived(("identifying", target), found) if f.key in shown)

    # -- a large entity ----------------------------------------------------------------------------------------------

    def _called(self, statement: Any, target: Entity, source: EntitySource, texts: Sequence[str],
                depth: int = 0) -> list[sa.ColumnElement]:
        """Conditions that a record called by one of `texts` meets; each is served by an index."""
        conditions: list[sa.ColumnElement] = []
        for f in self._idents(target):
            values = [v for v in (self._typed(f, t.removeprefix("№").strip()) for t in texts) if v is not None]
            if values:
                conditions.append(f.kind.clause(f, source.table, "in", values))
        shown = shown_everywhere(self.view, target)
        names = [p[0] for p in target.display if not isinstance(p, str)]
        for key in dict.fromkeys([*(names if len(names) == 1 else ()), *target.search]):
            f = target.fields.get(key)
            if f is None or key not in shown or f.is_many or not f.stored:
                continue
            if len(f.kind.targets(f)) == 1 and depth < DEPTH:
                other = self.view.catalog.entity(f.kind.targets(f)[0])
                there = EntitySource(statement, other)
                inner = self._called(statement, other, there, texts, depth + 1)
                if inner:
                    ids = sa.select(there.table.c.id).where(sa.or_(*inner), *visible(statement, other, there))
                    conditions.append(f.kind.expression(f, source.table).in_(ids))
            elif f.kind.searchable and not f.encrypted:
                conditions.append(f.kind.clause(f, source.table, "in", list(texts)))
        return conditions


@dataclass(frozen=True)
class _Choosing:
    """The `where` of a link as far as the record around answers it: which candidates may be chosen."""

    view: Any
    where: Any
    fields: Mapping[str, Field]
    record: Mapping[str, Any]
    key: tuple[Any, ...]

    @classmethod
    def of(cls, view: Any, entity: Entity, path: str, f: Field, record: Mapping[str, Any] | None) -> _Choosing:
        where = f.options.get("where")
        if not hasattr(where, "evaluate"):
            return cls(view, None, {}, {}, ())
        outer = {p[0] for p in where.paths - where.row_paths}
        around = fields_around(entity, path)
        inside = {k for k in outer if around.get(k) is not entity.fields.get(k)}
        if inside or (outer and record is None):
            return cls(view, None, {}, {}, ())  # each line may choose among others: the verb judges them
        values = {k: (record or {}).get(k) for k in sorted(outer)}
        return cls(view, where, around, values, (where, *(str(v) for v in values.values())))

    def clause(self, statement: Any, source: EntitySource) -> sa.ColumnElement:
        """1 for a candidate that may be chosen."""
        if self.where is None:
            return sa.literal(1)
        chosen = clause(self.where, ValuesSource(statement, self.fields, self.record), self.view.binds, source)
        return sa.case((chosen, 1), else_=0)


def _same(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value


def _grams(text: str) -> frozenset[str]:
    """Groups of three letters, in the spelling of the search."""
    key = f"  {search_key(text[:LONGEST])} "
    return frozenset(key[n : n + 3] for n in range(len(key) - 2))
