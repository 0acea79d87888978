"""The web door: pages for people. It knows services and templates; it knows no SQL and no other door."""
