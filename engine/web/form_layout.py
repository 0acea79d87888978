"""Where the fields of a form stand: its sections, columns and tabs with what each has to show to this person now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.model import Form, Section
from engine.model.form import WIDTHS
from engine.web.drawn import Drawn
from engine.web.widgets import Drawing

TWELVE, MOST = 12, 4


@dataclass
class DrawnSection:
    """`columns`: (width of twelve, fields); one column is the ordinary section."""

    key: str
    id: str
    title: str
    columns: list[tuple[int, list[Drawn]]]
    collapsed: bool = False
    is_open: bool = False
    hint: str = ""
    text: str = ""
    tone: str = "info"

    @property
    def fields(self) -> list[Drawn]:
        return [d for _, fields in self.columns for d in fields]

    @property
    def problems(self) -> int:
        return sum(d.has_problems for d in self.fields)

    @property
    def is_empty(self) -> bool:
        """Nothing in it has a value: a record opened for reading folds it away."""
        return not self.text and all(d.is_empty for d in self.fields)


@dataclass
class DrawnTab:
    key: str
    title: str
    sections: list[DrawnSection]
    is_open: bool = False

    @property
    def problems(self) -> int:
        return sum(s.problems for s in self.sections)

    @property
    def is_empty(self) -> bool:
        return all(s.is_empty for s in self.sections)


@dataclass
class DrawnForm:
    """What stands on the page, in reading order: sections, and under them the tabs."""

    sections: list[DrawnSection] = field(default_factory=list)
    tabs: list[DrawnTab] = field(default_factory=list)

    @property
    def fields(self) -> Iterator[Drawn]:
        for section in (*self.sections, *(s for tab in self.tabs for s in tab.sections)):
            yield from section.fields

    def open_tab(self, asked: str) -> None:
        """Open the tab that was asked for; a mistake on others and none on it opens the first of those."""
        wrong = [t for t in self.tabs if t.problems]
        chosen = next((t for t in self.tabs if t.key == asked), None)
        if wrong and chosen not in wrong:
            chosen = wrong[0]
        if chosen is None:
            chosen = next((t for t in self.tabs if not t.is_empty), self.tabs[0] if self.tabs else None)
        for tab in self.tabs:
            tab.is_open = tab is chosen


def drawn_form(drawing: Drawing, form: Form, opened: Iterable[str] = ()) -> DrawnForm:
    """The form for `drawing`. What has nothing to show is left out. `opened`: sections that somebody unfolded."""
    unfolded = frozenset(opened)
    made = DrawnForm(drawn_sections(drawing, form.sections, "", unfolded))
    for tab in form.tabs.values():
        if _holds(drawing, tab.visible_when):
            sections = drawn_sections(drawing, tab.sections, tab.key, unfolded)
            if sections:
                made.tabs.append(DrawnTab(tab.key, tab.title.in_(drawing.language), sections))
    for step in form.steps.values():  # a wizard's record, once it is made, has a tab for each step
        sections = drawn_sections(drawing, step.sections, step.key, unfolded) if _holds(drawing, step.when) else []
        if sections:
            made.tabs.append(DrawnTab(step.key, step.title.in_(drawing.language), sections))
    return made


def drawn_sections(drawing: Drawing, sections: Mapping[str, Section], place: str = "",
                   unfolded: frozenset[str] = frozenset()) -> list[DrawnSection]:
    """The sections that have something to show. `place`: the tab or step that they stand on."""
    made = []
    for section in sections.values():
        if not _holds(drawing, section.visible_when):
            continue
        columns = list(_columns(drawing, section))
        text = section.text.in_(drawing.language) if section.text else ""
        if not columns and (not text or any(section.lines)):
            continue
        id = f"section-{place}-{section.key}" if place else f"section-{section.key}"
        drawn = DrawnSection(
            section.key, id, section.title.in_(drawing.language) if section.title else "", columns,
            section.collapsed and section.title is not None, hint=_said(drawing, section.hint), text=text,
            tone=section.tone)
        drawn.is_open = id in unfolded or drawn.problems > 0
        made.append(drawn)
    return made


def _holds(drawing: Drawing, rule: object) -> bool:
    return rule is None or bool(rule.evaluate(drawing.context))  # type: ignore[attr-defined]


def _said(drawing: Drawing, text: object) -> str:
    return text.in_(drawing.language) if text else ""  # type: ignore[attr-defined]


def _columns(drawing: Drawing, section: Section) -> Iterator[tuple[int, list[Drawn]]]:
    if not section.columns:
        fields = [d for line in section.rows for d in _line(drawing, section, line)]
        if fields:
            yield TWELVE, fields
        return
    found = [(c, [d for line in c.rows for d in _line(drawing, section, line)]) for c in section.columns]
    found = [(c, fields) for c, fields in found if fields]
    if len(found) == 1:  # what stood beside it is hidden from this person
        yield TWELVE, found[0][1]
        return
    widths = _shares([c.width for c, _ in found])
    yield from zip(widths, (fields for _, fields in found), strict=True)


def _line(drawing: Drawing, section: Section, keys: Sequence[str]) -> Iterator[Drawn]:
    shown = [drawing.entity.fields[k] for k in keys if is_shown(drawing, k)]
    looks = [section.looks.get(f.key) for f in shown]
    widths = _shares([look.width if look else None for look in looks])
    for f, look, width in zip(shown, looks, widths, strict=True):
        drawn = drawing.draw(f, as_text=bool(look and look.as_text))
        drawn.span = TWELVE if drawn.lines is not None else width
        yield drawn


def _shares(wanted: Sequence[int | None]) -> list[int]:
    """Widths of twelve: those that were said, and what is left in equal shares of a known width."""
    open_ = sum(w is None for w in wanted)
    left = TWELVE - sum(w or 0 for w in wanted)
    share = max((w for w in WIDTHS if w * min(open_, MOST) <= left), default=WIDTHS[1]) if open_ else TWELVE
    return [w or share for w in wanted]


def is_shown(drawing: Drawing, key: str) -> bool:
    """May this person see the field, and do its conditions let it be seen now?"""
    if not drawing.draft.state(key).visible:
        return False
    if drawing.id is None and drawing.entity.fields[key].builtin and not drawing.draft.values.get(key):
        return False  # a number that only saving will give
    if drawing.entity.fields[key].kind.points_back(drawing.entity.fields[key]) and (
            drawing.writable or drawing.id is None):
        return False  # lists of other records are read, beside what is being typed they only stand in the way
    return key in drawing.writable or drawing.readable is None or key in drawing.readable


def loose_files(drawing: Drawing, form: Form) -> list[Drawn]:
    """Fields for files that stand in no section: they go into the panel beside the record."""
    wanted = [f for f in drawing.entity.fields.values() if f.kind.upload(f) and f.key not in form.fields]
    return [drawing.draw(f) for f in wanted if is_shown(drawing, f.key)]
