"""Codes of an authenticator application: RFC 6238, six digits every thirty seconds."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyotp
import segno

from engine.language import N_

STEP = 30
"""Seconds for which a code stands."""
WINDOW = 1
"""Steps before and after now that are taken too: clocks of telephones differ, and people type slowly."""


class Totp:
    name = "totp"
    title = N_("Authenticator application")
    ask = N_("Code of the application, six digits")

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def offer(self, secret: str, login: str, issuer: str) -> Mapping[str, Any]:
        address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
        picture = segno.make(address, error="m").svg_data_uri(scale=4, border=3, dark="#000", light="#fff")
        return {"key": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), "picture": picture}

    def accepts(self, secret: str, typed: str, now: datetime, last_step: int) -> int | None:
        code = "".join(typed.split())
        if len(code) != 6 or not code.isdecimal() or not code.isascii():
            return None
        present, one = int(now.timestamp()) // STEP, pyotp.TOTP(secret)
        found = None
        for step in range(present - WINDOW, present + WINDOW + 1):  # all of them: time tells nothing
            if hmac.compare_digest(one.generate_otp(step), code) and step > last_step:
                found = step
        return found
