"""The metadata of a guild: people in teams by dates, presence by days, scores by shifts, a review with three fields."""
# ruff: noqa: E501 - a field stands on one line of YAML, as people write it

from __future__ import annotations

from engine.loading.files import read_folder
from tests.conftest import ROOT

ALL = "[read, create, edit, archive, restore, history]"
GUILD = {
    "metadata/guild/_module.yaml": "module: guild\ntitle: {kk: Гильдия, ru: Гильдия}\nrequires: [system]\n",
    "metadata/guild/_roles.yaml": """
roles:
  master: {title: {kk: Шебер, ru: Мастер}, sensitivity: medical}
  tutor: {title: {kk: Тәлімгер, ru: Наставник}, sensitivity: internal}
  reader: {title: {kk: Оқырман, ru: Читатель}, sensitivity: internal}
  stranger: {title: {kk: Бөтен, ru: Посторонний}, sensitivity: internal}
""",
    "metadata/guild/team.yaml": """
entity: guild.team
kind: reference
title: {kk: Топ, ru: Команда}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 40, title: {kk: Атауы, ru: Название}}
  tutor: {type: user, title: {kk: Тәлімгері, ru: Её наставник}}
  open: {type: yesno, default: yes, title: {kk: Ашық, ru: Открыта}}
access:
  master: {can: ALL}
  tutor: {can: [read]}
  reader: {can: [read]}
""",
    "metadata/guild/member.yaml": """
entity: guild.member
kind: reference
title: {kk: Мүше, ru: Участник}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 60, title: {kk: Аты, ru: Имя}}
  team: {type: link, to: guild.team, required: yes, title: {kk: Тобы, ru: Его команда}}
  since: {type: date, required: yes, title: {kk: Келген күні, ru: Пришёл}}
  until: {type: date, title: {kk: Кеткен күні, ru: Ушёл}}
  desk: {type: integer, title: {kk: Үстел, ru: Стол}}
  pin: {type: text, sensitivity: medical, title: {kk: Құпия, ru: Секрет}}
access:
  master: {can: ALL}
  tutor: {can: [read], where: team.tutor == actor.id}
  reader: {can: [read]}
""",
    "metadata/guild/presence.yaml": """
entity: guild.presence
kind: reference
title: {kk: Қатысу, ru: Присутствие}
fields:
  member: {type: link, to: guild.member, required: yes, title: {kk: Кім, ru: Кто}}
  day: {type: date, required: yes, title: {kk: Қай күні, ru: Когда}}
  mark:
    type: choice
    required: yes
    title: {kk: Белгісі, ru: Отметка}
    options: {away: {kk: жоқ, ru: отсутствует}, ill: {kk: ауру, ru: болен}, late: {kk: кешікті, ru: опоздал}}
  minutes: {type: integer, min: 1, max: 60, title: {kk: Минуты, ru: Минуты опоздания}}
  secret: {type: text, sensitivity: medical, title: {kk: Жасырын, ru: Скрытое}}
  team: {type: lookup, through: member, take: team, title: {kk: Сол тобы, ru: Та команда}}
rules:
  while_here: {check: day >= member.since, message: {kk: Ол кезде жоқ еді, ru: Тогда его ещё не было}, fields: [day]}
unique: {once_a_day: {fields: [member, day]}}
access:
  master: {can: ALL}
  tutor: {can: [read, create, edit, archive], where: member.team.tutor == actor.id}
  reader: {can: [read], fields: {read: [member, day, mark]}}
""",
    "metadata/guild/badge.yaml": """
entity: guild.badge
kind: reference
title: {kk: Төсбелгі, ru: Значок}
display: "{holder}"
fields:
  member: {type: link, to: guild.member, required: yes, title: {kk: Кімге, ru: Кому}}
  holder: {type: lookup, through: member, take: name, title: {kk: Иесі, ru: Владелец}}
  older: {type: link, to: guild.badge, title: {kk: Бұрынғысы, ru: Прежний}}
access: {master: {can: ALL}}
""",
    "metadata/guild/shift.yaml": """
entity: guild.shift
kind: reference
title: {kk: Ауысым, ru: Смена}
display: "{name}"
fields:
  name: {type: text, required: yes, title: {kk: Аталуы, ru: Название смены}}
  team: {type: link, to: guild.team, required: yes, title: {kk: Кімнің ауысымы, ru: Чья смена}}
  held: {type: date, required: yes, title: {kk: Өтетін күні, ru: Когда проходит}}
access: {master: {can: ALL}, tutor: {can: [read]}, reader: {can: [read]}}
""",
    "metadata/guild/score.yaml": """
entity: guild.score
kind: reference
title: {kk: Ұпай, ru: Балл}
fields:
  member: {type: link, to: guild.member, required: yes, title: {kk: Кімдікі, ru: Чей}}
  shift: {type: link, to: guild.shift, required: yes, title: {kk: Қай ауысым, ru: В какую смену}}
  points: {type: decimal, places: 1, min: 0, max: 10, title: {kk: Ұпайы, ru: Сколько}}
  note: {type: text, max: 40, title: {kk: Ескертпесі, ru: Заметка}}
unique: {once: {fields: [member, shift]}}
access: {master: {can: ALL}, tutor: {can: [read, create, edit], fields: {read: [member, shift, points], write: [member, shift, points]}}}
""",
    "metadata/guild/review.yaml": """
entity: guild.review
kind: reference
title: {kk: Шолу, ru: Обзор}
fields:
  member: {type: link, to: guild.member, required: yes, unique: yes, title: {kk: Кім туралы, ru: О ком}}
  spring: {type: integer, min: 1, max: 5, title: {kk: Көктем, ru: Весна}}
  autumn: {type: integer, min: 1, max: 5, title: {kk: Күз, ru: Осень}}
  word: {type: text, max: 20, readonly_when: empty(autumn), title: {kk: Сөз, ru: Слово}}
access: {master: {can: ALL}}
""",
    "forms/guild/days.grid.yaml": """
grid: guild.days
title: {kk: Күндер, ru: Дни}
cells: guild.presence
parameters:
  of_team: {type: link, to: guild.team, where: open, default: =tutor == actor.id, title: {kk: Топ таңдау, ru: Выбор команды}}
  month: {type: period, unit: month, title: {kk: Ай, ru: Месяц}}
rows: {from: guild.member, where: team == of_team and since <= month_last and (empty(until) or until >= month_first), sort: [name], columns: [desk, pin]}
columns: {days: month, only: working}
cell: {row: member, column: day, value: mark, more: [minutes, secret]}
codes:
  away: {key: {kk: ж, ru: н}, mark: red}
  ill: {key: {kk: а, ru: б}, mark: gold}
  late: {key: {kk: к, ru: о}}
blank: {title: {kk: осында, ru: здесь}, key: "."}
locked:
  gone: {when: day < member.since or day > member.until, reason: {kk: Топта жоқ, ru: Не в команде}, outside: yes}
  later: {when: day > today, reason: {kk: Әлі келген жоқ, ru: Ещё не наступил}, except: [master]}
totals:
  away: {title: {kk: Жоқ, ru: Не был}, count: mark == "away"}
  there: {title: {kk: Болды, ru: Был}, percent: empty(mark) or mark == "late", among: day <= today}
marks:
  very_late: {title: {kk: Өте кеш, ru: Очень поздно}, when: minutes > 30, colour: red}
""",
    "forms/guild/quarter.grid.yaml": """
grid: guild.quarter
title: {kk: Тоқсан, ru: Квартал}
for: {roles: [master]}
cells: guild.presence
parameters:
  of_team: {type: link, to: guild.team, title: {kk: Топ таңдау, ru: Выбор команды}}
  span: {type: period, unit: quarter, title: {kk: Тоқсан, ru: Квартал}}
rows: {from: guild.member, where: team == of_team, sort: [name]}
columns: {days: span, only: [mon, tue, wed, thu, fri]}
cell: {row: member, column: day, value: mark}
codes: {away: {key: {kk: ж, ru: н}, mark: red}, ill: {key: {kk: а, ru: б}}}
totals: {away: {title: {kk: Жоқ, ru: Не был}, count: mark == "away"}}
""",
    "forms/guild/scores.grid.yaml": """
grid: guild.scores
title: {kk: Ұпайлар, ru: Баллы}
cells: guild.score
parameters:
  of_team: {type: link, to: guild.team, title: {kk: Топ таңдау, ru: Выбор команды}}
rows: {from: guild.member, where: team == of_team, sort: [name]}
columns: {from: guild.shift, where: team == of_team, sort: [held], title: [held]}
cell: {row: member, column: shift, value: points, more: [note]}
totals:
  sum: {title: {kk: Қосынды, ru: Сумма}, sum: points, of: [rows]}
  mean: {title: {kk: Орташа, ru: Среднее}, avg: points}
""",
    "forms/guild/reviews.grid.yaml": """
grid: guild.reviews
title: {kk: Шолулар, ru: Обзоры}
cells: guild.review
rows: {from: guild.member, sort: [name]}
columns: {fields: [spring, autumn, word]}
cell: {row: member}
totals: {best: {title: {kk: Үздік, ru: Лучших}, count: spring == 5}}
""",
}


def files() -> dict[str, bytes]:
    """The system module as shipped and the guild."""
    shipped = {
        name: content
        for name, content in read_folder(ROOT).items()
        if name.split("/")[1] == "system" or name == "translations/terms.yaml"
    }
    return {**shipped, **{name: text.replace("ALL", ALL).encode() for name, text in GUILD.items()}}
