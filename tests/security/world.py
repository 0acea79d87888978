"""The metadata of a fort: a field of every type, rows within rows, a document with a life, settings, a grid, wizards.

The guild (grids) and the club (forms, boards, comments) of other tests stand beside it, so that every kind of page has
something to show. `owner` sees and does everything; `keeper` holds the same verbs, but neither secrets nor what is
`hidden`; `viewer` reads; `stranger` sees nothing at all.
"""
# ruff: noqa: E501 - a field stands on one line of YAML, as people write it

from __future__ import annotations

import json

from engine.loading.files import read_folder
from engine.model.access import VERBS
from tests.conftest import ROOT
from tests.services.grids.guild import ALL as GUILD_ALL
from tests.services.grids.guild import GUILD
from tests.services.zoo import FIELDS, LINES
from tests.web.studio import STUDIO

EVERY = f"[{', '.join(v for v in VERBS if v != 'approve')}]"
PLAIN = f"[{', '.join(v for v in VERBS if v not in ('approve', 'post', 'reverse', 'annul'))}]"
ZOO = "\n".join(FIELDS).replace("lab.", "fort.") + LINES.replace("lab.", "fort.")
FORT = {
    "metadata/fort/_module.yaml": "module: fort\ntitle: {kk: Қамал, ru: Крепость}\nrequires: [system]\n",
    "metadata/fort/_roles.yaml": """
roles:
  owner: {title: {kk: Иесі, ru: Хозяин}, sensitivity: medical, shares_views: yes}
  keeper: {title: {kk: Хатшы, ru: Писарь}, sensitivity: internal}
  viewer: {title: {kk: Көруші, ru: Смотрящий}, sensitivity: internal}
""",
    "metadata/fort/supplier.yaml": """
entity: fort.supplier
kind: reference
title: {kk: Жеткізуші, ru: Поставщик}
plural: {kk: Жеткізушілер, ru: Поставщики}
display: "{name}"
search: [name]
key: [name]
fields:
  name: {type: text, required: yes, max: 200, title: {kk: Атауы, ru: Название}}
  pin: {type: text, sensitivity: medical, title: {kk: Құпиясы, ru: Его тайна}}
access:
  owner: {can: PLAIN}
  keeper: {can: PLAIN}
  viewer: {can: [read]}
""",
    "metadata/fort/item.yaml": """
entity: fort.item
kind: reference
title: {kk: Тауар, ru: Товар}
plural: {kk: Тауарлар, ru: Товары}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 200, title: {kk: Атауы, ru: Название}}
  price: {type: money, title: {kk: Бағасы, ru: Цена}}
access:
  owner: {can: PLAIN}
  keeper: {can: PLAIN}
  viewer: {can: [read]}
""",
    "metadata/fort/thing.yaml": """
entity: fort.thing
kind: reference
tree: yes
title: {kk: Зат, ru: Вещь}
plural: {kk: Заттар, ru: Вещи}
display: "{text_one}"
search: [text_one, longtext_one]
fields:
"""
    + ZOO
    + """
  hidden: {type: yesno, default: no, title: {kk: Жасырын, ru: Скрыта}}
  secret: {type: text, max: 80, sensitivity: medical, title: {kk: Құпия, ru: Тайна}}
  secret_sum: {type: money, sensitivity: medical, title: {kk: Құпия сома, ru: Тайная сумма}}
  secret_day: {type: date, sensitivity: medical, title: {kk: Құпия күн, ru: Тайный день}}
  secret_kind: {type: choice, sensitivity: medical, options: {a: {kk: А, ru: А}, b: {kk: Ә, ru: Б}}, title: {kk: Құпия түр, ru: Тайный вид}}
  secret_link: {type: link, to: fort.item, sensitivity: medical, title: {kk: Құпия тауар, ru: Тайный товар}}
  secret_rows:
    type: rows
    sensitivity: medical
    title: {kk: Құпия жолдар, ru: Тайные строки}
    fields:
      what: {type: text, max: 40, title: {kk: Не екені, ru: Что именно}}
access:
  owner: {can: PLAIN}
  keeper: {can: PLAIN, where: not hidden}
  viewer: {can: [read], where: not hidden}
""",
    "forms/fort/thing.registry.yaml": """
registry: fort.thing
columns: [text_one, choice_one, money_one, secret, secret_sum]
filters: [text_one, choice_one, date_one]
sort: [text_one]
totals: [money_one, secret_sum]
inline: [text_one, choice_one, money_one, secret]
views:
  stages: {title: {kk: Кезеңдер, ru: Этапы}, as: board, by: choice_one}
  plan: {title: {kk: Жоспар, ru: План}, as: calendar, by: date_one}
  faces: {title: {kk: Карточкалар, ru: Карточки}, as: cards, cards: {lines: [money_one, choice_one]}}
""",
    "metadata/fort/deed.yaml": """
entity: fort.deed
kind: document
title: {kk: Құжат, ru: Документ}
plural: {kk: Құжаттар, ru: Документы}
display: "№ {number}"
search: [number, note]
number: {pattern: "{yyyy}-{0000}", restart: year, assign: on posting, gaps: never}
fields:
  thing: {type: link, to: fort.thing, title: {kk: Заты, ru: О какой вещи}}
  note: {type: text, max: 200, after_posting: yes, title: {kk: Ескерту, ru: Примечание}}
  paper: {type: file, accept: [application/pdf, text/plain, image/png], title: {kk: Қағаз, ru: Бумага}}
  margin: {type: money, sensitivity: medical, title: {kk: Үстеме, ru: Маржа}}
  lines:
    type: rows
    title: {kk: Жолдары, ru: Его строки}
    fields:
      item: {type: link, to: fort.item, title: {kk: Тауары, ru: Какой товар}}
      quantity: {type: integer, default: 1, title: {kk: Саны, ru: Количество}}
      amount: {type: integer, value: quantity * 2, title: {kk: Сомасы, ru: Сумма}}
      parts:
        type: rows
        title: {kk: Бөліктері, ru: Её части}
        fields:
          label: {type: text, max: 40, title: {kk: Белгісі, ru: Метка}}
          supplier: {type: link, to: fort.supplier, title: {kk: Кімнен, ru: От кого}}
  total: {type: integer, value: sum(lines.amount), title: {kk: Барлығы, ru: Итого}}
access:
  owner: {can: EVERY}
  keeper: {can: EVERY}
  viewer: {can: [read, history]}
""",
    "forms/fort/deed.form.yaml": """
form: fort.deed
sections:
  main: {rows: [[thing, note], [paper], [lines]]}
side: [files, related, comments, history]
""",
    "metadata/fort/rules.yaml": """
entity: fort.rules
kind: settings
title: {kk: Ережелер, ru: Правила}
plural: {kk: Ережелер, ru: Правила}
fields:
  greeting: {type: text, max: 200, title: {kk: Сәлемдесу, ru: Приветствие}}
  limit: {type: money, sensitivity: medical, title: {kk: Шегі, ru: Предел}}
access:
  owner: {can: [read, create, edit, history]}
  keeper: {can: [read, create, edit, history]}
  viewer: {can: [read]}
""",
}
PAYLOADS = (
    "<script>window.__xss=1</script>",
    '"><img src=x onerror=window.__xss=1>',
    "'><svg onload=window.__xss=1>",
    '" autofocus onfocus=window.__xss=1 x="',
    "</textarea></title><script>window.__xss=1</script>",
    "<a href=javascript:window.__xss=1>a</a>",
    "javascript:window.__xss=1",
    "<iframe srcdoc='<script>parent.__xss=1</script>'>",
    "<div hx-get=/xss hx-trigger=load>",
    "{{7*7}}${7*7}<%=7*7%>",
    "<style>*{display:none}</style>",
    "]]><math><mi xlink:href=x>",
    "<form action=//evil.example><input name=xss>",
    "\u2028</script><script>window.__xss=1</script>",
    "<base href=//evil.example>",
    "&lt;img src=x onerror=window.__xss=1&gt;",
)
"""What would run, or change the page, where a text is taken for markup."""


