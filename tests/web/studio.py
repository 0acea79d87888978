"""The club with forms that show what forms can do: tabs, columns, a wizard, several forms of one entity, panels."""

from __future__ import annotations

from tests.web.world import CLUB

STUDIO = {
    **CLUB,
    "metadata/club/pupil.yaml": """
entity: club.pupil
kind: reference
title: {kk: Оқушы, ru: Ученик}
plural: {kk: Оқушылар, ru: Ученики}
display: "{name}"
search: [name]
fields:
  name: {type: text, required: yes, max: 80, title: {kk: Аты, ru: Имя}}
  code: {type: text, required: yes, unique: yes, max: 10, title: {kk: Коды, ru: Код}}
  kind:
    type: choice
    default: child
    required: yes
    options: {child: {kk: бала, ru: ребёнок}, adult: {kk: ересек, ru: взрослый}}
    title: {kk: Түрі, ru: Вид}
  friend: {type: link, to: club.pupil, title: {kk: Досы, ru: Друг}}
  mentor: {type: link, to: club.member, where: paying == paid_mentor, title: {kk: Тәлімгері, ru: Наставник}}
  paid_mentor: {type: yesno, default: no, title: {kk: Ақылы тәлімгер, ru: Платный наставник}}
  greeting: {type: text, max: 120, value: '"Сәлем, " + name + "!"', title: {kk: Сәлемдесу, ru: Приветствие}}
  parent_name: {type: text, max: 80, title: {kk: Ата-анасы, ru: Родитель}}
  parent_phone: {type: text, max: 20, title: {kk: Телефоны, ru: Телефон}}
  passport: {type: text, max: 20, title: {kk: Төлқұжат, ru: Паспорт}}
  works:
    type: rows
    title: {kk: Жұмыстары, ru: Работы}
    fields:
      title: {type: text, required: yes, max: 80, title: {kk: Атауы, ru: Название}}
      mark: {type: integer, min: 1, max: 5, title: {kk: Бағасы, ru: Оценка}}
  picture: {type: image, title: {kk: Суреті, ru: Снимок}}
  papers: {type: files, max: 5, sensitivity: personal, title: {kk: Қағаздары, ru: Бумаги}}
  secret_note: {type: text, max: 80, sensitivity: medical, title: {kk: Құпия, ru: Тайна}}
  friends: {type: backlinks, from: club.pupil, field: friend, title: {kk: Дос тұтқандар, ru: Кто дружит}}
  note: {type: longtext, title: {kk: Ескертпе, ru: Заметка}}
rules:
  known_parent:
    check: kind == "adult" or not empty(parent_name)
    fields: [parent_name]
    message: {kk: Ата-анасы керек, ru: Нужен родитель}
access:
  chief: {can: [read, create, edit, archive, restore, history, comment]}
  helper: {can: [read, create, edit], where: code != "hidden"}
""",
    "forms/club/pupil.form.yaml": """
form: club.pupil
sections:
  head:
    columns:
      left: {width: 8, rows: [[name, code], [greeting]]}
      right: {width: 4, rows: [[picture]]}
tabs:
  about:
    title: {kk: Өзі туралы, ru: О себе}
    sections:
      kind: {rows: [[kind, friend], [paid_mentor, mentor]], fields: {kind: {width: 3}}}
      told: {text: {kk: Қағаздарын тексеріңіз, ru: Проверьте бумаги}, tone: wait}
  family:
    title: {kk: Отбасы, ru: Семья}
    sections:
      parents: {title: {kk: Ата-анасы, ru: Родители}, collapsed: yes, rows: [[parent_name, parent_phone]]}
      friends: {rows: [[friends]]}
  works:
    title: {kk: Жұмыстары, ru: Работы}
    sections:
      works: {rows: [[works], [note]], fields: {note: {as: text}}}
  secret:
    title: {kk: Құпия қойынды, ru: Тайная вкладка}
    sections:
      secret: {rows: [[secret_note]]}
side: [files, related, comments, history]
related:
  club.pupil.friend: {title: {kk: Кімнің досы, ru: Чей друг}, columns: [name, code], sort: [name], limit: 2}
""",
    "forms/club/pupil.adult.form.yaml": """
form: club.pupil
for: {roles: [chief], when: kind == "adult"}
title: {kk: Ересек, ru: Взрослый}
sections:
  main: {rows: [[name, code], [kind, passport], [note]]}
side: []
""",
    "forms/club/pupil.short.form.yaml": """
form: club.pupil
for: {link: yes}
title: {kk: Қысқа, ru: Кратко}
sections:
  main: {rows: [[name], [note]]}
""",
    "forms/club/pupil.joining.form.yaml": """
form: club.pupil
for: {roles: [helper]}
title: {kk: Қабылдау, ru: Приём}
steps:
  who: {title: {kk: Кім, ru: Кто}, rows: [[name, code], [kind]], rules: []}
  family:
    title: {kk: Отбасы, ru: Семья}
    when: kind == "child"
    rows: [[parent_name, parent_phone]]
    rules: [known_parent]
    checks:
      reachable:
        check: not empty(parent_phone)
        fields: [parent_phone]
        message: {kk: Телефоны керек, ru: Нужен телефон}
  papers:
    title: {kk: Қағаздары, ru: Бумаги}
    when: kind == "adult"
    rows: [[passport]]
  works: {title: {kk: Жұмыстары, ru: Работы}, rows: [[works], [picture], [note]]}
""",
}
