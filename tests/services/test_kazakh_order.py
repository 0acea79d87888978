"""The order of the Kazakh alphabet, the same on both databases: in lists, their pages, and the choices of a link."""

from __future__ import annotations

import random

import pytest

from engine.language import sort_key
from engine.services.registries import choices
from tests.services.conftest import Office

ALPHABET = "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ"
"""All 42 letters in their official order."""
WORDS = [
    "Абай", "аяқ", "Әбіш", "әже", "Бақыт", "гүл", "Гүлнар", "Ғабит", "ғылым", "Еңбек", "Ёлка", "Жұлдыз", "Инкар",
    "йога", "Кітап", "Күн", "Қалам", "қыз", "Нан", "нұр", "Ңазан", "Оқу", "ой", "Өзен", "өрік", "Сұлу", "Сүт",
    "Туған", "тұз", "Түлкі", "Уақыт", "ұл", "Ұстаз", "Үй", "үлгі", "Хат", "Һәм", "шаң", "шәй", "Щетка", "Ықылас",
    "ыстық", "Іні", "іс", "Эльмира", "Юлия", "Яна",
]
"""Words that differ in the letters that other orders put wrongly, capital and small."""


def rank(word):
    """The word as places in the alphabet; other characters stand before all letters."""
    return [ALPHABET.find(letter) for letter in word.upper()]


@pytest.fixture(scope="module")
def shelf(site):
    """Suppliers in no order at all: a word for every letter and the words above, each once."""
    office = Office(site)
    names = [f"{letter}{letter.lower()}" for letter in ALPHABET] + WORDS
    random.Random(7).shuffle(names)
    for name in names:
        office.create("lab.supplier", {"name": name})
    office.names = sorted(names, key=rank)
    return office


def test_the_key_of_every_letter_follows_the_one_before():
    keys = [sort_key(letter) for letter in ALPHABET]
    assert keys == sorted(keys) and len(set(keys)) == 42
    assert [sort_key(letter.lower()) for letter in ALPHABET] == keys, "case makes no difference"
    longer = [sort_key(f"{letter}я") for letter in ALPHABET]
    assert all(a < b for a, b in zip(longer, keys[1:], strict=False)), "Ая stands before Ә"


def test_any_words_are_sorted_as_the_alphabet_has_them():
    drawn = random.Random(42)
    words = ["".join(drawn.choices(ALPHABET + ALPHABET.lower(), k=drawn.randint(1, 6))) for _ in range(3_000)]
    assert [rank(w) for w in sorted(words, key=sort_key)] == sorted(rank(w) for w in words)


def test_a_list_is_in_the_order_of_the_alphabet_on_every_page(shelf):
    found, after = [], None
    while True:
        page = shelf.list("lab.supplier", fields=("name",), sort=("name",), limit=7, after=after)
        found += [record["name"] for record in page.records]
        after = page.next
        if after is None:
            break
    assert found == shelf.names
    back = shelf.list("lab.supplier", fields=("name",), sort=("-name",), limit=200)
    assert [record["name"] for record in back.records] == shelf.names[::-1]


def test_the_choices_of_a_link_are_in_the_same_order(shelf):
    offered = shelf.read(shelf.owner, lambda view: choices(view, "lab.item", "supplier", limit=50))
    assert [choice.text for choice in offered] == shelf.names[:50]


def test_a_list_sorted_by_a_linked_name_is_in_the_same_order(shelf):
    suppliers = {r["name"]: r["id"] for r in shelf.list("lab.supplier", fields=("name",), limit=200).records}
    for name in ("Іні", "Ұстаз", "ұл", "Уақыт", "Хат", "Һәм", "ыстық", "Қалам", "Күн"):
        shelf.create("lab.item", {"name": "Тауар", "supplier": str(suppliers[name])})
    found = shelf.list("lab.item", fields=("supplier",), sort=("supplier",), limit=200).records
    assert [r["@supplier"] for r in found] == ["Күн", "Қалам", "Уақыт", "ұл", "Ұстаз", "Хат", "Һәм", "ыстық", "Іні"]
