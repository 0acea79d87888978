"""`qurastyr journal`: proves that the journal is as it was written, seals it, keeps its head."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime, time
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
WRITTEN = N_("Seals %(first)s to %(last)s are in %(file)s. Nothing was removed from the database")
WHOLE = N_("The segment is as it was written: seals %(first)s to %(last)s")
NO_SEGMENT = N_("This is no segment, or it was cut or changed after it was written")
SEALED = N_("Last sealed: %(at)s, number %(number)s, entry %(entry)s")


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "journal", help="prove the journal, seal it, keep its head",
        description="verify: look at every entry and say what was changed; exits 1 when something was. seal: seal now "
                    "what waits (a worker does it every second). keep: take the newest seal for the head after a "
                    "restore, or when journal.head was lost. export-segment: write what was sealed before a day into "
                    "a file with a seal of its own; nothing is removed.")
    parser.add_argument("action", choices=("verify", "seal", "keep", "export-segment"))
    parser.add_argument("--head", action="append", default=[], metavar="FILE", type=Path,
                        help="verify: also compare with this copy of journal.head. May be repeated")
    parser.add_argument("--segment", metavar="FILE", type=Path, help="verify: prove this file instead of the database")
    parser.add_argument("--until", metavar="DATE", type=date.fromisoformat,
                        help="export-segment: the first day that is left out; by default 36 months ago")
    parser.add_argument("--out", metavar="FILE", type=Path, help="export-segment: by default in the data folder")
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.services import journal
    from engine.services.site import Site
    from engine.storage.purposes import BOOKKEEPING

    language = args.language or spoken()
    missing = [path for path in (*args.head, args.segment) if path is not None and not path.is_file()]
    if missing:
        print(translate(N_("There is no file %(file)s"), language, {"file": missing[0]}), file=sys.stderr)
        return 1
    site = Site.open(Settings.from_args(args).prepare())
    try:
        if args.action == "verify" and args.segment is not None:
            return _tell_segment(journal.verify_segment(site.journal_key, args.segment), language)
        if args.action == "export-segment":
            return _export(site, args, language)
        if args.action == "verify":
            with site.database.snapshot(BOOKKEEPING) as connection:
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
    print(plural(N_("%(number)s thing is not as it was written:"),
                 N_("%(number)s things are not as they were written:"), len(found.findings), language), file=sys.stderr)
    for one in found.findings[:SHOWN]:
        said = one.entry
        about = f" ({moment(said['at'])}, {said['operation']} {said['entity'] or ''})" if said else ""
        entry = f"{one.entry_id}{about}: " if one.entry_id else ""
        print(f"{entry}{one.text(language)}", file=sys.stderr)
    return 1


def _export(site, args: argparse.Namespace, language: str) -> int:
    from engine.errors import Invalid
    from engine.services import journal

    today = site.clock.today()
    until = args.until or _months_before(today, journal.TERM_MONTHS)
    moment = datetime.combine(until, time(), site.clock.zone)
    try:
        made = journal.export_segment(site, moment, args.out)
    except Invalid as refused:
        print(refused.problems[0].text(language), file=sys.stderr)
        return 1
    print(translate(WRITTEN, language, {"first": made.first, "last": made.last, "file": made.file}))
    return 0


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months ago."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _tell_segment(proof: Any, language: str) -> int:
    print(plural(N_("%(number)s entry looked at"), N_("%(number)s entries looked at"), proof.entries, language))
    if proof.whole:
        print(translate(WHOLE, language, {"first": proof.first, "last": proof.last}))
        return 0
    if not proof.readable:
        print(translate(NO_SEGMENT, language), file=sys.stderr)
    for one in proof.findings[:SHOWN]:
        print(f"{one.entry_id}: {one.text(language)}", file=sys.stderr)
    return 1
