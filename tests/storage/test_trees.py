"""Trees: the closure table always says what the parents say, and a cycle is refused."""

import random

import pytest
import sqlalchemy as sa

from engine.errors import Invalid
from engine.ids import new_id
from engine.storage import closure
from engine.storage.system.tables import Id
from engine.storage.tables import closure_columns


@pytest.fixture
def tree(database):
    metadata = sa.MetaData()
    closed = sa.Table("tree", metadata, *closure_columns(), sa.PrimaryKeyConstraint("ancestor_id", "descendant_id"))
    records = sa.Table("records", metadata, sa.Column("id", Id()), sa.Column("parent_id", Id()))
    with database.altering() as connection:
        metadata.create_all(connection)
    return database, closed, records


def expected(parents):
    found = set()
    for record in parents:
        above, depth = record, 0
        while above is not None:
            found.add((above, record, depth))
            above, depth = parents[above], depth + 1
    return found


def stored(connection, closed):
    return {tuple(row) for row in connection.execute(sa.select(closed))}


def test_random_moves_equal_the_parents(tree):
    database, closed, records = tree
    draw, parents = random.Random(7), {}
    refused = 0
    with database.writing() as c:
        for _ in range(25):
            pairs = []
            for _ in range(draw.randrange(1, 4)):
                record = new_id()
                parent = draw.choice([None, *parents])
                parents[record] = parent
                pairs.append((record, parent))
            closure.add_leaves(c, closed, pairs)
        assert stored(c, closed) == expected(parents)
        for _ in range(60):
            record, parent = draw.choice(list(parents)), draw.choice([None, *parents])
            below = {d for a, d, _ in expected(parents) if a == record}
            if parent in below:
                refused += 1
                with pytest.raises(Invalid) as error:
                    closure.move(c, closed, record, parent)
                assert error.value.problems[0].code == "tree.cycle"
                continue
            parents[record] = parent
            closure.move(c, closed, record, parent)
        assert stored(c, closed) == expected(parents)
        assert refused > 0
        c.execute(sa.insert(records), [{"id": r, "parent_id": p} for r, p in parents.items()])
        closure.rebuild(c, closed, records)
        assert stored(c, closed) == expected(parents)


def test_a_move_takes_the_same_number_of_statements_whatever_its_size(tree):
    database, closed, _ = tree

    def moved(size):
        counted = []
        with database.writing() as c:
            root, top = new_id(), new_id()
            closure.add_leaves(c, closed, [(root, None), (top, None)])
            closure.add_leaves(c, closed, [(new_id(), root) for _ in range(size)])
            def count(connection, cursor, statement, *rest):
                counted.append(statement)

            sa.event.listen(c, "before_cursor_execute", count)
            closure.move(c, closed, root, top)
            sa.event.remove(c, "before_cursor_execute", count)
        return len(counted)

    # The lock (PostgreSQL), the search for a ring, the old places, the new ones.
    assert moved(2) == moved(200) <= 4
