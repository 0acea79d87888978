"""The readable report says what the proof says, and the proof has a figure of every rule that is tested here."""

from __future__ import annotations

import json

import pytest

from tools import security_report

RULES = (
    "test_route_matrix",
    "test_mass_assignment",
    "test_write_scope",
    "test_csrf",
    "test_headers",
    "test_open_redirect",
    "test_sessions",
    "test_revocation",
    "test_sql_names",
    "test_hidden_fields",
    "test_file_paths",
    "test_bombs",
    "test_formula_injection",
    "test_error_pages",
    "test_xss_matrix",
    "test_htmx_config",
    "test_storage_empty_after_logout",
    "test_user_enumeration",
    "test_bruteforce",
    "test_house_rules",
    "test_unstamped_statement_refused",
)


@pytest.fixture(scope="module")
def proof():
    return json.loads(security_report.PROOF.read_text(encoding="utf-8"))


def test_the_page_is_made_of_the_proof(proof):
    told = security_report.REPORT.read_text(encoding="utf-8")
    assert told == security_report.report(proof), "run python -m tools.security_report"


@pytest.mark.parametrize("rule", RULES)
def test_the_proof_has_a_figure_of(proof, rule):
    assert any(key.startswith(f"{rule}: ") for key in proof["figures"]), "run ./test --all tests/security"


def test_a_figure_that_misses_its_target_is_told():
    figures = {
        "test_x: faults": {"value": 1, "target": 0, "relation": "==", "ok": False},
        "test_x: planted defects caught": {"value": 1, "target": 2, "relation": "==", "ok": False},
    }
    page = security_report.report(
        {
            "name": "security",
            "commit": "c" * 40,
            "at": "now",
            "seed": 1,
            "machine": "m",
            "figures": figures,
            "notes": "",
        }
    )
    assert "| `test_x` | faults | 1 | == 0 | **no** | 1 of 2 |" in page and "0 of 2 figures meet" in page
