"""`qurastyr apikey create USER`: a bearer key for programs, shown this one time."""

from __future__ import annotations

import argparse
import sys

from engine.cli.main import site_options


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser("apikey", help="make keys for the REST API")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key that acts with the rights of a user")
    create.add_argument("user", metavar="USER", help="the user's sign-in name")
    create.add_argument("--title", default="", help="what the key is for, for the list of keys")
    create.add_argument("--role", action="append", metavar="ROLE", help="this role of the user only; may be repeated")
    create.add_argument("--entity", action="append", metavar="ENTITY",
                        help="the key reaches this entity only, MODULE.NAME; may be repeated")
    create.add_argument("--read-only", action="store_true", help="the key changes nothing")
    create.add_argument("--days", type=int, metavar="N", help="the key ends after so many days")
    for one in (parser, create):
        site_options(one)
    create.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.errors import Refusal
    from engine.services.identity import create_key
    from engine.services.site import Site

    try:
        print(create_key(Site.open(Settings.from_args(args).prepare()), args.user, args.title,
                         roles=args.role, read_only=args.read_only, days=args.days, entities=args.entity))
    except Refusal as refused:
        for problem in refused.problems:
            print(problem.text("en"), file=sys.stderr)
        return 1
    return 0
