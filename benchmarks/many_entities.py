"""A folder with many valid entities, to measure how long checking and starting take.

python benchmarks/many_entities.py DIR [--count 500] [--measure]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

MODULES = 10
ENTITY = """\
entity: {module}.thing{number}
kind: {kind}
title: {{kk: Зат {number}, ru: Вещь {number}, en: Thing {number}}}
display: "{{name}}"
search: [name, note]
fields:
  name: {{type: text, required: yes, max: 200, title: {{kk: Атауы, ru: Название}}}}
  note: {{type: longtext, max: 2000, title: {{kk: Ескертпе, ru: Примечание}}}}
  owner_unit: {{type: unit, title: {{kk: Бөлімше, ru: Подразделение}}}}
  kind_of_thing:
    type: choice
    options: {{small: {{kk: кіші, ru: малая}}, large: {{kk: үлкен, ru: большая}}}}
    default: small
    title: {{kk: Түрі, ru: Вид}}
  other: {{type: link, to: {module}.thing{other}, title: {{kk: Басқасы, ru: Другая}}}}
  begun: {{type: date, default: =today, title: {{kk: Басталуы, ru: Начало}}}}
  ended: {{type: date, min: =begun, visible_when: not empty(begun), title: {{kk: Аяқталуы, ru: Конец}}}}
  lines:
    type: rows
    title: {{kk: Жолдар, ru: Строки}}
    fields:
      quantity: {{type: decimal, places: 3, min: 0, default: 1, title: {{kk: Саны, ru: Количество}}}}
      price: {{type: money, title: {{kk: Бағасы, ru: Цена}}}}
      amount: {{type: money, value: "round(quantity * price, 2)", title: {{kk: Сомасы, ru: Сумма}}}}
  total: {{type: money, value: sum(lines.amount), title: {{kk: Барлығы, ru: Итого}}}}
  large: {{type: yesno, value: total > 1000 and kind_of_thing == "large", title: {{kk: Қымбат, ru: Дорогая}}}}
rules:
  in_order:
    check: ended >= begun
    message: {{kk: Аяқталуы басталуынан бұрын, ru: Конец раньше начала}}
access:
  administrator: {{can: [read, create, edit, archive, restore]}}
  methodist: {{can: [read], where: kind_of_thing == "small"}}
"""
SYSTEM = {
    "metadata/system/_module.yaml": "module: system\ntitle: {kk: Жүйе, ru: Система}\n",
    "metadata/system/unit.yaml": "entity: system.unit\nkind: reference\ntree: yes\n"
    "title: {kk: Бөлімше, ru: Подразделение}\n"
    "fields:\n  name: {type: text, title: {kk: Атауы, ru: Название}}\n",
    "metadata/system/user.yaml": "entity: system.user\nkind: reference\ntitle: {kk: Пайдаланушы, ru: Пользователь}\n"
    "fields:\n  login: {type: text, title: {kk: Логині, ru: Логин}}\n",
}


def many_entities(count: int) -> dict[str, bytes]:
    """Path -> content of a set with `count` entities of ten fields, besides two of the system."""
    files = dict(SYSTEM)
    for index in range(MODULES):
        files[f"metadata/many{index}/_module.yaml"] = (
            f"module: many{index}\ntitle: {{kk: Көп {index}, ru: Много {index}}}\n"
        )
    for number in range(count):
        module = f"many{number % MODULES}"
        other = (number + MODULES) % count // MODULES * MODULES + number % MODULES
        other = other if other < count else number
        kind = "document" if number % 5 == 0 else "reference"
        text = ENTITY.format(module=module, number=number, other=other, kind=kind)
        files[f"metadata/{module}/thing{number}.yaml"] = text
    return {name: text.encode() for name, text in files.items()}


def write(folder: Path, count: int) -> None:
    for name, content in many_entities(count).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def measure(count: int, rounds: int = 3) -> dict[str, float]:
    """Seconds of a full check and of loading a stored set: the best of some rounds, imports not counted."""
    from engine.hooks import registry
    from engine.loading import load_files

    registry()
    files = many_entities(count)
    best: dict[str, float] = {}
    for name, trusted in (("check", False), ("start", True)):
        for _ in range(rounds):
            started = time.perf_counter()
            loaded = load_files(files, trusted=trusted)
            spent = time.perf_counter() - started
            best[name] = min(best.get(name, spent), spent)
            if loaded.catalog is None:
                raise SystemExit("\n".join(problem.line_text("en") for problem in loaded.problems[:20]))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--measure", action="store_true")
    args = parser.parse_args()
    if args.folder:
        write(args.folder, args.count)
        print(f"{args.count} entities in {args.folder}")
    if args.measure:
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
        print({name: round(seconds, 3) for name, seconds in measure(args.count).items()})


if __name__ == "__main__":
    main()
