"""Remakes the hashed lock files from pyproject.toml: `python -m tools.locks` (needs uv on PATH).

One resolution for every platform and Python from 3.11 up. The test lock is made first, and the others are held to its
versions, so that installing one after another never changes what is there.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDEST = "requirements-test.lock"
LOCKS = {
    WIDEST: ["test", "postgres", "passkeys"],
    "requirements-postgres.lock": ["postgres", "passkeys"],
    "requirements.lock": ["passkeys"],
}
# No header, comments or addresses of registries: the file says what, not where from.
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate",
           "--no-emit-index-url", "--no-emit-find-links", "--override", "overrides.txt", "--quiet"]


def main() -> None:
    """Write every lock; `--upgrade` takes the newest versions allowed instead of keeping the present ones."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("uv is needed to remake the locks (pip install uv)")
    for name, extras in LOCKS.items():
        command = [uv, "pip", "compile", "pyproject.toml", *OPTIONS, "--output-file", name, *sys.argv[1:]]
        command += [word for extra in extras for word in ("--extra", extra)]
        if name != WIDEST:
            command += ["--constraint", WIDEST]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"{name}: {sum(1 for line in (ROOT / name).read_text().splitlines() if '==' in line)} libraries")


if __name__ == "__main__":
    main()
