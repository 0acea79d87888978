"""The passport of personal data as a page, and as a table to keep; for overseers."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.language import N_, translate
from engine.model import Text
from engine.services.rights.passport import Line, passport
from engine.web import pages
from engine.web.asking import ask
from engine.web.rights.telling import role_title
from engine.web.routes import blueprint

KINDS = {"public": N_("open to all"), "internal": N_("internal"), "personal": N_("personal"), "medical": N_("medical")}
ENCRYPTED, MASKED, OPEN = N_("encrypted"), N_("masked in lists"), N_("by rights")
HEADS = (N_("List"), N_("Field"), N_("Kind of data"), N_("Why it is kept"), N_("How it is protected"), N_("Who sees it"),
         N_("How long it is kept"))
UNSAID = N_("not said in the metadata")


@blueprint.get("/rights/personal-data")
@doors.declares_access(doors.SIGNED_IN)
def personal_data() -> Response:
    """`as=csv` gives the same table as a file."""

    def work(view: Any) -> Response:
        lines = [_said(view, line) for line in passport(view)]
        heads = [translate(head, view.language) for head in HEADS]
        return _file(heads, lines) if request.args.get("as") == "csv" else pages.page(
            "rights/passport.html", heads=heads, lines=lines, unsaid=sum(1 for one in lines if not one.whole))

    return ask(work)


def _said(view: Any, line: Line) -> SimpleNamespace:
    field, language = line.field, view.language
    ways = [way for way, holds in ((ENCRYPTED, field.encrypted), (MASKED, field.masked)) if holds] or [OPEN]

    def text(of: Text | None) -> str:
        return of.in_(language) if of is not None else translate(UNSAID, language)

    return SimpleNamespace(
        entity=line.entity.plural.in_(language), field=" / ".join(f.title.in_(language) for f in line.path),
        kind=translate(KINDS[field.sensitivity], language), purpose=text(line.purpose), kept=text(line.kept_for),
        ways=[translate(way, language) for way in ways], whole=line.purpose is not None and line.kept_for is not None,
        seen=[(role_title(view, sees.role), "; ".join(sees.rules)) for sees in line.seen_by])


def _file(heads: list[str], lines: list[SimpleNamespace]) -> Response:
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\r\n")
    table.writerow(heads)
    for one in lines:
        seen = ", ".join(f"{role} ({rule})" if rule else role for role, rule in one.seen)
        table.writerow((one.entity, one.field, one.kind, one.purpose, ", ".join(one.ways), seen, one.kept))
    answer = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=personal-data.csv"
    answer.headers["Cache-Control"] = "no-store"
    return answer
