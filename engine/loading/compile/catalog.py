"""All sources into one Catalog: names first, then fields, then the rules over them, then what is made of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from engine.expression import Rule
from engine.hooks import registry as hooks
from engine.loading.compile.builtin import OPEN_TO_PEOPLE, builtin_declarations
from engine.loading.compile.checking import check_fields, check_whole
from engine.loading.compile.computed import Computed
from engine.loading.compile.drafts import Draft, Drafting, check_name
from engine.loading.compile.entities import Describing
from engine.loading.compile.forms import Forms
from engine.loading.compile.generated import generated_form, generated_registry
from engine.loading.compile.grids import grids_of
from engine.loading.compile.homes import Homes
from engine.loading.compile.layouts import Layouts
from engine.loading.compile.lists import dictionaries_of, modules_of, roles_of, terms_of
from engine.loading.compile.policies import policies_of
from engine.loading.compile.rules import Rules, with_changes
from engine.loading.compile.schedules import schedules_of
from engine.loading.compile.scopes import Scopes
from engine.loading.compile.sortable import sortable_fields
from engine.loading.compile.sugar import Desugaring
from engine.loading.source import Source
from engine.model.catalog import Catalog
from engine.model.entity import Entity
from engine.model.field import Field
from engine.model.form import Form
from engine.model.layout import Registry

Drafts = dict[str, Draft]


def compile_catalog(sources: Iterable[Source], revision: int, digest: str, trusted: bool = False) -> Catalog:
    """The Catalog of these sources. Problems go to each source's collector; with an error the result is not for use."""
    by_kind: dict[str, list[Source]] = {}
    for source in sources:
        by_kind.setdefault(source.kind, []).append(source)
    terms = terms_of(by_kind.get("terms", ()))
    roles = roles_of(by_kind.get("roles", ()))
    modules = modules_of(by_kind.get("module", ()))
    dictionaries = dictionaries_of(by_kind.get("dictionary", ()))
    kinds = hooks().field_types.parts

    entity_sources = {source.address: source for source in by_kind.get("entity", ())}
    drafts = {address: _drafts(source, kinds, terms) for address, source in entity_sources.items()}
    desugaring = Desugaring(drafts, kinds)
    for each in _every(drafts):
        desugaring.settle(each)

    rules = Rules(Scopes(drafts), trusted)
    _settle_values(drafts, rules)
    if not trusted:
        check_fields(drafts, dictionaries, entity_sources)
    describing = {
        address: Describing(source, drafts[address], drafts, rules, roles) for address, source in entity_sources.items()
    }
    sortable = sortable_fields(entity_sources, by_kind.get("registry", ()), by_kind.get("grid", ()), drafts)
    entities: dict[str, Entity] = {}
    for address, one in describing.items():
        fields = {
            key: _finished(draft, rules, sortable.get(address, frozenset())) for key, draft in drafts[address].items()
        }
        entities[address] = one.entity(MappingProxyType(fields))

    forms = _layouts(by_kind.get("form", ()), describing, roles)
    registries = _layouts(by_kind.get("registry", ()), describing, roles)
    lists = {a: _with_main(registries.get(a, []), e, generated_registry) for a, e in entities.items()}
    homes = Homes(describing, entities, lists, roles, rules)
    pages = sorted((homes.home(source) for source in by_kind.get("home", ())), key=lambda p: (p.order, p.address))
    catalog = Catalog(
        revision=revision,
        digest=digest,
        modules=modules,
        roles=roles,
        entities=MappingProxyType(entities),
        dictionaries=dictionaries,
        terms=terms,
        grids=grids_of(by_kind.get("grid", ()), describing, roles, dictionaries, kinds, terms),
        forms=MappingProxyType({a: _with_main(forms.get(a, []), e, generated_form) for a, e in entities.items()}),
        registries=MappingProxyType(lists),
        homes=MappingProxyType({page.address: page for page in pages}),
        schedules=schedules_of(by_kind.get("schedule", ()), hooks().job_handlers.parts),
        policies=policies_of(by_kind.get("policy", ()), describing, roles, rules),
    )
    if not trusted:
        check_whole(catalog, by_kind, forms)
    return catalog


