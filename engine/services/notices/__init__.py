"""Notices: what the application tells one person. Seen by that person only; read ones are swept after a while."""

from engine.services.notices.telling import tell

__all__ = ["tell"]
