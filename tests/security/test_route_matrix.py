"""Every route, every role, every method: who may not go there is stopped before the view begins (security.md, 9).

The views are put to sleep, so that nothing but the door is judged; what they would let through by themselves is the
matter of `test_mass_assignment`, `test_write_scope` and the tests of rights. What the door should do is read from the
YAML by `routes.may`.
"""

from __future__ import annotations

from typing import Any

import pytest

from engine import app as hall
from engine import doors
from tests.conftest import FULL
from tests.security.asleep import Asleep
from tests.security.conftest import NOBODY, Caller, Person
from tests.security.figures import none_wrong, planted
from tests.security.routes import METHODS, SAFE, endpoint_at, may, paths

TEST = "test_route_matrix"
OWN = {
    "web.sign_in": "it is how one signs in", "web.sign_out": "one's own session",
    "web.forgotten_password": "whoever forgot it cannot sign in; a letter goes to the owner of the account",
    "web.sign_in_link": "the link of a letter says who",
    "web.end_my_session": "one's own sessions", "web.end_my_other_sessions": "one's own sessions",
    "web.change_my_password": "one's own password", "web.begin_my_factor": "one's own factors",
    "web.confirm_my_factor": "one's own factors", "web.make_my_codes": "one's own factors",
    "web.remove_my_factors": "one's own factors", "web.begin_my_passkey": "one's own factors",
    "web.set_up_my_passkey": "one's own factors",
    "web.make_my_key": "one's own keys; the policy is asked inside", "web.narrow_my_key": "one's own keys",
    "web.revoke_my_key": "one's own keys",
    **dict.fromkeys((f"web.{name}" for name in (
        "give_first_password", "block_account", "unblock_account", "open_account", "end_sessions_of", "end_session_of",
        "remove_factors_of", "delete_account", "invite_account", "accounts_without", "issue_key", "narrow_key_of",
        "revoke_key_of")), "edit of the user's record is judged inside"),
    "web.open_notice": "one's own notices", "web.read_all": "one's own notices",
    "web.cancel_job": "one's own work", "web.retry_job": "one's own work", "web.seen_job": "one's own work",
    "api.cancel_job": "one's own work", "api.retry_job": "one's own work",
    "web.star": "one's own places", "web.visit": "one's own places",
    "web.keep_view": "one's own views; sharing is judged", "web.alter_view": "one's own views; others' are not found",
    "web.choose_columns": "one's own columns", "web.undo_action": "one's own action, each record judged anew",
    "web.take_back": "one's own remark", "web.move": "edit of the record is judged with it",
    "web.enter": "each cell is judged as a create or an edit", "api.enter_cells": "each cell is judged so",
    **dict.fromkeys((f"web.{name}" for name in (
        "journal_export", "journal_figures_export", "keep_journal_figures", "prove_journal")),
        "a role that reads the journal is asked for inside"),
    "web.save_grid_cell": "the record of the cell is judged so", "api.send_file": "create or edit is asked for inside",
}
"""Routes that change something and ask for no verb that changes records, each with its reason."""


class Doors(Asleep):
    """The matrix: everybody at every door."""

    def __init__(self, fort: Any):
        super().__init__(fort)
        self.catalog = fort.catalog
        self.people = {role: Person(fort, role, fort.here, fort.app) for role in (*sorted(fort.catalog.roles), NOBODY)}
        self.callers = {role: Caller(fort, role, fort.here, fort.app) for role in self.people}
        for one in (*self.people.values(), *self.callers.values()):
            one.client.application = self.app

    def faults(self, address: str, only: str = "") -> tuple[int, list[str]]:
        """(requests sent, those that were let in or stopped wrongly), over routes about one entity."""
        sent, wrong = 0, []
        for path in paths(self.app, self.fort, address):
            for method in METHODS:
                endpoint, place = endpoint_at(self.app, path, method)
                here = self.catalog.entity(address)
                # `/api/v1/jobs/ID` asked for by POST is the address of an entity `jobs.ID`, which nobody has.
                about = address if place.get("module") in (None, here.module) and \
                    place.get("slug") in (None, here.slug) else ""
                if only and endpoint != only:
                    continue
                for role in self.people:
                    if endpoint is None and role not in (NOBODY, "owner"):
                        continue
                    for how, one in self.visitors(path, role):
                        self.reached.clear()
                        answer = one.send(method, path)
                        sent += 1
                        if said := self.judge(endpoint, about, how, role, answer):
                            wrong.append(f"{how} {role} {method} {path}: {said}")
        return sent, wrong

    def visitors(self, path: str, role: str) -> list[tuple[str, Any]]:
        found = [("cookie", self.people[role])]
        return [*found, ("key", self.callers[role])] if path.startswith("/api/") else found

    def judge(self, endpoint: str | None, address: str, how: str, role: str, answer: Any) -> str:
        """What is wrong with the answer; '' when it is as it should be."""
        status, let_in = answer.status_code, bool(self.reached)
        if endpoint is None:
            return "" if not let_in and status in (404, 405, 308) else f"no such method, but {status}"
        access = self.app.view_functions[endpoint].access
        known = role != NOBODY and not (endpoint.startswith("api.") and how == "cookie")
        if access == doors.HALF:  # for sessions that are not let in yet: whoever is in has nothing to do there
            known = False
        held = access == doors.SIGNED_IN or (address and may(role, address, access))
        if access == doors.PUBLIC or (known and held):
            return "" if let_in else f"stopped: {status}"
        if let_in:
            return "let in"
        if not known:
            to_sign_in = status == 303 and answer.headers["Location"].startswith("/sign-in")
            return "" if status == 401 or to_sign_in else f"nobody got {status}"
        expected = 403 if address and may(role, address, "read") else 404
        return "" if status == expected else f"{status} instead of {expected}"


