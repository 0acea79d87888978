"""Which policy of signing in holds here: the one that the installation chose, else `default`."""

from __future__ import annotations

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.model import Catalog
from engine.model.policy import DEFAULT, Policy

ORDINARY = "default"
UNKNOWN = N_("There is no policy of signing in called %(name)s. Choose one of: %(known)s")


def policy_of(site) -> Policy:
    """The policy that holds now. Raises Invalid when the chosen one is not described."""
    catalog, name = site.catalog, site.policy_name or ORDINARY
    return catalog.derived(("policy of signing in", name), lambda: _found(catalog, name))


def _found(catalog: Catalog, name: str) -> Policy:
    """`name` is an address, or its last part, in which dashes may stand for underscores: `kz-state`."""
    asked = name.replace("-", "_")
    for address, policy in catalog.policies.items():
        if asked in (address, address.partition(".")[2]):
            return policy
    if name == ORDINARY:
        return DEFAULT
    known = ", ".join(address.partition(".")[2].replace("_", "-") for address in catalog.policies) or "-"
    raise Invalid([Problem("policy.unknown", UNKNOWN, "policy", {"name": name, "known": known})])
