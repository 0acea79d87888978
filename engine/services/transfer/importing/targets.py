"""Where the columns of a table may go: the fields of an entity that the actor may write, those of its rows, and those
of linked records that are named, or made, by several columns (`person.iin`, `person.last_name`).

A target's path tells its place: `payer`, `lines.price`, `name.kk` (one language of a translated text), `person.iin`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.language import LANGUAGES, N_, translate
from engine.model import Entity, Field
from engine.services.access.grants import can, writable
from engine.services.registries.searching import shown_everywhere

RECORD = "@record"
"""The path of a column that only says which lines are one record: equal values stand together."""
TOGETHER = N_("Number of the record in the file (equal values are one record)")
LANGUAGE_NAMES = {"kk": N_("in Kazakh"), "ru": N_("in Russian"), "en": N_("in English")}


@dataclass(frozen=True, eq=False)
class Target:
    """One place for a column."""

    path: str
    field: Field
    entity: Entity
    """Whose field it is: the linked record's entity for a column behind a link."""
    address: str
    """The path of the field in that entity."""
    rows: tuple[Field, ...] = ()
    """The rows that it stands in, outermost first."""
    link: Field | None = None
    """The link behind which the field stands."""
    language: str = ""
    """The language of a translated text."""

    @property
    def link_path(self) -> str:
        """The path of its link, empty without one."""
        return ".".join((*(r.key for r in self.rows), self.link.key)) if self.link else ""

    @property
    def required(self) -> bool:
        """True when a record (or row) cannot be made without it, as far as this is known beforehand."""
        return self.field.required and self.field.default is None and (self.link is None or self.link.required)

    def title(self, language: str) -> str:
        """Its name, after the names of what it stands in."""
        parts = [r.title.in_(language) for r in self.rows]
        parts += [self.link.title.in_(language)] if self.link else []
        return " / ".join((*parts, self.short_title(language)))

    def short_title(self, language: str) -> str:
        title = self.field.title.in_(language)
        return f"{title} ({translate(LANGUAGE_NAMES[self.language], language)})" if self.language else title

    def group(self, language: str) -> str:
        """The names of what it stands in; empty for a field of the record itself."""
        parts = [r.title.in_(language) for r in self.rows]
        return " / ".join((*parts, self.link.title.in_(language)) if self.link else parts)


def targets(view, entity: Entity) -> dict[str, Target]:
    """Path -> target, in the order of the fields: what the actor may bring in by creating or by editing."""
    allowed: frozenset[str] = frozenset()
    for verb in ("create", "edit"):
        if can(view.catalog, view.actor, entity, verb):
            allowed |= writable(view.catalog, view.actor, entity, verb)
    fields = {key: f for key, f in entity.fields.items() if key in allowed}
    return {t.path: t for t in _within(view, entity, fields, (), "")}


def is_brought(f: Field) -> bool:
    """May a value of the field stand in a cell? Files and secrets never do."""
    return f.is_input and not f.kind.secret and f.kind.upload(f) is None


def _within(
    view, entity: Entity, fields: Mapping[str, Field], rows: tuple[Field, ...], before: str
) -> Iterator[Target]:
    for f in fields.values():
        path = f"{before}{f.key}"
        if not is_brought(f):
            continue
        if f.kind.by_line:
            yield from _within(view, entity, f.fields, (*rows, f), f"{path}.")
        elif f.translated:
            for language in LANGUAGES:
                yield Target(f"{path}.{language}", f, entity, path, rows, language=language)
        else:
            yield Target(path, f, entity, path, rows)
            if len(f.kind.targets(f)) == 1 and not f.is_many:
                yield from _behind(view, f, rows, path)


def _behind(view, link: Field, rows: tuple[Field, ...], path: str) -> Iterator[Target]:
    """Fields of the record that a link leads to: to find it by several columns, or to make it along the way."""
    other = view.catalog.entities.get(link.kind.targets(link)[0])
    if other is None or not can(view.catalog, view.actor, other, "read"):
        return
    shown = shown_everywhere(view, other)
    keys: list[str] = []
    if may_make(view, link, other):
        keys = [k for k in other.fields if k in writable(view.catalog, view.actor, other, "create")]
    elif link.options.get("quick") or len(other.natural_key) > 1:
        keys = [k for k in (*other.natural_key, *(f.key for f in other.fields.values() if f.unique)) if k in shown]
    for key in dict.fromkeys(keys):
        f = other.fields[key]
        if is_brought(f) and not f.is_many and not f.translated and not f.kind.targets(f):
            yield Target(f"{path}.{key}", f, other, key, rows, link)


def may_make(view, link: Field, other: Entity) -> bool:
    """May a record be made for the link by its columns? Where a form would offer it, with the right to bring it in."""
    verbs = ("create", "import")
    return bool(link.options.get("quick")) and all(can(view.catalog, view.actor, other, v) for v in verbs)


def rows_of(found: Mapping[str, Target]) -> bool:
    """True when any of the targets stands in rows: a record may then take several lines."""
    return any(t.rows for t in found.values())