def _said(number: int) -> str:
    """A payload as a title in both languages, in the words of YAML."""
    text = json.dumps(PAYLOADS[number % len(PAYLOADS)])
    return f"{{kk: {text}, ru: {text}}}"


TRAP = {
    "metadata/trap/_module.yaml": f"module: trap\ntitle: {_said(0)}\nhint: {_said(1)}\nrequires: [system]\n",
    "metadata/trap/lure.yaml": f"""
entity: trap.lure
kind: reference
title: {_said(2)}
plural: {_said(3)}
hint: {_said(4)}
help: {_said(0)}
display: "{{name}}"
search: [name]
fields:
  name: {{type: text, required: yes, max: 200, title: {_said(1)}, hint: {_said(2)}}}
  kind: {{type: choice, options: {{a: {_said(3)}, b: {_said(5)}}}, title: {_said(7)}}}
  days: {{type: date, title: {_said(8)}}}
  sum: {{type: money, title: {_said(11)}}}
rules:
  never: {{check: sum < 1000, message: {_said(12)}}}
access:
  owner: {{can: PLAIN}}
""",
    "forms/trap/lure.form.yaml": f"""
form: trap.lure
tabs:
  one: {{title: {_said(1)}, sections: {{a: {{title: {_said(2)}, rows: [[name, kind]]}}, b: {{text: {_said(0)}, tone: wait}}}}}}
  two: {{title: {_said(4)}, sections: {{c: {{rows: [[days, sum]]}}}}}}
side: [comments, history]
""",
    "forms/trap/lure.registry.yaml": f"""
registry: trap.lure
columns: [name, kind, days, sum]
filters: [name, kind]
views:
  trap: {{title: {_said(1)}, as: board, by: kind}}
""",
}
HIDDEN = ("secret", "secret_sum", "secret_day", "secret_kind", "secret_link", "secret_rows")
"""Fields of `fort.thing` that only `owner` may see."""


def files() -> dict[str, bytes]:
    """The fort, the guild, the club, the shipped `system` module and the shared words."""
    shipped = {
        name: content
        for name, content in read_folder(ROOT).items()
        if name.split("/")[1] == "system" or name == "translations/terms.yaml"
    }
    fort = {name: text.replace("PLAIN", PLAIN).replace("EVERY", EVERY) for name, text in {**FORT, **TRAP}.items()}
    guild = {name: text.replace("ALL", GUILD_ALL) for name, text in GUILD.items()}
    return {**shipped, **{name: text.encode() for name, text in {**STUDIO, **guild, **fort}.items()}}
