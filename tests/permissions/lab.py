"""The metadata of the differential test: fixed fields, and rights drawn at random from rules that the model knows too.

Plain Python and texts of YAML: nothing of the engine is imported here.
"""
# ruff: noqa: E501 - a field stands on one line of YAML, as people write it

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

ROLES = tuple(f"r{n}" for n in range(8))
BASE = "base"
"""Held by everybody wholly and for ever: people and units may be named, and nothing else."""

FIELDS = {
    "lab.klass": ("name", "teacher", "place", "parent"),
    "lab.child": (
        "name",
        "place",
        "klass",
        "keeper",
        "stage",
        "score",
        "note",
        "health",
        "photo",
        "paper",
        "marks",
        "visits",
    ),
    "lab.visit": ("child", "note", "cost", "code"),
    "lab.act": ("date", "child", "place", "sum", "note"),
    "lab.review": ("child", "spring", "autumn"),
}
JOURNAL = ("r6", "r7")
"""Roles that read the journal of their organisation."""
INPUTS = {e: tuple(f for f in fields if f != "visits") for e, fields in FIELDS.items()}
MEDICAL = frozenset({("lab.child", "health"), ("lab.act", "sum")})
UNIT = {"lab.klass": "place", "lab.child": "place", "lab.act": "place", "lab.visit": None, "lab.review": None}
DISPLAY = {"lab.klass": "name", "lab.child": "name", "lab.visit": "child", "lab.act": "note", "lab.review": "child"}
SEARCH = {
    "lab.klass": ("name",),
    "lab.child": ("name", "note"),
    "lab.visit": ("note", "child"),
    "lab.act": ("note",),
    "lab.review": (),
}
TARGETS = {
    ("lab.child", "klass"): "lab.klass",
    ("lab.visit", "child"): "lab.child",
    ("lab.act", "child"): "lab.child",
    ("lab.review", "child"): "lab.child",
    ("lab.klass", "parent"): "lab.klass",
}
RULES = {
    "lab.klass": ("teacher == actor.person", "within(place, actor.units)", "created_by == actor.id"),
    "lab.child": (
        "score > 5",
        'stage == "shut"',
        "keeper == actor.person",
        "klass.teacher == actor.person",
        "created_by == actor.id",
        "place.head == actor.person",
        "within(place, actor.units)",
        "any(visits, cost > 60)",
        'stage == "open" or score > 7',
        "max(marks.points) >= 4",
    ),
    "lab.visit": (
        "child.klass.teacher == actor.person",
        "child.keeper == actor.person",
        "cost > 50",
        "created_by == actor.id",
        "within(child.place, actor.units)",
        'child.stage == "open"',
    ),
    "lab.act": (
        'state == "posted"',
        'state == "draft" and sum > 40',
        "child.keeper == actor.person",
        "place.head == actor.person",
        "created_by == actor.id",
    ),
    "lab.review": ("spring > 2", "child.keeper == actor.person", "child.klass.teacher == actor.person"),
}
VERBS = ("create", "edit", "archive", "restore", "copy", "history", "export", "print", "import", "comment")

