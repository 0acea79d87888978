"""The engine speaks Kazakh and Russian wholly: no sentence is missing, fuzzy, said twice or said by nobody any more."""

from __future__ import annotations

import pytest

from engine.language.messages import catalogue, plural, translate
from tests.house.sentences import (
    FORMS,
    everything_said,
    of_program,
    of_template,
    problems,
    translations,
)

LANGUAGES = sorted(FORMS)


@pytest.fixture(scope="module")
def said():
    return everything_said()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_said_in_each_language(said, language):
    assert len(said) > 500, "the sentences were not found"
    wrong = problems(language, said, translations(language))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_for_numbers_are_those_of_the_language(language):
    forms = {"kk": [(1, 0), (2, 1), (5, 1), (21, 1)], "ru": [(1, 0), (2, 1), (5, 2), (11, 2), (21, 0), (22, 1)]}
    for number, form in forms[language]:
        assert catalogue(language).plural(number) == form, number
    said = {n: plural("%(number)s row", "%(number)s rows", n, language) for n in (1, 2, 5, 21)}
    assert all(str(n) in text for n, text in said.items())
    assert len({text.lstrip("0123456789") for text in said.values()}) == {"kk": 1, "ru": 3}[language]


PLANTED = {
    "a missing sentence": ('N_("Nobody translated this yet")', None, "is not in"),
    "a missing sentence of a template": ("{{ _('Nobody translated that') }}", None, "is not in"),
    "an empty translation": ('N_("A sentence")', ('"A sentence"', '""'), "is not in"),
    "a fuzzy translation": ('N_("A sentence")', ('"A sentence"', '"Сөйлем"', "fuzzy"), "fuzzy"),
    "an obsolete translation": ("", ('"A sentence"', '"Сөйлем"', "obsolete"), "obsolete"),
    "another placeholder": ('N_("Hello %(name)s")', ('"Hello %(name)s"', '"Сәлем %(nmae)s"'), "fills in"),
    "a placeholder left out": ('N_("Hello %(name)s")', ('"Hello %(name)s"', '"Сәлем"'), "fills in"),
    "English left": ('N_("A sentence")', ('"A sentence"', '"A sentence"'), "left in English"),
    "a translation of nothing": ("", ('"A sentence"', '"Сөйлем"'), "said nowhere"),
    "a count without forms": ('plural("%(number)s x", "%(number)s xs", n, l)', ('"%(number)s x"', '"%(number)s иа"'),
                              "counts"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_caught(name, tmp_path):
    source, entry, told = PLANTED[name]
    find = of_template if source.startswith("{{") else of_program
    said = {one.sentence: one for one in find(source, "planted")}
    (tmp_path / "kk").mkdir()
    text = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: kk\\n"\n'
    if entry:
        flag = entry[2] if len(entry) > 2 else ""
        begin = "#~ " if flag == "obsolete" else ""
        text += ("\n#, fuzzy" if flag == "fuzzy" else "") + f"\n{begin}msgid {entry[0]}\n{begin}msgstr {entry[1]}\n"
    (tmp_path / "kk" / "planted.po").write_text(text, encoding="utf-8")
    wrong = problems("kk", said, translations("kk", tmp_path))
    assert any(told in line for line in wrong), wrong


def test_two_files_may_not_say_it_differently(tmp_path):
    (tmp_path / "kk").mkdir()
    for name, text in (("a", "Бір"), ("b", "Екі")):
        (tmp_path / "kk" / f"{name}.po").write_text(
            f'msgid ""\nmsgstr ""\n"Language: kk\\n"\n\nmsgid "One thing"\nmsgstr "{text}"\n', encoding="utf-8")
    said = {one.sentence: one for one in of_program('N_("One thing")', "x")}
    assert any("otherwise" in line for line in problems("kk", said, translations("kk", tmp_path)))


def test_what_is_shown_is_what_is_translated():
    assert translate("Search everywhere", "kk") != translate("Search everywhere", "ru") != "Search everywhere"
