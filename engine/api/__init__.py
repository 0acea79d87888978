"""The REST door: JSON in, verbs of the services, JSON out. Knows HTTP and the services,
never SQL and never another door.
"""