ENTITIES = {
    "lab.klass": """
entity: lab.klass
kind: reference
tree: yes
unit: place
title: {kk: Сынып, ru: Класс}
plural: {kk: Сыныптар, ru: Классы}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  teacher: {type: link, to: system.person, title: {kk: Мұғалімі, ru: Учитель}}
  place: {type: link, to: system.unit, title: {kk: Орны, ru: Место}}
""",
    "lab.child": """
entity: lab.child
kind: reference
unit: place
title: {kk: Бала, ru: Ребёнок}
plural: {kk: Балалар, ru: Дети}
display: "{name}"
search: [name, note]
key: [name]
fields:
  name: {type: text, required: yes, max: 80, unique: yes, title: {kk: Аты, ru: Имя}}
  place: {type: link, to: system.unit, title: {kk: Орны, ru: Место}}
  klass: {type: link, to: lab.klass, title: {kk: Сыныбы, ru: Его класс}}
  keeper: {type: link, to: system.person, title: {kk: Қамқоршысы, ru: Опекун}}
  stage: {type: choice, options: {open: {kk: Ашық, ru: Открыто}, shut: {kk: Жабық, ru: Закрыто}}, default: open, title: {kk: Кезең, ru: Этап}}
  score: {type: integer, title: {kk: Ұпай, ru: Баллы}}
  note: {type: text, max: 80, title: {kk: Жазба, ru: Заметка}}
  health: {type: text, max: 80, sensitivity: medical, title: {kk: Денсаулық, ru: Здоровье}}
  photo: {type: image, title: {kk: Сурет, ru: Снимок}}
  paper: {type: file, title: {kk: Құжат, ru: Документ}}
  marks:
    type: rows
    title: {kk: Бағалар, ru: Оценки}
    fields:
      subject: {type: text, max: 40, title: {kk: Пән, ru: Предмет}}
      points: {type: integer, title: {kk: Балл, ru: Балл}}
  visits: {type: backlinks, from: lab.visit, field: child, title: {kk: Келулері, ru: Посещения}}
""",
    "lab.visit": """
entity: lab.visit
kind: reference
title: {kk: Келу, ru: Посещение}
plural: {kk: Келулер, ru: Посещения}
display: "{child}"
search: [note, child]
fields:
  child: {type: link, to: lab.child, title: {kk: Кім, ru: Кто}}
  note: {type: text, max: 80, title: {kk: Жазба, ru: Заметка}}
  cost: {type: money, title: {kk: Құны, ru: Стоимость}}
  code: {type: text, max: 40, unique: yes, title: {kk: Код, ru: Код}}
""",
    "lab.act": """
entity: lab.act
kind: document
unit: place
title: {kk: Акт, ru: Акт}
plural: {kk: Актілер, ru: Акты}
display: "{note}"
search: [note]
number: {pattern: "{yyyy}-{0000}", restart: year, assign: on posting, gaps: never}
fields:
  child: {type: link, to: lab.child, title: {kk: Кім, ru: Кто}}
  place: {type: link, to: system.unit, title: {kk: Орны, ru: Место}}
  sum: {type: money, sensitivity: medical, title: {kk: Сома, ru: Сумма}}
  note: {type: text, max: 80, after_posting: yes, title: {kk: Жазба, ru: Заметка}}
""",
    "lab.review": """
entity: lab.review
kind: reference
title: {kk: Шолу, ru: Обзор}
plural: {kk: Шолулар, ru: Обзоры}
display: "{child}"
fields:
  child: {type: link, to: lab.child, required: yes, unique: yes, title: {kk: Кім туралы, ru: О ком}}
  spring: {type: integer, title: {kk: Көктем, ru: Весна}}
  autumn: {type: integer, title: {kk: Күз, ru: Осень}}
""",
    "lab.setup": """
entity: lab.setup
kind: settings
title: {kk: Баптау, ru: Настройка}
plural: {kk: Баптаулар, ru: Настройки}
fields:
  greeting: {type: text, max: 80, title: {kk: Сәлем, ru: Привет}}
  secret: {type: text, max: 80, title: {kk: Құпия, ru: Секрет}}
""",
}
FORMS = {
    "forms/lab/first.home.yaml": """
home: lab.first
for: {roles: [base]}
blocks:
  children: {type: list, of: lab.child, rows: 5, columns: [name]}
  visits: {type: count, of: lab.visit, title: {kk: Келулер, ru: Посещений}}
""",
    "forms/lab/reviews.grid.yaml": """
grid: lab.reviews
title: {kk: Шолулар, ru: Обзоры}
cells: lab.review
rows: {from: lab.child, sort: [name]}
columns: {fields: [spring, autumn]}
cell: {row: child}
""",
    "forms/lab/visits.grid.yaml": """
grid: lab.visits
title: {kk: Келулер, ru: Посещения}
cells: lab.review
parameters:
  of_klass: {type: link, to: lab.klass, title: {kk: Сынып таңдау, ru: Выбор класса}}
rows: {from: lab.child, where: klass == of_klass, sort: [name]}
columns: {fields: [spring]}
cell: {row: child}
""",
}


