"""`python -m benchmarks.screens`: long lists, files, the weight of a page; writes docs/proofs/bench-screens.json."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import school as schools
from benchmarks.__main__ import DATABASES, POSTGRESQL
from benchmarks.screens.files import measure_files
from benchmarks.screens.pages import UNLIKE, measure_pages, ratio
from benchmarks.screens.weight import weigh
from benchmarks.screens.writing import STEPS, measure_import, measure_writing
from engine.collector import collect_rarely

sys.path.append(str(schools.ROOT / "tests"))

import proofs

FEW, FILES = 10_000, 100_000
PARTS = ("pages", "files", "writing", "import", "weight")
Figures = dict[str, tuple[Any, str, Any]]


def main() -> int:
    args = _arguments()
    collect_rarely()  # as the server does, which is what is measured
    figures: Figures = {}
    notes: list[str] = []
    for dialect in DATABASES if args.database == "both" else (args.database,):
        folder = Path(tempfile.mkdtemp(prefix="qurastyr-screens-"))
        made: list[schools.School] = []
        try:
            _measure(folder, dialect, args, figures, notes, made)
        finally:
            for school in made if dialect == "postgresql" else ():
                schools.drop(school)
            shutil.rmtree(folder, ignore_errors=True)
    for name, (value, relation, target) in figures.items():
        print(f"{name}: {value} ({relation} {target})")
    if args.only is None and not args.quick:
        proofs.write_proof("bench-screens", figures, schools.SEED, " ".join(notes))
    return 0


def _measure(folder: Path, dialect: str, args: Any, figures: Figures, notes: list[str],
             made: list[schools.School]) -> None:
    def school(name: str, rows: int, **more: Any) -> schools.School:
        _say(f"{dialect}: loading {rows} invoices")
        (folder / name).mkdir()
        found = schools.build(folder / name, dialect, rows, args.server, **more)
        schools.keep(found)
        made.append(found)
        return found

    def wanted(part: str) -> bool:
        return args.only in (None, part)

    if any(map(wanted, ("files", "weight", "writing", "import"))):
        usual = school("usual", args.files)
        if wanted("files"):
            files = measure_files(usual, _say)
            figures[f"csv ratio {dialect}"] = (round(files["csv engine"] / files["csv twin"], 2), "<=", 2.0)
            figures[f"xlsx ratio {dialect}"] = (round(files["xlsx engine"] / files["xlsx writer"], 2), "<=", 1.3)
            if files["memory"] is not None:
                figures[f"memory of a csv export {dialect}, MiB"] = (round(files["memory"]), "<=", 100)
            notes.append(f"{dialect}: export of {files['lines']} lines, seconds: " + ", ".join(
                f"{k} {v:.2f}" for k, v in files.items() if k[:4] in ("csv ", "xlsx")) + ".")
        if wanted("weight") and dialect == "sqlite":
            weight = weigh(usual)
            figures["first load of a list, KiB gzip"] = (round(weight["first"]), "<=", 250)
            figures["later load of a list, KiB gzip"] = (round(weight["after"], 1), "<=", 30)
            notes.append(f"Page: {weight['files']:.0f} files beside it, a fragment of {weight['fragment']:.1f} KiB.")
        if wanted("writing"):
            rates = measure_writing(usual, _say, 10_000 if not args.quick else 2_000)
            if dialect == "postgresql":
                figures["invoices with lines a second"] = (round(rates["verb"]), ">=", 2_000)
            notes.append(f"{dialect}: {rates['verb']:.0f} invoices a second by the verb, the twin {rates['twin']:.0f}.")
        if wanted("import"):
            found = measure_import(usual, _say, args.files if not args.quick else 6_000)
            if found["memory"] is not None:
                figures[f"memory of an import {dialect}, MiB"] = (round(found["memory"]), "<=", 200)
            notes.append(f"{dialect}: import of a CSV of {args.files} lines, seconds: " + ", ".join(
                f"{k} {found[k]:.1f}" for k in STEPS)
                + f"; {found['last']:.0f} invoices a second in the last step.")
    if wanted("pages"):
        pages = measure_pages(school("few", FEW, lines=False, twin=False),
                              school("many", args.rows, lines=False, twin=False), _say)
        for title, times in pages.items():
            if title not in UNLIKE:
                figures[f"{title} ratio {dialect}"] = (round(ratio(times), 2), "<=", 1.3)
            small, large = (f"{times[name]:.1f} ms" for name in ("small", "large"))
            notes.append(f"{dialect}: {title} {small} of {FEW}, {large} of {args.rows}.")


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screens", description=__doc__)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="sqlite")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="invoices of the long list")
    parser.add_argument("--files", type=int, default=FILES, metavar="N", help="invoices of exports")
    parser.add_argument("--only", choices=PARTS, help="one measurement; no proof is written")
    parser.add_argument("--quick", action="store_true", help="fewer records are written; no proof is written")
    parser.add_argument("--server", default=os.environ.get("QURASTYR_TEST_POSTGRES", POSTGRESQL), metavar="URL")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
