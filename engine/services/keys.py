"""The keys of encrypted fields: which there are and what stands under them, adding, changing over, taking away.

`rotate` may be broken off at any moment and run again: both keys are readable meanwhile, on every process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import Conflict, Problem
from engine.fields import cipher
from engine.fields.keyring import KeyFile
from engine.language import N_
from engine.services.actor import system
from engine.services.audit import Entry
from engine.storage.purposes import ROTATING_KEYS
from engine.storage.sealed.columns import SealedColumn, sealed_columns
from engine.storage.sealed.rotation import Passed, cells_by_key, hold_writers, pass_to_active

JOURNALLED_AS = "engine.keys"
NO_KEY = N_("There is no key %(number)s; the ring holds %(numbers)s")
ACTIVE = N_("Key %(number)s is active: add another one and rotate to it first")
IN_USE = N_("%(cells)s values still stand under key %(number)s: run rotate until it says that nothing is left")
ADD_FIRST = N_("No key waits to be made active: add one first")
FULL = N_("The ring is full: retire keys that nothing stands under")


@dataclass(frozen=True)
class Key:
    number: int
    state: str
    """new, active, old"""
    cells: int


def listed(site) -> list[Key]:
    """The keys of the ring by number, with the cells under each. Cells of keys that are not there stand as `lost`."""
    ring = _file(site).read()
    with site.database.snapshot(ROTATING_KEYS) as connection:
        cells = cells_by_key(connection, _columns(site, connection))
    known = [Key(n, ring.state(n), cells.pop(n, 0)) for n in sorted(ring.keys)]
    return known + [Key(n, "lost", count) for n, count in sorted(cells.items())]


def add(site) -> int:
    """Put a fresh key into the ring, which waits until `rotate` makes it active; its number. Raises Conflict."""
    file = _file(site)
    try:
        ring = file.read().with_new()
    except ValueError:
        raise Conflict([Problem("keys.full", FULL)]) from None
    file.write(ring)
    _journal(site, "key add", ring.waiting[-1])
    return ring.waiting[-1]


def rotate(site, told: Callable[[SealedColumn, int], None] = lambda column, cells: None) -> Passed:
    """Make the key that waits active, if one does, and pass every cell to the active key. Raises Conflict.

    Run again after it was broken off, it goes on where it was. Cells that nothing opens are counted and left alone.
    """
    file = _file(site)
    ring = file.read()
    if ring.waiting:
        # The file first: from here on everything new is sealed with the new key, and both are readable.
        file.write(ring.turned())
        _journal(site, "key activate", ring.waiting[-1])
    elif not ring.stated or len(ring.keys) == 1:
        raise Conflict([Problem("keys.none-waits", ADD_FIRST)])
    with site.database.reading(ROTATING_KEYS) as connection:
        columns = _columns(site, connection)
    passed = pass_to_active(site.database, columns, cipher.current, told)
    if passed.cells:
        # Somebody may have been in the middle of a save when the key changed: look once more behind them.
        with site.database.writing(ROTATING_KEYS) as connection:
            hold_writers(connection, columns)
        passed.cells += pass_to_active(site.database, columns, cipher.current, told).cells
        _journal(site, "key rotate", cipher.current().current, passed.cells)
    return passed


def retire(site, number: int) -> None:
    """Take a key out of the ring for good. Raises Conflict while it is active or anything stands under it."""
    file = _file(site)
    ring = file.read()
    if number not in ring.keys:
        said = ", ".join(str(n) for n in sorted(ring.keys))
        raise Conflict([Problem("keys.unknown", NO_KEY, params={"number": number, "numbers": said})])
    if number in (ring.current, ring.blind):
        raise Conflict([Problem("keys.active", ACTIVE, params={"number": number})])
    _refuse_used(site, number)
    file.write(ring.without(number))
    try:
        _refuse_used(site, number)  # sealed by somebody who had read the file just before
    except Conflict:
        file.write(ring)
        raise
    _journal(site, "key retire", number)


def _refuse_used(site, number: int) -> None:
    with site.database.writing(ROTATING_KEYS) as connection:
        columns = _columns(site, connection)
        hold_writers(connection, columns)
        cells = cells_by_key(connection, columns)[number]
    if cells:
        raise Conflict([Problem("keys.in-use", IN_USE, params={"number": number, "cells": cells})])


def _file(site) -> KeyFile:
    return KeyFile(site.settings.keys)


def _columns(site, connection) -> list[SealedColumn]:
    return sealed_columns(site.holder.catalog, connection)


def _journal(site, operation: str, number: int, cells: int | None = None) -> None:
    changes = {"key": [None, str(number)], **({} if cells is None else {"cells": [None, cells]})}
    site.write(system(), lambda uow: uow.record(Entry(operation, JOURNALLED_AS, None, changes=changes)))


