"""Serial entry: saved, and the next one begun, with the values that the form says stay (`keep: [date, payer]`)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request

from engine.model import Entity
from engine.web.asking import raw_values


def next_one(entity: Entity) -> str:
    """The address of the next new record. `_keep` names what stays; names are only looked up."""
    wanted = [k for k in request.form.get("_keep", "").split() if (f := entity.fields.get(k)) and stays(f)]
    kept: list[tuple[str, Any]] = [(k, v) for k, v in raw_values(entity, wanted).items() if isinstance(v, (str, bool))]
    layout = request.args.get("form", "")
    query = urlencode([*([("form", layout)] if layout else ()), *kept])
    return f"{entity.url}/new" + (f"?{query}" if query else "")


def stays(f: Any) -> bool:
    """May a value stand in an address: one input, and nothing personal?"""
    return f.is_input and not f.is_many and not f.kind.secret and f.sensitivity in ("public", "internal") and \
        not f.encrypted and f.kind.upload(f) is None
