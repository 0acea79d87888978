"""Tables of what people keep for themselves or say beside records: views, drafts, places, comments, imports."""

from __future__ import annotations

import sqlalchemy as sa

from engine.fields.column_types import Id, Json, UtcDateTime
from engine.storage.system.base import METADATA, required

SAVED_VIEW = sa.Table(
    "engine_saved_view", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("entity", sa.String(64)),
    sa.Column("organisation_id", Id),
    required("owner_id", Id),
    required("audience", sa.String(16)),
    sa.Column("role", sa.String(64)),
    required("title", sa.String(120)),
    required("state", Json),
    required("version", sa.Integer),
    required("created_at", UtcDateTime),
    required("updated_at", UtcDateTime),
)
"""A list as a person keeps it: filters, order, columns, kind. `audience`: mine, role (`role` says which), everyone."""
sa.Index("ix_engine_saved_view_entity", SAVED_VIEW.c.entity, SAVED_VIEW.c.organisation_id)

PREFERENCE = sa.Table(
    "engine_preference", METADATA,
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    required("value", Json),
    required("at", UtcDateTime),
)
"""What a person chose and expects to find again: columns and their widths, how an import matched its columns."""

PLACE = sa.Table(
    "engine_place", METADATA,
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("entity", sa.String(64), primary_key=True),
    sa.Column("record_id", Id, primary_key=True),
    sa.Column("visited_at", UtcDateTime),
    sa.Column("starred_at", UtcDateTime),
)
"""Records that a person opened lately or marked with a star."""
sa.Index("ix_engine_place_visited", PLACE.c.user_id, PLACE.c.visited_at)

DRAFT = sa.Table(
    "engine_draft", METADATA,
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("entity", sa.String(64), primary_key=True),
    sa.Column("place", sa.String(64), primary_key=True),
    sa.Column("record_version", sa.Integer),
    required("values", Json),
    required("at", UtcDateTime),
)
"""What was typed and not saved. `place`: the record's id, or `new`. `values`: names and texts of inputs, in order."""

COMMENT = sa.Table(
    "engine_comment", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("entity", sa.String(64)),
    required("record_id", Id),
    sa.Column("organisation_id", Id),
    required("author_id", Id),
    required("at", UtcDateTime),
    required("text", sa.Text),
    sa.Column("edited_at", UtcDateTime),
    sa.Column("removed_at", UtcDateTime),
)
"""What people say beside a record; seen by whoever sees the record."""
sa.Index("ix_engine_comment_record", COMMENT.c.entity, COMMENT.c.record_id, COMMENT.c.id)

IMPORT = sa.Table(
    "engine_import", METADATA,
    sa.Column("id", Id, primary_key=True),
    required("user_id", Id),
    sa.Column("organisation_id", Id),
    required("entity", sa.String(64)),
    required("file_name", sa.String(255)),
    required("path", sa.Text),
    required("state", sa.String(16)),
    required("options", Json),
    sa.Column("corrections", Json),
    sa.Column("found", Json),
    sa.Column("job_id", Id),
    required("at", UtcDateTime),
)
"""A table on its way in: the uploaded file, how its columns are read, cells corrected on the page, what was found."""
sa.Index("ix_engine_import_user", IMPORT.c.user_id, IMPORT.c.id)
