"""`qurastyr seed`: loads reference records again, or makes the sample school in an empty database."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.cli.check import chosen_folder, spoken
from engine.cli.main import site_options
from engine.language import LANGUAGES, N_, translate


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "seed", help="load reference records; with --demo also the sample school",
        description="Loads FOLDER/seed/reference by natural key: creates what is missing, changes what differs and was "
                    "not touched by people. Exits 1 when a file is wrong; then nothing of that file is loaded.")
    parser.add_argument("folder", nargs="?", metavar="FOLDER", type=Path,
                        help="folder with seed/; by default this folder, else what is shipped")
    parser.add_argument("--demo", action="store_true",
                        help="make the sample school of FOLDER/seed/demo (empty database only)")
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Load and report; 1 when something was refused."""
    from engine.config import Settings
    from engine.errors import Refusal
    from engine.services.seeding import is_empty, load_reference, make_demo
    from engine.services.seeding.signins import give_passwords
    from engine.services.site import Site

    language, folder = args.language or spoken(), chosen_folder(args.folder)

    def say(message: str, **params: object) -> None:
        print(translate(message, language, params))

    site = Site.open(Settings.from_args(args).prepare())
    try:
        for file in load_reference(site, folder):
            say(N_("%(file)s: %(created)s new, %(changed)s changed, %(same)s as they were, "
                   "%(kept)s left as people made them"),
                file=file.file, created=file.created, changed=file.changed, same=file.same, kept=file.kept)
        if args.demo:
            if not is_empty(site):
                return _fail(N_("The database is not empty, so the sample school is not added"), language)
            make_demo(site, folder, say=lambda made: say(N_("%(step)s: %(count)s"), step=made.step, count=made.count))
            import os

            for one in give_passwords(site, os.environ):
                say(N_("Sign in as: %(login)s (%(role)s), password: %(password)s"),
                    login=one.login, role=one.role, password=one.password)
    except Refusal as refused:
        for problem in refused.problems:
            print(getattr(problem, "line_text", problem.text)(language), file=sys.stderr)
        return 1
    finally:
        site.database.close()
    return 0


def _fail(message: str, language: str) -> int:
    print(translate(message, language), file=sys.stderr)
    return 1
