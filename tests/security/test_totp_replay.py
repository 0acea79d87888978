"""A code of the second factor lets one in, once, however many show it at one moment (security.md, 26).

The whole of the second factor is held by `tests/services/test_factors.py`; here its race is counted for the report.
"""

from __future__ import annotations

import pytest

from engine.services.identity.factors import showing
from tests.security.figures import figure, planted
from tests.services.conftest import begun_on_monday, office, site  # noqa: F401 - fixtures
from tests.services.test_factors import RACERS, race, set_up, unhurried  # noqa: F401 - fixtures
from tests.services.test_identity import user  # noqa: F401 - a fixture

TEST = "test_totp_replay_race"


@pytest.mark.parametrize("which", ["code", "recovery code"])
def test_one_of_many_gets_in(office, user, site, unhurried, which):  # noqa: F811
    _, telephone, codes = set_up(office, user)
    shown = telephone.at(site.clock.moment) if which == "code" else codes[0]
    let_in = race(office, user, shown)
    again = race(office, user, shown)
    where = site.database.dialect
    figure(TEST, f"sessions let in by one {which} of {RACERS} at one moment, {where}", let_in, "==", 1)
    figure(TEST, f"sessions let in by the same {which} afterwards, {where}", again, "==", 0)
    assert (let_in, again) == (1, 0)


def test_a_code_that_is_not_compared_is_caught(office, user, site, unhurried, monkeypatch):  # noqa: F811
    _, telephone, _ = set_up(office, user)
    code = telephone.at(site.clock.moment)
    monkeypatch.setattr(showing, "_accept", lambda uow, actor, typed: typed == code)
    planted(TEST, f"the step is not compared, {site.database.dialect}", race(office, user, code) > 1)
