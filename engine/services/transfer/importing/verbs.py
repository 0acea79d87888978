"""The verbs of an import: begin, choose the columns, check, mend, carry out, give up. Each asks for the right anew.

Check and import may be done at once or by a job; a table is never written by halves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO
from uuid import UUID

from engine.errors import BadRequest, Conflict, Invalid, NotAllowed, NotFound, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can
from engine.services.audit import Entry
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH, entity_at
from engine.services.transfer.importing import keeping, wrong
from engine.services.transfer.importing.heads import Top, find_head, match_heads
from engine.services.transfer.importing.keeping import DONE, READ, READY, WRONG, Import
from engine.services.transfer.importing.known import key_fields, usual_key
from engine.services.transfer.importing.matching import remember, remembered
from engine.services.transfer.importing.opening import Sheet, known_sheets, lines_of, open_table
from engine.services.transfer.importing.passing import Found, Passage
from engine.services.transfer.importing.plan import BOTH, CREATE, MODES, UPDATE, Corrections, Plan
from engine.services.transfer.importing.shaping import read_lines, records_in, slots_of
from engine.services.transfer.importing.targets import RECORD, Target, rows_of, targets

GONE = N_("The file of this import is not kept any more: choose it again")
BUSY = N_("This import is at work already")
UNKNOWN_COLUMN = N_("There is no such column or field here")
TWICE = N_("Two columns go into “%(title)s”: leave one of them")
NEEDED = N_("“%(title)s” is needed: choose its column, or enter below what every record gets")
NOTHING = N_("Choose a field for at least one column")
NO_KEY = N_("Choose what stored records are known by; its column must be among those that are imported")
CHANGED = N_("The data changed since the check, so nothing was imported. Look at the new mistakes")


class TableWrong(Invalid):
    """The table was to be written and has mistakes after all: nothing of it is kept. 422."""

    code = "import.wrong"


def entity_for(view, address: str) -> Entity:
    """The entity, when the actor may import into it: else NotFound (not theirs to see) or NotAllowed."""
    entity = entity_at(view, address)
    if entity.kind == "settings" or not can(view.catalog, view.actor, entity, "read"):
        raise NotFound([NO_SUCH])
    if not may_import(view, entity):
        raise refuse_verb(view, entity, "import")
    return entity


def may_import(view, entity: Entity) -> bool:
    """The right to import, and to make records or to change them."""
    def held(verb: str) -> bool:
        return can(view.catalog, view.actor, entity, verb)

    return entity.kind != "settings" and view.actor.user_id is not None and held("import") and (
        held("create") or held("edit"))


def modes(view, entity: Entity) -> tuple[str, ...]:
    """What the actor may do by an import: make records, change them, both."""
    make, edit = (can(view.catalog, view.actor, entity, verb) for verb in ("create", "edit"))
    return MODES if make and edit else (CREATE,) if make else (UPDATE,)


# -- begin ------------------------------------------------------------------------------------------------------------


def begin(site: Any, actor: Any, address: str, stream: BinaryIO, file_name: str, *, language: str = "",
          request_id: str = "") -> UUID:
    """Take a file in and look at it: the id of the import. Raises what cannot be read; then nothing is kept."""
    site.read(actor, lambda view: entity_for(view, address), language=language)
    id = keeping.receive(site, stream)
    try:
        sheets = open_table(keeping.folder_of(site, id))
        sheet = next((s for s in sheets if not s.hidden), sheets[0])

        def work(uow) -> UUID:
            entity = entity_for(uow, address)
            keeping.add(uow, entity, id, file_name, Plan(sheet=sheet.index))
            return id

        return site.write(actor, work, language=language, request_id=request_id)
    except BaseException:
        keeping.forget(site, id)
        raise


def sheets_of(one: Import) -> list[Sheet]:
    """The sheets of the file. Raises NotFound when the file is not kept any more."""
    try:
        return known_sheets(one.folder)[1]
    except FileNotFoundError:
        raise NotFound([Problem("import.gone", GONE)]) from None


def top_of(view, entity: Entity, one: Import, found: Mapping[str, Target]) -> Top:
    """The head of the chosen sheet with samples of its columns."""
    sheet = _sheet(one, one.plan.sheet)
    bare = find_head(lines_of(one.folder, sheet.index), sheet, found, None, one.plan.head)
    known = remembered(view, entity, bare.heads)
    return bare if not known else find_head(lines_of(one.folder, sheet.index), sheet, found, known, one.plan.head)


def proposed(view, entity: Entity, top: Top, found: Mapping[str, Target]) -> Plan:
    """The plan that is offered: columns by their titles, known records by the usual key."""
    known = remembered(view, entity, top.heads)
    columns = match_heads(top.heads, found, known)
    keys = key_fields(view, entity, found)
    key = usual_key(entity, keys, list(columns.values()))
    may = modes(view, entity)
    return Plan(columns=columns, key=key, mode=BOTH if key and BOTH in may else may[0])


def _sheet(one: Import, index: int) -> Sheet:
    sheet = next((s for s in sheets_of(one) if s.index == index), None)
    if sheet is None:
        raise BadRequest([Problem("import.sheet", UNKNOWN_COLUMN)])
    return sheet


# -- choose -----------------------------------------------------------------------------------------------------------


def choose(uow, address: str, id: Any, plan: Plan) -> Import:
    """Keep how the table is to be read. What was mended before stays. Raises Invalid for a plan that cannot be."""
    entity = entity_for(uow, address)
    one = keeping.one(uow, entity, id)
    refuse_busy(uow, one)
    found = targets(uow, entity)
    sheet = _sheet(one, plan.sheet)
    problems = list(_problems(uow, entity, plan, found, sheet))
    if problems:
        raise Invalid(problems)
    one.plan = plan
    remember(uow, entity, top_of(uow, entity, one, found).heads, plan.columns)
    keeping.change(uow, one.id, options=plan.kept(), state=READ, found=None)
    return one


def look_at(uow, address: str, id: Any, sheet: int, head: int | None) -> Import:
    """Look at another sheet, or at another line as the head: the columns are matched anew."""
    entity = entity_for(uow, address)
    one = keeping.one(uow, entity, id)
    refuse_busy(uow, one)
    _sheet(one, sheet)
    keeping.change(uow, one.id, options=Plan(sheet=sheet, head=head).kept(), state=READ, found=None, corrections=None)
    return keeping.one(uow, entity, id)


def _problems(view, entity: Entity, plan: Plan, found: Mapping[str, Target], sheet: Sheet):
    if plan.mode not in modes(view, entity):
        raise NotAllowed()
    paths = list(plan.columns.values())
    strange = [p for p in (*paths, *plan.defaults) if p not in found and not (p == RECORD and rows_of(found))
               and p not in {f.key for f in key_fields(view, entity, found)}]
    if strange or any(not 0 <= c < sheet.columns for c in plan.columns):
        raise BadRequest([Problem("import.column", UNKNOWN_COLUMN)])
    if not any(p in found for p in paths):
        yield Problem("import.nothing", NOTHING)
    for path in {p for p in paths if paths.count(p) > 1}:
        yield Problem("import.twice", TWICE, path, {"title": found[path].title(view.language) if path in found else ""})
    if plan.mode != UPDATE:
        for t in missing(found, {*paths, *plan.defaults}):
            yield Problem("import.needed", NEEDED, t.path, {"title": t.title(view.language)})
    if plan.mode != CREATE:
        may = {f.key for f in key_fields(view, entity, found)}
        if not plan.key or not may.issuperset(plan.key) or any(k not in paths and k not in plan.defaults
                                                              for k in plan.key):
            yield Problem("import.key", NO_KEY, "@key")


def missing(found: Mapping[str, Target], given: set[str]) -> list[Target]:
    """What new records need and no column gives. Fields of rows, and of what is behind a link, count once other
    columns speak of these; a translated text is given by one of its languages."""
    def speaks_of(place: str) -> bool:
        return any(path.startswith(f"{place}.") for path in given)

    def is_missing(t: Target) -> bool:
        if not t.required or t.path in given:
            return False
        if t.link is not None:
            return speaks_of(t.link_path)
        whole = t.path.removesuffix(f".{t.language}") if t.language else t.path
        return not speaks_of(whole) and (not t.rows or speaks_of(".".join(r.key for r in t.rows)))

    # Of a translated text the first language is asked for.
    needed: dict[str, Target] = {}
    for t in filter(is_missing, found.values()):
        needed.setdefault(t.address if t.language else t.path, t)
    return list(needed.values())


def refuse_busy(view, one: Import) -> None:
    """Raise Conflict while a job works on it, NotFound when it is over."""
    if keeping.is_busy(view, one):
        raise Conflict([Problem("import.busy", BUSY)])
    if one.state == DONE:
        raise NotFound([NO_SUCH])


# -- check and carry out ----------------------------------------------------------------------------------------------


def size_of(one: Import) -> int:
    """Lines of the chosen sheet: what decides whether a person waits or a job is left."""
    return _sheet(one, one.plan.sheet).lines


def check(view, entity: Entity, one: Import, progress: Callable[[int], None] = lambda lines: None) -> dict[str, Any]:
    """The figures of a check. What is wrong lies beside the file afterwards; nothing is written into the database."""
    found, pages = _pass(view, entity, one, False, progress)
    return _figures(found, pages)


def carry_out(uow, entity: Entity, one: Import, progress: Callable[[int], None] = lambda lines: None) -> dict[str, Any]:
    """Write the whole table, or raise TableWrong with the figures of its mistakes."""
    found, pages = _pass(uow, entity, one, True, progress)
    figures = _figures(found, pages)
    if found.wrong:
        raise TableWrong([Problem("import.wrong", CHANGED)], figures=figures)
    counts = {key: figures[key] for key in ("created", "updated", "same", "along")}
    uow.record(Entry("import", entity.address, None, changes={"file": one.file_name, **counts}))
    told = {**figures, "at": uow.now.isoformat()}
    keeping.end(uow, one.id, told)
    return told


def _pass(view, entity: Entity, one: Import, writing: bool, progress: Callable[[int], None]) -> tuple[Found, list[int]]:
    allowed = targets(view, entity)
    columns = {c: p for c, p in one.plan.columns.items() if p in allowed or p == RECORD or p in one.plan.key}
    plan = Plan(**{**one.plan.__dict__, "columns": columns})
    known = {**allowed, **{f.key: Target(f.key, f, entity, f.key) for f in key_fields(view, entity, allowed)
                           if f.key not in allowed}}
    slots = slots_of(plan, known, one.corrections)
    top = top_of(view, entity, one, allowed)
    lines = read_lines(lines_of(one.folder, plan.sheet), top.begins, slots, one.corrections)
    writer = wrong.Writer(one.folder)
    try:
        passage = Passage(view, entity, plan, slots, one.corrections, writing)
        found = passage.run(records_in(lines, slots), writer.add, progress)
    finally:
        pages = writer.close()
    return found, pages


def _figures(found: Found, pages: list[int]) -> dict[str, Any]:
    frequent = [[path, text, count] for (path, text), count in found.frequent.most_common(50) if count > 1]
    return {"created": found.created, "updated": found.updated, "same": found.same, "wrong": found.wrong,
            "left_out": found.left_out, "along": found.along, "lines": found.lines, "pages": pages,
            "frequent": frequent}


def keep_check(uow, one: Import, figures: Mapping[str, Any]) -> None:
    """Keep what a check came to."""
    keeping.change(uow, one.id, state=WRONG if figures["wrong"] else READY, found=dict(figures), job_id=None)


def mend(uow, address: str, id: Any, mended: Corrections) -> Import:
    """Add to the corrections of an import."""
    entity = entity_for(uow, address)
    one = keeping.one(uow, entity, id)
    refuse_busy(uow, one)
    now = one.corrections
    for line, fixes in mended.cells.items():
        now.cells.setdefault(line, {}).update(fixes)
    for path, fixes in mended.everywhere.items():
        now.everywhere.setdefault(path, {}).update(fixes)
    now.left_out |= mended.left_out
    keeping.change(uow, one.id, corrections=now.kept())
    return one


def give_up(uow, address: str, id: Any) -> None:
    """Forget the import and its file."""
    entity = entity_for(uow, address)
    keeping.discard(uow, keeping.one(uow, entity, id).id)
