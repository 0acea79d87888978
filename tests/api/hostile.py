"""Hostile names and forbidden fields: what strangers and careless programs put where names of fields are expected."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import quote

SEEDS = (
    "id; DROP TABLE shop_bill", "note' OR '1'='1", 'note" OR 1=1 --', "1) UNION SELECT password FROM system_user --",
    "note/**/OR/**/1", "(SELECT password FROM system_user LIMIT 1)", "pg_sleep(5)", "randomblob(1000000000)",
    "note); DELETE FROM shop_bill; --", "CASE WHEN 1=1 THEN id ELSE note END", "note COLLATE NOCASE", "rowid", "oid",
    "ctid", "xmin", "sqlite_version()", "current_user", "version()", "shop_bill.note", "system_user.password",
    "__class__", "__class__.__mro__", "__init__.__globals__", "customer.__class__", "note.__len__", "actor.__dict__",
    "actor.password", "_sa_instance_state", "metadata", "table", "kind", "fields", "self", "c", "{0.__class__}",
    "%(name)s", "%s", "{{7*7}}", "${7*7}", "$where", "$ne", "constructor", "prototype", "../../etc/passwd", "..",
    ".", "..note", "note.", ".note", "note..is", "note.is.is", "-", "--", "--note", "-note-", "+note", "*", "note,",
    ",note", ",,", "note note", "note\tid", "note\nid", "note\r\nX: y", "note\x00", "\x00", "\x7f", "\u202enote",
    "no\u200bte", "ｎｏｔｅ", "nоte", "NOTE", "Note", "ńote", "note\u0301", "İd", "ıd", "😀", "\ud83d", "٣", "x" * 3000,
    "a." * 900, "customer." * 50 + "name", "note__key", "search_text", "customer_id", "organisation_id",
    "created_by_id",
    "updated_by_id", "owner_id", "position", "lines__id", "lines.owner_id", "lines.organisation_id", "margin",
    "secret_note", "customer.secret_note", "lines.service.name.kk", "password", "roles", "shop_bill__lines",
    "engine_session", "engine_api_key.key_hash", "null", "None", "true", "undefined", "NaN", "1e309", "-1", "0x10",
    "lambda: 1", "[x for x in (1,)]", "exec('1')", "open('/etc/passwd')", "eval", "import os", "print", "f'{1}'",
    "a if b else c", "note := 1", "b''", "...", "*note", "**note", "@note", "note@", "#", "note#", "note;", "&", "?",
)
ALPHABET = "abz_.09-'\"();,%*/\\ \t\n\x00\x1béәқ漢😀{}[]$<>=!|&@#:+"


def names(count: int, seed: int) -> Iterator[str]:
    """`count` hostile names: the known ones, then mixtures and mutations of them."""
    yield from SEEDS[:count]
    chance = random.Random(seed)
    for _ in range(count - len(SEEDS)):
        kind = chance.random()
        name = chance.choice(SEEDS)[:200]
        if kind < 0.3:
            name = "".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 40)))
        elif kind < 0.6:
            at = chance.randint(0, len(name))
            name = name[:at] + chance.choice(ALPHABET) + name[at:]
        elif kind < 0.8:
            name = chance.choice(("note", "pieces", "customer", "lines", "total")) + chance.choice(ALPHABET) + name
        elif kind < 0.9:
            name = name.swapcase()[::-1]
        yield name


def requests(name: str) -> tuple[str, ...]:
    """Each place of the API where a name, a rule or an id stands, with `name` in it."""
    said = quote(name.encode("utf-8", "surrogatepass"), safe="")
    return (
        f"/shop/bill?sort={said}", f"/shop/bill?fields={said}", f"/shop/bill?expand={said}", f"/shop/bill?{said}=1",
        f"/shop/bill?note.{said}=1", f"/shop/bill?where={said}%20%3D%3D%201", f"/shop/bill?where=empty({said})",
        f"/shop/bill?after={said}", f"/shop/bill/{said}", f"/shop/bill?id={said}", f"/shop/{said}", f"/{said}/bill",
        f"/shop/bill/{said}/history", f"/shop/bill?customer.in={said}", f"/shop/bill?limit={said}",
        f"/shop/bill?search={said}", f"/shop/bill?sort=-{said}",
    )
