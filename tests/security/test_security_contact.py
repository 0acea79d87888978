"""Where a vulnerability is reported is told by the installation itself (security.md, 58)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.app import create_app
from engine.config import Settings


def test_the_address_of_the_operator_is_told(fort, monkeypatch):
    told = Settings.of("/nowhere", environment={"QURASTYR_SECURITY_CONTACT": "safety@school.example"}).security_contact
    monkeypatch.setattr(fort.site, "settings", replace(fort.site.settings, security_contact=told))
    answer = create_app(fort.site).test_client().get("/.well-known/security.txt")
    assert answer.status_code == 200 and answer.mimetype == "text/plain"
    assert "Contact: mailto:safety@school.example\n" in answer.text and "Expires: 2026-" in answer.text


def test_nobody_is_named_where_the_operator_named_nobody(fort):
    assert fort.app.test_client().get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("wrong", ["ask the teacher", "http://school.example", "a@b\nX: y", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused_at_the_start(wrong):
    with pytest.raises(ValueError, match="QURASTYR_SECURITY_CONTACT"):
        Settings.of("/nowhere", environment={"QURASTYR_SECURITY_CONTACT": wrong})
