"""What happens before a site serves: its set of files published, reference records loaded, someone to sign in.

Nothing here undoes what people of the site have done: a set they published, records they changed, passwords.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid
from engine.language import N_, translate
from engine.loading import digest_of
from engine.loading.files import read_folder
from engine.services.publishing import publish
from engine.services.seeding.files import REFERENCE as REFERENCE_FOLDER
from engine.services.seeding.filling import is_empty, load_reference, make_demo
from engine.services.seeding.signins import SignIn, first_administrator, give_passwords, require_good_password
from engine.services.seeding.state import DEMO, DONE, FACTORY, MAKING, REFERENCE, digest_of_folder, remember, remembered
from engine.services.site import POLICY, Site
from engine.storage import revisions
from engine.storage.database import Database
from engine.storage.purposes import BOOKKEEPING, MIGRATING
from engine.storage.system.tables import REVISION

SHIPPED = Path(__file__).resolve().parents[3]

DEMO_POLICY = "demo"
"""The policy of a sample school, where the printed sign-ins need no second factor."""
PUBLISHED = N_("Published: revision %(number)s")
BROKEN = N_("The folder %(folder)s has mistakes, so revision %(number)s stays in use:")
WAITS = N_("The folder %(folder)s changes what needs a decision, so revision %(number)s stays in use. "
           "See: qurastyr migrate --plan")
OWN_SET = N_("This site serves a set of its own (revision %(number)s); the shipped one is newer. "
             "To take it: qurastyr migrate %(folder)s")
BUSY = N_("Somebody else is publishing just now; revision %(number)s stays in use")
BROKEN_RECORDS = N_("The reference records have mistakes and were not loaded:")
LOADED = N_("Reference records: %(created)s new, %(changed)s changed")
MAKES = N_("Making the sample school, this takes a quarter of a minute or so...")
MADE = N_("The sample school is ready: %(records)s records")
HALF = N_("The sample school was interrupted while it was made. To make it anew, start with an empty data folder")
NOT_EMPTY = N_("The database is not empty, so the sample school is not added")
SIGN_IN = N_("Sign in as: %(login)s (%(role)s), password: %(password)s")
SIGN_IN_KNOWN = N_("Sign in as: %(login)s (%(role)s), with the password of the first start")
CHANGE_IT = N_("This password is shown once: change it after signing in")


def prepare(settings: Any, demo: bool, out: Callable[[str], None] = print, *, folder: Path = SHIPPED,
            environment: Mapping[str, str] = os.environ, language: str = "en", scale: float = 1.0,
            site: Site | None = None) -> list[SignIn]:
    """Make the site ready to serve and say what was done; who can sign in on a demo site or a new one.

    `site`: the one that will serve. Given, it stays open with what was read (a second one would read all again).

    Raises Invalid only when there is no revision to fall back on: a broken folder never takes a running site down.
    """
    def say(message: str, **params: Any) -> None:
        out(translate(message, language, params))

    opened = site or Site.open(settings)
    try:
        _publish(opened, folder, say, out, language)
        _reference(opened, folder, say, out, language)
        found = _people(opened, demo, folder, say, environment, scale)
    finally:
        if site is None:
            opened.database.close()
    for one in found:
        if one.password is None:
            say(SIGN_IN_KNOWN, login=one.login, role=one.role)
        else:
            say(SIGN_IN, login=one.login, role=one.role, password=one.password)
    return found


def _publish(site: Site, folder: Path, say, out, language: str) -> None:
    """Publish the folder unless people have made the set their own."""
    database = site.database
    number, digest = _current(database)
    try:
        files = read_folder(folder)
        shipped = digest_of(files)
        if number is not None:
            if shipped == digest:
                if remembered(database, FACTORY) != digest:
                    remember(database, FACTORY, shipped)
                _upgrade(site)
                return
            if remembered(database, FACTORY) != digest:
                say(OWN_SET, number=number, folder=folder)
                _upgrade(site)
                return
        done = publish(database, files, journal_key=site.journal_key)
    except (Invalid, Conflict, TimeoutError, FileNotFoundError) as refused:
        if number is None:
            raise
        message = BUSY if isinstance(refused, TimeoutError) else WAITS if isinstance(refused, Conflict) else BROKEN
        say(message, folder=folder, number=number)
        for problem in getattr(refused, "problems", ())[:20]:
            out(f"  {getattr(problem, 'line_text', problem.text)(language)}")
        return
    remember(database, FACTORY, shipped)
    say(PUBLISHED, number=done.number)


def _upgrade(site: Site) -> None:
    """Bring the engine's own tables up to this version; the set stays."""
    from engine.services.publishing.upgrading import upgrade_tables
    from engine.storage.system import is_up_to_date

    with site.database.reading(BOOKKEEPING) as connection:
        if is_up_to_date(connection):
            return
    with site.database.altering(MIGRATING) as connection:
        upgrade_tables(connection, site.journal_key, site.clock.now())


def _current(database: Database) -> tuple[int | None, str | None]:
    with database.reading(BOOKKEEPING) as connection:
        if not sa.inspect(connection).has_table(REVISION.name):
            return None, None
        return revisions.current_number(connection), revisions.current_digest(connection)


def _reference(site, folder: Path, say, out, language: str) -> None:
    """Load seed/reference when its files are not those of the last time."""
    place = folder / "seed" / REFERENCE_FOLDER
    digest = digest_of_folder(place)
    if remembered(site.database, REFERENCE) == digest:
        return
    try:
        loaded = load_reference(site, folder)
    except Invalid as refused:
        say(BROKEN_RECORDS)
        for problem in refused.problems[:20]:
            out(f"  {getattr(problem, 'line_text', problem.text)(language)}")
        return
    remember(site.database, REFERENCE, digest)
    created, changed = sum(r.created for r in loaded), sum(r.changed for r in loaded)
    if created or changed:
        say(LOADED, created=created, changed=changed)


def _people(site, demo: bool, folder: Path, say, environment: Mapping[str, str], scale: float) -> list[SignIn]:
    stage = remembered(site.database, DEMO)
    if stage == MAKING:
        say(HALF)
    elif is_empty(site):
        if not demo:
            found = [first_administrator(site)]
            say(CHANGE_IT)
            return found
        require_good_password(environment)
        say(MAKES)
        made = make_demo(site, folder, scale)
        say(MADE, records=sum(m.count for m in made if m.entity))
        stage = DONE
    elif demo and stage is None:
        say(NOT_EMPTY)
    if stage != DONE:
        return []
    if remembered(site.database, POLICY) is None:
        remember(site.database, POLICY, DEMO_POLICY)
        vars(site).pop("policy_name", None)  # it may have been asked for before there was anybody
    return give_passwords(site, environment)
