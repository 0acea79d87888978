"""Every shipped form and registry draws, for the roles it is made for, in Kazakh and Russian."""

from __future__ import annotations

import re

import pytest

from tests.shipped.conftest import CATALOG, ENTITIES, FULL, languages

UNTRANSLATED = re.compile(r"%\([a-z_]+\)s|\bNone\b|&lt;engine\.|\bundefined\b|\{\{|\{%")
"""What a page holds only by mistake: an unfilled sentence, an empty value said in Python, a template left as it is."""


def draws(school, role, path, language):
    client = school.app.test_client()
    client.set_cookie("sid", school.tokens[role])
    client.set_cookie("lang", language)
    answer = client.get(path)
    assert answer.status_code == 200, f"{path} as {role}: {answer.status_code}"
    page = answer.text
    assert f'lang="{language}"' in page, path
    assert not (found := UNTRANSLATED.search(page)), f"{path}: {page[max(found.start() - 200, 0) : found.end() + 50]}"
    return page


def said(text, language):
    from markupsafe import escape

    return str(escape(text.in_(language)))


@pytest.mark.parametrize("address", ENTITIES)
def test_the_pages_of_an_entity_draw_for_its_keeper(school, address):
    entity = school.site.catalog.entity(address)
    record = school.sampler.record(address)
    role = next((r for r in ("administrator", *entity.access) if {"read", "create"} <= entity.access[r].can), None)
    assert role, "nobody can make one"
    for language in languages(address):
        page = draws(school, role, entity.url, language)
        titles = [r.title or entity.plural for r in school.site.catalog.registries[address]]
        assert any(said(title, language) in page for title in titles)
        page = draws(school, role, f"{entity.url}/{record.id}", language)
        shown = [f for f in entity.input_fields if f.required and not f.is_many and f.visible_when is None]
        missing = [f.key for f in shown if said(f.title, language) not in page]
        assert not missing, f"labels of {missing} are not on the card"
        draws(school, role, f"{entity.url}/new", language)


LAYOUTS = [
    *(
        (f"{a}.{f.key or 'main'}.form", a, f, False)
        for a, forms in CATALOG.forms.items()
        for f in forms
        if not f.generated
    ),
    *(
        (f"{a}.{r.key or 'main'}.registry", a, r, True)
        for a, them in CATALOG.registries.items()
        for r in them
        if not r.generated
    ),
]


@pytest.mark.parametrize(("name", "address", "layout", "is_registry"), LAYOUTS, ids=[each[0] for each in LAYOUTS])
def test_a_layout_draws_for_every_role_that_it_is_for(school, name, address, layout, is_registry):
    entity = school.site.catalog.entity(address)
    readers = [
        r for r in sorted(layout.roles or entity.access) if r in entity.access and "read" in entity.access[r].can
    ]
    assert readers, f"{name} is for roles that cannot read {address}"
    record = school.sampler.record(address)
    for role in readers if FULL else readers[:2]:
        for language in languages(f"{name} {role}"):
            if is_registry:
                page = draws(school, role, entity.url, language)
                if layout.roles:
                    assert said(layout.title or entity.plural, language) in page, "another registry was drawn"
            elif entity.access[role].where is None:
                draws(school, role, f"{entity.url}/{record.id}", language)
            if "create" in entity.access[role].can and not is_registry:
                draws(school, role, f"{entity.url}/new", language)


@pytest.mark.parametrize("role", sorted(CATALOG.roles))
def test_the_home_page_and_the_menu_of_every_role(school, role):
    from engine.services.access import visible_entities

    for language in languages(role):
        page = draws(school, role, "/", language)
        seen = visible_entities(school.site.catalog, school.people[role])
        assert seen and any(e.url in page for e in seen)
        hidden = [e for e in school.site.catalog.entities.values() if e not in seen]
        assert not [e.url for e in hidden if f'href="{e.url}"' in page], "the menu shows what may not be read"
