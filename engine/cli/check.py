"""`qurastyr check`: everything that is wrong with a folder of metadata, each with its place. Needs no database."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from engine.language import LANGUAGES, N_, plural, translate

SHIPPED = Path(__file__).resolve().parents[2]


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "check",
        help="check a folder of YAML and run the examples in it",
        description="Prints every problem as file:line:column: path: message (hint). Exits 1 when there are errors.",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        type=Path,
        help="folder with metadata/; by default this folder, else what is shipped",
    )
    parser.add_argument("--language", choices=LANGUAGES, help="language of the messages; by default that of LANG")
    parser.add_argument("--no-examples", action="store_true", help="do not run the examples of entities")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the folder; 0 when nothing stands in the way of publishing it, 1 otherwise."""
    from engine.loading import load_folder
    from engine.loading.seeds import check_seeds

    language = args.language or spoken()
    folder = chosen_folder(args.folder)
    started = time.perf_counter()
    try:
        loaded = load_folder(folder)
    except FileNotFoundError as missing:
        print(translate(N_("There is no folder %(folder)s"), language, {"folder": missing.args[0]}), file=sys.stderr)
        return 1
    problems = list(loaded.problems)
    if loaded.catalog is not None:
        problems += check_seeds(loaded.catalog, folder)
        if not args.no_examples:
            problems += example_problems(loaded)
    for problem in problems:
        print(problem.line_text(language))
    errors = sum(problem.is_error for problem in problems)
    print(_summary(loaded, errors, len(problems) - errors, time.perf_counter() - started, language), file=sys.stderr)
    return 1 if errors else 0


def example_problems(loaded) -> Iterable:
    """What the examples of entities came to, each at its place; nothing where the services are not installed."""
    if find_spec("engine.services.examples") is None:
        return []
    from engine.loading.problems import problem_in_file
    from engine.services.examples import run_examples

    told = []
    for address, key, problem in run_examples(loaded.catalog):
        file = f"metadata/{address.replace('.', '/')}.yaml"
        told.append(problem_in_file(problem, file, loaded.files.get(file, b""), ("examples", key)))
    return told


def spoken(environment=os.environ) -> str:
    """The language of the person at the terminal; Russian when it is none of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        language = environment.get(name, "")[:2].lower()
        if language:
            return language if language in LANGUAGES else "ru"
    return "ru"


def chosen_folder(given: Path | None) -> Path:
    """The folder that was named, this one when it holds metadata, else what is shipped with the engine."""
    if given is not None:
        return given
    here = Path.cwd()
    return here if (here / "metadata").is_dir() else SHIPPED


def _summary(loaded, errors: int, warnings: int, seconds: float, language: str) -> str:
    said = [
        plural(N_("%(number)s error"), N_("%(number)s errors"), errors, language),
        plural(N_("%(number)s warning"), N_("%(number)s warnings"), warnings, language),
    ]
    if loaded.catalog is not None:
        said.insert(
            0, plural(N_("%(number)s entity"), N_("%(number)s entities"), len(loaded.catalog.entities), language)
        )
    return f"{', '.join(said)} ({seconds:.2f} s)"
