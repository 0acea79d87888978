"""Which of an entity's forms a person gets.

In this order: the form that a link names (`?form=KEY`, `main` for the main one), where it suits; then the first that
suits among those for a state of the record, those for roles, the main form. A form suits when the actor has one of
its roles and its `when` holds for the record with what is typed now. A wizard only makes records, and a form for
links only is never taken without one. The main form suits everybody.
"""

from __future__ import annotations

from typing import Any

from engine.model import Entity, Form
from engine.web.quick import quick_form


def chosen_form(view: Any, entity: Entity, draft: Any, asked: str = "", made: bool = True) -> Form:
    """The form for the record of `draft`. `made`: it exists already, so that no wizard is offered."""
    small = quick_form(view.catalog, entity, asked) if not made else None
    if small is not None:
        return small
    forms = view.catalog.forms[entity.address]
    context = view.context(draft.values, follow=draft.follow)
    fitting = [f for f in forms if not (made and f.is_wizard and f.key) and suits(view, f, context)]
    for form in fitting:
        if asked and form.name == asked:
            return form
    return next((f for f in fitting if not f.by_link), forms[-1])


def suits(view: Any, form: Form, context: Any) -> bool:
    """Is the form for this actor, and for this state of the record?"""
    if form.roles and not form.roles & view.actor.roles:
        return False
    return form.when is None or bool(form.when.evaluate(context))


def other_forms(view: Any, entity: Entity, draft: Any, current: Form) -> list[Form]:
    """Forms by which a new record may be made instead of `current`."""
    context = view.context(draft.values, follow=draft.follow)
    return [f for f in view.catalog.forms[entity.address]
            if f is not current and (not f.key or f.is_wizard) and suits(view, f, context)]
