"""A tiny shop, as YAML in the test itself: enough of every kind of field and right to knock at each address of the API.

`keeper` sees and does everything; `seller` does not see `margin`, `secret_note` and the cost of lines, may not edit
services, and sees only customers that are not hidden.
"""

from __future__ import annotations

from pathlib import Path

from engine.loading import load_files
from engine.loading.files import read_folder
from engine.model import Catalog

ROOT = Path(__file__).resolve().parents[2]
SHOP = {
    "metadata/shop/_module.yaml": """
module: shop
title: {kk: Дүкен, ru: Магазин}
requires: [system]
""",
    "metadata/shop/_roles.yaml": """
roles:
  keeper: {title: {kk: Иесі, ru: Хозяин}, sensitivity: medical}
  seller: {title: {kk: Сатушы, ru: Продавец}, sensitivity: internal}
""",
    "metadata/shop/customer.yaml": """
entity: shop.customer
kind: reference
title: {kk: Сатып алушы, ru: Покупатель}
plural: {kk: Сатып алушылар, ru: Покупатели}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  hidden: {type: yesno, default: no, title: {kk: Жасырын, ru: Скрыт}}
  secret_note: {type: text, sensitivity: medical, title: {kk: Құпия жазба, ru: Тайная заметка}}
access:
  keeper: {can: [read, create, edit, archive, restore, copy, history]}
  seller: {can: [read, create], where: not hidden}
""",
    "metadata/shop/service.yaml": """
entity: shop.service
kind: reference
title: {kk: Қызмет, ru: Услуга}
plural: {kk: Қызметтер, ru: Услуги}
display: "{name}"
fields:
  name: {type: text, translated: yes, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
  price: {type: money, required: yes, min: 0, title: {kk: Бағасы, ru: Цена}}
  kind:
    type: choice
    options: {goods: {kk: Тауар, ru: Товар}, work: {kk: Жұмыс, ru: Работа}}
    title: {kk: Түрі, ru: Вид}
access:
  keeper: {can: [read, create, edit, archive, restore, copy, history]}
  seller: {can: [read]}
""",
    "metadata/shop/bill.yaml": """
entity: shop.bill
kind: document
title: {kk: Шот, ru: Счёт}
plural: {kk: Шоттар, ru: Счета}
display: "№ {number}"
search: [note]
number: {pattern: "{yyyy}-{00000}", restart: year, assign: on posting, gaps: never}
fields:
  customer: {type: link, to: shop.customer, required: yes, title: {kk: Сатып алушы, ru: Покупатель}}
  note: {type: text, max: 200, after_posting: yes, title: {kk: Ескерту, ru: Примечание}}
  discount: {type: percent, min: 0, max: 100, title: {kk: Жеңілдік, ru: Скидка}}
  pieces: {type: integer, title: {kk: Саны, ru: Мест}}
  scan: {type: file, accept: [application/pdf, text/plain, image/png], max_size: 1 MB, title: {kk: Скан, ru: Скан}}
  margin: {type: money, sensitivity: medical, title: {kk: Үстеме, ru: Маржа}}
  lines:
    type: rows
    min: 1
    max: 300
    title: {kk: Жолдар, ru: Строки}
    fields:
      service: {type: link, to: shop.service, required: yes, title: {kk: Қызмет, ru: Услуга}}
      quantity: {type: decimal, places: 3, min: 0, default: 1, required: yes, title: {kk: Мөлшері, ru: Количество}}
      price: {type: money, default: =service.price, required: yes, min: 0, title: {kk: Бағасы, ru: Цена}}
      amount: {type: money, value: "round(quantity * price, 2)", title: {kk: Сомасы, ru: Сумма}}
  total: {type: money, value: sum(lines.amount), title: {kk: Барлығы, ru: Итого}}
rules:
  positive:
    check: total > 0
    message: {kk: Сома нөлден артық болуы тиіс, ru: Сумма должна быть больше нуля}
access:
  keeper: {can: [read, create, edit, archive, restore, post, reverse, annul, copy, history]}
  seller: {can: [read, create, edit, post, history]}
""",
    "metadata/shop/safe.yaml": """
entity: shop.safe
kind: reference
title: {kk: Сейф, ru: Сейф}
plural: {kk: Сейфтер, ru: Сейфы}
display: "{code}"
fields:
  code: {type: text, required: yes, max: 20, title: {kk: Коды, ru: Код}}
access:
  keeper: {can: [read, create, edit, history]}
""",
    "metadata/shop/rules.yaml": """
entity: shop.rules
kind: settings
title: {kk: Ережелер, ru: Правила}
plural: {kk: Ережелер, ru: Правила}
fields:
  greeting: {type: text, max: 80, title: {kk: Сәлемдесу, ru: Приветствие}}
  limit: {type: money, title: {kk: Шегі, ru: Предел}}
access:
  keeper: {can: [read, create, edit, history]}
  seller: {can: [read]}
""",
}


def files() -> dict[str, bytes]:
    """The shop, the shipped `system` module that the engine relies on, and the shared words."""
    shipped = read_folder(ROOT)
    kept = {name: text for name, text in shipped.items()
            if name.startswith(("metadata/system/", "forms/system/", "translations/"))}
    return {**kept, **{name: text.encode() for name, text in SHOP.items()}}


def catalog() -> Catalog:
    loaded = load_files(files(), revision=1)
    assert loaded.catalog is not None, [str(problem) for problem in loaded.errors]
    return loaded.catalog
