"""Where the fields of a form stand: its sections with what each of them has to show to this person now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

from engine.model import Form
from engine.web.drawn import Drawn
from engine.web.widgets import Drawing


def sections(drawing: Drawing, form: Form) -> Iterator[SimpleNamespace]:
    """The form's sections that have something to show, each with its fields in reading order."""
    for section in form.sections.values():
        if section.visible_when is not None and not section.visible_when.evaluate(drawing.context):
            continue
        fields = [d for row in section.lines for d in _row(drawing, row)]
        if fields:
            yield SimpleNamespace(key=section.key, fields=fields, collapsed=section.collapsed,
                                  title=section.title.in_(drawing.language) if section.title else "")


def _row(drawing: Drawing, keys: Sequence[str]) -> Iterator[Drawn]:
    shown = [drawing.entity.fields[k] for k in keys if is_shown(drawing, k)]
    for f in shown:
        drawn = drawing.draw(f)
        drawn.span = 12 if drawn.lines is not None else 12 // min(len(shown), 4)
        yield drawn


def is_shown(drawing: Drawing, key: str) -> bool:
    if not drawing.draft.state(key).visible:
        return False
    if drawing.id is None and drawing.entity.fields[key].builtin and not drawing.draft.values.get(key):
        return False  # a number that only saving will give
    return key in drawing.writable or drawing.readable is None or key in drawing.readable


def loose_files(drawing: Drawing, form: Form) -> list[Drawn]:
    """Fields for files that stand in no section: they go into the panel beside the record."""
    placed = form.fields
    wanted = [f for f in drawing.entity.fields.values() if f.kind.upload(f) and f.key not in placed]
    return [drawing.draw(f) for f in wanted if is_shown(drawing, f.key)]
