"""IIN and BIN against vectors, among them numbers that need the second weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from marshmallow import ValidationError

from engine.fields.iin import Bin, Iin, birth_date, check, check_digit, is_bin, sex

VECTORS = yaml.safe_load((Path(__file__).parent / "data" / "iin_bin.yaml").read_text())


@pytest.mark.parametrize("vector", VECTORS["iin_valid"], ids=lambda v: v["number"])
def test_an_iin_tells_birth_date_and_sex(vector):
    number = vector["number"]
    assert check(number) and Iin().deserialize(number) == number
    assert birth_date(number).isoformat() == vector["born"]
    assert sex(number) == vector["sex"]
    assert not is_bin(number)


@pytest.mark.parametrize("number", VECTORS["bin_valid"])
def test_a_bin_is_known_by_its_fifth_digit(number):
    assert check(number) and is_bin(number) and Bin().deserialize(number) == number
    with pytest.raises(ValidationError, match="BIN of an organisation"):
        Iin().deserialize(number)


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda v: v["why"])
def test_wrong_numbers_are_refused(vector):
    with pytest.raises(ValidationError):
        Iin().deserialize(vector["number"])


def test_a_number_without_a_check_digit_is_never_issued():
    for base in VECTORS["never_issued"]:
        assert check_digit(base) is None
        assert not any(check(f"{base}{last}") for last in range(10))


def test_a_foreigners_iin_without_a_century_is_taken_and_tells_nothing():
    number = next(n for n in (f"90010107777{d}" for d in range(10)) if check(n))
    assert Iin().deserialize(number) == number
    assert birth_date(number) is None and sex(number) is None


def test_every_changed_digit_is_noticed_in_nine_of_ten_numbers():
    number, noticed, tried = "900101350003", 0, 0
    for place in range(12):
        for digit in "0123456789":
            if digit != number[place]:
                tried += 1
                noticed += not check(number[:place] + digit + number[place + 1 :])
    assert noticed >= tried * 0.9
