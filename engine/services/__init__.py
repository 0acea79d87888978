"""Verbs: one transaction, one permission check and one journal entry each. Doors call these; these know no door."""