@pytest.fixture(scope="module")
def asleep(fort_on):
    return Doors(fort_on("sqlite"))


def test_every_route_is_closed_to_every_role_without_its_right(asleep):
    entities = sorted(asleep.catalog.entities)
    chosen = ["fort.deed", *entities[::4]] if FULL else ["fort.deed"]
    sent, wrong = 0, []
    for address in chosen:
        more, bad = asleep.faults(address)
        sent, wrong = sent + more, wrong + bad
    none_wrong(TEST, "", sent, wrong, 15_000 if FULL else 2_500)


def _rights_are_not_judged(asleep, monkeypatch):
    monkeypatch.setattr(doors, "can", lambda *a: True)


def _hidden_entities_are_told(asleep, monkeypatch):
    real = doors.can
    monkeypatch.setattr(doors, "can", lambda c, a, e, verb: verb == "read" or real(c, a, e, verb))


def _nobody_is_somebody(asleep, monkeypatch):
    real = doors.current_actor
    monkeypatch.setattr(doors, "current_actor",
                        lambda: asleep.fort.here.people["viewer"] if real() is doors.NOBODY else real())


def _cookies_open_the_api(asleep, monkeypatch):
    monkeypatch.setattr(doors, "KEYS_ONLY", "/nowhere/")


def _a_view_asks_for_less(asleep, monkeypatch):
    real = doors.can
    monkeypatch.setattr(doors, "can", lambda c, a, e, verb: real(c, a, e, "read" if verb == "archive" else verb))


def _everybody_is_stopped(asleep, monkeypatch):
    monkeypatch.setattr(doors, "can", lambda c, a, e, verb: verb == "read")


@pytest.mark.parametrize(("plant", "at"), [
    (_rights_are_not_judged, "web.save"), (_hidden_entities_are_told, "web.card"), (_nobody_is_somebody, "web.home"),
    (_cookies_open_the_api, "api.listing"), (_a_view_asks_for_less, "api.archive_record"),
    (_everybody_is_stopped, "web.create")])
def test_a_planted_hole_in_the_door_is_caught(asleep, monkeypatch, plant, at):
    plant(asleep, monkeypatch)
    _, wrong = asleep.faults("fort.deed", only=at)
    planted(TEST, plant.__name__.strip("_"), bool(wrong))


# -- what routes ask for ----------------------------------------------------------------------------------------------


def careless(app: Any) -> list[str]:
    """Routes that change something and ask for no right to it, but those of `OWN`."""
    found = []
    for rule in app.url_map.iter_rules():
        access = app.view_functions[rule.endpoint].access
        if access in (doors.PUBLIC, doors.SIGNED_IN, "read") and rule.methods - set(SAFE) and rule.endpoint not in OWN:
            found.append(f"{rule.endpoint} asks for {access}")
    return sorted(set(found))


def test_what_changes_records_asks_for_a_right_to_change_them(fort):
    assert careless(fort.app) == [], "declare the verb, or add the route to OWN with its reason"
    known = {rule.endpoint for rule in fort.app.url_map.iter_rules()}
    assert set(OWN) <= known, "a reason for a route that is gone"


def test_a_planted_route_that_asks_for_too_little_is_caught(fort, monkeypatch):
    view = fort.app.view_functions["web.archive"]
    monkeypatch.setattr(view, "access", "read")
    planted(TEST, "a view that asks for less than it does", careless(fort.app) != [])


def test_an_application_with_a_route_that_says_nothing_does_not_start(fort, monkeypatch):
    real = hall._health

    def blueprint():
        made = real()
        made.add_url_rule("/planted", "planted", lambda: "")
        return made

    monkeypatch.setattr(hall, "_health", blueprint)
    with pytest.raises(RuntimeError, match=r"hall\.planted"):
        hall.create_app(fort.site)
    planted(TEST, "a route that says nothing", True)
