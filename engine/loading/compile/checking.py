"""What cannot be seen in one field or file alone: that what is named exists, that options suit each other, that nothing
is forgotten. Skipped for a set that was checked before it was stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.loading.compile.drafts import Draft
from engine.loading.source import Source
from engine.model.catalog import Catalog
from engine.model.form import Form

_FOR_PEOPLE = ("required", "required_when", "default", "once", "readonly_when")
"""Options about typing in, which a computed field does not know."""
WAY_BACK = "field"
"""The option of a related list that names the link by which its records point back."""


def check_fields(
    entities: Mapping[str, Mapping[str, Draft]], dictionaries: Mapping[str, Any], sources: Mapping[str, Source]
) -> None:
    """Check the declared fields of all entities, before their rules are finished."""
    for address, drafts in entities.items():
        for draft in drafts.values():
            _check(draft, drafts, entities, dictionaries)
        _check_columns(drafts, sources[address])


def _check(
    draft: Draft,
    siblings: Mapping[str, Draft],
    entities: Mapping[str, Mapping[str, Draft]],
    dictionaries: Mapping[str, Any],
) -> None:
    for key, inner in draft.inner.items():
        if key in (draft.field.options.get("fields") or ()):
            _check(inner, draft.inner, entities, dictionaries)
    if draft.builtin:
        return
    written = draft.declaration
    _check_names(draft, siblings, entities, dictionaries)
    kind, field = draft.kind, draft.field
    for option, accepted in (
        ("unique", kind.accepts_unique),
        ("encrypted", kind.accepts_encrypted),
        ("translated", kind.accepts_translated),
        ("masked", kind.accepts_masked),
    ):
        if getattr(field, option) and not accepted and option in written:
            draft.problem(option, "field.option-not-for-type", option=option, type=kind.name)
    computed = field.value is not None or "value" in written
    if computed:
        for option in _FOR_PEOPLE:
            if option in written:
                draft.problem(option, "field.computed-input", option=option)
    if not field.stored:
        for option in ("unique", "index"):
            if getattr(field, option):
                draft.problem(option, "field.live-index", option=option)
    if field.was is not None and field.was in siblings:
        draft.problem("was", "was.exists", name=field.was)
    if draft.sugar is not None and "title" not in written and field.title.kk == draft.key:
        draft.problem("", "title.missing", name=draft.key)
    _check_bounds(draft)


def _check_names(
    draft: Draft,
    siblings: Mapping[str, Draft],
    entities: Mapping[str, Mapping[str, Draft]],
    dictionaries: Mapping[str, Any],
) -> None:
    behind: Mapping[str, Draft] | None = None
    for option, schema in draft.kind.options.items():
        value = draft.declaration.get(option)
        if value is None:
            continue
        if schema.get("x-entity"):
            for index, address in enumerate([value] if isinstance(value, str) else value):
                if address not in entities:
                    path = (*draft.path, option) if isinstance(value, str) else (*draft.path, option, index)
                    draft.found.path(path, "entity.unknown", word=address, among=entities, name=address)
                else:
                    behind = entities[address]
        elif schema.get("x-dictionary") and value not in dictionaries:
            draft.problem(option, "dictionary.unknown", word=value, among=dictionaries, name=value)
        elif schema.get("x-behind") and isinstance(value, list):
            there = behind or entities.get(draft.kind.targets(draft.field)[0], {})
            for index, name in enumerate(value):
                if name not in there:
                    draft.found.path(
                        (*draft.path, option, index), "field.unknown", word=name, among=there, name=name
                    )
        elif schema.get("x-inner"):
            for index, name in enumerate(value):
                if name not in draft.inner:
                    draft.found.path(
                        (*draft.path, option, index), "field.unknown", word=name, among=draft.inner, name=name
                    )
    for option, schema in draft.kind.options.items():
        value = draft.declaration.get(option)
        if draft.kind.virtual and behind is not None and option == WAY_BACK and value is not None:
            _check_way_back(draft, value, behind)
        elif schema.get("x-field") and value is not None:
            known = {
                **(draft.outer.outer.inner if draft.outer and draft.outer.outer else {}),
                **entities[draft.entity],
                **siblings,
            }
            if value not in known:
                draft.problem(option, "field.unknown", word=value, among=known, name=value)


def _check_way_back(draft: Draft, name: str, behind: Mapping[str, Draft]) -> None:
    """A related list needs a link there that points back here."""
    link = behind.get(name)
    if link is None:
        draft.problem(WAY_BACK, "field.unknown", word=name, among=behind, name=name)
    elif draft.entity not in link.kind.targets(link.field):
        draft.problem(WAY_BACK, "field.not-back", name=name, entity=draft.entity)


def _check_bounds(draft: Draft) -> None:
    low, high = (draft.declaration.get(option) for option in ("min", "max"))
    if low is None or high is None or str(low).startswith("=") or str(high).startswith("="):
        return
    try:
        if isinstance(low, str):
            low, high = (draft.kind.literal(draft.field.options, text) for text in (low, high))
        wrong = low > high
    except (ValueError, ArithmeticError, TypeError):
        return  # noted where the literal is read
    if wrong:
        draft.problem("max", "field.bounds", low=draft.declaration["min"], high=draft.declaration["max"])


def _check_columns(drafts: Mapping[str, Draft], source: Source) -> None:
    """A link `payer` is the column payer_id; a field payer_id beside it would be the same column."""
    owners: dict[str, str] = {}
    for key in _alike(drafts):
        draft = drafts[key]
        if (
            draft.inner
            or draft.kind.virtual
            or not draft.field.stored
            or (draft.kind.compiled_away and not draft.sugar)
        ):
            continue
        for column in draft.kind.columns(draft.field):
            other = owners.setdefault(column.name, key)
            if other != key:
                source.found.path(
                    ("fields", key), "field.column-clash", key=True, name=key, other=other, column=column.name
                )


def _alike(keys: Iterable[str]) -> list[str]:
    """Keys that begin with another one and an underscore, and those others: only their columns can be the same."""
    known = dict.fromkeys(keys)
    found: set[str] = set()
    for key in known:
        words = key.split("_")
        shorter = {"_".join(words[:n]) for n in range(1, len(words))} & known.keys()
        if shorter:
            found |= shorter | {key}
    return [key for key in known if key in found]


def check_whole(catalog: Catalog, by_kind: Mapping[str, list[Source]], forms: Mapping[str, list[Form]]) -> None:
    """Check what belongs together: modules of files, fields and forms, labels and labels."""
    for kind in ("entity", "dictionary", "home"):
        for source in by_kind.get(kind, ()):
            if source.place.module not in catalog.modules:
                source.found.path((kind,), "module.missing", name=source.place.module)
    labels: dict[str, tuple[str, str]] = {}
    for source in by_kind.get("entity", ()):
        entity = catalog.entities[source.address]
        _check_defaults(source, entity.fields.values())
        _check_forms(source, entity, forms.get(source.address, []))
        for field in entity.fields.values():
            if field.builtin or ("fields", field.key, "title") in source.found.broken:
                continue
            known, where = labels.setdefault(field.title.ru, (field.title.kk, field.address))
            if known != field.title.kk:
                source.found.path(
                    ("fields", field.key),
                    "title.two-kazakh",
                    key=True,
                    ru=field.title.ru,
                    kk=field.title.kk,
                    other=known,
                    where=where,
                )


def _check_defaults(source: Source, fields: Iterable[Any], path: tuple[str, ...] = ("fields",)) -> None:
    """A default that its own field would refuse helps nobody."""
    for field in fields:
        here = (*path, field.key)
        if field.default is not None and not hasattr(field.default, "evaluate"):
            bounds = {key: value for key, value in field.options.items() if not hasattr(value, "evaluate")}
            for problem in field.kind.problems(field, field.default, bounds):
                source.found.path((*here, "default"), "field.default-refused", text=field.default)
                del problem
                break
        if field.fields:
            _check_defaults(source, field.fields.values(), (*here, "fields"))


def _check_forms(source: Source, entity: Any, forms: list[Form]) -> None:
    if not forms:
        return  # the generated form shows every field
    placed = {name for form in forms for name in form.fields}
    if any("files" in form.side for form in forms):  # the panel shows what stands in no section
        placed |= {field.key for field in entity.input_fields if field.kind.upload(field)}
    if any(not form.key for form in forms):
        for field in entity.input_fields:
            if field.key not in placed and not (field.readonly and field.kind.secret):  # there is nothing to be shown
                source.found.path(("fields", field.key), "form.missing-field", key=True, name=field.key)
