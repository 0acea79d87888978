"""The page on which two edits of one record become one: what merged by itself, and a choice where both changed."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine.errors import NotAllowed, NotFound, Refusal, Stale
from engine.language import N_, translate
from engine.language.formats import write_moment
from engine.model import Entity, Field
from engine.services import drafts, records
from engine.services.merging import MINE, THEIRS, Merged, base_values, merge, snapshot, typed_snapshot
from engine.services.records.history import Teller
from engine.web import pages
from engine.web.asking import ask, do, form_sent, raw_values, version_sent
from engine.web.drafts import NOT_KEPT
from engine.web.held import sent_keys
from engine.web.record_about import about
from engine.web.record_page import form_page
from engine.web.rows import Edited
from engine.web.rows.gone import name_of
from engine.web.typed import without_blank_lines

CHOICE = "_choice:"
SAVED = N_("Both changes are saved")
SHOWN_ROWS = 6
ROW_ORDER, ROW, ROW_GONE = N_("the order of the rows"), N_("the whole row"), N_("removed")
CHOOSE = N_("Choose whose value stays: %(count)s places are still open")


def wants_merging(form: Any) -> bool:
    """Was a button of the merging pressed?"""
    return "_merge" in form


class Merging:
    """One merge: the record as it stands, what was typed, what became of the two."""

    def __init__(self, view: Any, entity: Entity, id: str):
        self.view, self.entity, self.form = view, entity, form_sent()
        self.record = records.read(view, entity.address, id)
        if "edit" not in self.record.allowed:
            raise NotAllowed()
        raw = without_blank_lines(entity.fields, raw_values(entity))
        sent = [k for k in sent_keys(entity, held=False) if k in self.record.writable]
        # What is written and never read back cannot be compared: it stays as it was typed.
        self.blind = {k: raw[k] for k in sent if k not in self.record.values or entity.fields[k].kind.secret}
        keys = [k for k in sent if k not in self.blind]
        theirs = snapshot(entity.fields, self.record.values, keys)
        self.mine = typed_snapshot(entity.fields, raw, keys)
        self.theirs = theirs
        base = base_values(view, entity, self.record.id, theirs, version_sent(), self.record.version)
        self.known = base is not None
        self.done = merge(entity.fields, base, theirs, self.mine, self.choices())

    def choices(self) -> dict[str, str]:
        """Path -> side, as the radio buttons say, or the button that takes everything from one side."""
        everything = self.form.get("_merge", "")
        chosen = {n.removeprefix(CHOICE): v for n, v in self.form.items() if n.startswith(CHOICE)}
        return _All(everything) if everything in (MINE, THEIRS) else chosen

    @property
    def raw(self) -> dict[str, Any]:
        """What is saved: the merged values and what could not be compared."""
        return {**self.done.values, **self.blind}

    @property
    def ready(self) -> bool:
        """May it be saved: everything is chosen, against the version that the person saw?"""
        return not self.done.open and self.form.get("_seen", "") == str(self.record.version)


class _All(dict[str, str]):
    """The same choice for every path."""

    def __init__(self, side: str):
        super().__init__()
        self.side = side

    def get(self, path: str, otherwise: Any = None) -> Any:
        return self.side


def merging_page(view: Any, entity: Entity, id: str, *, status: int = 409, merging: Merging | None = None) -> Response:
    """The page of the merge of what was typed with the record as it stands now."""
    merging = merging or Merging(view, entity, id)
    seen = form_sent().get("_seen", "")
    pressed = request.form.get("_merge") == "save"
    done, language = merging.done, view.language
    by, at = _last(view, entity, merging.record)
    told = _Telling(view, merging)
    context = about(view, entity, merging.record)
    context.update(
        action=f"{merging.record.entity.url}/{merging.record.id}/edit",
        pairs=[(n, v) for n, v in form_sent().items(multi=True)
               if n not in NOT_KEPT and n != "version" and not n.startswith(CHOICE)],
        version=version_sent(), seen=merging.record.version, by=by, at=at, known=merging.known,
        moved_again=bool(seen) and seen != str(merging.record.version),
        conflicts=[told.conflict(c) for c in done.conflicts], taken=[told.taken(t) for t in done.taken],
        unchosen=translate(CHOOSE, language, {"count": len(done.open)}) if pressed and done.open else "",
    )
    return pages.page("records/merge.html", status, block="form", **context)


def merged(entity: Entity, id: str) -> Response:
    """What a button of the merging does: look, take everything from one side, go back to the form, save."""
    how = request.form.get("_merge", "")
    if how == "form":
        return ask(lambda view: _merged_form(view, entity, id))
    if how != "save":
        return ask(lambda view: merging_page(view, entity, id, status=200))

    def work(uow: Any) -> Any:
        merging = Merging(uow, entity, id)
        if not merging.ready:
            return None
        record = records.edit(uow, entity.address, id, merging.raw, merging.record.version)
        drafts.discard(uow, entity.address, str(record.id))
        return record

    try:
        record = do(work)
    except (NotFound, NotAllowed):
        raise
    except Stale:
        record = None
    except Refusal as refusal:
        why = refusal
        return ask(lambda view: _merged_form(view, entity, id, why))
    if record is None:
        return ask(lambda view: merging_page(view, entity, id, status=422))
    pages.notice("done", pages.said(SAVED))
    return pages.see_other(f"{entity.url}/{record.id}")


def _merged_form(view: Any, entity: Entity, id: str, refusal: Refusal | None = None) -> Response:
    """The form with the merged values in it, to be saved against the version that they were merged with."""
    merging = Merging(view, entity, id)
    draft = records.preview(view, entity.address, merging.raw, merging.record.id)
    return form_page(view, entity, draft, merging.record, problems=refusal.problems if refusal else (), refusal=refusal,
                     status=refusal.status if refusal else 200, version=merging.record.version,
                     edited=Edited(merging.raw))


def _last(view: Any, entity: Entity, record: Any) -> tuple[str, str]:
    """Who saved the record last, and when."""
    now = drafts.standing(view, entity.address, record.id)
    return now.by, write_moment(now.at) if now.at else ""


class _Telling:
    """Conflicts and merged values in words; linked records by name, one statement an entity."""

    def __init__(self, view: Any, merging: Merging):
        self.view, self.merging, self.entity = view, merging, merging.entity
        self.teller = Teller(view, merging.entity, frozenset(merging.record.values))
        done: Merged = merging.done
        for one in done.conflicts:
            for value in (one.theirs, one.mine):
                self._value(one, value, collect=True)
        for one in done.taken:
            for value in (one.before, one.after):
                self._value(one, value, collect=True)
        self.teller.fetch()

    def conflict(self, one: Any) -> SimpleNamespace:
        return SimpleNamespace(path=one.path, title=self._title(one), choice=one.choice,
                               theirs=self._value(one, one.theirs), mine=self._value(one, one.mine))

    def taken(self, one: Any) -> SimpleNamespace:
        return SimpleNamespace(title=self._title(one), before=self._value(one, one.before),
                               after=self._value(one, one.after), mine=one.side == MINE)

    def _fields(self, keys: tuple[str, ...]) -> list[Field]:
        found: list[Field] = []
        fields: Mapping[str, Field] = self.entity.fields
        for key in keys:
            found.append(fields[key])
            fields = fields[key].fields
        return found

    def _title(self, one: Any) -> str:
        """`Lines: Chess club, 2: Price`"""
        said, rows = [], _ids(one.path)
        for n, f in enumerate(self._fields(one.keys)):
            said.append(f.title.in_(self.view.language))
            if n < len(rows):
                row = self._row(one.keys[: n + 1], rows[: n + 1])
                said.append(name_of(self.view, f, row) if row else "")
        if one.kind == "order":
            said = [*said[:1], translate(ROW_ORDER, self.view.language)]
        return ": ".join(text for text in said if text)

    def _row(self, keys: tuple[str, ...], ids: list[str]) -> Mapping[str, Any] | None:
        for side in (self.merging.mine, self.merging.theirs):
            row: Any = side
            for key, id in zip(keys, ids, strict=True):
                row = next((r for r in (row or {}).get(key) or () if r.get("id") == id), None)
            if row:
                return row
        return None

    def _value(self, one: Any, value: Any, collect: bool = False) -> str:
        f = self._fields(one.keys)[-1]
        if one.kind == "value":
            return self.teller.say(f, value, collect)
        if collect:
            return ""
        if one.kind == "row":
            return translate(ROW_GONE, self.view.language) if value is None else name_of(self.view, f, value)
        rows = [self._row(one.keys, [id]) for id in (value or ())[:SHOWN_ROWS]]
        return " → ".join(name_of(self.view, f, row).split(",")[0] if row else "…" for row in rows)


def _ids(path: str) -> list[str]:
    """The ids of the rows in a path."""
    return [part.partition("]")[0] for part in path.split("[")[1:] if not part.startswith("order")]
