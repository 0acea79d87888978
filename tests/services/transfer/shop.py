"""The metadata of a shop: references known by key, people made along the way, documents with rows, every type."""
# ruff: noqa: E501 - a field stands on one line of YAML, as people write it

from __future__ import annotations

from typing import Any

from engine import hooks
from engine.loading.files import read_folder
from engine.model import Field, Text
from tests.conftest import ROOT

ALL = "[read, create, edit, archive, restore, import, history]"
FILES = {
    "metadata/shop/_module.yaml": "module: shop\ntitle: {kk: Дүкен, ru: Магазин}\nrequires: [system]\n",
    "metadata/shop/_roles.yaml": """
roles:
  owner: {title: {kk: Сатушы, ru: Продавец}, sensitivity: medical}
  looker: {title: {kk: Көруші, ru: Смотрящий}, sensitivity: internal}
  writer: {title: {kk: Жазушы, ru: Пишущий}, sensitivity: internal}
  local: {title: {kk: Жергілікті, ru: Местный}, sensitivity: internal}
  stranger: {title: {kk: Бөтен, ru: Посторонний}, sensitivity: internal}
""",
    "metadata/shop/buyer.yaml": f"""
entity: shop.buyer
kind: reference
title: {{kk: Сатып алушы, ru: Покупатель}}
plural: {{kk: Сатып алушылар, ru: Покупатели}}
display: "{{full_name}}"
search: [full_name, iin]
fields:
  last_name: {{type: text, required: yes, max: 80, title: {{kk: Тегі, ru: Фамилия}}}}
  first_name: {{type: text, required: yes, max: 80, title: {{kk: Аты, ru: Имя}}}}
  full_name: {{type: text, value: 'concat(last_name, " ", first_name)', title: {{kk: Аты-жөні, ru: ФИО}}}}
  iin: {{type: iin, unique: yes, title: {{kk: ЖСН, ru: ИИН}}}}
  born: {{type: date, max: =today, title: {{kk: Туған күні, ru: Дата рождения}}}}
  diagnosis: {{type: text, sensitivity: medical, title: {{kk: Диагнозы, ru: Диагноз}}}}
  pass: {{type: secret, title: {{kk: Құпиясөз, ru: Пароль}}}}
  photo: {{type: image, title: {{kk: Суреті, ru: Фото}}}}
access:
  owner: {{can: {ALL}}}
  looker: {{can: [read]}}
  writer: {{can: [read, create, edit, import]}}
  local: {{can: [read], where: born > date("2000-01-01")}}
""",
    "metadata/shop/card.yaml": f"""
entity: shop.card
kind: reference
title: {{kk: Карта, ru: Карта}}
plural: {{kk: Карталар, ru: Карты}}
display: "{{number}}"
search: [number]
key: [number]
fields:
  number: {{type: text, required: yes, unique: yes, max: 20, title: {{kk: Карта нөмірі, ru: Номер карты}}}}
  buyer: {{type: link, to: shop.buyer, required: yes, quick: yes, title: {{kk: Иесі, ru: Владелец}}}}
  level: {{type: choice, default: plain, options: {{plain: {{kk: Қарапайым, ru: Обычная}}, gold: {{kk: Алтын, ru: Золотая}}}}, title: {{kk: Деңгейі, ru: Уровень}}}}
  since: {{type: date, required: yes, title: {{kk: Берілген күні, ru: Дата выдачи}}}}
  active: {{type: yesno, default: yes, title: {{kk: Жарамды, ru: Действует}}}}
  note: {{type: text, max: 200, title: {{kk: Ескерту, ru: Примечание}}}}
access:
  owner: {{can: {ALL}}}
  looker: {{can: [read, create]}}
  writer: {{can: [read, create, import], fields: {{read: [number, buyer, level, since, note], write: [number, buyer, since, note]}}}}
  local: {{can: [read, create, import], where: level == "plain"}}
""",
    "metadata/shop/good.yaml": f"""
entity: shop.good
kind: reference
title: {{kk: Тауар, ru: Товар}}
plural: {{kk: Тауарлар, ru: Товары}}
display: "{{code}} {{name}}"
search: [name, code]
key: [code]
tree: yes
fields:
  code: {{type: text, required: yes, unique: yes, max: 20, title: {{kk: Коды, ru: Код}}}}
  name: {{type: text, required: yes, translated: yes, max: 80, title: {{kk: Атауы, ru: Название}}}}
  price: {{type: money, min: 0, title: {{kk: Бағасы, ru: Цена}}}}
access:
  owner: {{can: {ALL}}}
  looker: {{can: [read]}}
""",
    "metadata/shop/sale.yaml": f"""
entity: shop.sale
kind: document
title: {{kk: Сатылым, ru: Продажа}}
plural: {{kk: Сатылымдар, ru: Продажи}}
display: "№ {{number}}"
search: [number, note]
number: {{pattern: "S-{{0000}}", restart: never, assign: on create, gaps: never}}
fields:
  buyer: {{type: link, to: shop.buyer, required: yes, title: {{kk: Сатып алушы, ru: Покупатель}}}}
  note: {{type: text, max: 100, title: {{kk: Ескерту, ru: Примечание}}}}
  lines:
    type: rows
    min: 1
    title: {{kk: Жолдар, ru: Строки}}
    fields:
      good: {{type: link, to: shop.good, required: yes, title: {{kk: Тауар, ru: Товар}}}}
      quantity: {{type: decimal, places: 3, min: 0, default: 1, required: yes, title: {{kk: Саны, ru: Количество}}}}
      price: {{type: money, default: =good.price, min: 0, required: yes, title: {{kk: Бағасы, ru: Цена}}}}
      amount: {{type: money, value: "round(quantity * price, 2)", title: {{kk: Сомасы, ru: Сумма}}}}
      marks:
        type: rows
        title: {{kk: Таңбалар, ru: Марки}}
        fields:
          mark: {{type: text, required: yes, max: 40, title: {{kk: Таңба, ru: Марка}}}}
  total: {{type: money, value: sum(lines.amount), title: {{kk: Барлығы, ru: Итого}}}}
rules:
  positive: {{check: total > 0, message: {{kk: Сома нөлден артық болуы тиіс, ru: Сумма должна быть больше нуля}}}}
access:
  owner: {{can: {ALL}}}
""",
    "metadata/shop/options.yaml": """
entity: shop.options
kind: settings
title: {kk: Баптау, ru: Настройка}
plural: {kk: Баптаулар, ru: Настройки}
fields:
  name: {type: text}
access:
  owner: {can: [read, create, edit, import]}
""",
}


