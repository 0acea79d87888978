"""Every extension point of the engine: a signature and a sentence each. Built-in parts enter here too.

A plug-in is an installed distribution with an entry point in the group `qurastyr`; the entry point names a
function that is called once with this module's `registry` before anything is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

KINDS_IN_ORDER = ("table", "cards", "board", "calendar", "tree")
"""The rooms of `engine/web/kinds/`, as the switch on screen offers them."""


@dataclass
class Point:
    """A named place where parts are added. Order is the order of adding; a name is taken once."""

    name: str
    signature: str
    says: str
    parts: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, part: Any) -> Any:
        """Add `part`; ValueError when the name is taken, because silently replacing a part hides mistakes."""
        if name in self.parts:
            raise ValueError(f"{self.name}: {name!r} is already there")
        self.parts[name] = part
        return part

    def __getitem__(self, name: str) -> Any:
        return self.parts[name]

    def __contains__(self, name: object) -> bool:
        return name in self.parts

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)


class Registry:
    """All extension points. `docs/hooks.md` is compared with this list by a test."""

    def __init__(self) -> None:
        self.field_types = Point("field_types", "FieldType", "A type of field: `engine.fields.base.FieldType`.")
        self.expression_functions = Point(
            "expression_functions", "Function", "A function of the rule language, with both readings."
        )
        self.record_steps = Point(
            "record_steps",
            "(uow, Change) -> None",
            "A step of every save, after its rows are written and before the journal.",
        )
        self.password_steps = Point(
            "password_steps",
            "(uow, user_id, had_one) -> None",
            "A step of every change of a password, in its transaction; `had_one`: it took the place of another.",
        )
        self.registry_kinds = Point(
            "registry_kinds", "Kind", "A way of drawing a list: `engine.web.kinds.base.Kind`."
        )
        self.job_handlers = Point(
            "job_handlers",
            "(Run) -> Mapping | None",
            "A kind of work in the background: what a worker does for a job of it.",
        )
        self.screens = Point("screens", "(view) -> Iterable[Screen]", "Screens and actions that the palette offers.")
        self.second_factors = Point(
            "second_factors", "() -> Method",
            "A second factor: `Typed` or `Exchanged` of `engine.services.identity.factors.base`.",
        )
        self.exporters = Point(
            "exporters", "() -> Exporter", "A file format of exports: `engine.services.transfer.formats.csv_file.Csv`."
        )
        self.cli_commands = Point("cli_commands", "(subparsers) -> None", "A command of `qurastyr`.")

    def points(self) -> Mapping[str, Point]:
        return {k: v for k, v in vars(self).items() if isinstance(v, Point)}


@cache
def registry() -> Registry:
    """The filled registry: the built-in rooms first, then what installed plug-ins add."""
    filled = Registry()
    for plug in (*_builtin(), *_installed()):
        plug(filled)
    return filled


def _builtin() -> Iterator[Callable[[Registry], None]]:
    yield _field_rooms
    yield _kinds
    yield _functions
    yield _steps
    yield _jobs
    yield _screens
    yield _factors
    yield _transfer
    yield _sweeps


def _field_rooms(filled: Registry) -> None:
    import engine.fields as rooms

    for module in iter_modules(rooms.__path__):
        if module.ispkg:
            room = import_module(f"engine.fields.{module.name}")
            for kind in getattr(room, "FIELD_TYPES", None) or [room.FIELD_TYPE]:
                filled.field_types.add(kind.name, kind)


def _kinds(filled: Registry) -> None:
    import engine.web.kinds as rooms

    for name in KINDS_IN_ORDER:
        kind = import_module(f"{rooms.__name__}.{name}").KIND
        filled.registry_kinds.add(kind.name, kind)


def _functions(filled: Registry) -> None:
    import engine.expression as language

    # The language's own table: what a plug-in adds here is known to the checker of rules at once.
    filled.expression_functions.parts = language.FUNCTIONS


def _steps(filled: Registry) -> None:
    def sessions(uow: Any, change: Any) -> None:
        # Imported when a record is first saved: whoever only reads metadata needs neither services nor storage.
        from engine.services.identity.sessions import end_sessions_of_changed

        end_sessions_of_changed(uow, change)

    def calendar(uow: Any, change: Any) -> None:
        from engine.services.publishing.dictionaries import CALENDAR
        from engine.storage.stamps import DICTIONARIES, move

        if change.entity.address == CALENDAR:
            move(uow.connection, DICTIONARIES)

    def logins(uow: Any, change: Any) -> None:
        from engine.services.identity.accounts import refuse_taken_login

        refuse_taken_login(uow, change)

    def roles(uow: Any, change: Any) -> None:
        from engine.services.identity.granting import refuse_raising

        refuse_raising(uow, change)

    def links(uow: Any, change: Any) -> None:
        from engine.services.identity.sessions import cancel_links_of_changed

        cancel_links_of_changed(uow, change)

    def notice(uow: Any, user_id: Any, had_one: bool) -> None:
        from engine.services.accounts.letters import tell_of_change

        if had_one:
            tell_of_change(uow, user_id)

    def addresses(uow: Any, change: Any) -> None:
        from engine.services.accounts.addresses import keep_ways_in

        keep_ways_in(uow, change)

    def programs(uow: Any, change: Any) -> None:
        from engine.services.identity.service_accounts import keep_apart

        keep_apart(uow, change)

    filled.password_steps.add("letter", notice)
    filled.record_steps.add("addresses", addresses)
    filled.record_steps.add("links", links)
    filled.record_steps.add("logins", logins)
    filled.record_steps.add("roles", roles)
    filled.record_steps.add("programs", programs)
    filled.record_steps.add("sessions", sessions)
    filled.record_steps.add("calendar", calendar)


def _jobs(filled: Registry) -> None:
    def bulk(run: Any) -> None:
        from engine.services.registries.sets import perform

        perform(run)

    def links(run: Any) -> None:
        from engine.services.accounts.letters import send_links

        send_links(run)

    def reset(run: Any) -> None:
        from engine.services.accounts.resetting import answer

        answer(run)

    def changed(run: Any) -> None:
        from engine.services.accounts.letters import send_change

        send_change(run)

    filled.job_handlers.add("records.bulk", bulk)
    filled.job_handlers.add("accounts.links", links)
    filled.job_handlers.add("accounts.reset", reset)
    filled.job_handlers.add("accounts.changed", changed)


def _screens(filled: Registry) -> None:
    def catalog(view: Any) -> Any:
        from engine.web.screens import of_catalog  # a door, which commands need not load

        return of_catalog(view)

    def frame(view: Any) -> Any:
        from engine.web.screens import of_frame

        return of_frame(view)

    filled.screens.add("catalog", catalog)
    filled.screens.add("frame", frame)


def _factors(filled: Registry) -> None:
    def totp() -> Any:
        from engine.services.identity.factors.totp import Totp  # when a code is asked for, not before

        return Totp()

    def passkey() -> Any:
        from engine.services.identity.factors.passkey import Passkey

        return Passkey()

    filled.second_factors.add("totp", totp)
    if find_spec("webauthn"):  # of the extra `passkeys`
        filled.second_factors.add("passkey", passkey)


def _transfer(filled: Registry) -> None:
    def workbook() -> Any:
        from engine.services.transfer.formats.workbook import Xlsx  # when something is exported, not before

        return Xlsx()

    def csv() -> Any:
        from engine.services.transfer.formats.csv_file import Csv

        return Csv()

    def lines() -> Any:
        from engine.services.transfer.formats.json_lines import JsonLines

        return JsonLines()

    for name, made in (("xlsx", workbook), ("csv", csv), ("jsonl", lines)):
        filled.exporters.add(name, made)

    def long_export(run: Any) -> Any:
        from engine.services.transfer.exporting.later import perform

        return perform(run)

    def long_import(run: Any) -> Any:
        from engine.services.transfer.importing.later import perform

        return perform(run)

    filled.job_handlers.add("transfer.export", long_export)
    filled.job_handlers.add("transfer.import", long_import)


def _sweeps(filled: Registry) -> None:
    def sweep_jobs(run: Any) -> Any:
        from engine.services.sweeping import sweep_jobs

        return sweep_jobs(run)

    def sweep_files(run: Any) -> Any:
        from engine.services.sweeping import sweep_files

        return sweep_files(run)

    def sweep_requests(run: Any) -> Any:
        from engine.services.sweeping import sweep_requests

        return sweep_requests(run)

    def takes(**days: int) -> dict[str, Any]:
        """Whole days, each with what it is when a schedule says nothing."""
        whole = {k: {"type": "integer", "minimum": 1, "maximum": 3_650, "default": d} for k, d in days.items()}
        return {"type": "object", "properties": whole, "required": [], "additionalProperties": False}

    sweep_jobs.takes = takes(done=30, failed=90, notices=30)  # type: ignore[attr-defined]
    sweep_files.takes = takes()  # type: ignore[attr-defined]
    sweep_requests.takes = takes(sessions=90, keys=90, links=30, shut=90)  # type: ignore[attr-defined]
    def verify_journal(run: Any) -> Any:
        from engine.services.journal.checking import perform

        return perform(run)

    verify_journal.takes = takes()  # type: ignore[attr-defined]
    filled.job_handlers.add("journal.verify", verify_journal)
    filled.job_handlers.add("sweep.jobs", sweep_jobs)
    filled.job_handlers.add("sweep.files", sweep_files)
    filled.job_handlers.add("sweep.requests", sweep_requests)


def _installed() -> list[Callable[[Registry], None]]:
    return [point.load() for point in entry_points(group="qurastyr")]
