"""A small set of files in memory, into which a test puts its own."""

from __future__ import annotations

from textwrap import dedent

import pytest

from engine.loading import load_files

BASE = {
    "metadata/shop/_module.yaml": "module: shop\ntitle: {kk: Дүкен, ru: Магазин}\n",
    "metadata/shop/_roles.yaml": "roles:\n  clerk: {title: {kk: Сатушы, ru: Продавец}}\n",
    "metadata/shop/dish.yaml": """
        entity: shop.dish
        kind: reference
        title: {kk: Тағам, ru: Блюдо}
        key: [name]
        fields:
          name: {type: text, required: yes, unique: yes, title: {kk: Атауы, ru: Название}}
          price: {type: money, title: {kk: Бағасы, ru: Цена}}
        """,
    "metadata/shop/colour.yaml": """
        dictionary: shop.colour
        title: {kk: Түс, ru: Цвет}
        items:
          red: {kk: қызыл, ru: красный}
        """,
}


class Tiny:
    """`tiny(path=text)`: what loading the base set with these files gives; `None` takes a file away."""

    def __call__(self, files: dict[str, str | None] | None = None, **options):
        texts = {**BASE, **(files or {})}
        return load_files({name: dedent(text).encode() for name, text in texts.items() if text is not None}, **options)

    def codes(self, files: dict[str, str | None]) -> list[str]:
        return [problem.code for problem in self(files).problems]

    def entity(self, text: str, address: str = "shop.sale"):
        """The compiled entity of one more file; fails with the problems when there are any."""
        path = f"metadata/{address.replace('.', '/')}.yaml"
        loaded = self({path: text})
        assert loaded.catalog is not None, "\n".join(problem.line_text("en") for problem in loaded.problems)
        return loaded.catalog.entities[address]

    def entity_codes(self, text: str) -> list[str]:
        return self.codes({"metadata/shop/sale.yaml": text})


@pytest.fixture
def tiny() -> Tiny:
    return Tiny()
