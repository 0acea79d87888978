"""One request's look at the data, and one transaction of changes.

A `View` reads, a `UnitOfWork` also writes. No verb commits by itself; the world outside hears after the commit.
Not for business rules: those live with the verbs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from engine.expression import Context
from engine.model import Catalog
from engine.services.actor import Actor
from engine.services.audit import Entry, write_entries
from engine.services.seeing import Seen
from engine.storage.queries.statement import ORGANISATION, Statement, place_parameters
from engine.storage.revision_column import CURRENT_REVISION
from engine.storage.rules import Binds
from engine.storage.tables import tables_of

if TYPE_CHECKING:
    from engine.services.site import Site

T = TypeVar("T")


class RevisionMoved(Exception):
    """The served Catalog is not the newest one: start the transaction again with revision `number`."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


class View:
    """What a verb needs to read: the Catalog, a connection, who asks, and when."""

    def __init__(
        self, site: Site, catalog: Catalog, connection: sa.Connection, actor: Actor, language: str, request_id: str = ""
    ):
        self.site = site
        self.catalog = catalog
        self.connection = connection
        self.actor = actor
        self.language = language
        self.request_id = request_id
        self.seen: Seen = {}
        """Restricted fields that the actor is shown (`engine/services/seeing.py`)."""
        self.now = site.clock.now()
        self.today = site.clock.today()
        self.about = ""
        """The address of the entity that a verb was last asked about."""

    @cached_property
    def names(self):
        """Titles of dictionary items as the site has them now."""
        return self.site.dictionaries.names(self.catalog)

    @cached_property
    def calendar(self):
        """Working days of the organisation."""
        return self.site.dictionaries.calendar(self.catalog, self.today)

    @cached_property
    def actor_record(self) -> dict[str, Any]:
        """What rules may read as `actor.*`, and what the rules of access's own making read."""
        return {**self.actor.as_record(), **self.actor.places, **self.actor.lent}

    @cached_property
    def binds(self) -> Binds:
        """Values that rules read as SQL are given: the actor, the day, the calendar. The places of the actor's roles
        are given when a statement is run."""
        return Binds(actor={**self.actor_record, **place_parameters(self.actor.places)}, today=self.today, now=self.now)

    @cached_property
    def given(self) -> dict[str, Any]:
        """The parameters of every statement made with `statement()`."""
        return {ORGANISATION: self.actor.organisation_id, **self.actor.places}

    @cached_property
    def _above(self) -> dict[tuple[str, UUID], frozenset[UUID]]:
        return {}

    def read_places(self, address: str, ids: Iterable[UUID]) -> None:
        """Read, by one statement, what stands above each of these records of a tree, so that `within` need not ask."""
        missing = {id for id in ids if (address, id) not in self._above}
        if not missing:
            return
        pairs = tables_of(self.catalog).closure(address)
        own, found = pairs.c.descendant_id, {id: set() for id in missing}
        rows = self.connection.execute(sa.select(own, pairs.c.ancestor_id).where(own.in_(list(missing))))
        for id, top in rows:
            found[id].add(top)
        self._above.update(((address, id), frozenset(tops)) for id, tops in found.items())

    def within(self, address: str, id: UUID, tops: Collection[UUID]) -> bool:
        """Is the record of a tree one of `tops`, or does it stand below one?"""
        self.read_places(address, (id,))
        return not self._above[address, id].isdisjoint(tops)

    def statement(self) -> Statement:
        """A SELECT to be built for this actor."""
        return Statement(self.catalog, self.site.database.dialect, self.actor, self.binds)

    def plan(self, key: tuple[Hashable, ...], build: Callable[[Statement], T]) -> T:
        """What `build` makes of a statement, kept for all actors with the same roles unless it is personal.

        `key` must name everything that `build` depends upon besides the roles.
        """
        actor = self.actor
        full = ("plan", *key, actor.shape)
        kept = self.catalog.kept(full)
        if kept is None:
            statement = self.statement()
            kept = build(statement)
            if not statement.personal:
                self.catalog.keep(full, kept)
        return kept

    def select(self, statement: sa.Select | sa.CompoundSelect, **values: Any) -> sa.CursorResult:
        """Run a SELECT made with `statement()`: the actor's organisation and `values` are bound."""
        return self.connection.execute(statement, {**self.given, **values})

    def stream(self, statement: sa.Select, batch: int) -> Iterator[Sequence[sa.Row]]:
        """As `select`, its rows some at a time and never all in memory. Only inside `Site.read_long`."""
        streaming = self.connection.execution_options(stream_results=True, yield_per=batch)
        with streaming.execute(statement, self.given) as result:
            yield from result.partitions()

    def execute(self, statement: Any, parameters: Any = None) -> sa.CursorResult:
        return self.connection.execute(statement, parameters)

    def context(
        self,
        record: dict[str, Any],
        row: dict[str, Any] | None = None,
        follow: Callable[[str, UUID], Any] | None = None,
    ) -> Context:
        """Where a rule finds its names."""
        return Context(
            record=record,
            row=row,
            actor=self.actor_record,
            today=self.today,
            now=self.now,
            follow=follow or (lambda address, id: None),
            within=self.within,
            calendar=self.calendar,
        )


class UnitOfWork(View):
    """A view inside a write transaction, with the journal entries and the outside effects it will leave."""

    def __init__(
        self, site: Site, catalog: Catalog, connection: sa.Connection, actor: Actor, language: str, request_id: str = ""
    ):
        super().__init__(site, catalog, connection, actor, language, request_id)
        self.entries: list[Entry] = []
        self.effects: list[Callable[[], None]] = []
        self._revision_seen = False

    def see_revision(self, number: int | None) -> None:
        """Compare what `CURRENT_REVISION` gave. Raises RevisionMoved before anything is written."""
        self._revision_seen = True
        if number and number != self.catalog.revision:
            raise RevisionMoved(number)

    def check_revision(self) -> None:
        """Re-read the revision by a statement of its own, once, when no other statement carried it."""
        if not self._revision_seen:
            self.see_revision(self.connection.scalar(sa.select(CURRENT_REVISION)))

    def record(self, entry: Entry) -> None:
        """Leave `entry` in the journal, in this transaction."""
        self.entries.append(entry)

    def write_journal(self) -> None:
        """Write the entries left so far: a work on very many records need not hold them all until its end."""
        if self.entries:
            write_entries(self.connection, self, self.entries)
            self.entries = []

    def after(self, effect: Callable[[], None]) -> None:
        """Do `effect` after the commit; never when the transaction is rolled back."""
        self.effects.append(effect)

    def finish(self) -> None:
        """The last statements of the transaction."""
        self.check_revision()
        if self.seen:
            self.entries += self.site.looks.entries(self.actor, self.seen, self.now)
        self.write_journal()

    def tell_the_world(self) -> None:
        for effect in self.effects:
            effect()
