"""Tables of who may sign in and how: sessions, keys, what is known of passwords, second factors, attempts, links."""

from __future__ import annotations

import sqlalchemy as sa

from engine.fields.column_types import Id, Json, UtcDateTime
from engine.storage.system.base import METADATA, required

SESSION = sa.Table(
    "engine_session", METADATA,
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
    required("user_id", Id),
    required("created_at", UtcDateTime),
    required("seen_at", UtcDateTime),
    sa.Column("address", sa.String(45)),
    sa.Column("agent", sa.String(255)),
    required("level", sa.SmallInteger),
    sa.Column("csrf", sa.String(64)),
    sa.Column("language", sa.String(2)),
    sa.Column("ended_at", UtcDateTime),
    required("exempt", sa.Boolean, server_default=sa.false()),
)
"""Signed-in browsers. `token_hash` is SHA-256 of the cookie; `level` counts the factors that were shown; `exempt`: at
this sign-in the policy let the person leave the second one out."""
sa.Index("ix_engine_session_user", SESSION.c.user_id)

API_KEY = sa.Table(
    "engine_api_key", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("user_id", Id),
    required("key_hash", sa.LargeBinary(32)),
    required("title", sa.String(255)),
    required("created_at", UtcDateTime),
    sa.Column("last_used_at", UtcDateTime),
    sa.Column("revoked_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("roles", Json),
    required("read_only", sa.Boolean, server_default=sa.false()),
    sa.Column("entities", Json),
    sa.Column("begins", sa.String(12)),
    sa.Column("made_by", Id),
)
"""Keys of programs. `roles`, `entities`: the key has these of its user's roles, and reaches these entities, only (NULL:
all of them). `begins`: the first characters, by which its owner knows it; `made_by`: NULL for the command line."""
sa.Index("ux_engine_api_key_hash", API_KEY.c.key_hash, unique=True)
sa.Index("ix_engine_api_key_user", API_KEY.c.user_id)

ACCOUNT = sa.Table(
    "engine_account", METADATA,
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("changed_at", UtcDateTime),
    sa.Column("first_until", UtcDateTime),
    sa.Column("former", Json),
)
"""What is known of a password besides its hash. `first_until`: somebody else gave it, so it opens nothing but the page
where it is changed, and until then only. `former`: hashes of those before it, newest first."""

ATTEMPT = sa.Table(
    "engine_attempt", METADATA,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("subject", sa.LargeBinary(32), primary_key=True),
    required("turn", sa.BigInteger),
    required("since", UtcDateTime),
    required("failures", sa.Integer),
    sa.Column("until", UtcDateTime),
    required("day", sa.Date),
    required("of_day", sa.Integer),
    sa.Column("shut_at", UtcDateTime),
    required("at", UtcDateTime),
)
"""Attempts that failed, of an account or an address (`subject`: SHA-256 of which). `until`: the pause; `failures`
since `since`, `of_day` on `day`; `shut_at`: no attempt is judged until an administrator opens it. `turn`: the attempt
that was let through last."""
sa.Index("ix_engine_attempt_at", ATTEMPT.c.at)

FACTOR = sa.Table(
    "engine_factor", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("user_id", Id),
    required("method", sa.String(32)),
    required("title", sa.String(120)),
    required("sealed", sa.LargeBinary),
    required("created_at", UtcDateTime),
    sa.Column("confirmed_at", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
    required("last_step", sa.BigInteger, server_default=sa.text("0")),
    sa.Column("handle", sa.LargeBinary(32)),
)
"""A second factor of a user. `sealed`: its secret, encrypted; `last_step`: the newest step of time, or count, that was
accepted. One that is not confirmed yet proves nothing. `handle`: SHA-256 of the name under which the device itself
knows it, once in the installation; NULL for methods without one."""
sa.Index("ix_engine_factor_user", FACTOR.c.user_id)
sa.Index("ux_engine_factor_handle", FACTOR.c.handle, unique=True)

CHALLENGE = sa.Table(
    "engine_challenge", METADATA,
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("purpose", sa.String(16), primary_key=True),
    required("value", sa.LargeBinary(32)),
    required("until", UtcDateTime),
)
"""What a device has to sign, for one session (`token_hash`) and one purpose. It is deleted before an answer to it is
judged, so that no answer is judged twice."""

RECOVERY_CODE = sa.Table(
    "engine_recovery_code", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("user_id", Id),
    required("code_hash", sa.LargeBinary(32)),
    required("created_at", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
)
"""Codes for when the second factor is lost: each once."""
sa.Index("ix_engine_recovery_code_user", RECOVERY_CODE.c.user_id)

LINK = sa.Table(
    "engine_link", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("user_id", Id),
    required("kind", sa.String(16)),
    sa.Column("token_hash", sa.LargeBinary(32)),
    required("created_at", UtcDateTime),
    required("until", UtcDateTime),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
)
"""One-time links of letters, by `kind`: `invitation` and `reset`. The token is made when the letter is written, so that
nothing but the letter ever holds it."""
sa.Index("ix_engine_link_user", LINK.c.user_id)
sa.Index("ux_engine_link_token", LINK.c.token_hash, unique=True)
