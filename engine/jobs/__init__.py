"""The door of work done later: schedules and outgoing messages. It knows services, never SQL and never the other doors."""
