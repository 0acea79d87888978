"""Statistics of the journal on screen: by module, role or person over a period, kept by name, as a file."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from engine import doors
from engine.language import N_
from engine.language.formats import number_formatter, write_date
from engine.services import journal
from engine.web import pages
from engine.web.asking import ask, do
from engine.web.journal import as_file, day, formats
from engine.web.routes import blueprint

USUAL = timedelta(days=29)
"""How far back statistics reach while nobody says a period."""
HERE = "/journal/figures"
SAVED, REMOVED = N_("Saved"), N_("Removed")


def _asked(today: Any) -> tuple[str, Any, Any]:
    words = request.args
    since, until = day(words.get("since", "")), day(words.get("until", ""))
    if "since" not in words and "until" not in words:
        since, until = today - USUAL, today
    return words.get("by") or "module", since, until


def _url(by: str, since: Any, until: Any, path: str = HERE) -> str:
    return f"{path}?{urlencode({'by': by, 'since': since or '', 'until': until or ''})}"


@blueprint.get("/journal/figures")
@doors.declares_access(doors.SIGNED_IN)
def journal_figures() -> Response:
    """Who did how much of what; a person's line leads to their entries of the period."""

    def work(view: Any) -> Response:
        by, since, until = _asked(view.today)
        made = journal.figures(view, by, since, until)
        write = number_formatter(view.language)
        kinds = [k for k in journal.COUNTED if made.totals.get(k)]
        period = {"since": since or "", "until": until or ""}
        return pages.page(
            "journal/figures.html", by=by, since=since or "", until=until or "", more=made.more,
            cuts=[SimpleNamespace(title=pages.said(title), url=_url(key, since, until), active=key == by)
                  for key, title in journal.CUTS.items()],
            heads=[journal.title_of(k, view.language) for k in kinds],
            people=write(made.people), whole=write(made.whole),
            lines=[SimpleNamespace(title=title, url=_entries(by, key, period),
                                   counts=[write(counts[k]) if counts.get(k) else "" for k in kinds], sum=write(number))
                   for key, title, counts, number in made.lines],
            totals=[write(made.totals[k]) for k in kinds], formats=formats(),
            export_url=_url(by, since, until, f"{HERE}/export"), keep_url=_url(by, since, until, f"{HERE}/keep"),
            kept=[SimpleNamespace(name=one["name"], url=_url(one["by"], one["since"], one["until"]),
                                  period=_period(one)) for one in journal.kept_figures(view)])

    return ask(work)


def _entries(by: str, key: str, period: dict[str, Any]) -> str:
    """Where the entries behind a line are; roles have no such list."""
    return f"/journal?{urlencode({by: key, **period})}" if key and by in ("module", "person") else ""


def _period(one: dict[str, Any]) -> str:
    return " – ".join(write_date(found) if (found := day(one[end] or "")) else "…" for end in ("since", "until"))


@blueprint.post("/journal/figures/export")
@doors.declares_access(doors.SIGNED_IN)
def journal_figures_export() -> Response:
    by, since, until = _asked(doors.site().clock.today())
    form = request.form.get("format", "")
    return as_file(lambda out: journal.export_figures(
        doors.site(), doors.current_actor(), by, since, until, form, out, language=doors.language(),
        request_id=doors.request_id()))


@blueprint.post("/journal/figures/keep")
@doors.declares_access(doors.SIGNED_IN)
def keep_journal_figures() -> Response:
    """Keep what is shown under a name, or forget a kept one."""
    by, since, until = _asked(doors.site().clock.today())
    dropped = request.form.get("drop", "")
    if dropped:
        do(lambda uow: journal.drop_figures(uow, dropped))
    else:
        do(lambda uow: journal.keep_figures(uow, request.form.get("name", ""), by, since, until))
    pages.notice("done", pages.said(REMOVED if dropped else SAVED))
    return pages.see_other(_url(by, since, until))
