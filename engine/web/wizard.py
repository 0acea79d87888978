"""A record made step by step: one step a page, checked before the next, then everything once more, then one create.

Nothing is kept on the server between the steps: what was typed on the others is carried by hidden inputs (`held`), so
that going back and forth loses nothing, in several windows and without scripts too. `_step` names the step shown, `_go`
the one that is wanted: `next`, `back`, a step's key, `review`. A step whose `when` does not hold is left out, and what
was typed on it is carried but not saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.model import Entity, Form, Step
from engine.model.form import REVIEW
from engine.services import records
from engine.web import pages
from engine.web.asking import form_sent
from engine.web.form_choice import chosen_form
from engine.web.form_layout import DrawnForm, DrawnSection, drawn_sections
from engine.web.held import sent_keys
from engine.web.typed import without_blank_lines
from engine.web.widgets import Drawing

STEP, GO = "_step", "_go"
NEXT, BACK = "next", "back"
CHECK, REVIEWED = N_("Check"), N_("Check everything once more")


@dataclass
class ShownStep:
    """One line of the progress list; with its sections where the whole record is looked at."""

    key: str
    title: str
    number: int
    is_current: bool = False
    is_done: bool = False
    """It was filled in already: it can be gone back to."""
    hint: str = ""
    sections: list[DrawnSection] = field(default_factory=list)


@dataclass
class Wizard:
    """What the page shows of a wizard."""

    steps: list[ShownStep]
    form: DrawnForm
    is_review: bool = False
    moved: bool = False
    """The page came by a step's button: its first field takes the focus."""

    @property
    def current(self) -> ShownStep:
        return next(s for s in self.steps if s.is_current)


def in_wizard() -> bool:
    """Does the form that was sent show a step of a wizard?"""
    return STEP in request.form


def applying(layout: Form, view: Any, draft: Any) -> list[Step]:
    """The steps whose conditions hold for what is typed so far; the first one always is there to begin with."""
    context = view.context(draft.values, follow=draft.follow)
    steps = list(layout.steps.values())
    return [s for n, s in enumerate(steps) if not n or s.when is None or s.when.evaluate(context)]


def place_of(steps: Sequence[Step], key: str) -> int:
    """Where a step stands, the review after the last; the first for a key that there is not."""
    if key == REVIEW:
        return len(steps)
    return next((n for n, s in enumerate(steps) if s.key == key), 0)


def wanted(steps: Sequence[Step], here: int, go: str) -> int:
    """The place that a button leads to."""
    if go == NEXT:
        return min(here + 1, len(steps))
    return max(here - 1, 0) if go == BACK else place_of(steps, go)


def problems_before(view: Any, entity: Entity, steps: Sequence[Step], raw: Mapping[str, Any],
                    until: int) -> tuple[int, list[Problem]]:
    """(place, problems) of the first step before `until` that must not be left; (until, []) when all are in order."""
    raw = without_blank_lines(entity.fields, raw)
    for n, step in enumerate(steps[:until]):
        checks = [*(entity.rules[k] for k in step.rules if k in entity.rules), *step.checks.values()]
        problems = records.step_problems(view, entity.address, raw, frozenset(step.fields), checks)
        if problems:
            return n, problems
    return until, []


def refuse_early(view: Any, entity: Entity, asked: str, raw: Mapping[str, Any]) -> None:
    """Raise Invalid when a step of the wizard would not let go on: the save asks what the steps asked."""
    draft = records.preview(view, entity.address, raw)
    layout = chosen_form(view, entity, draft, asked, False)
    steps = applying(layout, view, draft)
    _, problems = problems_before(view, entity, steps, raw, len(steps))
    if problems:
        raise Invalid(problems)


def shown_wizard(drawing: Drawing, layout: Form, refused: Iterable[Problem], place: int | None = None,
                 unfolded: frozenset[str] = frozenset()) -> Wizard:
    """The wizard at `place`; when None at the step that was sent, or at the first that has a refused field."""
    steps = applying(layout, drawing.view, drawing.draft)
    told = {p.path.split("[")[0].split(".")[0] for p in refused if p.path}
    wrong = next((n for n, s in enumerate(steps) if told & set(s.fields)), None)
    at = place if place is not None else place_of(steps, form_sent().get(STEP, "")) if wrong is None else wrong
    seen = max(at, *(n for n, s in enumerate(steps) if set(s.fields) & set(sent_keys(drawing.entity))), 0)
    language, review = drawing.language, at == len(steps)
    lines = [ShownStep(s.key, s.title.in_(language), n + 1, n == at, n <= seen, s.hint.in_(language) if s.hint else "")
             for n, s in enumerate(steps)]
    if review:
        for line, step in zip(lines, steps, strict=True):
            line.sections = drawn_sections(reading(drawing), step.sections, step.key)
        form = DrawnForm()
    else:
        step = steps[at]
        form = DrawnForm(drawn_sections(drawing, step.sections, step.key, unfolded))
    lines.append(ShownStep(REVIEW, pages.said(CHECK), len(steps) + 1, review, review,
                           pages.said(REVIEWED) if review else ""))
    return Wizard(lines, form, review, GO in request.form)


def reading(drawing: Drawing) -> Drawing:
    """The same draft to be looked at, not typed in; links stay texts, because a press on one would leave the wizard."""
    return Drawing(drawing.view, drawing.entity, drawing.draft, frozenset(), readable=drawing.readable, bare=True)


def of_other_steps(keys: Iterable[str], standing: frozenset[str]) -> tuple[list[str], list[str]]:
    """(fields of other steps that will be saved, fields that are only carried) among those that are not drawn."""
    sent = list(keys)
    return [k for k in sent if k in standing], [k for k in sent if k not in standing]


def asked_place(steps: Sequence[Step]) -> tuple[int, int]:
    """(where the form stands, where its button leads)."""
    form = form_sent()
    here = place_of(steps, form.get(STEP, ""))
    return here, wanted(steps, here, form.get(GO, ""))
