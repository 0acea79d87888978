"""Cells that are kept encrypted: where they all are, and how they pass to another key."""
