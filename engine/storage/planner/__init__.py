"""The planner: compares the Catalog with the database, says what it will do, and does it in one transaction."""

from engine.storage.planner.applying import BrokenLinks, apply_plan
from engine.storage.planner.planning import make_plan
from engine.storage.planner.steps import COPIES, DECISION, SAFE, Plan, Step

__all__ = ["COPIES", "DECISION", "SAFE", "BrokenLinks", "Plan", "Step", "apply_plan", "make_plan"]
