"""From what was sent to a record that may be kept: types, conditions, values, checks - all problems at once."""

from engine.services.validation.checks import check
from engine.services.validation.draft import Draft, FieldState
from engine.services.validation.parsing import parse
from engine.services.validation.settling import settle

__all__ = ["Draft", "FieldState", "check", "parse", "settle"]
