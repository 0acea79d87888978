"""What holds for the installation as a whole, and what nobody may set by hand."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.services import records


def test_a_login_is_taken_once_in_the_installation(office, other):
    made = office.write(
        office.system, lambda uow: records.create(uow, "system.user", {"login": "aigul", "roles": [{"role": "cook"}]})
    )
    assert made.values["login"] == "aigul"
    with pytest.raises(Invalid) as refused:
        other.write(
            other.system,
            lambda uow: records.create(uow, "system.user", {"login": "aigul", "roles": [{"role": "cook"}]}),
        )
    assert [p.code for p in refused.value.problems] == ["login.taken"]


def test_settings_are_made_once_even_by_two_at_the_same_moment(office):
    """The second writer is past the check before the first one commits: the database says no."""
    from threading import Barrier, Thread

    from engine.errors import Conflict
    from engine.services.records import creating

    together, said = Barrier(2, timeout=20), []
    usual = creating.read_settings

    def late(uow, address):
        found = usual(uow, address)
        if uow.site.database.dialect == "postgresql":
            together.wait()
        return found

    def make():
        try:
            office.create("lab.setup", {"greeting": "Сәлем"})
            said.append("made")
        except Conflict as refused:
            said.append(refused.problems[0].code)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(creating, "read_settings", late)
        threads = [Thread(target=make) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(said) == ["made", "settings.once"]


def test_nobody_sets_by_hand_what_is_read_only_from_the_start(office):
    with pytest.raises(Invalid) as refused:
        office.create("lab.card", {"name": "n", "kind": "c", "gamma": "typed"})
    assert [(p.path, p.code) for p in refused.value.problems] == [("gamma", "field.readonly")]
    assert (
        office.create("lab.card", {"name": "n", "kind": "b", "beta": "b", "gamma": "typed"}).values["gamma"] == "typed"
    )
    assert (
        office.create("lab.card", {"name": "n", "kind": "c", "gamma": "typed"}, who=office.system).values["gamma"]
        == "typed"
    )


def test_each_line_is_judged_by_its_own_values(office):
    """A line in which the choice fits does not let it pass in a line where it does not."""
    near = office.create("lab.item", {"name": "near", "area": "wood"})
    lines = [{"item": str(near.id), "wanted": "wood"}, {"item": str(near.id), "wanted": "metal"}]
    with pytest.raises(Invalid) as refused:
        office.create("lab.pick", {"choices": lines})
    assert [(p.path, p.code) for p in refused.value.problems] == [("choices[1].item", "link.not-choosable")]
    assert office.create("lab.pick", {"choices": lines[:1]}).values["choices"][0]["item"] == near.id
