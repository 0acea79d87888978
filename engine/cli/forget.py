"""`qurastyr forget PERSON`: destroys the key of a person, so that the journal tells nothing of them any more."""

from __future__ import annotations

import argparse
import sys

from engine.cli.check import spoken
from engine.cli.main import site_options
from engine.language import LANGUAGES, N_, translate

ASK = N_("Add --yes: nothing brings back what the journal says of this person")
GONE = N_("The key is destroyed. The journal stays whole and says nothing of this person any more")


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "forget", help="destroy the key under which the journal keeps what it says of a person",
        description="For a person whose data may no longer be kept. The record itself is archived and emptied by hand; "
                    "this makes its past unreadable. It cannot be undone, except from a backup.")
    parser.add_argument("person", metavar="ID", help="the id of the person's record, as in its address")
    parser.add_argument("--yes", action="store_true", help="really do it")
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.errors import Refusal
    from engine.ids import parse_id
    from engine.services import person_keys
    from engine.services.actor import system
    from engine.services.site import Site

    language, person = args.language or spoken(), parse_id(args.person)
    if not args.yes or person is None:
        print(translate(ASK if person else person_keys.NO_KEY, language), file=sys.stderr)
        return 1
    site = Site.open(Settings.from_args(args).prepare())
    try:
        site.write(system(), lambda uow: person_keys.destroy(uow, person))
    except Refusal as refused:
        for problem in refused.problems:
            print(problem.text(language), file=sys.stderr)
        return 1
    finally:
        site.database.close()
    print(translate(GONE, language))
    return 0
