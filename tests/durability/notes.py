"""What the proof `durability` says of itself: several tests write it together."""

NOTES = (
    "Power: the writes and syncs of SQLite under the engine's settings are recorded by a VFS of apsw; power is lost at "
    "random moments of the recording: of what was not synced any sectors stay, in any order. Controls run with weaker "
    "settings through the same judge. Server: `qurastyr serve` is killed with SIGKILL while several clients write through "
    "the API. Rotation: the change of keys is killed with SIGKILL at random moments."
)
