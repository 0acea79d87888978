"""What was typed where it is not shown now: hidden inputs carry it, so that coming back finds it again.

`_fields` names what the form offers and what saving takes; `_held` names what is only carried: fields of another form
of the record, of a tab or a line that a condition hides, of a step that does not apply. What is not seen is not saved.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.model import Entity
from engine.web.asking import form_sent
from engine.web.typed import HELD, OFFERED


def sent_keys(entity: Entity, *, held: bool = True) -> list[str]:
    """Fields that the form sent; with `held` also those that it only carried."""
    form = form_sent()
    names = [*form.get(OFFERED, "").split(), *(form.get(HELD, "").split() if held else ())]
    return [k for k in dict.fromkeys(names) if k in entity.fields and entity.fields[k].is_input]


def pairs_of(keys: Iterable[str]) -> list[tuple[str, str]]:
    """Names and values of the inputs of these fields, rows included, as they were sent."""
    wanted = frozenset(keys)
    return [(n, v) for n, v in form_sent().items(multi=True) if n.split("-", 1)[0] in wanted] if wanted else []
