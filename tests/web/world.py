"""The metadata of the club: two lists, one document with rows, a condition, a computed value, a view."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLUB = {
    "metadata/club/_module.yaml": """
module: club
title: {kk: Үйірме, ru: Кружок, en: Club}
requires: [system]
""",
    "metadata/club/_roles.yaml": """
roles:
  chief: {title: {kk: Жетекші, ru: Руководитель}, sensitivity: medical, journal: installation}
  helper: {title: {kk: Көмекші, ru: Помощник}, sensitivity: internal}
""",
    "metadata/club/member.yaml": """
entity: club.member
kind: reference
title: {kk: Мүше, ru: Участник}
plural: {kk: Мүшелер, ru: Участники}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Аты, ru: Имя}}
  joined: {type: date, title: {kk: Қосылған күні, ru: Вступил}}
  paying: {type: yesno, widget: checkbox, default: no, title: {kk: Төлейді, ru: Платит}}
  photo: {type: image, sensitivity: medical, title: {kk: Суреті, ru: Фото}}
  fee: {type: money, visible_when: paying, required_when: paying, sensitivity: medical, title: {kk: Жарна, ru: Взнос}}
access:
  chief: {can: [read, create, edit, archive, restore, copy, history]}
  helper: {can: [read, create, edit]}
""",
    "metadata/club/service.yaml": """
entity: club.service
kind: reference
title: {kk: Сабақ, ru: Занятие}
plural: {kk: Сабақтар, ru: Занятия}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  price: {type: money, title: {kk: Бағасы, ru: Цена}}
access:
  chief: {can: [read, create, edit, archive, restore]}
  helper: {can: [read]}
""",
    "metadata/club/task.yaml": """
entity: club.task
kind: reference
tree: yes
title: {kk: Іс, ru: Дело}
plural: {kk: Істер, ru: Дела}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  stage:
    type: choice
    options: {todo: {kk: Істеу керек, ru: Сделать}, doing: {kk: Істелуде, ru: В работе}, done: {kk: Бітті, ru: Готово}}
    title: {kk: Кезеңі, ru: Этап}
  day: {type: date, title: {kk: Күні, ru: День}}
  until: {type: date, min: =day, title: {kk: Дейін, ru: До}}
  at: {type: datetime, title: {kk: Уақыты, ru: Когда}}
  weight: {type: integer, min: 0, title: {kk: Салмағы, ru: Вес}}
  double: {type: integer, value: weight * 2, title: {kk: Екі есе, ru: Вдвое}}
  secret: {type: text, max: 40, sensitivity: medical, title: {kk: Құпиясы, ru: Тайна}}
access:
  chief: {can: [read, create, edit, archive, restore, history]}
  helper: {can: [read]}
""",
    "forms/club/task.registry.yaml": """
registry: club.task
columns: [name, stage, day, weight, double, secret]
filters: [stage, day, weight]
sort: [name]
totals: [weight]
mark: {red: {when: weight > 20, title: {kk: Ауыр, ru: Тяжёлое}}}
inline: [stage, day, weight]
views:
  stages: {title: {kk: Кезеңдер, ru: Этапы}, as: board, by: stage}
  plan: {title: {kk: Жоспар, ru: План}, as: calendar, by: day, ends: until}
  faces: {title: {kk: Карточкалар, ru: Карточки}, sort: [-weight], as: cards, cards: {lines: [weight, stage, secret]}}
""",
    "metadata/club/order.yaml": """
entity: club.order
kind: document
title: {kk: Тапсырыс, ru: Заказ}
plural: {kk: Тапсырыстар, ru: Заказы}
display: "№ {number}"
search: [number, note]
number: {pattern: "{yyyy}-{0000}", restart: year, assign: on posting, gaps: never}
fields:
  note: {type: text, max: 80, title: {kk: Ескерту, ru: Примечание}}
  lines:
    type: rows
    min: 1
    totals: [amount]
    title: {kk: Жолдар, ru: Строки}
    fields:
      service: {type: link, to: club.service, required: yes, quick: [name], title: {kk: Сабақ, ru: Занятие}}
      quantity: {type: integer, min: 1, default: 1, title: {kk: Саны, ru: Количество}}
      price: {type: money, default: =service.price, title: {kk: Бағасы, ru: Цена}}
      amount: {type: money, value: "round(quantity * price, 2)", title: {kk: Сомасы, ru: Сумма}}
  total: {type: money, value: sum(lines.amount), title: {kk: Барлығы, ru: Итого}}
access:
  chief: {can: [read, create, edit, archive, restore, copy, post, reverse, annul, history, export]}
  helper: {can: [read]}
""",
    "forms/club/member.registry.yaml": """
registry: club.member
columns: [name, joined, fee]
filters: [name, joined, paying]
sort: [name]
views:
  paying: {title: {kk: Төлейтіндер, ru: Платящие}, where: paying, mark: {gold: empty(joined)}}
""",
}
