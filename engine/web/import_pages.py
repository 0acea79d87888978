"""The pages of an import, drawn from what its services say: one template, a block for each step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Response
from werkzeug.datastructures import MultiDict

from engine import doors
from engine.errors import Refusal
from engine.language import N_, plural, translate
from engine.language.formats import number_formatter
from engine.model import Entity
from engine.services import jobs
from engine.services.access import can
from engine.services.registries import choices
from engine.services.sentences import say
from engine.services.transfer.importing import keeping, verbs, wrong
from engine.services.transfer.importing.keeping import Import
from engine.services.transfer.importing.known import key_fields
from engine.services.transfer.importing.plan import BOTH, CREATE, UPDATE, Plan
from engine.services.transfer.importing.targets import RECORD, TOGETHER, Target, rows_of, targets
from engine.web import markup, pages
from engine.web.jobs import shown as job_shown

STEPS = (N_("File"), N_("Columns"), N_("Check"), N_("Done"))
MODES = {CREATE: N_("Only add new records"), UPDATE: N_("Only change records that are there"),
         BOTH: N_("Add new records and change those that are there")}
CHOICES = 50
RECORDS = (N_("%(number)s record"), N_("%(number)s records"))
MISTAKEN = (N_("%(number)s record has mistakes"), N_("%(number)s records have mistakes"))


def offers_import(view: Any, entity: Entity) -> str:
    """Where the list's import begins; empty for who may not import."""
    return f"{entity.url}/import" if verbs.may_import(view, entity) else ""


def begin_page(view: Any, entity: Entity, refusal: Refusal | None = None) -> Response:
    """The choice of a file, the template, imports that were left off."""
    waiting = [SimpleNamespace(url=f"{entity.url}/import/{one.id}", name=one.file_name)
               for one in keeping.unfinished(view, entity)]
    return _page(view, entity, 1, "begin", status=refusal.status if refusal else 200,
                 reasons=_reasons(view, refusal), waiting=waiting, limit=view.site.settings.file_limit // 2**20,
                 template_url=f"{entity.url}/import/template")


# -- columns ----------------------------------------------------------------------------------------------------------


def columns_page(view: Any, entity: Entity, one: Import, refusal: Refusal | None = None) -> Response:
    """Every column of the table with its samples and the field that it goes into."""
    found = targets(view, entity)
    sheets, top = verbs.sheets_of(one), verbs.top_of(view, entity, one, found)
    chosen = one.plan.columns or refusal is not None
    plan = one.plan if chosen else verbs.proposed(view, entity, top, found)
    keys = key_fields(view, entity, found)
    known = {**found, **{f.key: Target(f.key, f, entity, f.key) for f in keys if f.key not in found}}
    columns = [SimpleNamespace(
        number=head.column, letters=head.letters, title=head.said, samples=head.samples,
        path=plan.columns.get(head.column, ""),
    ) for head in top.heads]
    taken = set(plan.columns.values())
    wanted = [*verbs.missing(found, taken), *(found[p] for p in plan.defaults if p in found and p not in taken)]
    return _page(
        view, entity, 2, "columns", one=one, status=refusal.status if refusal else 200,
        reasons=_reasons(view, refusal), columns=columns, groups=_groups(view, known, found),
        sheets=[(s.index, s.name or "1", s.lines) for s in sheets], sheet=one.plan.sheet,
        head=top.lines[0] if top.lines else 0, begins=top.begins,
        missing=[_default_input(view, entity, t, plan.defaults.get(t.path, "")) for t in dict.fromkeys(wanted)],
        wrong={p.path for p in refusal.problems} if refusal else set(),
        modes=[(mode, translate(MODES[mode], view.language)) for mode in verbs.modes(view, entity)],
        mode=plan.mode, keys=_keys(view, entity, keys), key=",".join(plan.key), clear=plan.clear,
        matched=len([c for c in columns if c.path]),
    )


