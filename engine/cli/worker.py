"""`qurastyr worker`: does the work that was left for the background; several may run, on several machines."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from engine.cli.main import site_options


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "worker", help="do the work that was left for the background",
        description="Takes up jobs until it is stopped (Ctrl+C). `qurastyr serve` runs one beside itself.")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="jobs done at the same time; 2 by default")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)  # ends when its input does
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from engine.collector import collect_rarely
    from engine.config import Settings
    from engine.errors import Refusal
    from engine.jobs.worker import Worker
    from engine.services import journal
    from engine.services.site import Site

    site = Site.open(Settings.from_args(args).prepare())
    try:
        site.catalog  # noqa: B018 - refuses here rather than at the first job
    except Refusal as refused:
        for problem in refused.problems:
            print(problem.text("en"), file=sys.stderr)
        return 1
    collect_rarely()
    ended = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: ended.set())
    if args.child:
        threading.Thread(target=_until_closed, args=(ended,), daemon=True).start()
    journal.watch(site, "worker")
    worker = Worker(site, max(args.threads, 1)).start()
    ended.wait()
    worker.stop()
    return 0


def _until_closed(ended: threading.Event) -> None:
    """The server that began us holds the other end: it closes however the server ends."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    ended.set()
