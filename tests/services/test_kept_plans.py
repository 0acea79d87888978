"""Statements kept with the Catalog give everybody exactly what a Catalog that keeps nothing gives them.

Several people ask in turn, in both orders, and eight threads at once; each answer is compared with the one that the
same person gets from a cold Catalog. Controls keep plans under keys that forget somebody: they must be noticed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.errors import Refusal
from engine.services import records
from engine.services.actor import NOBODY, Actor, system
from engine.services.registries import Query, choices, listing
from engine.services.unit_of_work import View
from tests.conftest import MONDAY
from tests.services import world
from tests.services.conftest import Office, open_site

DIARY = {
    # Rights that read the person, their unit and the day; a computed value that reads the day.
    "metadata/lab/diary.yaml": """
entity: lab.diary
kind: reference
title: {kk: Күнделік, ru: Дневник}
plural: {kk: Күнделіктер, ru: Дневники}
display: "{name}"
search: [name, patient]
fields:
  name: {type: text, required: yes, translated: yes, max: 80, title: {kk: Атауы, ru: Название}}
  patient: {type: link, to: lab.patient, title: {kk: Кім, ru: Кто}}
  day: {type: date, title: {kk: Күн, ru: День}}
  mood:
    type: choice
    title: {kk: Көңіл, ru: Настроение}
    options: {good: {kk: жақсы, ru: хорошо}, bad: {kk: жаман, ru: плохо}}
  late: {type: yesno, value: day < today, title: {kk: Кеш, ru: Поздно}}
  secret: {type: text, max: 20, title: {kk: Құпия, ru: Секрет}}
  notes:
    type: rows
    title: {kk: Жазба, ru: Записи}
    fields:
      text: {type: text, max: 20, title: {kk: Мәтін, ru: Текст}}
      patient: {type: link, to: lab.patient, title: {kk: Кім, ru: Кто}}
access:
  owner: {can: ALL}
  reader: {can: [read, history], where: created_by == actor.id, fields: {read: [name, day, late, mood]}}
  author: {can: [read, create, edit], where: day >= today, fields: {read: [name, patient, day, late, notes]}}
  medic: {can: [read, edit]}
  tutor: {can: [read], fields: {read: [name, patient, secret]}}