def _groups(view: Any, known: Mapping[str, Target], found: Mapping[str, Target]) -> list[tuple[str, list[Any]]]:
    """(group, [(path, title)]) of what columns may be: the record's own fields first."""
    groups: dict[str, list[tuple[str, str]]] = {"": []}
    for t in known.values():
        mark = " •" if t.required else ""
        groups.setdefault(t.group(view.language), []).append((t.path, t.short_title(view.language) + mark))
    if rows_of(found):
        groups[""].append((RECORD, translate(TOGETHER, view.language)))
    return list(groups.items())


def _keys(view: Any, entity: Entity, keys: list[Any]) -> list[tuple[str, str]]:
    """What records may be known by: the natural key, then each field by itself."""
    ways = [entity.natural_key] if entity.natural_key and {f.key for f in keys}.issuperset(entity.natural_key) else []
    ways += [(f.key,) for f in keys if (f.key,) not in ways]
    return [(",".join(way), " + ".join(entity.fields[k].title.in_(view.language) for k in way)) for way in ways]


def _default_input(view: Any, entity: Entity, t: Target, text: str) -> SimpleNamespace:
    """An input for what every record gets; of the field's own kind where that is a list."""
    return SimpleNamespace(path=t.path, title=t.title(view.language), hint=t.field.hint.in_(view.language)
                           if t.field.hint else "", **_input(view, entity, t, f"default-{t.path}", text, ()))


def plan_sent(form: MultiDict[str, str]) -> Plan:
    """The plan as the form of columns says it. Nonsense is judged by the service."""
    def number(name: str) -> int | None:
        text = form.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 8 else None

    plan = Plan(sheet=number("sheet") or 0, head=number("head"), mode=form.get("mode", CREATE),
                key=tuple(k for k in form.get("key", "").split(",") if k), clear="clear" in form)
    for name in form:
        if name.startswith("column-") and name[7:].isdecimal() and len(name) < 12 and form[name]:
            plan.columns[int(name[7:])] = form[name][:200]
        elif name.startswith("default-") and form[name].strip():
            plan.defaults[name[8:][:200]] = form[name].strip()[:1_000]
    if plan.mode == CREATE:
        plan.key = ()
    return plan


# -- what was found ---------------------------------------------------------------------------------------------------


def found_page(view: Any, entity: Entity, one: Import, asked: str) -> Response:
    """What the check found: figures, cells to mend, and the button that writes when nothing is wrong."""
    found, figures = targets(view, entity), one.found
    begins = figures.get("pages", [])
    number = min(int(asked), len(begins)) if asked.isdecimal() and 0 < len(asked) < 6 and int(asked) else 1
    rows = wrong.page(one.folder, begins[number - 1]) if begins else []
    write = number_formatter(view.language)
    frequent = [
        SimpleNamespace(number=n, title=found[path].title(view.language), said=said, count=write(count),
                        **_input(view, entity, found[path], f"every-{n}", said, ()))
        for n, (path, said, count) in enumerate(figures.get("frequent", ())) if path in found
    ]
    url = f"{entity.url}/import/{one.id}"
    return _page(
        view, entity, 3, "found", one=one, figures={k: write(v) for k, v in figures.items() if isinstance(v, int)},
        wrong=figures.get("wrong", 0), records=[_record(view, entity, found, row) for row in rows], frequent=frequent,
        mistaken=plural(*MISTAKEN, figures.get("wrong", 0), view.language, {"number": write(figures.get("wrong", 0))}),
        ready=plural(*RECORDS, _sum(figures), view.language, {"number": write(_sum(figures))}),
        nothing=not figures.get("wrong") and not _sum(figures), page=number, count=len(begins),
        previous_url=f"{url}?page={number - 1}" if number > 1 else "",
        next_url=f"{url}?page={number + 1}" if number < len(begins) else "",
    )


def _sum(figures: Mapping[str, Any]) -> int:
    return figures.get("created", 0) + figures.get("updated", 0)


