"""`qurastyr keys`: the keys of encrypted fields, listed, added, changed over, taken away."""

from __future__ import annotations

import argparse
import sys

from engine.cli.check import spoken
from engine.cli.main import site_options
from engine.language import LANGUAGES, N_, translate

DONE = N_("Nothing is left under an older key. Retire it: qurastyr keys retire NUMBER")
UNREADABLE = N_("%(place)s: %(cells)s values that no key opens; they were left as they are")


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "keys", help="list, add, rotate and retire the keys of encrypted fields",
        description="list: the keys and how many values stand under each. add: a new key that waits. rotate: makes it "
                    "active and passes every value to it; run again if it was broken off. retire: takes an old key "
                    "away for good, once nothing stands under it.")
    parser.add_argument("action", nargs="?", choices=("list", "add", "rotate", "retire"), default="list")
    parser.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="the key to retire")
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.errors import Refusal
    from engine.services import keys
    from engine.services.site import Site

    language = args.language or spoken()
    if (args.action == "retire") == (args.number is None):
        print(translate(N_("Name a key for retire, and for nothing else"), language), file=sys.stderr)
        return 2
    site = Site.open(Settings.from_args(args).prepare())
    try:
        if args.action == "add":
            number = keys.add(site)
            print(translate(N_("Key %(number)s waits: run rotate to make it active"), language, {"number": number}))
        elif args.action == "rotate":
            return _rotate(site, language)
        elif args.action == "retire":
            keys.retire(site, args.number)
            print(translate(N_("Key %(number)s is gone"), language, {"number": args.number}))
        else:
            for key in keys.listed(site):
                print(f"{key.number:>4} {key.state:8} {key.cells:>10}")
    except Refusal as refused:
        for problem in refused.problems:
            print(problem.text(language), file=sys.stderr)
        return 1
    finally:
        site.database.close()
    return 0


def _rotate(site, language: str) -> int:
    from engine.services import keys

    done: dict[str, int] = {}

    def told(column, cells: int) -> None:
        done[column.address] = done.get(column.address, 0) + cells

    passed = keys.rotate(site, told)
    for address, cells in done.items():
        print(f"{address}: {cells}")
    for address, cells in passed.unreadable.items():
        print(translate(UNREADABLE, language, {"place": address, "cells": cells}), file=sys.stderr)
    if passed.unreadable:
        return 1
    print(translate(DONE, language))
    return 0
