"""`qurastyr schema`: the JSON Schemas of all kinds of files, for editors, and the reference made from them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def add_to(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "schema", help="print or write the JSON Schemas of YAML files",
        description="JSON Schema 2020-12 for each kind of file: module, roles, entity, dictionary, form, registry...")
    parser.add_argument("kind", nargs="?", metavar="KIND", help="one kind of file; without it all of them")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write KIND.schema.json files into DIR")
    parser.add_argument("--markdown", action="store_true", help="print the reference (docs/metadata-reference.md)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write; 1 for a kind that there is not."""
    from engine.loading.problems import closest
    from engine.loading.reference import reference
    from engine.loading.schemas import FILES, published_schema

    if args.markdown:
        sys.stdout.write(reference())
        return 0
    if args.kind is not None and args.kind not in FILES:
        near = closest(args.kind, FILES)
        hint = f"; did you mean `{near}`?" if near else ""
        print(f"there is no kind of file `{args.kind}`{hint} Known: {', '.join(FILES)}", file=sys.stderr)
        return 1
    kinds = [args.kind] if args.kind else list(FILES)
    schemas = {kind: published_schema(kind) for kind in kinds}
    if args.out is None:
        said = schemas[args.kind] if args.kind else schemas
        print(json.dumps(said, ensure_ascii=False, indent=2))
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    for kind, schema in schemas.items():
        path = args.out / f"{kind}.schema.json"
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        print(path)
    return 0
