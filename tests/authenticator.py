"""A device with passkeys as a program: it makes a key, signs what it is asked, and can be told to do it wrongly."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 1, 4, 64
_names = iter(range(1, 10_000))


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey. What is given by keyword to `make` and `show` is said instead of the truth."""

    origin: str = "http://localhost:8000"
    counts: bool = True
    count: int = 0
    name: bytes = field(default_factory=lambda: hashlib.sha256(b"%d" % next(_names)).digest())
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, told: dict[str, Any], **wrong: Any) -> str:
        """The answer to `navigator.credentials.create`, as the page sends it."""
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + struct.pack(">H", len(self.name)) + self.name + public
        data = self._data({"rp": told["rp"]["id"], **wrong}, ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", told, wrong)
        return self._answer({"clientDataJSON": client, "attestationObject": made}, {"transports": ["internal"]})

    def show(self, told: dict[str, Any], **wrong: Any) -> str:
        """The answer to `navigator.credentials.get`."""
        data = self._data({"rp": told["rpId"], **wrong})
        client = self._client("webauthn.get", told, wrong)
        signed = wrong.get("key", self.key).sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signed}
        if "user" in wrong:
            parts["userHandle"] = wrong["user"]
        return self._answer(parts, {})

    def _data(self, said: dict[str, Any], more: int = 0) -> bytes:
        self.count = said.get("count", self.count + 1 if self.counts else 0)
        flags = said.get("flags", PRESENT | VERIFIED) | more
        return hashlib.sha256(said["rp"].encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, told: dict[str, Any], wrong: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": told["challenge"], "origin": self.origin}
        return json.dumps({**said, **{k: v for k, v in wrong.items() if k in said}}).encode()

    def _answer(self, parts: dict[str, bytes], more: dict[str, Any]) -> str:
        response = {**{k: text(v) for k, v in parts.items()}, **more}
        return json.dumps({"id": text(self.name), "rawId": text(self.name), "type": "public-key", "response": response})