def _record(view: Any, entity: Entity, found: Mapping[str, Target], record: Mapping[str, Any]) -> SimpleNamespace:
    cells = []
    for cell in record["cells"]:
        target = found.get(cell["path"])
        name = f"cell-{cell['line']}-{cell['path']}"
        drawn = _input(view, entity, target, name, cell["said"], cell["near"], cell["path"]) if target else {}
        cells.append(SimpleNamespace(
            line=cell["line"], name=name, title=target.title(view.language) if target else "",
            message=say(cell, view.language), said=cell["said"], **drawn))
    return SimpleNamespace(line=record["line"], label=record["label"], cells=cells)


def _input(view: Any, entity: Entity, t: Target, name: str, text: str, near: Any, path: str = "") -> dict[str, Any]:
    """How a value is mended: a list where it is one of a few or a record, else a line of text."""
    offered = [(one, one) for one in t.field.kind.cell_choices(t.field, view.language, view.names)]
    suggest = ""
    if not offered and t.field.kind.targets(t.field) and t.link is None and not t.field.is_many:
        suggest = f"{t.entity.url}/choices/{t.address}"
        offered = [(value, called) for value, called in near]
        if not offered and not path:  # what every record gets: the first choices help who has no scripts
            offered = [(c.id, c.text) for c in choices(view, entity.address, t.address, limit=CHOICES)]
            text = text or (offered[0][0] if len(offered) == 1 else "")
    shown = [o for o in offered if o[0] == text]
    attributes = {"data-suggest": suggest} if suggest else {}
    return {"input_name": name, "text": text, "choices": offered, "is_list": bool(offered or suggest),
            "strange": bool(text) and not shown, "attributes": markup.attributes(attributes)}


# -- work and its end -------------------------------------------------------------------------------------------------


def working_page(view: Any, entity: Entity, one: Import) -> Response:
    """How far the job is; the page asks for itself again."""
    job = job_shown(view, jobs.get(view, one.job_id))
    return _page(view, entity, 3, "working", one=one, job=job, refresh=True)


def done_page(view: Any, entity: Entity, one: Import) -> Response:
    """What came of it, with the way to the records."""
    write = number_formatter(view.language)
    figures = {k: write(v) for k, v in one.found.items() if isinstance(v, int)}
    return _page(view, entity, 4, "done", one=one, figures=figures, made=one.found,
                 list_url=_list_url(view, entity, one))


def _list_url(view: Any, entity: Entity, one: Import) -> str:
    """The list of what was changed in the second of the import."""
    at = datetime.fromisoformat(one.found["at"]).replace(microsecond=0)
    moments = [(at + timedelta(seconds=n)).isoformat().replace("+00:00", "Z") for n in (0, 1)]
    return f"{entity.url}?" + urlencode([*(("updated_at.between", m) for m in moments)])


# -- every step -------------------------------------------------------------------------------------------------------


def _reasons(view: Any, refusal: Refusal | None) -> list[str]:
    if refusal is None:
        return []
    told = [p.text(view.language) for p in refusal.problems] or [translate(refusal.title, view.language)]
    return list(dict.fromkeys(told))[:20]


def _page(view: Any, entity: Entity, step: int, part: str, status: int = 200, one: Import | None = None,
          **context: Any) -> Response:
    module = view.catalog.modules.get(entity.module)
    steps = [SimpleNamespace(title=translate(title, view.language), now=n == step, past=n < step)
             for n, title in enumerate(STEPS, 1)]
    return pages.page(
        "imports/import.html", status, block="import", part=part, steps=steps, one=one,
        here=f"{entity.url}/import/{one.id}" if one else f"{entity.url}/import",
        list_title=pages.list_title(view.catalog, view.actor, entity).in_(view.language), list_url_of=entity.url,
        module_title=module.title.in_(view.language) if module else entity.module, module_url=f"/{entity.module}",
        may_edit=can(view.catalog, view.actor, entity, "edit"), language=doors.language(),
        **{"reasons": [], "refresh": False, **context})
