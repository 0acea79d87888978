"""Tables of work in the background: jobs, schedules, notices to people."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from engine.fields.column_types import Id, Json, UtcDateTime
from engine.storage.system.base import METADATA, required

WATCHED = timedelta(hours=1)
"""How long an unfinished job is watched by pages that ask for themselves."""
UNFINISHED = "state IN ('waiting', 'running')"

JOB = sa.Table(
    "engine_job", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("kind", sa.String(64)),
    required("arguments", Json),
    required("title", Json),
    sa.Column("key", sa.String(255)),
    sa.Column("schedule", sa.String(128)),
    sa.Column("user_id", Id),
    sa.Column("organisation_id", Id),
    required("language", sa.String(2)),
    required("state", sa.String(16)),
    required("attempts", sa.Integer, server_default=sa.text("0")),
    required("most_attempts", sa.Integer, server_default=sa.text("3")),
    required("created_at", UtcDateTime),
    required("not_before", UtcDateTime),
    sa.Column("started_at", UtcDateTime),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("worker", sa.String(64)),
    required("done", sa.BigInteger, server_default=sa.text("0")),
    sa.Column("total", sa.BigInteger),
    sa.Column("said", Json),
    required("cancel_asked", sa.Boolean, server_default=sa.false()),
    sa.Column("result", Json),
    sa.Column("file", Json),
    sa.Column("error", Json),
)
"""Work in the background; the row is the truth, queues carry nothing but its id. `state`: waiting, running, done,
failed (given up: a dead letter), cancelled. `key`: one unfinished job a key. `seen_at`: the worker's last sign of life.
`title`, `said`, `error`: {message, params}, said in the reader's language. `file`: {name, path, media_type, size}."""
sa.Index("ix_engine_job_waiting", JOB.c.not_before, sqlite_where=sa.text(UNFINISHED),
         postgresql_where=sa.text(UNFINISHED))
sa.Index("ix_engine_job_user", JOB.c.user_id, JOB.c.id)
sa.Index("ix_engine_job_organisation", JOB.c.organisation_id, JOB.c.id)
sa.Index("ix_engine_job_working", JOB.c.user_id, sqlite_where=sa.text(UNFINISHED),
         postgresql_where=sa.text(UNFINISHED))
sa.Index("ux_engine_job_key", JOB.c.key, unique=True, sqlite_where=sa.text(UNFINISHED),
         postgresql_where=sa.text(UNFINISHED))

SCHEDULE = sa.Table(
    "engine_schedule", METADATA,
    sa.Column("name", sa.String(128), primary_key=True),
    required("next_at", UtcDateTime),
    sa.Column("last_at", UtcDateTime),
    sa.Column("last_job_id", Id),
    required("paused", sa.Boolean, server_default=sa.false()),
)
"""When what happens by the clock is due next; a worker claims a run by moving `next_at` on."""

NOTICE = sa.Table(
    "engine_notice", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("user_id", Id),
    required("at", UtcDateTime),
    required("tone", sa.String(8)),
    required("text", Json),
    sa.Column("url", sa.Text),
    sa.Column("job_id", Id),
    sa.Column("read_at", UtcDateTime),
)
"""Something a person is told in the application. `text`: {message, params}."""
sa.Index("ix_engine_notice_user", NOTICE.c.user_id, NOTICE.c.id)
sa.Index("ix_engine_notice_unread", NOTICE.c.user_id, sqlite_where=sa.text("read_at IS NULL"),
         postgresql_where=sa.text("read_at IS NULL"))