NEEDS = {
    "choice": "options: {a: {kk: Бірінші, ru: Первый, en: First}, b: {kk: Екінші, ru: Второй, en: Second}}",
    "link": "to: shop.good", "links": "to: shop.good", "period": "unit: month",
}
"""Options without which a type cannot be."""


def comes_in_a_cell(kind: Any) -> bool:
    """May a column hold such a field? Rows come in columns of their own, files and secrets in none."""
    if kind.virtual or kind.internal or kind.compiled_away or kind.secret or kind.by_line:
        return False
    return kind.upload(Field("x", kind, Text("x", "x"), options={"accept": ()})) is None


def everything() -> str:
    """An entity with a field of every type that comes in a cell, so that a new type is tested the day it is born."""
    kinds = hooks.registry().field_types
    lines = [f"  f_{name}: {{type: {name}, {NEEDS.get(name, '')}}}" for name in kinds if comes_in_a_cell(kinds[name])]
    return """
entity: shop.everything
kind: reference
title: {kk: Бәрі, ru: Всё}
plural: {kk: Бәрі, ru: Всё}
display: "{name}"
key: [name]
fields:
  name: {type: text, required: yes, unique: yes, title: {kk: Атауы, ru: Название}}
  words: {type: text, translated: yes, title: {kk: Сөздер, ru: Слова}}
  tags: {type: choice, multiple: yes, options: {x: {kk: Икс, ru: Икс}, y: {kk: Игрек, ru: Игрек}}, title: {kk: Белгілер, ru: Метки}}
""" + "\n".join(line.replace(", }", "}")[:-1] + f", title: {{kk: Өріс {n}, ru: Поле {n}}}}}" for n, line in enumerate(
        lines)) + f"\naccess:\n  owner: {{can: {ALL}}}\n"


def files() -> dict[str, bytes]:
    """The shop beside the shipped `system`."""
    shipped = {k: v for k, v in read_folder(ROOT).items()
               if k.split("/")[1] == "system" or k == "translations/terms.yaml"}
    own = {**FILES, "metadata/shop/everything.yaml": everything()}
    return {**shipped, **{k: v.encode() for k, v in own.items()}}
