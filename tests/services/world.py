"""The metadata of a workshop: small, but with every kind of rule, right and value that the services must honour."""
# ruff: noqa: E501 - a field stands on one line of YAML, as people write it

from __future__ import annotations

from engine.loading import load_files
from engine.loading.files import read_folder
from engine.model import Catalog
from tests.conftest import ROOT

ALL = "[read, create, edit, archive, restore, copy, history]"
LIFE = "[read, create, edit, archive, restore, copy, post, reverse, annul, history]"
WORKSHOP = {
    "metadata/lab/_module.yaml": "module: lab\ntitle: {kk: Шеберхана, ru: Мастерская}\nrequires: [system]\n",
    "metadata/lab/_roles.yaml": """
roles:
  owner: {title: {kk: Иесі, ru: Хозяин}, sensitivity: medical}
  reader: {title: {kk: Оқушы, ru: Читатель}, sensitivity: internal}
  author: {title: {kk: Автор, ru: Автор}, sensitivity: internal}
  medic: {title: {kk: Дәрігер, ru: Врач}, sensitivity: internal}
  tutor: {title: {kk: Тәлімгер, ru: Наставник}, sensitivity: internal}
  stranger: {title: {kk: Бөтен, ru: Посторонний}, sensitivity: internal}
""",
    # A reference with every way of being unique, searched and linked.
    "metadata/lab/supplier.yaml": """
entity: lab.supplier
kind: reference
title: {kk: Жеткізуші, ru: Поставщик}
plural: {kk: Жеткізушілер, ru: Поставщики}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  area: {type: choice, options: {wood: {kk: Ағаш, ru: Дерево}, metal: {kk: Металл, ru: Металл}}, title: {kk: Сала, ru: Область}}
  open: {type: yesno, default: yes, title: {kk: Ашық, ru: Открыт}}
  rating: {type: integer, title: {kk: Баға, ru: Оценка}}
  pin: {type: text, sensitivity: medical, title: {kk: Құпия, ru: Секрет}}
access:
  owner: {can: [read, create, edit, archive, restore, copy, history, print, export]}
  reader: {can: [read], where: open}
  author: {can: [read]}
""",
    "metadata/lab/item.yaml": """
entity: lab.item
kind: reference
title: {kk: Тауар, ru: Товар}
plural: {kk: Тауарлар, ru: Товары}
display: "{name}"
search: [name, supplier]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  code: {type: text, unique: yes, max: 20, title: {kk: Коды, ru: Код}}
  price: {type: money, min: 0, title: {kk: Бағасы, ru: Цена}}
  area: {type: choice, options: {wood: {kk: Ағаш, ru: Дерево}, metal: {kk: Металл, ru: Металл}}, title: {kk: Сала, ru: Область}}
  supplier: {type: link, to: lab.supplier, title: {kk: Жеткізуші, ru: Поставщик}}
access:
  owner: {can: ALL}
  reader: {can: [read]}
  author: {can: [read]}
""",
    # A document: defaults, computed values at three levels, filtered links, locks, numbers.
    "metadata/lab/order.yaml": """
entity: lab.order
kind: document
title: {kk: Тапсырыс, ru: Заказ}
plural: {kk: Тапсырыстар, ru: Заказы}
display: "№ {number}"
search: [number, note, supplier]
number: {pattern: "{organisation.code}-{yyyy}-{000}", restart: year, assign: on posting, gaps: never}
fields:
  supplier: {type: link, to: lab.supplier, where: empty(outer) or area == outer, title: {kk: Жеткізуші, ru: Поставщик}}
  outer: {type: choice, options: {wood: {kk: Ағаш, ru: Дерево}, metal: {kk: Металл, ru: Металл}}, title: {kk: Сүзгі, ru: Отбор}}
  due: {type: date, default: "=add_days(date, 10)", min: =date, title: {kk: Мерзімі, ru: Срок}}
  discount: {type: percent, default: 0, min: 0, max: 100, title: {kk: Жеңілдік, ru: Скидка}}
  note: {type: text, max: 200, after_posting: yes, title: {kk: Ескерту, ru: Примечание}}
  margin: {type: money, sensitivity: medical, title: {kk: Үстеме, ru: Маржа}}
  lines:
    type: rows
    min: 1
    max: 300
    title: {kk: Жолдар, ru: Строки}
    fields:
      item: {type: link, to: lab.item, required: yes, where: empty(outer) or area == outer, title: {kk: Тауар, ru: Товар}}
      quantity: {type: decimal, places: 3, min: 0, default: 1, required: yes, title: {kk: Мөлшері, ru: Количество}}
      price: {type: money, default: =item.price, min: 0, required: yes, title: {kk: Бағасы, ru: Цена}}
      amount: {type: money, value: "round(quantity * price, 2)", title: {kk: Сомасы, ru: Сумма}}
      parts:
        type: rows
        title: {kk: Бөліктер, ru: Части}
        fields:
          label: {type: text, required: yes, max: 40, title: {kk: Белгі, ru: Метка}}
          share: {type: percent, default: 50, title: {kk: Үлес, ru: Доля}}
          cost: {type: money, value: "round(quantity * price * share / 100, 2)", title: {kk: Құны, ru: Стоимость}}
      covered: {type: money, value: sum(parts.cost), title: {kk: Жабылғаны, ru: Покрыто}}
  total: {type: money, value: sum(lines.amount), title: {kk: Барлығы, ru: Итого}}
  covered_all: {type: money, value: sum(lines.covered), title: {kk: Бәрі жабылды, ru: Покрыто всего}}
  payable: {type: money, value: "round(total - total * discount / 100, 2)", title: {kk: Төлеуге, ru: К оплате}}
rules:
  positive: {check: total > 0, message: {kk: Сома нөлден артық болуы тиіс, ru: Сумма должна быть больше нуля}}
unique:
  once_a_day: {fields: [supplier, date, total], when: state == "posted", message: {kk: Мұндай тапсырыс бар, ru: Такой заказ уже есть}}
access:
  owner: {can: LIFE}
  reader: {can: [read, history], where: state == "posted"}
  author: {can: [read, create, edit, post]}
""",
    "metadata/lab/letter.yaml": """
entity: lab.letter
kind: document
title: {kk: Хат, ru: Письмо}
plural: {kk: Хаттар, ru: Письма}
display: "№ {number}"
number: {pattern: "{mm}/{00}", restart: month, assign: on create, gaps: allowed}
fields:
  subject: {type: text, required: yes, max: 80, title: {kk: Тақырып, ru: Тема}}
access:
  owner: {can: LIFE}
""",
    # Conditions and requirements.
    "metadata/lab/card.yaml": """
entity: lab.card
kind: reference
title: {kk: Карта, ru: Карточка}
plural: {kk: Карталар, ru: Карточки}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  kind: {type: choice, default: a, options: {a: {kk: А, ru: А}, b: {kk: Ә, ru: Б}, c: {kk: Б, ru: В}}, title: {kk: Түрі, ru: Вид}}
  alpha: {type: text, max: 40, visible_when: kind == "a", required: yes, title: {kk: Альфа, ru: Альфа}}
  beta: {type: text, max: 40, required_when: kind == "b", title: {kk: Бета, ru: Бета}}
  gamma: {type: text, max: 40, readonly_when: kind == "c", title: {kk: Гамма, ru: Гамма}}
  low: {type: integer, title: {kk: Төменгі, ru: Нижний}}
  high: {type: integer, check: high > low, title: {kk: Жоғарғы, ru: Верхний}}
  stamp: {type: text, once: yes, max: 40, title: {kk: Таңба, ru: Клеймо}}
  memo: {type: text, copy: no, max: 40, title: {kk: Жазба, ru: Памятка}}
  tags: {type: choice, multiple: yes, options: {x: {kk: Икс, ru: Икс}, y: {kk: Игрек, ru: Игрек}, z: {kk: Зет, ru: Зет}}, title: {kk: Белгілер, ru: Метки}}
  items: {type: links, to: lab.item, title: {kk: Тауарлар, ru: Товары}}
  shown: {type: text, value: "concat(name, \\" / \\", kind)", title: {kk: Көрінісі, ru: Показ}}
  code: {type: text, copy: no, title: {kk: Коды, ru: Код}}
rules:
  ordered: {check: low < 100, message: {kk: Тым үлкен, ru: Слишком много}, fields: [low]}
access:
  owner: {can: ALL}
  reader: {can: [read, history], fields: {read: [name, kind, low]}}
  author: {can: [read, create, edit, copy], fields: {read: [name, kind, alpha, low, high], write: [name, kind, alpha, low]}}
examples:
  high_over_low: {given: {name: к, alpha: а, low: 5, high: 3}, refused: fields.high.check}
  shown_so: {given: {name: к, alpha: а}, then: {shown: к / a}}
""",
    "metadata/lab/slot.yaml": """
entity: lab.slot
kind: reference
title: {kk: Орын, ru: Место}
plural: {kk: Орындар, ru: Места}
display: "{place}"
fields:
  place: {type: text, required: yes, max: 40, title: {kk: Жер, ru: Место}}
  status: {type: choice, default: free, options: {free: {kk: Бос, ru: Свободно}, taken: {kk: Бос емес, ru: Занято}}, title: {kk: Күйі, ru: Состояние}}
unique:
  taken_once: {fields: [place], when: status == "taken", message: {kk: Орын бос емес, ru: Место занято}}
access:
  owner: {can: ALL}
""",
    # Roles that add up: each shows its own fields on its own rows.
    "metadata/lab/patient.yaml": """
entity: lab.patient
kind: reference
title: {kk: Адам, ru: Человек}
plural: {kk: Адамдар, ru: Люди}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Аты, ru: Имя}}
  ward: {type: text, max: 10, title: {kk: Бөлме, ru: Палата}}
  team: {type: text, max: 10, title: {kk: Топ, ru: Группа}}
  health: {type: integer, title: {kk: Денсаулық, ru: Здоровье}}
  mark: {type: integer, title: {kk: Баға, ru: Отметка}}
access:
  owner: {can: ALL}
  medic: {can: [read, create, edit, history], where: ward == "1", fields: {read: [name, ward, health], write: [name, ward, health]}}
  tutor: {can: [read, create, edit, history], where: team == "т", fields: {read: [name, team, mark], write: [name, team, mark]}}
""",
    "metadata/lab/visit.yaml": """
entity: lab.visit
kind: reference
title: {kk: Келу, ru: Посещение}
plural: {kk: Келулер, ru: Посещения}
display: "{patient}"
search: [patient]
fields:
  patient: {type: link, to: lab.patient, required: yes, title: {kk: Кім, ru: Кто}}
  note: {type: text, max: 80, title: {kk: Жазба, ru: Запись}}
access:
  owner: {can: ALL}
  medic: {can: [read, create, edit]}
""",
    # A list with every kind of sort key, empty ones among them.
    "metadata/lab/gauge.yaml": """
entity: lab.gauge
kind: reference
title: {kk: Өлшем, ru: Замер}
plural: {kk: Өлшемдер, ru: Замеры}
display: "{label}"
search: [label]
fields:
  label: {type: text, max: 40, index: yes, title: {kk: Белгі, ru: Метка}}
  whole: {type: integer, title: {kk: Бүтін, ru: Целое}}
  exact: {type: decimal, places: 3, title: {kk: Дәл, ru: Точное}}
  money: {type: money, title: {kk: Ақша, ru: Деньги}}
  day: {type: date, title: {kk: Күн, ru: День}}
  moment: {type: datetime, title: {kk: Сәт, ru: Момент}}
  flag: {type: yesno, title: {kk: Жалау, ru: Флаг}}
  group: {type: choice, options: {p: {kk: Пе, ru: Пэ}, q: {kk: Қу, ru: Ку}}, title: {kk: Топ, ru: Группа}}
  supplier: {type: link, to: lab.supplier, title: {kk: Жеткізуші, ru: Поставщик}}
  doubled: {type: integer, value: whole * 2, title: {kk: Екі есе, ru: Удвоенное}}
access:
  owner: {can: ALL}
  reader: {can: [read], where: whole > 1}
""",
    # A choice filtered by a field of its own row.
    "metadata/lab/pick.yaml": """
entity: lab.pick
kind: reference
title: {kk: Таңдау, ru: Подбор}
plural: {kk: Таңдаулар, ru: Подборы}
display: "{name}"
fields:
  name: {type: text, max: 40, title: {kk: Атауы, ru: Название}}
  choices:
    type: rows
    title: {kk: Жолдар, ru: Строки}
    fields:
      wanted: {type: choice, options: {wood: {kk: Ағаш, ru: Дерево}, metal: {kk: Металл, ru: Металл}}, title: {kk: Сала, ru: Область}}
      item: {type: link, to: lab.item, where: area == wanted, title: {kk: Тауар, ru: Товар}}
access:
  owner: {can: ALL}
""",
    "metadata/lab/setup.yaml": """
entity: lab.setup
kind: settings
title: {kk: Баптау, ru: Настройка}
plural: {kk: Баптау, ru: Настройка}
fields:
  greeting: {type: text, max: 80, title: {kk: Сәлемдесу, ru: Приветствие}}
  limit: {type: money, default: 10, title: {kk: Шегі, ru: Предел}}
access:
  owner: {can: [read, create, edit, history]}
  reader: {can: [read]}
""",
}


def files(more: dict[str, str] | None = None) -> dict[str, bytes]:
    """The workshop, the shipped `system` module that the engine relies on, the shared words; `more` files over them."""
    kept = {
        name: text
        for name, text in read_folder(ROOT).items()
        if name.startswith(("metadata/system/", "forms/system/", "translations/"))
    }
    written = {
        name: text.replace("can: ALL", f"can: {ALL}").replace("can: LIFE", f"can: {LIFE}")
        for name, text in {**WORKSHOP, **(more or {})}.items()
    }
    return {**kept, **{name: text.encode() for name, text in written.items()}}


def catalog() -> Catalog:
    loaded = load_files(files(), revision=1)
    assert loaded.catalog is not None, [str(problem) for problem in loaded.errors]
    return loaded.catalog
