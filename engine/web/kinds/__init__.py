"""Kinds of registries: ways of drawing one list. A room each, with the keys of its views, its queries, its template.

Loading reads a room's keys, so a room is light: what draws is imported when something is drawn.
"""
