"""Fetch, cut, copy, and write the manifest with the checksum of every file."""

import hashlib
import json
import re
import shutil
import tempfile
from pathlib import Path

from tools.vendor import fonts, icons
from tools.vendor.packages import ICONS, INTER, PACKAGES, TABLER, Package, fetch

TARGET = Path(__file__).resolve().parents[2] / "engine" / "web" / "static" / "vendor"
SOURCE_MAP = re.compile(r"(?:/\*# sourceMappingURL=\S+? \*/|//# sourceMappingURL=\S+)\s*$")
# @tabler/core carries no licence file; this is the notice its repository has.
TABLER_LICENCE = """The MIT License (MIT)

Copyright (c) 2018-2026 The Tabler Authors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def main() -> None:
    """Rebuild the whole vendor folder."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    cache = Path(tempfile.gettempdir()) / "qurastyr-vendor"
    cache.mkdir(exist_ok=True)
    entries = []
    for package in PACKAGES:
        folder = fetch(package, cache)
        names = [_copy(folder / source, name) for source, name in package.files]
        if package is TABLER:
            names.append(_write("tabler.LICENSE.txt", TABLER_LICENCE))
        if package is ICONS:
            names.append(_write("icons.svg", icons.sprite(folder)))
        if package is INTER:
            for name in fonts.CUTS:
                fonts.cut(folder, name, TARGET / name)
            names += [*fonts.CUTS, _write("inter.css", fonts.stylesheet())]
        entries.append(_entry(package, names))
    (TARGET / "manifest.json").write_text(json.dumps({"packages": entries}, indent=2) + "\n", "utf-8")
    for path in sorted(TARGET.iterdir()):
        print(f"{path.stat().st_size:9,}  {path.name}")


def _copy(source: Path, name: str) -> str:
    """Copy one text file without its source map comment: the map is not shipped, and browsers would ask for it."""
    text = SOURCE_MAP.sub("", source.read_text("utf-8"))
    return _write(name, text if text.endswith("\n") else text + "\n")


def _write(name: str, text: str) -> str:
    (TARGET / name).write_text(text, "utf-8")
    return name


def _entry(package: Package, names: list[str]) -> dict:
    return {
        "name": package.key,
        "npm": package.npm,
        "version": package.version,
        "licence": package.licence,
        "homepage": package.homepage,
        "files": {name: hashlib.sha256((TARGET / name).read_bytes()).hexdigest() for name in sorted(names)},
    }


if __name__ == "__main__":
    main()
