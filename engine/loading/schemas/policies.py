"""The schema of policies of signing in."""

from __future__ import annotations

from engine.loading.schemas.common import ABOUT, ENTITY, NAME, Schema, integer, named, ref, rule, thing


def _about(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


POLICY_FILE: Schema = thing({
    "policy": {"type": "string", "pattern": ENTITY},
    "title": ref("text"),
    "password": thing({
        "min": _about(integer(8, 64), "Characters that a password has at least"),
        "max": _about(integer(64, 1000), "Characters that it has at most"),
        "common": _about({"type": "boolean"}, "May well-known passwords be used? `no` by itself"),
        "kinds": _about(integer(1, 4), "How many of lower case, upper case, digits, other characters must be there"),
        "rotation_days": _about(integer(0, 3_650), "Days after which it must be changed; 0: never"),
        "history": _about(integer(0, 24), "So many former passwords may not come back"),
        "min_age_hours": _about(integer(0, 720), "Hours before a chosen password may be changed again; 0: none"),
        "first_hours": _about(integer(1, 720), "How long a first password can be changed into an own one"),
    }),
    "sessions": thing({
        "idle_minutes": _about(integer(1, 1_440), "Minutes without a request after which a session ends"),
        "hours": _about(integer(1, 720), "Hours after which it ends however busy it is"),
    }),
    "attempts": thing({
        "tries": _about(integer(1, 100), "Failures in a row before the first pause"),
        "pause_seconds": _about(integer(1, 86_400), "The first pause; each failure after it doubles the next"),
        "longest_pause_minutes": integer(1, 1_440),
        "a_day": _about(integer(0, 1_000), "Failures in a day that shut an account until an administrator opens it"),
        "of_address": _about(integer(1, 100_000), "Failures of one address in a minute before it has to wait"),
    }),
    "second_factor": thing({
        "everybody": _about({"type": "boolean"}, "Everybody shows a second factor"),
        "roles": _about(ref("roles"), "Whoever holds one of these roles shows a second factor"),
        "exempt": _about(named(thing({
            "entity": {"type": "string", "pattern": ENTITY},
            "where": rule(),
            "serves": ref("serves"), "note": ABOUT["note"],
        }, "entity", "where"), NAME, 20), "Who may leave it out: those for whom some record fulfils a rule"),
    }),
    "keys": thing({
        "everybody": _about({"type": "boolean"}, "Everybody may make API keys of their own"),
        "roles": _about(ref("roles"), "Whoever holds one of these roles may make API keys of their own"),
        "days": _about(integer(0, 3_650), "Days that a key made on screen lasts at most; 0: it may have no end"),
    }),
    "links": thing({
        "invitation_hours": _about(integer(1, 720), "How long a link of an invitation opens"),
        "reset_minutes": _about(integer(10, 1_440), "How long a link for a forgotten password opens"),
    }),
    **ABOUT,
}, "policy", "title")
