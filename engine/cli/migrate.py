"""`qurastyr migrate`: checks a folder, says what publishing it would do to the data, does it, stores the revision."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.cli.check import chosen_folder, spoken
from engine.cli.main import site_options
from engine.language import LANGUAGES, N_, plural, translate

DECIDE = N_("Correct the data, or agree with --decide ADDRESS: the old column is kept, an empty one begins")


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "migrate", help="make a folder of YAML the revision that is served",
        description="Checks the folder, plans the changes of the database, applies them in one transaction and stores "
                    "the set as the next revision. Nothing is ever dropped. Exits 1 when nothing was published.")
    parser.add_argument("folder", nargs="?", metavar="FOLDER", type=Path,
                        help="folder with metadata/; by default this folder, else what is shipped")
    parser.add_argument("--plan", action="store_true", help="show the steps with their SQL and change nothing")
    parser.add_argument("--decide", action="append", default=[], metavar="ADDRESS",
                        help="agree that this field begins an empty column; the old one is kept. May be repeated")
    parser.add_argument("--note", default="", help="a word about this revision")
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.errors import Invalid
    from engine.services.publishing import publish
    from engine.storage.database import Database

    language = args.language or spoken()
    settings = Settings.from_args(args).prepare()
    database = Database(settings.database_url, role=settings.database_role)
    try:
        look = publish(database, chosen_folder(args.folder), agreed=args.decide, only_plan=True)
        for problem in look.warnings:
            print(problem.line_text(language), file=sys.stderr)
        for line in look.plan.lines(language, with_sql=args.plan):
            print(line)
        if look.plan.blocked:
            return _fail(DECIDE, language)
        if args.plan:
            return 0
        done = publish(database, chosen_folder(args.folder), agreed=args.decide, note=args.note,
                       journal_key=settings.secret("journal"))
    except Invalid as refused:
        for problem in refused.problems:
            print(problem.line_text(language), file=sys.stderr)
        return _fail(N_("Nothing was published"), language)
    except FileNotFoundError as missing:
        return _fail(N_("There is no folder %(folder)s"), language, folder=missing.args[0])
    except TimeoutError:
        return _fail(N_("Somebody else is publishing just now, try again in a moment"), language)
    finally:
        database.close()
    if done.changed:
        print(plural(N_("Revision %(revision)s is published: %(number)s step"),
                     N_("Revision %(revision)s is published: %(number)s steps"),
                     len(done.plan.changes), language, {"revision": done.number}))
    else:
        print(translate(N_("Revision %(revision)s is current already, nothing to do"), language,
                        {"revision": done.number}))
    return 0


def _fail(message: str, language: str, **params: object) -> int:
    print(translate(message, language, params), file=sys.stderr)
    return 1
