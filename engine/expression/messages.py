"""The sentences of every rule problem, by code, in Kazakh, Russian and English."""

from __future__ import annotations


def _texts(kk: str, ru: str, en: str) -> dict[str, str]:
    return {"kk": kk, "ru": ru, "en": en}


MESSAGES: dict[str, dict[str, str]] = {
    "rule.blank": _texts("Ереже бос", "Правило пустое", "The rule is empty"),
    "rule.too_long": _texts(
        "Ереже тым ұзын: {limit} таңбадан аспауы керек",
        "Правило слишком длинное: не больше {limit} знаков",
        "The rule is too long: {limit} characters at most",
    ),
    "rule.too_many_parts": _texts(
        "Ережеде бөлік тым көп: {limit} шегінен аспауы керек",
        "В правиле слишком много частей: не больше {limit}",
        "The rule has too many parts: {limit} at most",
    ),
    "rule.too_deep": _texts(
        "Ереженің кірістірілуі тым терең: {limit} деңгейден аспауы керек",
        "Правило вложено слишком глубоко: не больше {limit} уровней",
        "The rule is nested too deeply: {limit} levels at most",
    ),
    "rule.character": _texts(
        "«{character}» таңбасы ережеде қолданылмайды",
        "Знак «{character}» в правиле не применяется",
        "The character {character} has no place in a rule",
    ),
    "rule.text_not_closed": _texts(
        "Мәтіннің жабатын тырнақшасы жоқ", "У текста нет закрывающей кавычки", "A text lacks its closing quote"
    ),
    "rule.text_prefix": _texts(
        "Тырнақша алдында әріп тұрмауы керек",
        "Перед кавычкой не должно быть буквы",
        "No letter may stand before a quote",
    ),
    "rule.text_escape": _texts(
        "Мәтін ішінде тек \\\\, \\\", \\', \\n және \\t жазылады",
        "Внутри текста возможны только \\\\, \\\", \\', \\n и \\t",
        "Inside a text only \\\\, \\\", \\', \\n and \\t are known",
    ),
    "rule.number_form": _texts(
        "«{text}» сан емес: сандар 12 немесе 12.50 түрінде жазылады",
        "«{text}» не число: числа пишутся как 12 или 12.50",
        "{text} is no number: numbers are written 12 or 12.50",
    ),
    "rule.number_too_long": _texts(
        "Санда {limit} цифрдан артық", "В числе больше {limit} цифр", "A number has more than {limit} digits"
    ),
    "rule.number_too_wide": _texts(
        "Есептеу нәтижесінде {limit} цифрдан асатын сан шығуы мүмкін",
        "Вычисление может дать число длиннее {limit} цифр",
        "The calculation may give a number of more than {limit} digits",
    ),
    "rule.syntax": _texts("Ережені оқу мүмкін болмады", "Правило не удалось разобрать", "The rule could not be read"),
    "rule.assignment": _texts(
        "«=» ережеде мән бермейді; салыстыру үшін «==» жазыңыз",
        "«=» в правиле ничего не присваивает; для сравнения пишите «==»",
        "`=` assigns nothing in a rule; write `==` to compare",
    ),
    "rule.operator": _texts(
        "«{operator}» амалы ережеде жоқ",
        "Действия «{operator}» в правиле нет",
        "There is no operator {operator} in a rule",
    ),
    "rule.not_supported": _texts(
        "Бұл құрылым ережеде жоқ: {what}",
        "Такой конструкции в правиле нет: {what}",
        "A rule has no such construct: {what}",
    ),
    "rule.method_call": _texts(
        "Мәннің әдістері жоқ; функцияны аты бойынша шақырыңыз",
        "У значений нет методов; вызывайте функцию по имени",
        "Values have no methods; call a function by its name",
    ),
    "rule.attribute": _texts(
        "Нүкте тек өріс атынан кейін қойылады",
        "Точка ставится только после имени поля",
        "A dot may only follow the name of a field",
    ),
    "rule.not_a_link": _texts(
        "«{name}» сілтеме емес, сондықтан «{attribute}» өрісі жоқ",
        "«{name}» не ссылка, у неё нет поля «{attribute}»",
        "{name} is no link, so it has no {attribute}",
    ),
    "rule.link_to_several": _texts(
        "«{name}» әртүрлі нысандарға сілтейді, нүктеден кейінгі өріс белгісіз",
        "«{name}» ссылается на разные объекты, поле после точки неизвестно",
        "{name} may point to several entities, so a field behind it is not known",
    ),
    "rule.private_name": _texts(
        "Ат астын сызу белгісінен басталмайды: «{name}»",
        "Имя не может начинаться с подчёркивания: «{name}»",
        "A name may not begin with an underscore: {name}",
    ),
    "rule.unknown_name": _texts(
        "«{name}» деген ат белгісіз", "Имя «{name}» неизвестно", "The name {name} is not known"
    ),
    "rule.unknown_function": _texts("«{name}» функциясы жоқ", "Функции «{name}» нет", "There is no function {name}"),
    "rule.shadowing": _texts(
        "«{name}» аты бірнеше жерде бар: {places}; біреуінің атын өзгертіңіз",
        "Имя «{name}» есть сразу в нескольких местах: {places}; переименуйте одно из них",
        "The name {name} exists in several places: {places}; rename one of them",
    ),
    "rule.actor_name": _texts(
        "actor сөзінен кейін нүкте және ат жазылады, мысалы actor.id",
        "После actor нужны точка и имя, например actor.id",
        "actor needs a dot and a name, such as actor.id",
    ),
    "rule.rows_need_function": _texts(
        "«{name}» — жолдар; олар функция ішінде қолданылады, мысалы count({name})",
        "«{name}» — строки; они стоят внутри функции, например count({name})",
        "{name} is rows; they stand inside a function, such as count({name})",
    ),
    "rule.rows_behind_link": _texts(
        "Сілтеме арқылы басқа жазбаның жолдарын есептеуге болмайды: {name}",
        "Считать строки другой записи через ссылку нельзя: {name}",
        "The rows of another record cannot be counted through a link: {name}",
    ),
    "rule.rows_expected": _texts(
        "{name} функциясына жолдар керек, мысалы {name}(lines.amount)",
        "Функции {name} нужны строки, например {name}(lines.amount)",
        "{name} needs rows, such as {name}(lines.amount)",
    ),
    "rule.list_misplaced": _texts(
        "Тізім тек in, count және empty ішінде қолданылады",
        "Список применяется только с in, count и empty",
        "A list may only be used with in, count and empty",
    ),
    "rule.tree_expected": _texts(
        "{name} функциясына алдымен ағашта тұрған жазбаға сілтеме керек, мысалы unit",
        "Функции {name} сначала нужна ссылка на запись дерева, например unit",
        "{name} needs first a link to a record of a tree, such as unit",
    ),
    "rule.ids_expected": _texts(
        "{name} функциясына екінші болып тізім керек, мысалы actor.units",
        "Функции {name} вторым нужен список, например actor.units",
        "{name} needs a list second, such as actor.units",
    ),
    "rule.list_expected": _texts(
        'in сөзінен кейін тізім керек, мысалы ["a", "b"]',
        'После in нужен список, например ["a", "b"]',
        'After in comes a list, such as ["a", "b"]',
    ),
    "rule.compare_types": _texts(
        "{left} мен {right} салыстырылмайды",
        "{left} и {right} не сравниваются",
        "{left} and {right} cannot be compared",
    ),
    "rule.compare_order": _texts(
        "{type} мәндерінің үлкен-кішісі жоқ",
        "Значения {type} не бывают больше или меньше",
        "Values of {type} are neither greater nor less",
    ),
    "rule.compare_with_none": _texts(
        "Бос мәнмен салыстыру әрқашан жалған; empty(...) жазыңыз",
        "Сравнение с пустым всегда ложно; пишите empty(...)",
        "A comparison with nothing is always false; write empty(...)",
    ),
    "rule.operand_type": _texts(
        "«{operator}» амалы {type} үшін қолданылмайды",
        "Действие «{operator}» не применяется к {type}",
        "{operator} does not work on {type}",
    ),
    "rule.boolean_expected": _texts(
        "Мұнда шарт керек, ал бұл — {type}",
        "Здесь нужно условие, а это {type}",
        "A condition is needed here, and this is {type}",
    ),
    "rule.argument_count": _texts(
        "{name} функциясының дәлелдері: {signature}",
        "Аргументы функции {name}: {signature}",
        "The arguments of {name} are: {signature}",
    ),
    "rule.argument_type": _texts(
        "{name} функциясының {position}-дәлелі {expected} болуы керек, ал бұл — {type}",
        "Аргумент {position} функции {name} должен быть {expected}, а это {type}",
        "Argument {position} of {name} must be {expected}, and this is {type}",
    ),
    "rule.argument_literal": _texts(
        "{name} функциясының {position}-дәлелі жазылған бүтін сан болуы керек",
        "Аргумент {position} функции {name} должен быть записан целым числом",
        "Argument {position} of {name} must be a whole number as written",
    ),
    "rule.branches_differ": _texts(
        "{name} функциясының мәндері бір түрлі болуы керек: {left}, {right}",
        "Значения функции {name} должны быть одного типа: {left}, {right}",
        "The values of {name} must be of one type: {left}, {right}",
    ),
    "rule.bad_date": _texts(
        "«{text}» күн емес; күн 2026-09-01 түрінде жазылады",
        "«{text}» не дата; дата пишется как 2026-09-01",
        "{text} is no date; a date is written 2026-09-01",
    ),
    "rule.bad_datetime": _texts(
        "«{text}» күн мен уақыт емес; олар 2026-09-01T08:30 түрінде жазылады",
        "«{text}» не дата со временем; она пишется как 2026-09-01T08:30",
        "{text} is no date with time; it is written 2026-09-01T08:30",
    ),
    "rule.bad_time": _texts(
        "«{text}» уақыт емес; уақыт 08:30 түрінде жазылады",
        "«{text}» не время; время пишется как 08:30",
        "{text} is no time; a time is written 08:30",
    ),
    "rule.bad_id": _texts(
        "«{text}» жазбаның идентификаторы емес", "«{text}» не идентификатор записи", "{text} is no id of a record"
    ),
    "rule.result_type": _texts(
        "Ереже {expected} беруі керек, ал береді: {type}",
        "Правило должно давать {expected}, а даёт {type}",
        "The rule must give {expected}, and it gives {type}",
    ),
    "rule.no_sql": _texts(
        "{name} функциясын дерекқор сұрауында қолдануға болмайды",
        "Функцию {name} нельзя применять в запросе к базе",
        "{name} cannot be used in a query of the database",
    ),
    "rule.only_in_lists": _texts(
        "{name} тек тізім шарттарында қолданылады",
        "{name} применяется только в условиях списков",
        "{name} is only for conditions of lists",
    ),
    "rule.field_expected": _texts(
        "{name} функциясына алдымен өріс аты керек",
        "Функции {name} сначала нужно имя поля",
        "{name} needs the name of a field first",
    ),
    "rule.filter_operator": _texts(
        "«{name}» өрісінде «{operator}» салыстыруы жоқ; бары: {known}",
        "У поля «{name}» нет сравнения «{operator}»; есть: {known}",
        "`{name}` has no comparison {operator}; it has: {known}",
    ),
    "rule.filter_value": _texts(
        "«{name}» өрісіне мұндай мән сай келмейді",
        "Полю «{name}» такое значение не подходит",
        "This value does not suit `{name}`",
    ),
    "rule.no_calendar": _texts(
        "Жұмыс күндерінің күнтізбесі берілмеген",
        "Календарь рабочих дней не задан",
        "There is no calendar of working days",
    ),
}
