"""Policies of signing in from files: their roles, entities and rules must be there, their figures must go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from engine.loading.compile.rules import Rules
from engine.loading.compile.texts import text_of
from engine.loading.source import Source
from engine.model.policy import DEFAULT, Exemption, Policy

RENAMED = {("password", "min"): "least", ("password", "max"): "most"}
PLAIN = ("password", "sessions", "attempts", "links")
"""Sections whose keys are called as in the model but for RENAMED."""


def policies_of(
    sources: Iterable[Source], entities: Mapping[str, Any], roles: Mapping[str, Any], rules: Rules
) -> Mapping[str, Policy]:
    """Address -> policy."""
    return MappingProxyType({s.address: _policy(s, entities, roles, rules) for s in sources})


def _policy(source: Source, entities: Mapping[str, Any], roles: Mapping[str, Any], rules: Rules) -> Policy:
    data, found = source.data, source.found
    values: dict[str, Any] = {}
    for section in PLAIN:
        for key, value in data.get(section, {}).items():
            if key != "common":
                values[RENAMED.get((section, key), key)] = value
    values["common_refused"] = not data.get("password", {}).get("common", False)
    second, keys = data.get("second_factor", {}), data.get("keys", {})
    for section in ("second_factor", "keys"):
        for index, role in enumerate(data.get(section, {}).get("roles", ())):
            if role not in roles:
                found.path((section, "roles", index), "role.unknown", word=role, among=roles, name=role)
    made = Policy(
        address=source.address,
        title=text_of(data.get("title"), ("title",), found),
        everybody=second.get("everybody", False),
        roles=frozenset(second.get("roles", ())),
        exempt=tuple(_exempt(source, second.get("exempt", {}), entities, rules)),
        keys_for_everybody=keys.get("everybody", False),
        key_roles=frozenset(keys.get("roles", ())),
        key_days=keys.get("days", DEFAULT.key_days),
        **values,
    )
    if made.idle > made.absolute:
        found.path(("sessions", "idle_minutes"), "policy.idle", hours=made.hours)
    if made.pause_seconds > made.longest_pause_minutes * 60:
        found.path(("attempts", "pause_seconds"), "policy.pause", minutes=made.longest_pause_minutes)
    if made.rotation_days and made.min_age_hours >= made.rotation_days * 24:
        found.path(("password", "min_age_hours"), "policy.age", days=made.rotation_days)
    return made


def _exempt(
    source: Source, written: Mapping[str, Any], entities: Mapping[str, Any], rules: Rules
) -> Iterator[Exemption]:
    for key, one in written.items():
        path = ("second_factor", "exempt", key)
        if one["entity"] not in entities:
            source.found.path((*path, "entity"), "entity.unknown", word=one["entity"], among=entities,
                              name=one["entity"])
            continue
        where = rules.condition(one["where"], one["entity"], source.found, (*path, "where"))
        if where is not None and not rules.trusted and not where.uses_actor:
            # A rule that does not name the person would open the door to everybody at once.
            source.found.path((*path, "where"), "policy.nobody")
        yield Exemption(one["entity"], where)


