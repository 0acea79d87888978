"""The schemas: valid themselves, equal to the fast reader, published for editors, and the source of the reference."""

from __future__ import annotations

import json
import random
from pathlib import Path

import jsonschema
import pytest

from engine.cli.main import main
from engine.loading.nodes import Mapping, Node, Scalar, Sequence
from engine.loading.patterns import pattern_fault
from engine.loading.problems import Collector
from engine.loading.reading import NOTHING, plain
from engine.loading.reference import reference
from engine.loading.schemas import FILES, published_schema, reader, strict_schema
from engine.loading.strict import read

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(__file__).parent / "samples"
SHIPPED = {
    "entity": ROOT / "metadata/directory/employee.yaml", "form": ROOT / "forms/directory/employee.form.yaml",
    "registry": ROOT / "forms/directory/employee.registry.yaml", "module": ROOT / "metadata/system/_module.yaml",
    "roles": ROOT / "metadata/system/_roles.yaml", "dictionary": ROOT / "metadata/system/sex.yaml",
}


@pytest.mark.parametrize("kind", FILES)
def test_schemas_are_valid_themselves(kind):
    jsonschema.Draft202012Validator.check_schema(strict_schema(kind))
    jsonschema.Draft202012Validator.check_schema(published_schema(kind))


@pytest.mark.parametrize("kind", FILES)
def test_published_schemas_accept_what_editors_see(kind):
    import yaml

    seen = yaml.safe_load((SAMPLES / f"{kind}.good.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(published_schema(kind)).validate(json.loads(json.dumps(seen, default=str)))


@pytest.mark.parametrize("kind", FILES)
def test_bad_samples_that_the_schema_can_see_are_refused_by_both(kind):
    """Keys and values; what only the compiler knows (names of other files) is no matter of schemas."""
    text = (SAMPLES / f"{kind}.bad.yaml").read_text(encoding="utf-8").replace("  note: {kk: Ескертпе}\n", "")
    root = read(text.encode(), Collector("a.yaml"))
    assert root is not None
    assert ours(kind, root) == theirs(kind, root)


def ours(kind: str, root: Node) -> bool:
    found = Collector("a.yaml")
    value = reader(kind)(root, (), found)
    return value is not NOTHING and not found.problems


def theirs(kind: str, root: Node) -> bool:
    return jsonschema.Draft202012Validator(strict_schema(kind)).is_valid(typed(root, kind))


def typed(node: Node, kind: str) -> object:
    """The tree as the reader's coercion makes it, without its judgement: every text that some schema could read so."""
    found = Collector("a.yaml")
    value = reader(kind)(node, (), found)
    return overlay(plain(node), value if value is not NOTHING else None)


def overlay(raw: object, read_value: object) -> object:
    """What was read where it was read, what was written where it was not."""
    if isinstance(raw, dict) and isinstance(read_value, dict):
        return {key: overlay(value, read_value.get(key)) for key, value in raw.items()}
    if isinstance(raw, list) and isinstance(read_value, list) and len(raw) == len(read_value):
        return [overlay(a, b) for a, b in zip(raw, read_value, strict=True)]
    if read_value is None or isinstance(raw, (dict, list)):
        return raw
    return float(read_value) if type(read_value).__name__ == "Decimal" else read_value


def mutated(node: Node, drawn: random.Random) -> str:
    """Spoil one place of the tree; the name of what was done."""
    nodes: list[Node] = []

    def gather(each: Node) -> None:
        nodes.append(each)
        if isinstance(each, Mapping):
            for _, value in each.entries.values():
                gather(value)
        elif isinstance(each, Sequence):
            for item in each.items:
                gather(item)

    gather(node)
    chosen = drawn.choice(nodes)
    if isinstance(chosen, Mapping):
        key = Scalar(drawn.choice(["colour", "Name", "9x", "type", "title", "min", "fields"]), 1, 1, True, 0)
        if drawn.random() < 0.4 and chosen.entries:
            del chosen.entries[drawn.choice(list(chosen.entries))]
            return "key removed"
        chosen.entries[key.text] = (key, Scalar(drawn.choice(["x", "yes", "12", "1.5", "text", "a b"]), 1, 1, True, 0))
        return "key added"
    if isinstance(chosen, Sequence):
        chosen.items.append(Scalar(drawn.choice(["x", "12", "read"]), 1, 1, True, 0))
        return "item added"
    assert isinstance(chosen, Scalar)
    chosen.text = drawn.choice(["", "yes", "maybe", "-1", "99999999", "12.5", "X", "a.b", "[", "x" * 3000, "document"])
    chosen.plain = bool(chosen.text)
    return "value changed"


@pytest.mark.parametrize("kind", SHIPPED)
def test_the_fast_reader_and_jsonschema_agree_on_spoiled_files(kind):
    """jsonschema is the arbiter: 150 spoiled versions of a real file, most refused, some still good."""
    validator = jsonschema.Draft202012Validator(strict_schema(kind))
    drawn, verdicts, done = random.Random(kind), {True: 0, False: 0}, {}
    for _ in range(150 if kind != "entity" else 60):
        root = read(SHIPPED[kind].read_bytes(), Collector("a.yaml"))
        assert root is not None
        what = mutated(root, drawn)
        mine = ours(kind, root)
        if mine != validator.is_valid(typed(root, kind)) and not only_ours(kind, root):
            problems = Collector("a.yaml")
            reader(kind)(root, (), problems)
            raise AssertionError((what, mine, [p.line_text("en") for p in problems.problems]))
        verdicts[mine] += 1
        done[what] = done.get(what, 0) + 1
    assert verdicts[False] > 10 and len(done) >= 3, (verdicts, done)


def only_ours(kind: str, root: Node) -> bool:
    """What the reader refuses on top of the schema: nothing written, a pattern that would take hours."""
    found = Collector("a.yaml")
    reader(kind)(root, (), found)
    return {problem.code for problem in found.problems} <= {"value.nothing", "pattern.slow", "pattern.syntax"}


def test_every_pattern_of_the_schemas_is_anchored_and_linear():
    patterns = set()

    def gather(part: object) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("pattern"), str):
                patterns.add(part["pattern"])
            for value in part.values():
                gather(value)
        elif isinstance(part, list):
            for value in part:
                gather(value)

    for kind in FILES:
        gather(strict_schema(kind))
    assert len(patterns) > 5
    assert [p for p in patterns if not (p.startswith("^") and p.endswith("$"))] == []


@pytest.mark.parametrize(("pattern", "fault"), [
    ("[A-Za-z0-9-]+", None), (r"(\d{2}-){3}\d+", None), ("(a+)+b", "pattern.slow"), ("(ab?)+", "pattern.slow"),
    (r"(a)\1", "pattern.slow"), ("[", "pattern.syntax"), ("(?:x{2,3})*", "pattern.slow"),
])
def test_patterns_that_take_hours_are_known(pattern, fault):
    assert pattern_fault(pattern) == fault


def test_the_reference_is_what_the_schemas_say():
    told = (ROOT / "docs/metadata-reference.md").read_text(encoding="utf-8")
    assert told == reference(), "run: qurastyr schema --markdown > docs/metadata-reference.md"


def test_schemas_are_written_for_editors(tmp_path, capsys):
    assert main(["schema", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{kind}.schema.json" for kind in FILES)
    entity = json.loads((tmp_path / "entity.schema.json").read_text(encoding="utf-8"))
    assert entity["$schema"].endswith("2020-12/schema")
    assert not any(key.startswith("x-") for key in json.dumps(entity).split('"'))
    capsys.readouterr()


def test_an_unknown_kind_is_told_with_the_nearest_one(capsys):
    assert main(["schema", "entiti"]) == 1
    assert "did you mean `entity`" in capsys.readouterr().err
