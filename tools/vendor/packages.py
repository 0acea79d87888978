"""Which npm packages the front end is made of, and which of their files are taken as they are."""

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One npm package: exact version, the licence it is under, and what is taken from it."""

    key: str
    npm: str
    version: str
    licence: str
    homepage: str
    files: tuple[tuple[str, str], ...] = ()
    """Pairs (path inside the package, file name in the vendor folder) copied without change but for source maps."""


HTMX = Package("htmx", "htmx.org", "4.0.1", "0BSD", "https://htmx.org",
               (("dist/htmx.min.js", "htmx.min.js"), ("LICENSE", "htmx.LICENSE.txt")))
TABLER = Package("tabler", "@tabler/core", "1.6.1", "MIT", "https://tabler.io",
                 (("dist/css/tabler.min.css", "tabler.min.css"), ("dist/js/tabler.min.js", "tabler.min.js")))
ICONS = Package("tabler-icons", "@tabler/icons", "3.51.0", "MIT", "https://tabler.io/icons",
                (("LICENSE", "tabler-icons.LICENSE.txt"),))
INTER = Package("inter", "inter-ui", "4.1.1", "OFL-1.1", "https://rsms.me/inter",
                (("LICENSE.txt", "inter.LICENSE.txt"),))
TOM_SELECT = Package("tom-select", "tom-select", "2.6.2", "Apache-2.0", "https://tom-select.js.org",
                     (("dist/js/tom-select.base.min.js", "tom-select.base.min.js"),
                      ("dist/css/tom-select.min.css", "tom-select.min.css"), ("LICENSE", "tom-select.LICENSE.txt")))
SORTABLE = Package("sortablejs", "sortablejs", "1.15.7", "MIT", "https://sortablejs.github.io/Sortable/",
                   (("Sortable.min.js", "sortable.min.js"), ("LICENSE", "sortablejs.LICENSE.txt")))
PACKAGES = (HTMX, TABLER, ICONS, INTER, TOM_SELECT, SORTABLE)


def fetch(package: Package, cache: Path) -> Path:
    """Unpack the package under `cache` and return its folder; npm checks its integrity. Raises CalledProcessError."""
    folder = cache / f"{package.key}-{package.version}"
    if folder.exists():
        return folder
    npm = shutil.which("npm") or "npm"
    done = subprocess.run([npm, "pack", "--silent", f"{package.npm}@{package.version}"], cwd=cache, check=True,
                          capture_output=True, text=True)
    archive = cache / done.stdout.strip().splitlines()[-1]
    part = cache / f"{package.key}.part"
    shutil.rmtree(part, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(part, filter="data")
    (part / "package").rename(folder)
    return folder
