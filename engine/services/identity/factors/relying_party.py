"""Where passkeys are good: a browser binds each to the name of a site and shows it to pages of that site alone."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
HERE = "localhost"


@dataclass(frozen=True)
class RelyingParty:
    id: str
    """The name to which passkeys are bound."""
    origin: str
    """The beginning of the addresses of all pages, as browsers write it."""


def relying_party(address: str) -> RelyingParty | None:
    """Of the site that people reach at `address`; None where browsers offer no passkeys: at a bare number, which is no
    name, and without https. This machine itself is `localhost`, also where its number is written."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:
        return None
    try:
        number = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        number = None
    if number is not None and number.is_loopback:
        host = HERE
    elif number is not None:
        return None
    if not host or (parts.scheme != "https" and (parts.scheme != "http" or host != HERE)):
        return None
    shown = "" if port in (None, PORTS[parts.scheme]) else f":{port}"
    return RelyingParty(host, f"{parts.scheme}://{host}{shown}")
