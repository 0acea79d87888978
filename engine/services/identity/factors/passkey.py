"""Passkeys (WebAuthn): a key pair in the device, unlocked by a finger, a face or a PIN, bound to the name of the site.

The messages are read and judged by py_webauthn; here stands what we ask of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from engine.language import N_
from engine.services.identity.factors.base import Asking, Enrolled, NotProved
from engine.services.identity.factors.challenges import LASTS
from engine.services.identity.factors.relying_party import RelyingParty, relying_party

NAME = "Qurastyr"
"""What devices call the site; not the name of the school, which they would keep after it was changed."""
TOLD = 200
T = TypeVar("T")


class Passkey:
    name = "passkey"
    title = N_("Passkey")

    def origin(self, address: str) -> str:
        party = relying_party(address)
        return party.origin if party else ""

    def invitation(self, asking: Asking) -> Mapping[str, Any]:
        return options_to_json_dict(webauthn.generate_registration_options(
            rp_id=_party(asking).id, rp_name=NAME, user_id=asking.user_id.bytes, user_name=asking.login,
            challenge=asking.challenge, timeout=_milliseconds(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED),
            exclude_credentials=[_descriptor(secret) for secret in asking.known]))

    def enrol(self, asking: Asking, answer: str) -> Enrolled:
        party = _party(asking)

        def judge() -> Enrolled:
            credential = parse_registration_credential_json(answer)
            made = webauthn.verify_registration_response(
                credential=credential, expected_challenge=asking.challenge, expected_rp_id=party.id,
                expected_origin=party.origin, require_user_verification=True)
            if made.credential_id != credential.raw_id:
                raise NotProved("the device signed for another credential")
            transports = [t.value for t in credential.response.transports or ()]
            secret = {"credential": bytes_to_base64url(made.credential_id),
                      "key": bytes_to_base64url(made.credential_public_key), "transports": transports}
            return Enrolled(json.dumps(secret), _handle(made.credential_id), made.sign_count)

        return _judged(judge)

    def question(self, asking: Asking) -> Mapping[str, Any]:
        return options_to_json_dict(webauthn.generate_authentication_options(
            rp_id=_party(asking).id, challenge=asking.challenge, timeout=_milliseconds(),
            allow_credentials=[_descriptor(secret) for secret in asking.known],
            user_verification=UserVerificationRequirement.REQUIRED))

    def handle(self, answer: str) -> bytes:
        return _judged(lambda: _handle(parse_authentication_credential_json(answer).raw_id))

    def count(self, asking: Asking, secret: str, answer: str) -> int:
        party = _party(asking)

        def judge() -> int:
            credential = parse_authentication_credential_json(answer)
            if credential.response.user_handle not in (None, b"", asking.user_id.bytes):
                raise NotProved("the device speaks of another person")
            # The count is compared by who keeps it, with what was accepted last: here only what is signed is read.
            return webauthn.verify_authentication_response(
                credential=credential, expected_challenge=asking.challenge, expected_rp_id=party.id,
                expected_origin=party.origin, credential_public_key=base64url_to_bytes(json.loads(secret)["key"]),
                credential_current_sign_count=0, require_user_verification=True).new_sign_count

        return _judged(judge)


def _party(asking: Asking) -> RelyingParty:
    party = relying_party(asking.address)
    if party is None:
        raise NotProved(f"no passkeys at {asking.address}")
    return party


def _judged(judge: Callable[[], T]) -> T:
    """What `judge` gives. Whatever breaks while the library reads the answer of a stranger is a refusal: it names some
    of its errors only, and those of the formats inside come through."""
    try:
        return judge()
    except NotProved:
        raise
    except Exception as broken:
        raise NotProved(f"{type(broken).__name__}: {broken}"[:TOLD]) from broken


def _descriptor(secret: str) -> PublicKeyCredentialDescriptor:
    kept = json.loads(secret)
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(kept["credential"]), transports=[AuthenticatorTransport(t) for t in kept["transports"]])


def _handle(credential_id: bytes) -> bytes:
    return hashlib.sha256(credential_id).digest()


def _milliseconds() -> int:
    return int(LASTS.total_seconds() * 1000)
