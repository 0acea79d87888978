"""Notices: what the application tells one person. Seen by that person only; read ones are swept after a while."""

from engine.services.notices.reading import Notice, notices, read_all, read_notice, read_of_job
from engine.services.notices.telling import tell

__all__ = ["Notice", "notices", "read_all", "read_notice", "read_of_job", "tell"]
