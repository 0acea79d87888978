"""`qurastyr journal`: proves that the journal is as it was written, seals it, keeps its head."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from engine.cli.check import spoken
from engine.cli.main import site_options
from engine.language import LANGUAGES, N_, plural, translate

SHOWN = 50
"""Findings that are printed; all of them are counted."""
CLEAN = N_("The journal is as it was written")
NEVER = N_("The journal was never sealed: start a worker, or run qurastyr journal seal")
ACCEPTED = N_("The newest seal (number %(number)s) is the head now; the journal keeps an entry of this")
OLDER = N_("%(number)s of them are older than codes and proved from their first sealing on")
SEALED = N_("Last sealed: %(at)s, number %(number)s, entry %(entry)s")


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "journal", help="prove the journal, seal it, keep its head",
        description="verify: look at every entry and say what was changed; exits 1 when something was. seal: seal now "
                    "what waits (a worker does it every second). keep: take the newest seal for the head after a "
                    "restore, or when journal.head was lost.")
    parser.add_argument("action", choices=("verify", "seal", "keep"))
    parser.add_argument("--head", action="append", default=[], metavar="FILE", type=Path,
                        help="verify: also compare with this copy of journal.head. May be repeated")
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.services import journal
    from engine.services.site import Site

    language = args.language or spoken()
    missing = [path for path in args.head if not path.is_file()]
    if missing:
        print(translate(N_("There is no file %(file)s"), language, {"file": missing[0]}), file=sys.stderr)
        return 1
    site = Site.open(Settings.from_args(args).prepare())
    try:
        if args.action == "verify":
            with site.database.snapshot() as connection:
                found = journal.verify(connection, site.journal_key, site.settings.data, site.clock.now(), args.head)
            return _tell(site, found, language)
        if args.action == "keep":
            _, now = journal.accept_head(site)
            print(translate(ACCEPTED, language, {"number": now.number if now else 0}))
            return 0
        number = journal.seal(site, None)
        print(plural(N_("%(number)s entry sealed"), N_("%(number)s entries sealed"), number, language))
    finally:
        site.database.close()
    return 0


def _tell(site, found: Any, language: str) -> int:
    def moment(at: Any) -> str:
        return at.astimezone(site.clock.zone).strftime("%d.%m.%Y %H:%M:%S")

    print(plural(N_("%(number)s entry looked at"), N_("%(number)s entries looked at"), found.entries, language))
    if found.adopted:
        print(translate(OLDER, language, {"number": found.adopted}))
    if found.last is None:
        print(translate(NEVER, language))
    else:
        print(translate(SEALED, language, {
            "at": moment(found.last.at), "number": found.last.number, "entry": found.last.entry_id}))
    if found.waiting:
        print(plural(N_("%(number)s entry waits for its seal"), N_("%(number)s entries wait for their seals"),
                     found.waiting, language))
    if found.whole:
        print(translate(CLEAN, language))
        return 0
    print(plural(N_("%(number)s thing is not as it was written:"), N_("%(number)s things are not as they were written:"),
                 len(found.findings), language), file=sys.stderr)
    for one in found.findings[:SHOWN]:
        said = one.entry
        about = f" ({moment(said['at'])}, {said['operation']} {said['entity'] or ''})" if said else ""
        entry = f"{one.entry_id}{about}: " if one.entry_id else ""
        print(f"{entry}{one.text(language)}", file=sys.stderr)
    return 1
