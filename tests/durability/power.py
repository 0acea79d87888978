"""A disk that can lose its power: every write and every sync of SQLite is written down and can be replayed to any moment.

After a loss of power a file holds what was synced, and of what came later any part, in any order, torn at sectors.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512


@dataclass
class Tape:
    """What happened, in order: (`write`, file, offset, bytes), (`cut`, file, size), (`sync`, file), (`delete`, file),
    and (`told`, number) when the writer heard that its transaction is committed."""

    events: list[tuple] = field(default_factory=list)


class RecordingFile(apsw.VFSFile):
    def __init__(self, vfs: str, name, flags, tape: Tape):
        self.tape = tape
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self.name = Path(path).name if path else ""
        super().__init__(vfs, name, flags)

    def xWrite(self, data, offset):  # noqa: N802 - the names of SQLite
        super().xWrite(data, offset)
        self.tape.events.append(("write", self.name, offset, bytes(data)))

    def xTruncate(self, size):  # noqa: N802
        super().xTruncate(size)
        self.tape.events.append(("cut", self.name, size))

    def xSync(self, flags):  # noqa: N802
        super().xSync(flags)
        self.tape.events.append(("sync", self.name))


class RecordingVfs(apsw.VFS):
    """The system's own files, everything written down. Keep a reference to it as long as connections are open."""

    def __init__(self, name: str, tape: Tape):
        self.tape, self.base_name = tape, apsw.vfs_names()[0]
        super().__init__(name, self.base_name)

    def xOpen(self, name, flags):  # noqa: N802
        return RecordingFile(self.base_name, name, flags, self.tape)

    def xDelete(self, name, sync):  # noqa: N802
        super().xDelete(name, sync)
        self.tape.events.append(("delete", Path(name).name))


class Disk:
    """What is on the disk after the first events of a tape: synced bytes of each file, and what may be lost."""

    def __init__(self) -> None:
        self.synced: dict[str, bytearray] = {}
        self.loose: dict[str, list[tuple]] = {}
        self.told = 0
        """Transactions whose writers were told that they are committed."""

    def see(self, event: tuple) -> None:
        kind, name = event[0], event[1]
        if kind == "told":
            self.told = max(self.told, name)
        elif kind == "sync":
            image = self.synced.setdefault(name, bytearray())
            for loose in self.loose.pop(name, ()):
                _apply(image, loose)
        elif kind == "delete":
            self.synced.pop(name, None)
            self.loose.pop(name, None)
        else:
            self.loose.setdefault(name, []).append(event)

    def lose_power(self, folder: Path, chance: random.Random) -> None:
        """Write into `folder` what is found when the machine starts again."""
        kept = chance.choice((0.0, 0.5, 0.9, 1.0))
        for name in {*self.synced, *self.loose}:
            if name.endswith("-shm"):  # rebuilt from the log
                continue
            if name not in self.synced and kept < 1:
                continue  # the entry of a new file is synced with it
            image = bytearray(self.synced.get(name, b""))
            for event in self.loose.get(name, ()):
                if event[0] == "cut":
                    if chance.random() < kept:
                        _apply(image, event)
                    continue
                _, _, offset, data = event
                for start in range(0, len(data), SECTOR):
                    if chance.random() < kept:
                        _apply(image, ("write", name, offset + start, data[start : start + SECTOR]))
            (folder / name).write_bytes(image)


def _apply(image: bytearray, event: tuple) -> None:
    if event[0] == "cut":
        del image[event[2] :]
        return
    _, _, offset, data = event
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data
