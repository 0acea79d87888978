"""`qurastyr schedule`: what happens by the clock; run a schedule at once, let it rest, let it go on."""

from __future__ import annotations

import argparse
import sys

from engine.cli.main import site_options


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "schedule", help="list what happens by the clock; run, pause or resume it",
        description="Without an action: when each schedule is due. A run is left for the workers.")
    parser.add_argument("action", nargs="?", choices=("list", "run", "pause", "resume"), default="list")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the address of a schedule: system.sweep_jobs")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.config import Settings
    from engine.loading.problems import closest
    from engine.services import jobs
    from engine.services.actor import system
    from engine.services.site import Site

    site = Site.open(Settings.from_args(args).prepare())
    try:
        known = site.catalog.schedules
        if args.action == "list":
            for one in site.read(system(), jobs.planned):
                due = "paused" if one.paused else one.next_at.astimezone(site.clock.zone).strftime("%d.%m.%Y %H:%M")
                print(f"{one.schedule.address:40} {one.schedule.at:20} {due:17} {one.schedule.title.in_('en')}")
            return 0
        if args.name not in known:
            near = closest(args.name or "", known)
            print(f"There is no schedule {args.name!r}." + (f" Did you mean {near}?" if near else ""), file=sys.stderr)
            return 1
        if args.action == "run":
            for id in site.write(system(), lambda uow: jobs.run_now(uow, args.name)):
                print(f"/jobs/{id}")
        else:
            site.write(system(), lambda uow: jobs.pause(uow, args.name, args.action == "pause"))
    finally:
        site.database.close()
    return 0
