"""Which tables a text of SQL names: enough of its grammar to tell the engine's own tables from all others.

Read from the text that goes to the driver, so that Core, `text()` and plain texts are judged alike. Whatever is not
understood counts as strange: this may refuse too much, never too little.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

OTHERS = ("pg_", "sqlite_", "procrastinate_", "engine_alembic")
"""Catalogs of the databases, tables of the queue and of alembic."""
TOKEN = re.compile(r"""%\(\w+\)s|'(?:[^']|'')*'|"(?:[^"]|"")*"|--|/\*|\$\$|[^\W\d][\w$]*|\S""")
BEFORE_TABLES = frozenset({"from", "join", "into", "update", "table", "truncate", "copy", "using", "lock", "in"})
BETWEEN = frozenset({"only", "lateral", "if", "not", "exists", "table", "or", "replace", "ignore"})
"""Words that may stand between such a word and the name."""
OPENING = BEFORE_TABLES | BETWEEN | {"(", ","}
"""A bracket after one of these may hold tables; after a name it holds columns or arguments."""
ENDS = frozenset({"where", "group", "order", "having", "limit", "union", "intersect", "except", "returning", "for",
                  "window", "fetch", "offset", "set", "values", "select"})
"""Words that end a list of tables: a comma after them divides something else."""
NO_TABLE = {"update": ("for", "do", "on", "key"), "from": ("distinct",)}
"""FOR UPDATE, DO UPDATE, IS DISTINCT FROM."""
UNREADABLE = frozenset({"--", "/*", "$$"})


def strange_table(statement: str, own: Collection[str]) -> str:
    """The first table in the text that is neither one of `own` nor the database's; '' when there is none."""
    words = [w if w[0] == '"' else w.lower() for w in TOKEN.findall(statement)]
    if unreadable := UNREADABLE.intersection(words):
        return f"what stands behind {min(unreadable)}"
    if any(w == "e" and then[0] == "'" for w, then in pairwise(words)):
        return "what stands behind a text with backslashes"
    listing = [False]  # for each open bracket: are we in a list of tables?
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if word == "(":
            listing.append(listing[-1] and before not in ("using", "in") and before in OPENING)
        elif word == ")":
            listing = listing[:-1] or [False]
        elif word in ENDS:
            listing[-1] = False
        follows = word in BEFORE_TABLES and before not in NO_TABLE.get(word, ())
        if follows and word != "in":
            listing[-1] = True
        if (follows or (word == "," and listing[-1])) and (strange := _strange(words, place + 1, own, word)):
            return strange
    return ""


def _strange(words: list[str], place: int, own: Collection[str], after: str) -> str:
    """The table named at `place`, unless it is known or no table: a subquery, a function, the columns of USING."""
    while place < len(words) and words[place] in BETWEEN:
        place += 1
    name, then, *_ = *words[place : place + 2], "", ""
    if name == "(":
        asks = after in ("using", "in") or then in ("select", "with", "values")
        return "" if asks else _strange(words, place + 1, own, after)
    if then == ".":
        return _strange(words, place + 2, own, after)
    name = name.strip('"')
    calls = then == "(" and after in ("from", "join", ",")
    known = name in own or name == "stdin" or name.startswith(OTHERS)
    return "" if known or calls else name or "nothing"
