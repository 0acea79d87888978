"""Is a password good enough: its length, that it is not well known, and what a policy asks for besides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from engine.errors import Problem
from engine.language import N_
from engine.model.policy import Policy

COMMON = Path(__file__).with_name("common_passwords.txt")
"""Ten thousand of the most common passwords in lower case: the list of zxcvbn 4.5.0 (MIT, licence beside it), from
which those shorter than five characters were left out. `tests/services/test_passwords.py` holds its SHA-256."""
LENGTH = N_("A password has %(least)s to %(most)s characters")
TOO_COMMON = N_("This password is among those that are tried first. Put several words together that only you would")
SAME_AS_NAME = N_("The password must not contain the user name")
TOO_FEW_KINDS = N_("Use at least %(kinds)s of these: small letters, capital letters, digits, other characters")
FEWEST = 5
"""Different characters that a password has at least."""
SHORTEST_RUN = 8
"""A run of neighbouring keys, letters or digits of this length counts as a known password."""
ROWS = (
    "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz",
    "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "әіңғүұқөһ",
)
_LAYOUT = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")
"""What stands on the keys of a Russian or Kazakh keyboard: `пароль` typed in the other layout is known as well."""
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def problems(policy: Policy, password: str, login: str = "", place: str = "password") -> list[Problem]:
    """Everything that is wrong with a password at once; nothing for a good one."""
    found = []
    if not policy.least <= len(password) <= policy.most:
        found.append(Problem("password.length", LENGTH, place, {"least": policy.least, "most": policy.most}))
    kinds = sum(any(map(test, password)) for test in (str.islower, str.isupper, str.isdigit, _is_other))
    if kinds < policy.kinds:
        found.append(Problem("password.kinds", TOO_FEW_KINDS, place, {"kinds": policy.kinds}))
    if policy.common_refused:
        if len(login) > 3 and login.casefold() in password.casefold():
            found.append(Problem("password.name", SAME_AS_NAME, place))
        elif password and is_common(password):
            found.append(Problem("password.common", TOO_COMMON, place))
    return found


def is_common(password: str) -> bool:
    """Is it a well-known one: as it stands, with other ends or in the other layout, repeated, or a run of keys?"""
    text = password.casefold()
    if len(set(text)) < FEWEST:
        return True
    return any(_known(one) for one in _forms(text)) or _is_run(text)


def _forms(text: str) -> Iterable[str]:
    """The same password as others would type it: without repetition, without ends, in the Latin layout."""
    for one in dict.fromkeys((text, text.translate(_LAYOUT), "".join(text.split()))):
        yield one
        for size in range(1, len(one) // 2 + 1):
            if one == (one[:size] * (len(one) // size + 1))[: len(one)]:
                yield one[:size]
                break
        yield _ENDS.sub("", one)


def _known(text: str) -> bool:
    return text in _common()


def _is_run(text: str) -> bool:
    """Does nearly all of it follow keys that lie side by side, in either direction?"""
    covered = 0
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and any(text[start : end + 1] in row for row in _runs()):
            end += 1
        if end - start >= 4:
            covered += end - start
        start = end
    return covered >= max(SHORTEST_RUN, 0.8 * len(text))


@cache
def _runs() -> tuple[str, ...]:
    return tuple(each for row in ROWS for each in (row + row, row[::-1] + row[::-1]))


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="ascii").split())


def _is_other(letter: str) -> bool:
    return not letter.isalnum()
