"""The twin: the invoice as a programmer would write it by hand for speed, with Flask and SQLAlchemy Core and no engine.

It shows the same rows and columns, checks the same things on writing (required, numbers, sums, links, dates), and
commits once a request as durably. It has no journal, no roles or rights (the key and the cookie are compared with
constants), one language, no rules in files, no filters but those measured, and no index for search.
"""
