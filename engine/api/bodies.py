"""What a write request carries: a bounded JSON body, the version it started from, the key that makes it happen once."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from engine.api.bounded_json import Fraction, read_json
from engine.errors import BadRequest, Invalid, Problem, TooLarge
from engine.ids import parse_id
from engine.language import N_
from engine.model import Catalog, Entity, Field

DECIMAL = "decimal"
"""The JSON Schema format of exact numbers."""
BODY_BYTES = 4 * 1024 * 1024
RECORDS = 1_000
"""Most records of one request."""
MEDIA_TYPES = frozenset({"application/json", "application/merge-patch+json"})
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ETAG = re.compile(r'(?:W/)?"(\d{1,18})"')


def json_object(required: bool = True) -> dict[str, Any]:
    """The JSON object of the body; {} for an empty body that is not `required`.

    Raises UnsupportedMediaType (415), TooLarge (413) and BadRequest (400).
    """
    body = body_bytes()
    if not body and not required:
        return {}
    if request.mimetype not in MEDIA_TYPES or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType()
    value = read_json(body)
    if not isinstance(value, dict):
        raise BadRequest([Problem("json.object", N_("Send a JSON object"))])
    return value


def body_bytes() -> bytes:
    """The whole body, read once and never beyond `BODY_BYTES`."""
    request.max_content_length = BODY_BYTES
    if (request.content_length or 0) > BODY_BYTES:
        raise TooLarge([Problem("request.too-large", N_("The body is larger than %(bytes)s bytes"),
                                params={"bytes": BODY_BYTES}, hint=N_("Send it in several requests"))])
    return request.get_data(cache=True)


def id_of(text: str) -> Any:
    """The id in an address. BadRequest for text that is no UUID, before any query."""
    found = parse_id(text)
    if found is None:
        raise BadRequest([Problem("request.id", N_("This is no id of a record"), "id",
                                  hint=N_("Ids look like 01890a5d-ac96-774b-bcce-b302099a8057"))])
    return found


def version_of(body: dict[str, Any]) -> int:
    """The version that the change was made from: taken out of `body`, or from `If-Match`. Invalid without one."""
    sent = body.pop("version", None)
    if sent is None and (match := _ETAG.fullmatch(request.headers.get("If-Match", "").strip())):
        sent = int(match[1])
    if sent is None:
        raise Invalid([Problem("field.required", N_("Say which version you changed"), "version",
                               hint=N_("Send back the `version` that you read, or its ETag in If-Match"))])
    if type(sent) is not int or not 0 < sent < 2**31:
        raise Invalid([Problem("field.type", N_("The version is a positive whole number"), "version")])
    return sent


def several(body: dict[str, Any]) -> list[Any] | None:
    """The records of `{"records": [...]}`, or None when the body is one record."""
    if set(body) != {"records"} or not isinstance(body["records"], list):
        return None
    records = body["records"]
    if not records:
        raise Invalid([Problem("records.none", N_("Send at least one record"), "records")])
    if len(records) > RECORDS:
        raise Invalid([Problem("records.too-many", N_("Send at most %(most)s records at once"), "records",
                               params={"most": RECORDS}, hint=N_("Send it in several requests"))])
    return records


def idempotency_key() -> str | None:
    """The key of `Idempotency-Key`, None without one. BadRequest for one that is no key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise BadRequest([Problem(
            "idempotency.key", N_("Idempotency-Key is 1 to 255 visible ASCII characters"),
            hint=N_("Send a fresh UUID"))])
    return key


def request_digest() -> str:
    """SHA-256 of what the request asks: method, address, version header and body."""
    said = hashlib.sha256()
    for part in (request.method, request.full_path, request.headers.get("If-Match", "")):
        said.update(part.encode() + b"\0")
    said.update(body_bytes())
    return said.hexdigest()


# -- fractions --------------------------------------------------------------------------------------------------------


def exact(catalog: Catalog, entity: Entity, raw: Any) -> Any:
    """`raw` with every JSON fraction as a plain float; Invalid where an exact decimal was sent as a fraction.

    A program that computed 0.1 + 0.2 sends 0.30000000000000004: an exact amount travels as text.
    """
    if not _has_fraction(raw):
        return raw
    problems: list[Problem] = []
    known = catalog.derived(("exact fields", entity.address), lambda: _exact_fields(entity.fields))
    plain = _plain(raw, known, "", problems)
    if problems:
        raise Invalid(problems)
    return plain


def _has_fraction(raw: Any) -> bool:
    waiting = [raw]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Fraction):
            return True
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return False


def _exact_fields(fields: Any) -> dict[str, Any]:
    return {f.key: _exact_fields(f.fields) or _is_exact(f) for f in fields.values()}


def _is_exact(field: Field) -> bool:
    return field.kind.json_schema(field).get("format") == DECIMAL


def _plain(raw: Any, known: Any, path: str, problems: list[Problem]) -> Any:
    if isinstance(raw, Fraction):
        if known is True:
            problems.append(Problem("number.fraction", N_("Send exact numbers as text, so that no digit is lost"), path,
                                    {"number": repr(float(raw))}, N_('Write "%(number)s" in quotation marks')))
        return float(raw)
    if isinstance(raw, dict):
        inner = known if isinstance(known, dict) else {}
        return {k: _plain(v, inner.get(k), f"{path}.{k}" if path else k, problems) for k, v in raw.items()}
    if isinstance(raw, list):
        return [_plain(v, known, f"{path}[{i}]", problems) for i, v in enumerate(raw)]
    return raw
