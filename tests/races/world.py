"""What the races run over: a document with rows and a number, and a record that many people change at once."""

from __future__ import annotations

from engine.loading.files import read_folder
from tests.conftest import ROOT

RACE = {
    "metadata/race/_module.yaml": "module: race\ntitle: {kk: Жарыс, ru: Гонка}\nrequires: [system]\n",
    "metadata/race/ticket.yaml": """
entity: race.ticket
kind: document
title: {kk: Билет, ru: Билет}
plural: {kk: Билеттер, ru: Билеты}
display: "№ {number}"
number: {pattern: "{yyyy}-{000000}", restart: year, assign: on posting, gaps: never}
fields:
  tag: {type: text, max: 80, after_posting: yes, title: {kk: Белгі, ru: Метка}}
  seats:
    type: rows
    title: {kk: Орындар, ru: Места}
    fields:
      place: {type: integer, title: {kk: Орын, ru: Место}}
      price: {type: money, title: {kk: Баға, ru: Цена}}
  total: {type: money, value: sum(seats.price)}
  taken: {type: integer, value: count(seats), title: {kk: Саны, ru: Мест}}
access:
  administrator: {can: [read, create, edit, archive, post, reverse, annul, history]}
""",
    "metadata/race/box.yaml": """
entity: race.box
kind: reference
title: {kk: Қорап, ru: Коробка}
plural: {kk: Қораптар, ru: Коробки}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 40, title: {kk: Атауы, ru: Название}}
  held: {type: integer, default: 0, title: {kk: Саны, ru: Количество}}
access:
  administrator: {can: [read, create, edit, archive, history]}
""",
}


def files() -> dict[str, bytes]:
    kept = {
        name: text for name, text in read_folder(ROOT).items() if name.startswith(("metadata/system/", "translations/"))
    }
    return {**kept, **{name: text.encode() for name, text in RACE.items()}}
