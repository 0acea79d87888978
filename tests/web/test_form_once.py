"""The mark that makes a form act once comes from the browser: whatever stands there, it fits and acts once."""

from __future__ import annotations

import sqlalchemy as sa

from engine.services.repeats import TABLE
from tests.web.test_forms import order


def test_a_mark_of_any_length_and_any_characters_is_kept_as_one_that_fits(club, chief):
    for mark in ("x" * 5_000, "а\0б"):
        answers = [chief.post("/club/order/new", order(club, _once=mark)) for _ in range(2)]
        assert [a.status_code for a in answers] == [303, 303]
        assert answers[0].headers["Location"] == answers[1].headers["Location"]
    with club.site.database.reading() as connection:
        kept = connection.execute(sa.select(TABLE.c.key)).scalars().all()
    longest = TABLE.c.key.type.length
    assert kept and all(len(key) <= longest and key.isprintable() for key in kept)
