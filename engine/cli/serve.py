"""`qurastyr serve`: prepares an empty database, then answers in the browser and over REST."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from dataclasses import replace

from engine.cli.main import site_options

HOST, PORT = "127.0.0.1", 8000


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "serve", help="start the server",
        description="Prepares an empty database (metadata, reference data, sample school), then serves until stopped.")
    parser.add_argument("--port", type=_port, default=PORT, metavar="N", help=f"TCP port; {PORT} by default")
    parser.add_argument("--host", default=HOST, metavar="H", help=f"address to listen on; {HOST} by default")
    parser.add_argument("--demo", action=argparse.BooleanOptionalAction, default=None,
                        help="fill an empty database with the sample school; by default only on SQLite")
    parser.add_argument("--worker", action=argparse.BooleanOptionalAction, default=True,
                        help="run a worker beside the server, for work in the background; by default yes")
    site_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from waitress import create_server

    from engine.app import create_app
    from engine.collector import collect_rarely
    from engine.config import ADDRESS, Settings
    from engine.errors import Refusal
    from engine.jobs.supervisor import worker_of
    from engine.services import journal
    from engine.services.identity.policy import policy_of
    from engine.services.seeding import prepare
    from engine.services.site import Site

    settings = Settings.from_args(args).prepare()
    demo = settings.database_url.startswith("sqlite") if args.demo is None else args.demo
    try:
        site = Site.open(settings)
        prepare(settings, demo, _say, site=site)
        policy_of(site)  # refuses here rather than on the first page
    except Refusal as refused:
        for problem in refused.problems:
            print(getattr(problem, "line_text", problem.text)("en"), file=sys.stderr)
        return 1
    try:
        server = create_server(create_app(site), host=args.host, port=args.port, threads=settings.threads,
                               ident=None, clear_untrusted_proxy_headers=True, channel_timeout=120)
    except OSError as busy:
        print(f"Cannot listen on {args.host}:{args.port}: {busy.strerror or busy}. Choose another one with --port.",
              file=sys.stderr)
        return 1
    if not _stays_here(args.host):
        _say("Warning: plain http. Use it only inside the school's own network, or put https in front of it.")
    for line in journal.watch(site, "server"):
        _say(f"Warning: {line}")
    _say(f"Qurastyr serves at http://{_shown(args.host)}:{server.effective_port}/ (Ctrl+C stops it)")
    if not os.environ.get(ADDRESS):
        settings = replace(settings, address=f"http://{_shown(args.host)}:{server.effective_port}")
        site.settings = settings
    if not settings.smtp:
        _say(f"No mail server is set (QURASTYR_SMTP): letters are put into {settings.data / 'mail'}")
    worker = worker_of(settings).start() if args.worker else None
    collect_rarely()
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        if worker is not None:
            worker.stop()
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def _stays_here(host: str) -> bool:
    """True when only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    return {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
