"""Rows that go into PostgreSQL by COPY are the rows that INSERT would have made."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from engine.fields.column_types import Id, Json, ScaledDecimal, UtcDateTime
from engine.ids import new_id
from engine.storage.postgresql import copy_rows

NASTY = ["plain", "", "\\N", "\\", "a\tb", "line\nline\r", "\v\f\b", "қазақ 😀", "'\"", "\\.", " ", "\\x00"]


@pytest.fixture
def tables(empty):
    if empty.dialect != "postgresql":
        pytest.skip("SQLite has no COPY")
    metadata = sa.MetaData()

    def table(name):
        return sa.Table(
            name, metadata, sa.Column("id", Id, primary_key=True), sa.Column("said", sa.Text),
            sa.Column("money", ScaledDecimal(2)), sa.Column("day", sa.Date), sa.Column("at", UtcDateTime),
            sa.Column("yes", sa.Boolean), sa.Column("n", sa.BigInteger), sa.Column("j", Json),
            sa.Column("code", sa.LargeBinary), sa.Column("share", sa.Float))

    found = table("copied"), table("inserted")
    with empty.altering() as connection:
        metadata.create_all(connection)
    return found


def test_copied_rows_are_those_that_were_inserted(empty, tables):
    copied, inserted = tables
    rows = [
        {"id": new_id(), "said": said, "money": Decimal(n) / 8 if n % 3 else None,
         "day": date(2026, 1, 1 + n) if n % 2 else None, "at": datetime(2026, 5, 1, 12, n, 1, n, UTC),
         "yes": n % 2 == 0, "n": (-1) ** n * 10 ** n, "j": {"a": [said, n, None, 1.5]} if n % 4 else None,
         "code": bytes(range(n * 19, n * 19 + 20)) if n % 5 else None, "share": n / 7}
        for n, said in enumerate([*NASTY, None])
    ]
    with empty.writing() as connection:
        copy_rows(connection, copied, rows)
        connection.execute(sa.insert(inserted), rows)
    with empty.reading() as connection:
        one, other = (connection.execute(sa.select(t).order_by(t.c.id)).all() for t in (copied, inserted))
    assert one == other and len(one) == len(rows)


def test_a_column_of_several_types_and_one_of_nothing(empty, tables):
    copied, _ = tables
    rows = [{"id": new_id(), "money": value, "said": None} for value in (1, Decimal("2.50"), None, "3.25")]
    with empty.writing() as connection:
        copy_rows(connection, copied, rows)
    with empty.reading() as connection:
        found = connection.execute(sa.select(copied.c.money, copied.c.said).order_by(copied.c.id)).all()
    assert found == [(Decimal("1.00"), None), (Decimal("2.50"), None), (None, None), (Decimal("3.25"), None)]


def test_a_row_that_does_not_fit_raises_as_an_insert_does(empty, tables):
    copied, _ = tables
    row = {"id": new_id(), "said": "twice"}
    with pytest.raises(sa.exc.IntegrityError), empty.writing() as connection:
        copy_rows(connection, copied, [row, row])
    with empty.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(copied)) == 0
