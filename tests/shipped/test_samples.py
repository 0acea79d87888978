"""Every shipped entity accepts a sample and refuses it without any one of its required values."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.services import records
from engine.services.examples import run_example
from tests.shipped.conftest import CATALOG, ENTITIES, FILES, LOADED


def test_every_file_loads_without_a_problem():
    assert LOADED.catalog is not None, "\n".join(map(str, LOADED.errors))
    written = {name for name in FILES if name.startswith(("metadata/", "forms/")) and name.endswith(".yaml")}
    forms = sum(
        1 for each in (*CATALOG.forms.values(), *CATALOG.registries.values()) for one in each if not one.generated
    )
    modules = sum(1 for name in written if name.endswith("/_module.yaml"))
    roles = sum(1 for name in written if name.endswith("/_roles.yaml"))
    grids = sum(map(len, CATALOG.grids.values()))
    others = len(CATALOG.homes) + len(CATALOG.schedules) + len(CATALOG.policies)
    assert len(written) == len(CATALOG.entities) + len(CATALOG.dictionaries) + forms + grids + modules + roles + others
    assert modules == len(CATALOG.modules) and roles >= 1


@pytest.mark.parametrize(("address", "key"), [(e.address, x) for e in CATALOG.entities.values() for x in e.examples])
def test_every_example_holds(address, key):
    entity = CATALOG.entity(address)
    said = list(run_example(CATALOG, entity, entity.examples[key]))
    assert not said, [p.text("en") for p in said]


@pytest.mark.parametrize("address", ENTITIES)
def test_a_sample_is_accepted_and_read_back(school, address):
    record = school.sampler.record(address)
    read = school.site.read(school.system, lambda view: records.read(view, address, record.id))
    assert read.version == 1 and read.display("kk") and read.display("ru"), "a record has a name"
    for f in school.site.catalog.entity(address).fields.values():
        if not f.kind.virtual and not f.kind.secret and not f.is_many and f.stored:
            assert read.values[f.key] == record.values[f.key], f.key


class Undone(Exception):
    """Takes a trial back."""


@pytest.mark.parametrize("address", ENTITIES)
def test_a_record_with_everything_filled_in_is_accepted(school, address):
    school.sampler.record(address)
    raw = school.sampler.raw(address, full=True)
    entity = school.site.catalog.entity(address)
    filled = {f.key for f in entity.input_fields if raw.get(f.key) not in (None, [])}
    assert len(filled) * 2 >= len([f for f in entity.input_fields if f.kind.upload(f) is None]), (
        f"only {sorted(filled)}"
    )

    def trial(uow):
        records.create(uow, address, raw)
        raise Undone

    try:
        with pytest.raises(Undone):
            school.site.write(school.system, trial)
    except Invalid as refusal:
        assert {p.code.split(".")[0] for p in refusal.problems} == {"unique"}, refusal


def required(fields, path=""):
    """Paths of fields that must be filled in, those in the first row of rows too."""
    for f in fields:
        if f.required:
            yield f"{path}{f.key}"
        if f.kind.by_line and (f.required or f.options.get("min")):
            yield from required([i for i in f.fields.values() if i.is_input], f"{path}{f.key}[0].")


def without(raw, path):
    """`raw` with an empty value at `path`."""
    step, _, rest = path.partition(".")
    key, _, index = step.partition("[")
    if not rest:
        return {**raw, key: None}
    rows = [dict(row) for row in raw[key]]
    rows[int(index.rstrip("]"))] = without(rows[int(index.rstrip("]"))], rest)
    return {**raw, key: rows}


@pytest.mark.parametrize("address", ENTITIES)
def test_each_missing_required_value_is_refused_at_its_place(school, address):
    entity = school.site.catalog.entity(address)
    school.sampler.record(address)
    raw = school.sampler.raw(address)
    for path in required(entity.input_fields):
        draft = school.site.read(
            school.system, lambda view, path=path: records.preview(view, address, without(raw, path))
        )
        assert (path, "field.required") in {(p.path, p.code) for p in draft.problems}, path
        with pytest.raises(Invalid) as refused:
            school.site.write(school.system, lambda uow, path=path: records.create(uow, address, without(raw, path)))
        assert (path, "field.required") in {(p.path, p.code) for p in refused.value.problems}
        said = next(p for p in refused.value.problems if p.path == path)
        assert all(said.text(language) for language in ("kk", "ru", "en"))
