"""The door of work done later: schedules, outgoing messages. It knows services, never SQL, never the other doors."""
