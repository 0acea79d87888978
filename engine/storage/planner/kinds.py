"""Types of columns as the databases spell them, and which change of type keeps every value."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

SPELLINGS = {
    "character varying": "text", "varchar": "text", "text": "text", "char": "text", "character": "text",
    "bigint": "integer", "integer": "integer", "smallint": "integer", "numeric": "decimal",
    "timestamp with time zone": "moment", "utctext": "moment", "uuid": "id", "blob": "bytes", "bytea": "bytes",
}


@dataclass(frozen=True)
class Kind:
    """`family` and, for texts, the length (None: any), for decimals the places."""

    family: str
    size: int | None = None


@dataclass(frozen=True)
class Change:
    """How one type becomes another. `expression` gives the new value of the quoted column `{c}`; None: no way.

    `loses` is a condition that finds the values which would not survive; '' means that none can be lost.
    """

    expression: str | None
    loses: str = ""
    widens: bool = False


def spelled(column: sa.Column, dialect: sa.Dialect) -> str:
    """The type as the database will show it, in lower case."""
    text = dialect.type_compiler_instance.process(column.type).lower()
    text = re.sub(r'\s*collate\s+"?[\w-]+"?', "", text)
    if dialect.name == "postgresql":
        text = re.sub(r"^varchar", "character varying", text)
        text = re.sub(r"^char\(", "character(", text)
        text = re.sub(r"^(time|timestamp)\(?\d*\)? ", r"\1 ", text)
        text = text.replace(", ", ",").replace("float", "double precision")
    return text


def kind_of(spelling: str) -> Kind:
    match = re.match(r"([a-z ]+?)\s*(?:\((\d+)(?:,\s*(\d+))?\))?$", spelling)
    if match is None:
        return Kind(spelling)
    name, first, second = match.groups()
    if name == "bigint" and first is not None:  # SQLite: a scaled integer with its places
        return Kind("decimal", int(first))
    family = SPELLINGS.get(name, name)
    if family == "decimal":
        return Kind(family, int(second or 0))
    return Kind(family, int(first) if first and family == "text" else None)


def change(old: Kind, new: Kind, dialect: str) -> Change:
    """How values of `old` become values of `new`."""
    families = (old.family, new.family)
    if families == ("text", "text"):
        if new.size is None or (old.size is not None and old.size <= new.size):
            return Change("{c}", widens=True)
        return Change("{c}", f"length({{c}}) > {new.size}")
    if families == ("integer", "integer"):
        return Change("{c}", widens=True)
    if families in (("integer", "decimal"), ("decimal", "decimal"), ("decimal", "integer")):
        return _scaled(old.size or 0, new.size or 0, dialect)
    if families == ("integer", "text"):
        text = "CAST({c} AS TEXT)"
        return Change(text, f"length({text}) > {new.size}" if new.size else "")
    return Change(None)


def _scaled(old: int, new: int, dialect: str) -> Change:
    limit = 10 ** (18 - max(new, old))
    factor = 10 ** abs(new - old)
    if dialect == "postgresql":
        lost = f"abs({{c}}) >= {limit}" if new >= old else f"{{c}} <> round({{c}}, {new})"
        return Change("{c}", lost, widens=new >= old)
    if new >= old:
        return Change(f"{{c}} * {factor}", f"abs({{c}}) >= {10**18 // factor}", widens=True)
    return Change(f"{{c}} / {factor}", f"{{c}} % {factor} <> 0")
