"""Links the checkout into .venv as an editable installation would, without a build tool.

Three things are written: a .pth file (makes `import engine` work), the `qurastyr` command, and the few lines of
package metadata by which `importlib.metadata.version("qurastyr")` and `pip list` know the distribution.
"""

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.environment import Environment

# The kernel cuts a first line longer than this and knows no quotes in it.
SHEBANG_LIMIT = 127


def is_current(environment: "Environment") -> bool:
    """True when all linking files stand there with the content we would write."""
    try:
        return all(path.read_text("utf-8") == text for path, text in _files(environment).items())
    except (FileNotFoundError, NotADirectoryError):
        return False


def write(environment: "Environment") -> None:
    """Write the linking files; safe to repeat, for instance after the checkout was moved."""
    for path, text in _files(environment).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        if path.parent == environment.scripts:
            path.chmod(0o755)


def _files(environment: "Environment") -> dict[Path, str]:
    with open(environment.root / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    name, version = project["name"], project["version"]
    packages = _site_packages(environment)
    info = packages / f"{name}-{version}.dist-info"
    files = {packages / f"{name}.pth": f"{environment.root}\n"}
    for command, target in project["scripts"].items():
        files[environment.scripts / command] = _script(environment, target)
    files[info / "METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {project['requires-python']}\n"
    )
    files[info / "INSTALLER"] = "qurastyr-launcher\n"
    files[info / "RECORD"] = "".join(
        f"{os.path.relpath(path, packages)},,\n" for path in [*files, info / "RECORD"]
    )
    return files


def _site_packages(environment: "Environment") -> Path:
    if os.name == "nt":
        return environment.folder / "Lib" / "site-packages"
    found = sorted((environment.folder / "lib").glob("python3.*/site-packages"))
    if not found:
        raise FileNotFoundError(environment.folder / "lib" / "python3.*" / "site-packages")
    return found[-1]


def _script(environment: "Environment", target: str) -> str:
    module, function = target.split(":")
    python = str(environment.python)
    first = f"#!{python}\n"
    if " " in python or len(first.encode()) > SHEBANG_LIMIT:
        # Read by /bin/sh as an exec, by Python as a string: the usual way round the kernel's limits.
        first = f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n"
    return f"{first}import sys\n\nfrom {module} import {function}\n\nsys.exit({function}())\n"
