"""Reading described entities: sources for rules, selections of fields, rows, keyset pages."""