@dataclass(frozen=True)
class Right:
    """What one part of a role's access says; `read` and `write` None where the metadata does not say it."""

    role: str
    part: str
    verbs: frozenset[str]
    rule: str
    read: frozenset[str] | None
    write: frozenset[str] | None


@dataclass(frozen=True)
class Lab:
    rights: dict[str, tuple[Right, ...]]
    medical: frozenset[str]
    """Roles that see what is medical where no fields are named."""
    files: dict[str, str]


def draw(random: Random) -> Lab:
    """Rights of every role on every entity, and the files that say so."""
    medical = frozenset(r for r in ROLES if random.random() < 0.5)
    rights = {address: tuple(_rights(random, address, medical)) for address in FIELDS}
    rights["lab.setup"] = (
        Right(ROLES[0], "", frozenset({"read", "create", "edit", "history"}), "", None, None),
        Right(ROLES[1], "", frozenset({"read"}), "", frozenset({"greeting"}), None),
    )
    return Lab(rights, medical, _files(rights, medical))


def _rights(random: Random, address: str, medical: frozenset[str]):
    for role in ROLES:
        if random.random() < 0.25:
            continue
        yield _right(random, address, role, "", role in medical)
        if random.random() < 0.35:
            yield _right(random, address, role, "more", role in medical, must_ask=True)


def _right(random: Random, address: str, role: str, part: str, sees_medical: bool, must_ask: bool = False) -> Right:
    verbs = {"read", *(v for v in VERBS if random.random() < 0.5)}
    if address == "lab.act":
        verbs |= {v for v in ("post",) if random.random() < 0.4}
    rule = random.choice(RULES[address]) if must_ask or random.random() < 0.65 else ""
    asked = frozenset(re.findall("[a-z]+", rule)) & set(FIELDS[address])
    read = write = None
    if random.random() < 0.5 or (not sees_medical and any((address, f) in MEDICAL for f in asked)):
        # A role reads what its rule asks about, or the metadata is refused.
        read = asked | {f for f in FIELDS[address] if random.random() < (0.85 if f == DISPLAY[address] else 0.5)}
    if verbs & {"create", "edit"} and random.random() < 0.4:
        write = frozenset(
            f
            for f in INPUTS[address]
            if f not in ("photo", "paper") and (read is None or f in read) and random.random() < 0.7
        )
    return Right(role, part, frozenset(verbs), rule, read, write)


def _files(rights: dict[str, tuple[Right, ...]], medical: frozenset[str]) -> dict[str, str]:
    roles = "".join(
        f"  {r}: {{title: {{kk: Рөл {r}, ru: Роль {r}}}, sensitivity: {'medical' if r in medical else 'internal'}"
        f"{', journal: organisation' if r in JOURNAL else ''}}}\n"
        for r in (BASE, *ROLES)
    )
    files = {
        "metadata/lab/_module.yaml": "module: lab\ntitle: {kk: Зертхана, ru: Лаборатория}\nrequires: [system]\n",
        "metadata/lab/_roles.yaml": f"roles:\n{roles}",
    }
    for address, text in ENTITIES.items():
        access = "".join(_access(rights[address]))
        files[f"metadata/lab/{address.partition('.')[2]}.yaml"] = f"{text.strip()}\naccess:\n{access or '  {}'}"
    return {**files, **FORMS}


def _access(rights: tuple[Right, ...]):
    for right in rights:
        if not right.part:
            yield f"  {right.role}:\n"
            yield from _body(right, "    ")
            more = [r for r in rights if r.role == right.role and r.part]
            if more:
                yield "    also:\n"
            for one in more:
                yield f"      {one.part}:\n"
                yield from _body(one, "        ")


def _body(right: Right, space: str):
    yield f"{space}can: [{', '.join(sorted(right.verbs))}]\n"
    if right.rule:
        quoted = right.rule.replace("'", "''")
        yield f"{space}where: '{quoted}'\n"
    said = {"read": right.read, "write": right.write}
    parts = [f"{k}: [{', '.join(sorted(v))}]" for k, v in said.items() if v is not None]
    if parts:
        yield f"{space}fields: {{{', '.join(parts)}}}\n"