""",
}


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    made = open_site(module_url, tmp_path_factory.mktemp("diary"), world.files(DIARY))
    yield made
    made.database.close()


class Asked:
    """Two organisations with people of equal and different roles, and the questions they all ask."""

    def __init__(self, site):
        self.site = site
        self.people: list[tuple[str, Actor]] = []
        self.ids = []
        for number in range(2):
            office = Office(site)
            for key in (
                ("owner",),
                ("reader",),
                ("author",),
                ("medic",),
                ("tutor",),
                ("medic", "tutor"),
                ("author", "reader"),
                ("stranger",),
            ):
                self.people.append((f"{number} {key}", office.person(*key)))
            twin = office.write(
                office.system,
                lambda uow, office=office: records.create(
                    uow,
                    "system.user",
                    {"login": f"{office.code.lower()}.twin", "active": True, "roles": [{"role": "reader"}]},
                ),
            )
            other = Actor("user", twin.id, "twin", "twin", None, office.id, (), frozenset({"reader"}), "kk")
            self.people += [(f"{number} twin", other), (f"{number} system", office.system)]
            self._fill(office, other)
        self.people += [
            ("nobody", NOBODY),
            ("above all", system()),
            ("homeless", replace(self.people[1][1], organisation_id=None)),
        ]

    def _fill(self, office, twin):
        made = [
            office.create(
                "lab.patient",
                {
                    "name": f"{office.code} {n}",
                    "ward": str(n % 2),
                    "team": "т" if n % 3 else "о",
                    "health": n,
                    "mark": 5 - n,
                },
            )
            for n in range(5)
        ]
        self.ids += [("lab.patient", p.id) for p in made]
        for n in range(6):
            raw = {
                "name": {"kk": f"{office.code} күн {n}", "ru": f"{office.code} день {n}"},
                "mood": ("good", "bad")[n % 2],
                "patient": str(made[n % 5].id),
                "day": str(MONDAY.date() + timedelta(days=n - 2)),
                "secret": str(n),
                "notes": [{"text": str(n), "patient": str(made[(n + 1) % 5].id)}],
            }
            self.ids.append(("lab.diary", office.create("lab.diary", raw).id))
        # The same words, written by others: `created_by == actor.id` tells two people of one role apart.
        entity = self.site.catalog.entity("lab.diary")
        from engine.storage.tables import tables_of

        table = tables_of(self.site.catalog).of(entity)
        with self.site.database.writing() as connection:
            own = [id for address, id in self.ids[-6:]]
            reader = office.person("reader")
            for id, who in zip(own, [reader.user_id] * 2 + [twin.user_id] * 3, strict=False):
                connection.execute(table.update().where(table.c.id == id).values(created_by_id=who))

    def questions(self):
        for address in ("lab.patient", "lab.diary"):
            yield f"list {address}", lambda view, a=address: listing(view, a, Query(count=True, rows=True)).__dict__
            yield (
                f"sorted {address}",
                lambda view, a=address: listing(view, a, Query(sort=("-name",), limit=3, search="күн")).__dict__,
            )
        yield (
            "beyond",
            lambda view: (
                listing(
                    view, "lab.diary", Query(fields=("name", "patient", "patient.name"), sort=("patient",), count=True)
                ).__dict__
            ),
        )
        yield (
            "masked",
            lambda view: (
                listing(
                    view, "lab.patient", Query(fields=("name", "mark", "health"), sort=("mark",), totals=("health",))
                ).__dict__
            ),
        )
        yield "late", lambda view: listing(view, "lab.diary", Query(filters=[("late", "is", ["yes"])])).__dict__
        yield "choices", lambda view: choices(view, "lab.diary", "patient")
        yield "new", lambda view: records.new(view, "lab.diary", {"patient": str(self.ids[0][1])}).values
        for address, id in self.ids[::4]:
            yield f"read {id}", lambda view, a=address, i=id: self._card(view, a, i)
            yield f"history {id}", lambda view, a=address, i=id: records.history(view, a, i)

    @staticmethod
    def _card(view, address, id):
        found = records.read(view, address, id)
        return found.values, found.allowed, found.writable

    def answers(self, site, actor, language):
        """Everything one person is told, refusals included."""
        told = []
        for name, ask in self.questions():
            try:
                said = site.read(actor, ask, language=language)
            except Refusal as refusal:
                said = (type(refusal).__name__, [(p.path, p.code, p.text(language)) for p in refusal.problems])
            told.append((name, repr(said)))
        return told

    def turns(self):
        """Each in a language, some in two: what is kept for one must speak to another in theirs."""
        both = ("0 ('owner',)", "0 ('reader',)", "1 ('medic', 'tutor')")
        return [
            (name, actor, language)
            for n, (name, actor) in enumerate(self.people)
            for language in (("kk", "ru") if name in both else ("kk", "ru")[n % 2 :][:1])
        ]


@pytest.fixture(scope="module")
def asked(site):
    return Asked(site)


def cold(site):
    """Forget everything that was kept with the Catalog (tables are made again, like everything else)."""
    site.catalog._derived.clear()
    site.catalog._spelled.clear()


@pytest.fixture(scope="module")
def alone(site, asked):
    """What each gets who comes first to a Catalog that keeps nothing."""
    found = {}
    for name, actor, language in asked.turns():
        cold(site)
        found[name, language] = asked.answers(site, actor, language)
    assert len({repr(v) for v in found.values()}) > 15, "people must differ, or nothing is proved"
    return found


def test_people_in_turn_get_what_each_gets_alone(site, asked, alone):
    for turns in (asked.turns(), asked.turns()[::-1]):
        cold(site)
        for name, actor, language in turns:
            assert asked.answers(site, actor, language) == alone[name, language], (name, language)


def test_eight_threads_at_once_get_what_each_gets_alone(site, asked, alone):
    cold(site)
    turns = asked.turns()
    with ThreadPoolExecutor(8) as pool:
        for (name, _, language), told in zip(
            turns * 2, pool.map(lambda turn: asked.answers(site, turn[1], turn[2]), turns * 2), strict=True
        ):
            assert told == alone[name, language], (name, language)


def test_a_kept_plan_does_not_keep_the_day(site, asked, alone):
    """Tomorrow the same questions have other answers, cold and warm alike."""
    cold(site)
    turns = asked.turns()[:10]
    for name, actor, language in turns:
        assert asked.answers(site, actor, language) == alone[name, language]
    site.clock.moment = MONDAY + timedelta(days=1)
    warm = {(name, language): asked.answers(site, actor, language) for name, actor, language in turns}
    for name, actor, language in turns:
        cold(site)
        assert warm[name, language] == asked.answers(site, actor, language), name
    assert any(warm[name, language] != alone[name, language] for name, _, language in turns)


@pytest.mark.both_in_full
@pytest.mark.parametrize("forgotten", ["roles", "personal", "organisation"])
def test_a_key_that_forgets_somebody_would_be_noticed(site, asked, alone, monkeypatch, forgotten):
    """The control: with a worse key, or with personal statements kept, the comparison above fails."""

    def plan(view, key, build):
        full = ("worse", *key)
        if forgotten != "roles":
            full = (*full, view.actor.roles, view.actor.is_system)
        if forgotten != "organisation":
            full = (*full, view.actor.organisation_id is None)
        kept = view.catalog.kept(full)
        if kept is None:
            statement = view.statement()
            kept = build(statement)
            if forgotten == "personal" or not statement.personal:
                view.catalog.keep(full, kept)
        return kept

    monkeypatch.setattr(View, "plan", plan)
    cold(site)
    told = {(name, language): asked.answers(site, actor, language) for name, actor, language in asked.turns()}
    cold(site)
    assert told != alone
