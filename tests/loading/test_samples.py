"""A good and a bad sample of every kind of file: the cheapest way to explain a format and to protect it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.loading.problems import LoadProblem
from engine.loading.schemas import FILES
from engine.loading.seeds import check_seeds

SAMPLES = Path(__file__).parent / "samples"
PLACES = {
    "module": "metadata/shop/_module.yaml", "roles": "metadata/shop/_roles.yaml", "entity": "metadata/shop/sample.yaml",
    "dictionary": "metadata/shop/sample.yaml", "form": "forms/shop/dish.form.yaml",
    "registry": "forms/shop/dish.registry.yaml", "grid": "forms/shop/tasting.grid.yaml",
    "home": "forms/shop/clerk.home.yaml", "schedule": "metadata/shop/sample.yaml",
    "policy": "metadata/shop/policies/sample.yaml",
    "terms": "translations/terms.yaml", "records": "seed/dish.yaml", "recipe": "seed/demo.yaml",
}
BESIDE = {
    "grid": {
        "metadata/shop/shelf.yaml": """
            entity: shop.shelf
            kind: reference
            title: {kk: Сөре, ru: Полка}
            fields:
              name: {type: text, title: {kk: Атауы, ru: Название}}
              main: {type: yesno, title: {kk: Негізгі, ru: Главная}}
            """,
        "metadata/shop/dish.yaml": """
            entity: shop.dish
            kind: reference
            title: {kk: Тағам, ru: Блюдо}
            fields:
              name: {type: text, title: {kk: Атауы, ru: Название}}
              price: {type: money, title: {kk: Бағасы, ru: Цена}}
              on_shelf: {type: link, to: shop.shelf, title: {kk: Сөресі, ru: Полка блюда}}
              since: {type: date, title: {kk: Басталуы, ru: Начало}}
            """,
        "metadata/shop/taste.yaml": """
            entity: shop.taste
            kind: reference
            title: {kk: Дәм, ru: Вкус}
            fields:
              dish: {type: link, to: shop.dish, title: {kk: Тағамы, ru: Какое блюдо}}
              day: {type: date, title: {kk: Қай күні, ru: В какой день}}
              verdict:
                type: choice
                title: {kk: Бағасы қандай, ru: Оценка}
                options: {good: {kk: жақсы, ru: хорошо}, bad: {kk: нашар, ru: плохо}, odd: {kk: оғаш, ru: странно}}
              note: {type: text, title: {kk: Ескертпе, ru: Примечание}}
            unique: {once: {fields: [dish, day]}}
            """,
    }
}
"""Files that a kind needs around it."""


def problems_of(kind: str, text: str, tiny, folder: Path) -> list[LoadProblem]:
    if not PLACES[kind].startswith("seed/"):
        return list(tiny({**BESIDE.get(kind, {}), PLACES[kind]: text}).problems)
    path = folder / PLACES[kind]
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return check_seeds(tiny().catalog, folder)


@pytest.mark.parametrize("kind", FILES)
def test_a_good_sample_loads_without_a_word(kind, tiny, tmp_path):
    text = (SAMPLES / f"{kind}.good.yaml").read_text(encoding="utf-8")
    assert [problem.line_text("en") for problem in problems_of(kind, text, tiny, tmp_path)] == []


@pytest.mark.parametrize("kind", FILES)
def test_a_bad_sample_is_told_all_its_mistakes_at_once(kind, tiny, tmp_path):
    text = (SAMPLES / f"{kind}.bad.yaml").read_text(encoding="utf-8")
    expected = {code for line in re.findall(r"# expects: (.*)", text) for code in line.split()}
    found = problems_of(kind, text, tiny, tmp_path)
    assert expected - {problem.code for problem in found} == set()
    for problem in found:
        assert problem.file == PLACES[kind] and problem.line > 0 and problem.column > 0


@pytest.mark.parametrize("kind", FILES)
def test_every_mistake_of_a_bad_sample_was_meant(kind, tiny, tmp_path):
    """What follows from a mistake is not said again: one line to mend is one problem."""
    text = (SAMPLES / f"{kind}.bad.yaml").read_text(encoding="utf-8")
    expected = {code for line in re.findall(r"# expects: (.*)", text) for code in line.split()}
    assert {problem.code for problem in problems_of(kind, text, tiny, tmp_path)} - expected == set()
