"""`qurastyr COMMAND`: finds the command and runs it.

Only the module of the command that was asked for is imported, so `qurastyr check` needs neither a database driver nor
Flask. Exit codes: 0 done, 1 something is wrong with what was given, 2 the command line could not be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from pkgutil import iter_modules

OWN = "main"
WITH_VALUE = ("--data", "--database")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of `arguments` (by default those of the process) and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser, subparsers = _frame()
    wanted = _command(given)
    if wanted in built_in():
        _module(wanted).add_to(subparsers)
    else:
        # Help, a plug-in's command or a mistake: all commands are needed.
        for name in built_in():
            _module(name).add_to(subparsers)
        from engine.hooks import registry

        for add_to in registry().cli_commands.parts.values():
            add_to(subparsers)
    args = parser.parse_args(given)
    if not hasattr(args, "run"):
        parser.print_help()
        return 2
    try:
        return args.run(args) or 0
    except BrokenPipeError:  # `qurastyr check | head`
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def built_in() -> tuple[str, ...]:
    """Names of the commands that come with the engine: one module each."""
    folder = Path(__file__).parent
    return tuple(module.name.replace("_", "-") for module in iter_modules([str(folder)]) if module.name != OWN)


def site_options(parser: argparse.ArgumentParser) -> None:
    """Let `--data` and `--database` stand after the command too. `Settings.from_args` reads them."""
    parser.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="folder with the data of the site")
    parser.add_argument("--database", metavar="URL", default=argparse.SUPPRESS,
                        help="database; by default SQLite in the data folder")


def _frame() -> tuple[argparse.ArgumentParser, argparse._SubParsersAction]:
    parser = argparse.ArgumentParser(prog="qurastyr", description="Builds applications for schools from YAML.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    parser.add_argument("--data", metavar="DIR", help="folder with the data of the site")
    parser.add_argument("--database", metavar="URL", help="database; by default SQLite in the data folder")
    return parser, parser.add_subparsers(title="commands", metavar="COMMAND")


def _command(given: Sequence[str]) -> str:
    """The first word that is neither an option nor the value of one."""
    skip = False
    for word in given:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in WITH_VALUE
        else:
            return word
    return ""


def _module(name: str):
    return import_module(f"engine.cli.{name.replace('-', '_')}")


def _version() -> str:
    try:
        return version("qurastyr")
    except PackageNotFoundError:
        return "from a working copy"


if __name__ == "__main__":
    sys.exit(main())
