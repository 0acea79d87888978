"""Every address of the application with its parts filled in, and what the YAML says about who may go there.

The rights are read from the text of the files by a YAML reader and ten lines, sharing nothing with the engine.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from tests.security import world

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE = ("GET", "HEAD", "OPTIONS")
_ABSENT = str(uuid.UUID(int=0x018F << 112 | 7 << 76 | 2 << 62))
"""An id of the right shape that nothing has."""


@cache
def described() -> dict[str, dict[str, Any]]:
    """Address of an entity -> its file as plain text values."""
    found = {}
    for name, text in world.files().items():
        if name.startswith("metadata/") and text.lstrip().startswith(b"entity:"):
            one = yaml.load(text, yaml.BaseLoader)
            found[one["entity"]] = one
    return found


def may(role: str, address: str, verb: str) -> bool:
    """Does the file of the entity give the verb to the role?"""
    one = described()[address]
    if one.get("scope") == "shared" and verb not in ("read", "history", "print", "export") and role != "administrator":
        return False
    if "access" not in one:
        return role in ("administrator", "methodist") and verb != "approve"
    return verb in one["access"].get(role, {}).get("can", ())


def fill(rule: str, fort: Any, address: str, school: Any = None, **more: str) -> str:
    """The path of a rule of `url_map` about the entity; `more`: other values of its parts."""
    entity, school = fort.catalog.entity(address), school or fort.here
    record = school.sample(address)
    files = [f.key for f in entity.fields.values() if f.kind.upload(f) is not None]
    links = [f.key for f in entity.fields.values() if f.kind.targets(f) and f.is_input]
    grids = [g.slug for g in fort.catalog.grids.get(address, ())]
    known = {
        "module": entity.module,
        "slug": entity.slug,
        "id": str(record.id) if record else _ABSENT,
        "file": _ABSENT,
        "remark": _ABSENT,
        "token": "nobody-was-sent-this",
        "field": next(iter(files), "text"),
        "path": next(iter(links), "text"),
        "name": next(iter(grids), "days"),
        "key": next(iter(entity.fields)),
        **more,
    }
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: known[m[1]], rule)


def paths(app: Any, fort: Any, address: str) -> Iterator[str]:
    """One path for each different rule of the application."""
    for rule in sorted({rule.rule for rule in app.url_map.iter_rules()}):
        yield fill(rule, fort, address)


def endpoint_at(app: Any, path: str, method: str) -> tuple[str | None, dict[str, Any]]:
    """What answers there, and the parts of the path; no endpoint where the method is not allowed."""
    try:
        return app.url_map.bind("localhost").match(path.partition("?")[0], method)
    except (MethodNotAllowed, NotFound, RequestRedirect):
        return None, {}
