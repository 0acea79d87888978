"""Entry grids over the API: read as rows, columns and filled cells; written cell by cell; described for who may."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator

from engine.api import grids
from engine.app import create_app
from engine.clock import FixedClock
from engine.services.identity import create_key
from tests.api.conftest import Caller
from tests.services.conftest import open_site
from tests.services.grids import guild as metadata
from tests.services.grids.conftest import TODAY, Guild

PATH = "/guild/presence/grids/days"


@pytest.fixture(scope="module")
def guild(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guild")
    site = open_site(f"sqlite:///{folder / 'test.db'}", folder, metadata.files())
    site.clock = FixedClock(TODAY)
    made = Guild(site)
    shop = SimpleNamespace(app=create_app(site), keys={r: create_key(site, r, "t") for r in ("tutor", "reader")})
    made.tutor_asks, made.reader_asks = Caller(shop, "tutor"), Caller(shop, "reader")
    yield made
    site.database.close()


def test_a_grid_is_read_and_written_cell_by_cell(guild):
    team, members = guild.team(2)
    row, address = str(members[0].id), f"{PATH}?of_team={team.id}&month=2026-03-01"
    entered = guild.tutor_asks("PATCH", address, {"cells": [
        {"row": row, "column": "2026-03-02", "text": "away"}, {"row": row, "column": "2026-03-03", "text": "?"},
        {"row": row, "column": "2026-03-31", "text": "ill"}]})
    assert entered.status_code == 200
    Draft202012Validator(grids.ENTERED).validate(entered.json)
    first, second, third = entered.json["cells"]
    assert (first["state"], first["value"], first["text"]) == ("saved", "away", "н")
    assert second["problems"][0]["code"] == "grid.code" and third["problems"][0]["code"] == "grid.locked"
    whole = guild.tutor_asks("GET", address).json
    Draft202012Validator(grids.WHOLE).validate(whole)
    assert len(whole["rows"]) == 2 and len(whole["columns"]) == 22
    (cell,) = whole["cells"]
    assert cell["row"] == row and cell["value"] == "away" and cell["seen"] == first["seen"]
    again = guild.tutor_asks("PATCH", address, {"cells": [{"row": row, "column": "2026-03-02", "text": "ill"}]})
    assert again.json["cells"][0]["state"] == "conflict" and again.json["cells"][0]["value"] == "away"
    gone = guild.tutor_asks("PATCH", address, {"cells": [
        {"row": row, "column": "2026-03-02", "text": None, "seen": first["seen"]}]})
    assert gone.json["cells"][0] == {"row": row, "column": "2026-03-02", "state": "saved", "text": "", "seen": "",
                                     "value": None}


@pytest.mark.parametrize("body", [{}, {"cells": 1}, {"cells": ["x"]}, {"cells": [{"row": "x"}]}, {"cells": [], "x": 1},
                                  {"cells": [{"row": 1, "column": "2", "text": "3"}]}, [],
                                  {"cells": [{"row": "1", "column": "2", "text": "3", "note": "4"}]}])
def test_a_body_of_another_shape_is_refused(guild, body):
    team, _ = guild.team(1)
    assert guild.tutor_asks("PATCH", f"{PATH}?of_team={team.id}", body).status_code == 400


def test_strange_parameters_grids_and_teams_are_refused(guild):
    team, _ = guild.team(1)
    assert guild.tutor_asks("GET", f"{PATH}?of_team={team.id}&of_tem=1").status_code == 400
    assert guild.tutor_asks("GET", f"{PATH}?of_team=1").status_code == 400
    assert guild.tutor_asks("GET", f"{PATH}?of_team=018f0000-0000-7000-8000-000000000001").status_code == 404
    assert guild.tutor_asks("GET", "/guild/presence/grids/quarter").status_code == 404
    assert guild.tutor_asks("GET", "/guild/review/grids/reviews").status_code == 404


def test_the_description_names_the_grids_that_the_key_may_open(guild):
    mine = json.loads(guild.tutor_asks("GET", "/openapi.json").data)["paths"]
    assert "patch" in mine["/api/v1/guild/presence/grids/days"] and "/api/v1/guild/score/grids/scores" in mine
    theirs = json.loads(guild.reader_asks("GET", "/openapi.json").data)["paths"]
    assert "/api/v1/guild/presence/grids/days" in theirs and "/api/v1/guild/score/grids/scores" not in theirs
