"""`recipe:` files: made-up data told in YAML, made through the verbs of records, the same for the same seed number."""

from engine.services.seeding.recipes.run import Run

__all__ = ["Run"]
