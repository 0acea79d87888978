"""An entity with a field of every type, its records, and conditions drawn at random over all of them."""
# ruff: noqa: E501 - a field stands on one line of YAML, as people write it

from __future__ import annotations

import random
from typing import Any

from marshmallow import ValidationError

from engine.services.registries.conditions import Condition, Day, Group, Written, normal, offered, takes_days
from tests.services import world

OPTIONS = "options: {wood: {kk: Ағаш, ru: Дерево}, metal: {kk: Металл, ru: Металл}}"
TYPES = {
    "text": "", "longtext": "", "integer": "", "decimal": "places: 3", "percent": "", "money": "", "yesno": "",
    "date": "", "datetime": "", "time": "", "duration": "", "period": "", "choice": OPTIONS, "rating": "", "phone": "",
    "email": "", "url": "", "colour": "", "bin": "", "iin": "", "iban": "", "address": "", "json": "", "geo": "",
    "file": "", "image": "", "files": "", "role": "", "user": "", "unit": "",
}
MORE = {
    "translated": "type: text, translated: yes",
    "sealed": "type: text, encrypted: yes",
    "chosen": f"type: choice, multiple: yes, {OPTIONS}",
    "supplier": "type: link, to: lab.supplier",
    "either": "type: link, to: [lab.supplier, lab.item]",
    "many": "type: links, to: lab.item",
    "doubled": "type: integer, value: integer_one * 2",
}
LINES = """
  lines:
    type: rows
    title: {kk: Жолдар, ru: Строки}
    fields:
      label: {type: text, max: 40, title: {kk: Белгі, ru: Метка}}
      item: {type: link, to: lab.item, title: {kk: Тауар, ru: Товар}}
      share: {type: decimal, places: 2, title: {kk: Үлес, ru: Доля}}
      text_one: {type: text, max: 40, title: {kk: Мәтін, ru: Текст}}
"""


def _field(key: str, kind: str) -> str:
    return f"  {key}: {{{kind}, title: {{kk: Өріс {key}, ru: Поле {key}}}}}"


FIELDS = [_field(f"{name}_one", ", ".join(filter(None, (f"type: {name}", more)))) for name, more in TYPES.items()]
FIELDS += [_field(key, kind) for key, kind in MORE.items()]
ZOO = {
    "metadata/lab/zoo.yaml": "entity: lab.zoo\nkind: reference\ntitle: {kk: Бақ, ru: Зоопарк}\nplural: {kk: Бақтар, ru: Зоопарки}\n"
    'display: "{text_one}"\nfields:\n' + "\n".join(FIELDS) + LINES + "access:\n  owner: {can: ALL}\n"
}
TEXTS = ["Әсем", "әсем", "100% таза", "O'Neil \"x\"", "екі\\бір", "Ёлка"]


def fill(office: Any, count: int, seed: int) -> dict[str, list[str]]:
    """Records with many ties and empty values. Gives ids that conditions may name, by entity."""
    chance = random.Random(seed)
    suppliers = [office.create("lab.supplier", {"name": n, "area": a}) for n, a in (("Қара", "wood"), ("ақ", None))]
    items = [office.create("lab.item", {"name": n, "price": p}) for n, p in (("Тақтай", "1.5"), ("Шеге", None))]
    ids = {"lab.supplier": [str(r.id) for r in suppliers], "lab.item": [str(r.id) for r in items],
           "system.user": [str(office.owner.user_id)], "system.unit": [str(office.id)]}
    fields = office.site.catalog.entity("lab.zoo").fields
    samples = {key: f.kind.sample(f) for key, f in fields.items() if f.is_input and not f.fields}
    raws = [_raw(chance, ids, samples) for _ in range(count)]
    from engine.services import records

    office.write(office.system, lambda uow: records.create_many(uow, "lab.zoo", raws))
    return ids


