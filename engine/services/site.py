"""A site: one database, the Catalog it serves, its clock, files and settings. Every verb starts here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import sqlalchemy as sa

from engine.clock import Clock
from engine.errors import NotAllowed, NotPublished, Problem
from engine.language import N_
from engine.model import Catalog
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.dictionaries import Dictionaries
from engine.services.remembered import Remembered
from engine.services.seeing import Looks
from engine.services.sizes import Sizes
from engine.services.unit_of_work import RevisionMoved, UnitOfWork, View
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queue import Pulse, Queue, pulse_for, queue_for
from engine.storage.system.tables import STATE

T = TypeVar("T")
ATTEMPTS = 5
TOLD = 20
"""Problems of a refusal that the journal keeps."""
POLICY = "policy of signing in"
"""Under this name the database keeps which policy was chosen when the site was made."""


class Site:
    """Holds what outlives a request. Safe to share between threads: nothing of a request is kept on it."""

    def __init__(self, settings, database, holder, files, clock: Clock | None = None):
        self.settings = settings
        self.database = database
        self.holder = holder
        self.files = files
        self.clock = clock or Clock()
        self.dictionaries = Dictionaries(database)
        self.kept_lists = Remembered()
        self.sizes = Sizes()
        self.looks = Looks(self)

    @classmethod
    def open(cls, settings) -> Site:
        """The site of `settings`, served from its last stored revision. Its key ring opens encrypted fields."""
        from engine.fields import cipher, keyring
        from engine.loading.shelf import Shelf
        from engine.services.publishing import CatalogHolder
        from engine.storage.database import Database
        from engine.storage.files import LocalFileStore

        settings.kept("keys", lambda: keyring.KeyRing.new_line(1, keyring.ACTIVE).encode())
        cipher.install(keyring.KeyFile(settings.keys))
        database = Database(settings.database_url, role=settings.database_role)
        shelf = Shelf(settings.data / "catalog.kept", settings.secret("session"))
        return cls(settings, database, CatalogHolder(database, shelf=shelf), LocalFileStore(settings.files))

    @cached_property
    def policy_name(self) -> str:
        """Which policy of signing in was chosen: by a setting, else when the site was made; empty for the ordinary."""
        if self.settings.policy:
            return self.settings.policy
        with self.database.reading(BOOKKEEPING) as connection:
            return connection.scalar(sa.select(STATE.c.value).where(STATE.c.key == POLICY)) or ""

    @cached_property
    def queue(self) -> Queue:
        """How ids of jobs reach workers; made when work is first left or taken up."""
        return queue_for(self.database, self.settings.data)

    @cached_property
    def pulse(self) -> Pulse:
        """Where running jobs say how far they are."""
        return pulse_for(self.database, self.settings.data)

    @cached_property
    def journal_key(self) -> bytes:
        """What entries of the journal are coded and sealed with; a secret of the data folder, never in the database."""
        return self.settings.secret("journal")

    @property
    def catalog(self) -> Catalog:
        """The Catalog served now. Raises NotPublished while there is none."""
        catalog = self.holder.catalog
        if catalog is None:
            raise NotPublished([Problem("catalog.missing", N_("Publish the metadata first: qurastyr migrate"))])
        return catalog

    def read(self, actor: Actor, work: Callable[[View], T], *, language: str = "", request_id: str = "") -> T:
        """The result of `work` over one consistent view of the data. Looks at restricted fields are journalled."""
        catalog = self.catalog
        with self.database.serving("reading", actor.scope) as connection:
            view = View(self, catalog, connection, actor, language or actor.language or "kk", request_id)
            result = work(view)
        if view.seen:
            self.looks.write(view)
        return result

    def read_long(self, actor: Actor, work: Callable[[View], T], *, language: str = "") -> T:
        """As `read`, for work that reads very many rows: every statement sees the data of one moment."""
        catalog = self.catalog
        with self.database.serving("snapshot", actor.scope) as connection:
            return work(View(self, catalog, connection, actor, language or actor.language or "kk"))

    def write(self, actor: Actor, work: Callable[[UnitOfWork], T], *, language: str = "", request_id: str = "") -> T:
        """The result of `work`, done wholly or not at all.

        `work` runs again with the new Catalog when a revision was published meanwhile; so it must do
        nothing but use its unit of work. What it asked to be done `after` happens once, after the commit.
        """
        for _ in range(ATTEMPTS):
            try:
                uow, result = self.database.retry_on_conflict(lambda: self._once(actor, work, language, request_id))
            except RevisionMoved as moved:
                self.holder.current(moved.number)
                continue
            except NotAllowed as refusal:
                self.tell_of_refusal(actor, refusal, request_id)
                raise
            uow.tell_the_world()
            return result
        raise NotPublished([Problem("catalog.moving", N_("The application is being published, try again in a moment"))])

    def tell_of_refusal(self, actor: Actor, refusal: NotAllowed, request_id: str) -> None:
        """Leave in the journal that somebody tried what they may not (clause 5(12)); never what they typed."""
        if actor.user_id is None:
            return
        told = {"refused": [[p.path, p.code] for p in refusal.problems[:TOLD]] or [["", refusal.code]]}
        entry = Entry("refused", refusal.details.get("entity") or None, None, changes=told)
        self.database.retry_on_conflict(lambda: self._once(actor, lambda uow: uow.record(entry), "", request_id))

    def _once(
        self, actor: Actor, work: Callable[[UnitOfWork], T], language: str, request_id: str
    ) -> tuple[UnitOfWork, T]:
        """One attempt at the whole transaction."""
        with self.database.serving("writing", actor.scope) as connection:
            uow = UnitOfWork(self, self.catalog, connection, actor, language or actor.language or "kk", request_id)
            try:
                result = work(uow)
            except NotAllowed as refusal:
                refusal.details.setdefault("entity", uow.about)
                raise
            uow.finish()
        return uow, result
