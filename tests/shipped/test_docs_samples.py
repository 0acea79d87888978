"""Every whole YAML file that a page of docs shows loads over the shipped modules, and what it lays out draws."""

from __future__ import annotations

import re

import pytest

from engine.loading import load_files
from tests.conftest import ROOT
from tests.docs.page import blocks
from tests.shipped.conftest import FILES
from tests.shipped.test_pages import draws

FIRST = re.compile(r"^(?P<kind>entity|dictionary|form|registry|grid|home|schedule|policy): *(?P<address>[a-z0-9_.]+)$")
PLACES = {
    "form": "forms/{module}/{name}{variant}.form.yaml", "registry": "forms/{module}/{name}{variant}.registry.yaml",
    "grid": "forms/{module}/{name}.grid.yaml", "home": "forms/{module}/{name}.home.yaml",
    "entity": "metadata/{module}/{name}.yaml", "dictionary": "metadata/{module}/{name}.yaml",
    "schedule": "metadata/{module}/{name}.yaml", "policy": "metadata/{module}/policies/{name}.yaml",
}


def samples() -> list:
    """(file, kind, address, text) of every whole file, marked `file=...` or told by its first key."""
    found = []
    for path in sorted((ROOT / "docs").glob("*.md")):
        for number, block in enumerate(b for b in blocks(path) if b.language == "yaml"):
            first = next((line for line in block.text.splitlines() if line and not line.startswith("#")), "")
            said = FIRST.match(first.split("  #")[0].rstrip())
            if said is None or said["kind"] not in PLACES or "." not in said["address"]:
                continue
            mark = block.mark.removeprefix("file=")
            module, _, name = said["address"].partition(".")
            variant = ".sample" if re.search(r"^for:", block.text, re.M) else ""
            file = mark or PLACES[said["kind"]].format(module=module, name=name, variant=variant)
            name = f"{path.stem}-{number}-{file}"
            found.append(pytest.param(file, said["kind"], said["address"], block.text, id=name))
    return found


SAMPLES = samples()


def catalog_with(file: str, text: str):
    # First pages name views of the lists that a sample may take the place of.
    others = {k: v for k, v in FILES.items() if not (k.endswith(".home.yaml") and file.endswith(".registry.yaml"))}
    loaded = load_files({**others, file: text.encode()}, revision=1)
    assert not loaded.errors, "\n".join(str(problem) for problem in loaded.errors)
    return loaded.catalog


@pytest.mark.parametrize(("file", "kind", "address", "text"), SAMPLES)
def test_a_sample_of_the_docs_loads_and_draws(school, monkeypatch, file, kind, address, text):
    catalog = catalog_with(file, text)
    # What only lays out needs no other tables: the served Catalog may give way to the sample's for a moment. What is
    # drawn does not depend on the database.
    if kind not in ("form", "registry", "home", "grid") or school.site.database.dialect != "sqlite":
        return
    if kind in ("form", "registry") and address not in school.site.catalog.entities:
        return
    record = school.sampler.record(address) if kind == "form" else None  # made of what is published
    monkeypatch.setattr(school.site.holder, "_catalog", catalog)
    monkeypatch.setattr(school.site.holder, "current", lambda number: catalog)  # nobody looks for a newer revision now
    role = "administrator"
    if kind in ("form", "registry"):
        entity = catalog.entity(address)
        layouts = (catalog.forms if kind == "form" else catalog.registries)[address]
        layout = next((each for each in layouts if each.key == "sample"), layouts[-1])
        able = [r for r in sorted(layout.roles or ("administrator", *entity.access)) if r in entity.access
                and {"read", "create"} <= entity.access[r].can]
        role = "administrator" if "administrator" in able else next(iter(able), None)
        assert role, f"no role may see what {file} lays out"
    for language in ("kk", "ru"):
        if kind == "registry":
            for view in ("", *(f"?view={key}" for key in layout.views)):
                draws(school, role, f"{entity.url}{view}", language)
        elif kind == "form":
            for path in (f"{entity.url}/new", f"{entity.url}/{record.id}"):
                draws(school, role, path, language)
        else:
            draws(school, role, "/", language)


def test_a_sample_that_is_wrong_is_caught():
    with pytest.raises(AssertionError, match=r"nonsense"):
        catalog_with("forms/accounting/invoice.form.yaml",
                     "form: accounting.invoice\nsections:\n  main: {rows: [[nonsense]]}\n")