def _raw(chance: random.Random, ids: dict[str, list[str]], samples: dict[str, Any]) -> dict[str, Any]:
    def some(value: Any) -> Any:
        return None if chance.random() < 0.3 else value

    pick = chance.choice
    found = {key: some(value) for key, value in samples.items() if value is not None}
    found |= {
        "text_one": some(pick(TEXTS)), "longtext_one": some(pick(TEXTS)), "integer_one": some(pick([-5, 0, 7, 12])),
        "decimal_one": some(pick(["-1.125", "0", "7.5"])), "money_one": some(pick(["0.10", "1000", "-3"])),
        "yesno_one": some(pick([True, False])), "date_one": some(pick(["2026-03-01", "2026-03-02", "2026-03-09"])),
        "datetime_one": some(pick(["2026-03-01T10:00:00Z", "2026-03-02T23:30:00Z"])),
        "time_one": some(pick(["09:00", "14:30"])), "duration_one": some(pick([30, 90])),
        "period_one": some(pick([{"kind": "month", "start": "2026-02-01"}, {"kind": "quarter", "start": "2026-01-01"}])),
        "choice_one": some(pick(["wood", "metal"])), "chosen": pick([[], ["wood"], ["wood", "metal"]]),
        "translated": some({"kk": pick(TEXTS), "ru": pick(TEXTS)}), "sealed": some(pick(TEXTS)),
        "supplier": some(pick(ids["lab.supplier"])), "many": pick([[], ids["lab.item"][:1], ids["lab.item"]]),
        "either": some({"entity": "lab.item", "id": pick(ids["lab.item"])}), "user_one": some(ids["system.user"][0]),
        "unit_one": some(ids["system.unit"][0]), "role_one": some(pick(["owner", "reader"])),
        "lines": [{"label": some(pick(TEXTS)), "item": some(pick(ids["lab.item"])), "share": some("0.5"),
                   "text_one": some(pick(TEXTS))} for _ in range(chance.randint(0, 2))],
    }
    return found


def world_files() -> dict[str, bytes]:
    return world.files(ZOO)


def _suits(f: Any, text: str) -> bool:
    try:
        return bool(f.kind.filter_values(f, "is", [text], "ru"))
    except (KeyError, ValidationError):
        return False


class Drawn:
    """Conditions over every place that the view's actor is offered."""

    def __init__(self, view: Any, ids: dict[str, list[str]], seed: int):
        self.view, self.ids, self.chance = view, ids, random.Random(seed)
        self.entity = view.catalog.entity("lab.zoo")
        self.places = [place for _, places in offered(view, self.entity) for place in places]

    def every(self) -> list[Condition]:
        """One condition for each place and operator, two for those that answer yes or no."""
        found = []
        for place in self.places:
            for operator in place.field.kind.operators_for(place.field):
                if operator.takes == "yesno":
                    found += [Condition(place.path, operator.name, (yes,)) for yes in (True, False)]
                    continue
                values = self.values(place.field, operator)
                if values:
                    found.append(Condition(place.path, operator.name, values))
        return found

    def values(self, f: Any, operator: Any) -> tuple[Any, ...]:
        texts = self.texts(f)
        if operator.takes == "text":
            return tuple(f.kind.filter_values(f, operator.name, [self.chance.choice(TEXTS)[:4]], "ru"))
        if not texts:
            return ()
        many = operator.values or self.chance.randint(1, 3)
        chosen = [self.chance.choice(texts) for _ in range(many)]
        return tuple(f.kind.filter_values(f, operator.name, chosen, "ru"))

    def texts(self, f: Any) -> list[str]:
        """What a filter of the field may be given, as URLs hold it."""
        sought = f.kind.sought(f)
        targets = f.kind.targets(f)
        if targets:
            return [f"{t}:{i}" if len(targets) > 1 else i for t in targets for i in self.ids.get(t, [])]
        if f.kind.searchable:
            return [text for text in (*TEXTS, str(sought.kind.sample(sought))) if _suits(f, text)]
        extra = {"integer": ["-5", "7"], "decimal": ["-1.125", "7.5"], "money": ["0.1", "1000"]}
        sample = sought.kind.sample(sought)
        raws = [] if sample is None else [sample]
        read = [f.kind.filter_text(f, sought.kind.schema(sought).deserialize(raw)) for raw in raws]
        found = read + extra.get(str(f.kind.name), []) + (["owner"] if f.kind.dictionary(f) else [])
        return [text for text in found if _suits(f, text)]

    def tree(self, depth: int = 0) -> Group:
        """A tree of up to three levels, as the builder may hold it."""
        parts: list[Any] = []
        for _ in range(self.chance.randint(1, 3)):
            roll = self.chance.random()
            if roll < 0.25 and depth < 2:
                parts.append(self.tree(depth + 1))
            elif roll < 0.3:
                parts.append(Written("sum(lines.share) > 0.2"))
            else:
                parts.append(self.chance.choice(self._every))
        return normal(Group(self.chance.choice(["all", "any", "none"]), tuple(parts)))

    @property
    def _every(self) -> list[Condition]:
        if not hasattr(self, "_kept"):
            days = [Condition(p.path, "lt", (Day(shift),)) for p in self.places if takes_days(p.field)
                    for shift in (0, 7, -30)]
            self._kept = self.every() + days
        return self._kept
