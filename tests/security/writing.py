"""Every way in which a value may be sent for a record, and how the tables show whether it was taken.

A probe sends one name with one value by one way, beside a field that may be filled in. What counts is not the answer
but the tables: a row that came or changed and holds the value in a column that was not the sender's to set.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Refusal
from engine.services.transfer.importing import keeping, verbs
from engine.services.transfer.importing.plan import Plan
from engine.storage.tables import tables_of
from tests.security.routes import described
from tests.security.world import HIDDEN

ALLOWED = {"fort.thing": "text_one", "fort.deed": "note"}
KNOWN_BY = {"fort.thing": "email_one", "fort.deed": "note"}
ROWS = {"fort.thing": "lines", "fort.deed": "lines"}
IN_ROW = {"fort.thing": "label", "fort.deed": "quantity"}
STRANGE = ("__class__", "_id", "@display", "@allowed", "search_text", "owner_id", "roles")
TEXT, NUMBER, DAY = "planted-7c1", "424242", "2001-02-03"
_numbers = count(1)


def forbidden(fort: Any, address: str) -> list[str]:
    """What the keeper may not send for the entity: columns and fields that the file does not offer as inputs."""
    fields = described()[address]["fields"]
    inputs = {k for k, f in fields.items() if not ({"value", "take"} & set(f)) and k not in HIDDEN and k != "margin"}
    columns = [c.name for c in tables_of(fort.catalog).of(address).c]
    physical = {
        c
        for c in columns
        if c not in inputs and c.rpartition("_")[0] not in inputs and not any(c.startswith(f"{k}_") for k in inputs)
    }
    names = [*physical, *fort.catalog.entity(address).fields, *STRANGE]
    return sorted({n for n in names if n not in inputs and n != "parent" and n != "parent_id"} - _document(address))


def _document(address: str) -> set[str]:
    return {"date"} if described()[address]["kind"] == "document" else set()


def forbidden_in_rows(fort: Any, address: str) -> list[str]:
    f = fort.catalog.entity(address).fields[ROWS[address]]
    inputs = {i.key for i in f.fields.values() if i.is_input}
    columns = [c.name for c in tables_of(fort.catalog).rows(f).c]
    return sorted(
        {
            n
            for n in (*columns, *f.fields, *STRANGE)
            if n not in inputs and n.removesuffix("_id") not in inputs and n not in ("id", "updated_at")
        }
    )


def value_for(fort: Any, address: str, name: str) -> str:
    """A value that the column could hold, and that nothing else holds."""
    plain = name.removesuffix("_id")
    if plain == "organisation":
        return str(fort.there.id)
    if plain in ("created_by", "updated_by"):
        return str(fort.here.people["stranger"].user_id)
    if plain == "reverses":
        return str(fort.here.sample("fort.deed").id)
    if plain == "secret_link":
        return str(fort.here.sample("fort.item").id)
    if name in ("id", "_id", "owner_id"):
        return str(UUID(int=(0x018F << 112) | (7 << 76) | (2 << 62) | 0xBAD0000 + next(_numbers)))
    if name == "state":
        return "posted"
    if name == "secret_kind":
        return "b"
    if name.endswith("_at") or name == "secret_day":
        return DAY if name == "secret_day" else f"{DAY}T00:00:00Z"
    known = {"version", "position", "secret_sum", "margin", "total", "doubled", "amount"}
    return NUMBER if name in known else TEXT


# -- the tables -------------------------------------------------------------------------------------------------------


def stored(fort: Any, address: str) -> dict[tuple[str, Any], dict[str, str]]:
    """(table, id) -> column -> value as text, of the entity and of its rows."""
    tables, entity = tables_of(fort.catalog), fort.catalog.entity(address)
    found = {}

    def take(connection: sa.Connection, table: sa.Table) -> None:
        for row in connection.execute(sa.select(table)).mappings():
            found[table.name, row.get("id", str(dict(row)))] = {k: _text(v) for k, v in row.items()}

    def rows_of(connection: sa.Connection, fields: Any) -> None:
        for f in fields:
            take(connection, tables.rows(f))
            rows_of(connection, [i for i in f.fields.values() if i.is_many and not i.kind.virtual])

    with fort.site.database.reading() as connection:
        take(connection, tables.of(entity))
        rows_of(connection, entity.row_fields)
    return found


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def taken(before: dict, after: dict, name: str, value: str) -> list[str]:
    """Columns that hold the planted value now and did not before."""
    needle = value[:10] if value.startswith(DAY) else value
    found = []
    for key, row in after.items():
        old = before.get(key, {})
        for column, now in row.items():
            own = column.removesuffix("_id") == name.removesuffix("_id") or key[0].endswith(name)
            if now != old.get(column) and needle in now and (own or needle in (TEXT, NUMBER)):
                found.append(f"{key[0]}.{column}")
    return found


# -- ways -------------------------------------------------------------------------------------------------------------


class Ways:
    """Sends values as one role to one entity; each way is (name, whether it changes the record that is there)."""

    def __init__(self, fort: Any, address: str, role: str = "keeper"):
        self.fort, self.address = fort, address
        self.entity, self.url = fort.catalog.entity(address), fort.catalog.entity(address).url
        self.api = f"/api/v1{self.url}"
        self.page, self.caller = fort.person(role), fort.caller(role)
        self.actor = fort.here.people[role]
        self.allowed = ALLOWED[address]

    def every(self) -> Iterator[tuple[str, Callable[[str, str], Any]]]:
        for name in (
            "form new",
            "form edit",
            "inline cell",
            "bulk edit",
            "board move",
            "API create",
            "API create many",
            "API edit",
            "import new",
            "import update",
        ):
            yield name, getattr(self, f"_{name.replace(' ', '_')}")

    def in_rows(self) -> Iterator[tuple[str, Callable[[str, str], Any]]]:
        yield "rows of a form", self._form_rows
        yield "rows of the API", self._api_rows
        yield "rows of an edit", self._api_edit_rows

    def fresh(self) -> Any:
        """A record that this probe alone may spoil."""
        return self.fort.here.create(self.address, {self.allowed: f"бар {next(_numbers)}"})

    def _inputs(self, name: str, value: str) -> dict[str, str]:
        data = {"_fields": f"{self.allowed} {name}", self.allowed: f"ж {next(_numbers)}", name: value}
        if name == self.allowed:
            return {"_fields": name, name: value}
        return data | ({f"{name}-0-_fields": "what", f"{name}-0-what": value} if name == "secret_rows" else {})

    def _json(self, name: str, value: str) -> dict[str, Any]:
        body: dict[str, Any] = {self.allowed: f"ж {next(_numbers)}"}
        body[name] = (
            [{"what": value}]
            if name == "secret_rows"
            else int(value)
            if value == NUMBER and name in ("version", "position")
            else value
        )
        return body

    def _form_new(self, name: str, value: str) -> Any:
        return self.page.post(f"{self.url}/new", self._inputs(name, value))

    def _form_edit(self, name: str, value: str) -> Any:
        record = self.fresh()
        return self.page.post(
            f"{self.url}/{record.id}/edit", {"version": str(record.version), **self._inputs(name, value)}
        )

    def _inline_cell(self, name: str, value: str) -> Any:
        record = self.fresh()
        return self.page.post(f"{self.url}/{record.id}/cell/{name}", {"version": "1", **self._inputs(name, value)})

    def _bulk_edit(self, name: str, value: str) -> Any:
        record = self.fresh()
        return self.page.post(
            f"{self.url}/bulk/edit", {"_id": f"{record.id}.1", "_step": "do", **self._inputs(name, value)}
        )

    def _board_move(self, name: str, value: str) -> Any:
        record = self.fresh()
        return self.page.post(f"{self.url}/{record.id}/move", {"by": name, "to": value, "version": "1"})

    def _call(self, method: str, path: str, body: Any) -> Any:
        return self.caller.send(method, path, data=json.dumps(body), headers={"Content-Type": "application/json"})

    def _API_create(self, name: str, value: str) -> Any:
        return self._call("POST", self.api, self._json(name, value))

    def _API_create_many(self, name: str, value: str) -> Any:
        return self._call("POST", self.api, {"records": [{self.allowed: "а"}, self._json(name, value)]})

    def _API_edit(self, name: str, value: str) -> Any:
        record = self.fresh()
        return self._call("PATCH", f"{self.api}/{record.id}", {"version": record.version, **self._json(name, value)})

    def _import_new(self, name: str, value: str) -> Any:
        if name == self.allowed:
            return self._import({0: name}, f"{name}\n{value}\n", "create")
        return self._import({0: self.allowed, 1: name}, f"{self.allowed};{name}\nа{next(_numbers)};{value}\n", "create")

    def _import_update(self, name: str, value: str) -> Any:
        """The record is known by its `email_one`, or by what the entity has instead."""
        key, known = KNOWN_BY[self.address], f"k{next(_numbers)}@example.kz"
        self.fort.here.create(self.address, {key: known, self.allowed: "бар"} if key != self.allowed else {key: known})
        columns = {0: key} | ({} if name == key else {1: name})
        return self._import(columns, f"{key};{name}\n{known};{value}\n", "update", (key,))

    def _import(self, columns: dict[int, str], table: str, mode: str, key: tuple[str, ...] = ()) -> Any:
        """By the verbs that its pages call, with columns matched by hand."""
        try:
            id = verbs.begin(self.fort.site, self.actor, self.address, io.BytesIO(table.encode()), "a.csv")
            plan = Plan(columns=columns, mode=mode, key=key, head=1)

            def work(uow: Any) -> Any:
                verbs.choose(uow, self.address, id, plan)
                entity = verbs.entity_for(uow, self.address)
                return verbs.carry_out(uow, entity, keeping.one(uow, entity, id))

            return self.fort.site.write(self.actor, work)
        except Refusal as refusal:
            return refusal

    def _form_rows(self, name: str, value: str) -> Any:
        rows, inner = ROWS[self.address], IN_ROW[self.address]
        return self.page.post(
            f"{self.url}/new",
            {
                "_fields": f"{self.allowed} {rows}",
                self.allowed: f"ж {next(_numbers)}",
                f"{rows}-0-_fields": f"{inner} {name}",
                f"{rows}-0-{inner}": "7",
                f"{rows}-0-{name}": value,
            },
        )

    def _api_rows(self, name: str, value: str) -> Any:
        return self._call("POST", self.api, {ROWS[self.address]: [self._row(name, value)]})

    def _api_edit_rows(self, name: str, value: str) -> Any:
        record = self.fresh()
        return self._call(
            "PATCH",
            f"{self.api}/{record.id}",
            {"version": record.version, ROWS[self.address]: [self._row(name, value)]},
        )

    def _row(self, name: str, value: str) -> dict[str, Any]:
        inner = IN_ROW[self.address]
        return {inner: 7 if inner == "quantity" else "7", name: value}
