"""The twin's web application: five addresses."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from flask import Flask, Response, render_template, request

from benchmarks.twin.checking import CENT, Wrong, checked, rules
from benchmarks.twin.database import Database
from benchmarks.twin.reading import PAGE, one, page
from benchmarks.twin.tables import invoice, lines
from engine.ids import new_id

STATES = {"draft": "Черновик", "posted": "Проведён", "reversed": "Сторнирован", "annulled": "Аннулирован"}


def create_twin(url: str, organisation: UUID, key: str, session: str) -> Flask:
    """The twin over the database at `url`, for one organisation, one key and one session."""
    app = Flask(__name__)
    database = Database(url)

    def guarded(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def judge(**place: str) -> Response:
            given, wanted = (request.headers.get("Authorization", ""), f"Bearer {key}")
            if not request.path.startswith("/api/"):
                given, wanted = request.cookies.get("sid", ""), session
            if not secrets.compare_digest(given, wanted):
                return answer({"title": "Sign in"}, 401)
            return view(**place)

        return judge

    @app.get("/api/v1/accounting/invoice")
    @guarded
    def listing() -> Response:
        with database.reading() as connection:
            found = page(connection, organisation, _asked(request.args))
        return answer({
            "data": [
                {"id": str(r.id), "version": r.version, "number": r.number, "date": r.date, "payer": str(r.payer_id),
                 "@payer": r.name, "due": r.due, "total": str(r.total), "state": r.state} for r in found["rows"]],
            "next": str(found["rows"][-1].id) if found["more"] else None, "count": found["count"]})

    @app.get("/accounting/invoice")
    @guarded
    def registry() -> Response:
        asked = _asked(request.args)
        with database.reading() as connection:
            found = page(connection, organisation, asked, totals=True)
        html = render_template("invoices.html", found=found, asked=asked, states=STATES, money=money)
        return Response(html, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})

    @app.get("/api/v1/accounting/invoice/<id>")
    @guarded
    def read(id: str) -> Response:
        with database.reading() as connection:
            found = one(connection, organisation, UUID(id))
        if found is None:
            return answer({"title": "Not found"}, 404)
        return answer(shown(*found, named=True))

    @app.post("/api/v1/accounting/invoice")
    @guarded
    def create() -> Response:
        try:
            with database.writing() as connection:
                values = checked(connection, organisation, orjson.loads(request.get_data()))
                row = invoice_row(values, organisation)
                connection.execute(sa.insert(invoice), row)
                inner = inner_rows(values["lines"], row["id"], organisation)
                connection.execute(sa.insert(lines), inner)
        except Wrong as wrong:
            return answer({"title": "Wrong values", "errors": wrong.args[0]}, 422)
        return answer(shown(row, inner), 201)

    @app.patch("/api/v1/accounting/invoice/<id>")
    @guarded
    def edit(id: str) -> Response:
        body = orjson.loads(request.get_data())
        version = body.pop("version", None)
        if set(body) != {"note"}:
            return answer({"title": "Only the note is edited here"}, 422)
        try:
            with database.writing() as connection:
                found = one(connection, organisation, UUID(id))
                if found is None:
                    return answer({"title": "Not found"}, 404)
                values, inner = found
                if values["version"] != version:
                    return answer({"title": "Somebody was quicker"}, 409)
                values.update(note=body["note"], version=version + 1, updated_at=datetime.now(UTC))
                rules(values)
                changed = {name: values[name] for name in ("note", "version", "updated_at")}
                connection.execute(sa.update(invoice).where(
                    invoice.c.id == values["id"], invoice.c.version == version).values(**changed))
        except Wrong as wrong:
            return answer({"title": "Wrong values", "errors": wrong.args[0]}, 422)
        return answer(shown(values, inner))

    return app


def _asked(args: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"state": args.get("state.is"), "search": args.get("search"),
                             "limit": int(args.get("limit", PAGE))}
    if "date.between" in args:
        asked["from"], asked["to"] = (date.fromisoformat(text) for text in args.getlist("date.between"))
    return asked


def invoice_row(values: dict[str, Any], organisation: UUID) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "id": new_id(), "organisation_id": organisation, "version": 1, "created_at": now, "created_by_id": None,
        "updated_at": now, "updated_by_id": None, "archived_at": None, "number": None, "number__key": None,
        "date": values["date"], "state": "draft", "posted_at": None, "reverses_id": None, "payer_id": values["payer"],
        "purpose": values["purpose"], "due": values["due"], "total": values["total"], "note": values["note"],
    }


def inner_rows(rows: list[dict[str, Any]], owner: UUID, organisation: UUID) -> list[dict[str, Any]]:
    return [
        {"id": row["id"], "owner_id": owner, "organisation_id": organisation, "position": position,
         "service_id": row["service"], "quantity": row["quantity"], "price": row["price"], "amount": row["amount"]}
        for position, row in enumerate(rows)]


def shown(values: dict[str, Any], inner: list[dict[str, Any]], named: bool = False) -> dict[str, Any]:
    """An invoice as JSON."""
    made = {
        name.removesuffix("_id"): values[name]
        for name in ("id", "organisation_id", "version", "created_at", "created_by_id", "updated_at", "updated_by_id",
                     "archived_at", "number", "date", "state", "posted_at", "reverses_id", "payer_id", "purpose", "due",
                     "note")}
    made["total"] = str(values["total"])
    made["lines"] = []
    for row in inner:
        line = {"id": row["id"], "service": row["service_id"], "quantity": str(row["quantity"]),
                "price": str(row["price"]), "amount": str(row["amount"])}
        if named:
            line["@service"] = row["service_name"]
        made["lines"].append(line)
    if named:
        made["@payer"] = values["payer_name"]
        made["@display"] = f"№ {values['number']}, {values['payer_name']}"
    return made


def answer(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json", headers={"Cache-Control": "no-store"})


def money(value: Decimal | None) -> str:
    """`1 234,50` with spaces that do not break."""
    if value is None:
        return ""
    return f"{value.quantize(CENT):,}".replace(",", "\u00a0").replace(".", ",")
