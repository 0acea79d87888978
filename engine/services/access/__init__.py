"""Who may do what. Access rules become one predicate, and every read and write passes through it."""

from engine.services.access.grants import Grant, can, grants, readable, visible_entities, writable

__all__ = ["Grant", "can", "grants", "readable", "visible_entities", "writable"]