def _drafts(source: Source, kinds: Mapping[str, Any], terms: Mapping[str, Any]) -> Drafts:
    drafting = Drafting(source.address, source.found, kinds, terms)
    declared = source.data.get("fields", {})
    made: Drafts = {}
    for key, own in builtin_declarations(source.address, source.data).items():
        written = declared.get(key)
        declaration = own
        if isinstance(written, Mapping):
            if written.get("type", own["type"]) != own["type"]:
                source.found.path(("fields", key, "type"), "field.builtin-type", name=key, type=own["type"])
            # What a file says about a built-in field is added to it; its type stays.
            declaration = {**own, **written, "type": own["type"]}
        elif isinstance(written, str) and written != own["type"]:
            source.found.path(("fields", key), "field.builtin-type", name=key, type=own["type"])
        draft = drafting.make(key, declaration, ("fields", key), source.address, builtin=key not in OPEN_TO_PEOPLE)
        if draft is not None:
            made[key] = draft
    for key, declaration in declared.items():
        if key in made:
            continue
        path = ("fields", key)
        if not check_name(key, path, source.found, ("owner", "organisation")):
            continue
        if isinstance(declaration, Mapping) and "type" not in declaration:
            source.found.path(path, "key.missing", key=True, name="type")
            continue
        draft = drafting.make(key, declaration, path, source.address)
        if draft is not None:
            made[key] = draft
    return made


def _every(entities: Mapping[str, Drafts]) -> Iterable[Draft]:
    for drafts in entities.values():
        yield from _with_inner(drafts.values())


def _with_inner(drafts: Iterable[Draft]) -> Iterable[Draft]:
    for draft in drafts:
        yield draft
        yield from _with_inner(draft.inner.values())


def _settle_values(drafts: Mapping[str, Drafts], rules: Rules) -> None:
    """Compile every `value` and decide which of them are kept."""
    values: dict[Draft, Rule] = {}
    for draft in _every(drafts):
        if draft.sugar is None and "value" not in draft.declaration:
            continue
        rule = rules.value(draft)
        if rule is not None:
            values[draft] = rule
    computed = Computed(drafts, values)
    for draft, rule in values.items():
        with_changes(draft, {"value": rule, "stored": not computed.is_live(draft)})


def _finished(draft: Draft, rules: Rules, sortable: frozenset[str]) -> Field:
    """The field with all its rules, and those of its rows."""
    changes = (
        {}
        if draft.builtin and not draft.outer and "default" not in draft.declaration and len(draft.declaration) < 3
        else rules.rest(draft)
    )
    if draft.sugar is not None:
        changes["extra"] = {**draft.field.extra, "freeze": draft.sugar.freeze, "taken": draft.sugar.taken}
    if draft.inner:
        changes["fields"] = MappingProxyType(
            {key: _finished(each, rules, frozenset()) for key, each in draft.inner.items()}
        )
    if draft.key in sortable and draft.outer is None and draft.kind.searchable:
        changes["sortable"] = True
    with_changes(draft, changes)
    return draft.field


def _layouts(
    sources: Iterable[Source], describing: Mapping[str, Describing], roles: Mapping[str, Any]
) -> dict[str, list[Any]]:
    made: dict[str, list[Any]] = {}
    for source in sources:
        one = describing.get(source.address)
        if one is None:
            source.found.path(
                (source.kind,), "entity.unknown", word=source.address, among=describing, name=source.address
            )
            continue
        layout = Forms(source, one, roles).form() if source.kind == "form" else Layouts(source, one, roles).registry()
        made.setdefault(source.address, []).append(layout)
    return made


def _with_main(made: list[Any], entity: Entity, generate: Any) -> tuple[Form | Registry, ...]:
    """The most particular first: those for a state, then those for some people; the main one, made where no file
    has it, stands last."""
    special = sorted((each for each in made if each.key), key=_breadth)
    main = [each for each in made if not each.key] or [generate(entity)]
    return (*special, *main)


def _breadth(layout: Form | Registry) -> tuple[bool, bool, str]:
    """What orders layouts of one entity: a state before roles alone, then the name."""
    return getattr(layout, "when", None) is None, not layout.roles, layout.key


def renumbered(catalog: Catalog, revision: int) -> Catalog:
    """The same Catalog under another revision number; what was derived from it is derived anew."""
    return replace(catalog, revision=revision, _derived={})
