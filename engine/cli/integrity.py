"""`qurastyr integrity`: what was changed behind the engine's back, in data about people and in the program's files."""

from __future__ import annotations

import argparse
import sys

from engine.cli.check import spoken
from engine.cli.main import site_options
from engine.language import LANGUAGES, N_, translate

SHOWN = 50
RECORDS = {
    "changed": N_("a value differs from what the journal says"), "version": N_("another version than the journal knows"),
    "lacking": N_("the journal knows it, the table does not"), "unknown": N_("the journal knows nothing of it"),
    "unreadable": N_("an encrypted value was changed or moved"),
}
FILES = {
    "changed": N_("changed"), "missing": N_("missing"), "added": N_("was not there"),
    "forged": N_("the manifest itself was changed"), "none": N_("there is no manifest: run qurastyr integrity seal"),
}
CLEAN, WHOLE = N_("All is as the journal says: records %(number)s"), N_("The program is as it was sealed")
FOUND, SEALED = N_("Found: %(number)s"), N_("Files in the manifest: %(number)s")
ERASED = N_("Values that cannot be proved, because the people were erased: %(number)s")
JOURNAL = N_("The journal, which proves the records, was changed itself: run qurastyr journal verify")


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "integrity", help="find what was changed behind the engine's back",
        description="check: data about people against the journal. program: files of the program against the "
                    "manifest. seal: make the manifest, after installing or updating. Exits 1 when something was found.")
    parser.add_argument("action", choices=("check", "program", "seal"))
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.services import integrity

    language, settings = args.language or spoken(), Settings.from_args(args).prepare()

    def say(sentence: str, number: int = 0) -> None:
        print(translate(sentence, language, {"number": number} if "%(number)s" in sentence else {}))

    if args.action == "seal":
        say(SEALED, integrity.seal_program(settings))
        return 0
    if args.action == "program":
        lines = [f"{one.path}: {translate(FILES[one.kind], language)}" for one in integrity.check_program(settings)]
        return _tell(lines, say, WHOLE, 0)
    return _records(settings, language, say)


def _records(settings, language: str, say) -> int:
    from engine.services import integrity, journal
    from engine.services.site import Site
    from engine.storage.purposes import BOOKKEEPING

    site = Site.open(settings)
    try:
        with site.database.snapshot(BOOKKEEPING) as connection:
            proved = journal.verify(connection, site.journal_key, settings.data, site.clock.now())
        found = integrity.check_records(site)
        titles = site.catalog.entities
    finally:
        site.database.close()
    if found.unproved:
        say(ERASED, found.unproved)
    lines = []
    for one in found.findings:
        entity = titles[one.entity]
        field = f", {entity.fields[one.field].title.in_(language)}" if one.field else ""
        said = translate(RECORDS[one.kind], language)
        lines.append(f"{entity.title.in_(language)} {entity.url}/{one.record_id}{field}: {said}")
    if not proved.whole:
        lines.insert(0, translate(JOURNAL, language))
    return _tell(lines, say, CLEAN, found.records)


def _tell(lines: list[str], say, clean: str, number: int) -> int:
    for line in lines[:SHOWN]:
        print(line, file=sys.stderr)
    if lines:
        say(FOUND, len(lines))
        return 1
    say(clean, number)
    return 0
