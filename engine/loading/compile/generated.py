"""Good forms and registries for entities that have none in a file."""

from __future__ import annotations

from engine.model.entity import Entity
from engine.model.field import Field
from engine.model.form import Form, Section
from engine.model.layout import Registry

SHORT_COLUMNS = 6
FIELDS_A_LINE = 3
LONG_TEXT = 100
_DOCUMENT_HEAD = ("number", "date", "state")


def is_wide(field: Field) -> bool:
    """Whether it needs a line of its own: rows, several values, long or translated texts."""
    longest = field.options.get("max")
    return bool(
        field.is_many
        or field.translated
        or getattr(field.kind, "wide", False)
        or (field.kind.searchable and isinstance(longest, int) and longest > LONG_TEXT)
    )


def _shown(entity: Entity) -> list[Field]:
    """The fields of a generated form: what people fill in, what is computed for them, related lists."""
    head = _DOCUMENT_HEAD if entity.is_document else ()
    return [field for field in entity.fields.values() if not field.builtin and field.key not in head]


def generated_form(entity: Entity) -> Form:
    """All fields in their order: short ones share a line, rows and long texts have sections and lines of their own."""
    lines: list[tuple[str, ...]] = []
    line: list[str] = []
    tables: list[Field] = []
    if entity.is_document:
        lines.append(_DOCUMENT_HEAD)
    for field in _shown(entity):
        if (field.is_many and len(field.fields) > 1) or field.kind.virtual:
            tables.append(field)
            continue
        if is_wide(field):
            if line:
                lines.append(tuple(line))
                line = []
            lines.append((field.key,))
            continue
        line.append(field.key)
        if len(line) == FIELDS_A_LINE:
            lines.append(tuple(line))
            line = []
    if line:
        lines.append(tuple(line))
    sections = {"main": Section("main", None, tuple(lines))} if lines else {}
    for field in tables:
        sections[field.key] = Section(field.key, field.title, ((field.key,),))
    return Form(entity.address, "", None, sections, generated=True)


def generated_registry(entity: Entity) -> Registry:
    """Number and date, what a record is called, then the first short fields; filters for what has a list or dates."""
    columns: list[str] = list(_DOCUMENT_HEAD[:2]) if entity.is_document else []
    columns += [
        part[0]
        for part in entity.display
        if isinstance(part, tuple) and part[0] not in columns and part[0] in entity.fields
    ]
    candidates = [
        field
        for field in _shown(entity)
        if not (is_wide(field) or field.kind.virtual or field.kind.secret) and field.key not in columns
    ]
    columns += [field.key for field in candidates[: max(SHORT_COLUMNS - len(columns), 0)]]
    if entity.is_document:
        columns.append("state")
    columns = list(dict.fromkeys(columns)) or ["id"]
    # A filter line is useful where one picks from a list or gives dates; texts are found by quick search.
    filters = [
        key
        for key in columns
        if entity.fields[key].kind.operators
        and not entity.fields[key].kind.searchable
        and (entity.fields[key].stored or entity.fields[key].is_many)
    ]
    if entity.is_document:
        sort: tuple[str, ...] = ("-date", "-number")
    else:
        sort = tuple(key for key in columns[:1] if _sorts(entity.fields[key]))
    return Registry(entity.address, "", None, tuple(columns), tuple(filters), sort, generated=True)


def _sorts(field: Field) -> bool:
    return field.stored and field.kind.can_sort(field)
