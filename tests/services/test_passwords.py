"""Which passwords are good enough, by each policy."""

from __future__ import annotations

import hashlib

import pytest

from engine.loading import load_files
from engine.loading.files import read_folder
from engine.model.policy import DEFAULT, Policy
from engine.services.identity.credentials import random_password
from engine.services.identity.password_rules import COMMON, is_common, problems
from tests.conftest import ROOT

CATALOG = load_files(read_folder(ROOT), revision=1).catalog
STATE = CATALOG.policies["school.kz_state"]


def codes(password: str, policy: Policy = DEFAULT, login: str = "aigerim") -> set[str]:
    return {p.code for p in problems(policy, password, login)}


@pytest.mark.parametrize("password", [
    "тау мен дала жыры", "correct horse battery", "Сорок два арбуза", "бес жүз алма ағашы", "vremya-goda-osen", "k3mp-x7wa-9uhq-z2re",
    "жаңбырдан кейінгі дала", "синий чайник у окна", "x" * 20 + "абвгдежз 19",
])
def test_long_passwords_of_ones_own_are_good_without_any_composition(password):
    assert codes(password) == set()


@pytest.mark.parametrize("password", [
    "password12345", "Password123!", "qwertyuiop123", "йцукенгшщзхъ", "123456789012", "aaaaaaaaaaaa", "abababababab",
    "passwordpassword", "1q2w3e4r5t6y", "zxcvbnmasdfgh", "iloveyou2026!", "qazwsxedcrfv",
    "football-2026", "111122223333", "abcdefghijkl", "фывапролджэ1",
])
def test_well_known_passwords_are_refused(password):
    assert codes(password) == {"password.common"}, password


def test_length_counts_letters_and_not_bytes():
    assert codes("қырық жүйе ә") == set() and codes("қырық жүйе") == {"password.length"}
    assert codes("ab cd ef gh ij kl" * 8) == {"password.length"}


def test_the_own_name_is_no_password():
    assert codes("aigerim-tau-2026") == {"password.name"}
    assert codes("AIGERIM tau 2026") == {"password.name"}


def test_a_state_policy_asks_for_kinds_of_characters():
    assert codes("тау мен дала жыры", STATE) == {"password.kinds"}
    assert codes("Тау мен дала 7 жыры", STATE) == set()


def test_everything_wrong_is_told_at_once():
    assert codes("aaaa", STATE) == {"password.length", "password.kinds", "password.common"}


def test_first_passwords_are_random_and_good_by_every_policy_but_composition():
    made = {random_password() for _ in range(500)}
    assert len(made) == 500 and not any(codes(p) for p in made)


def test_the_list_is_the_one_that_was_taken():
    """zxcvbn 4.5.0, MIT; remade only together with this line."""
    content = COMMON.read_bytes()
    assert hashlib.sha256(content).hexdigest() == "0cb508a1fe3601c124528ba3549882f9e0864b380e1948aec0e90dd52e8900f1"
    assert len(content.split()) == 10_000 and COMMON.with_name("common_passwords.LICENSE.txt").is_file()


def test_ordinary_sentences_are_not_taken_for_known_ones():
    """The canary of the rules: of 300 random pairs of words none counts as known."""
    words = ("тау дала өзен көл жаңбыр арбуз окно чайник осень vremya river stone bridge lamp жұлдыз қоңырау "
             "мектеп кітап сирень трамвай").split()
    assert not [(a, b) for a in words for b in words if a != b and is_common(f"{a} {b} {len(a)}")]


def test_the_shipped_policies_are_what_they_are_named_for():
    ordinary, sample = CATALOG.policies["system.default"], CATALOG.policies["system.demo"]
    assert (ordinary.least, ordinary.kinds, ordinary.rotation_days, ordinary.history) == (12, 1, 0, 0)
    assert ordinary.common_refused and ordinary.first_hours == 24
    assert not sample.roles and not sample.everybody, "the printed sign-ins work without a second factor"
    assert STATE.everybody and STATE.rotation_days and STATE.history and STATE.kinds >= 3
    assert STATE.idle < ordinary.idle and STATE.absolute < ordinary.absolute and STATE.tries < ordinary.tries
