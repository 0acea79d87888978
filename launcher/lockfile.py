"""A lock between processes, so that two starts of one checkout never install at the same time."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_SECONDS = 600
POLL_SECONDS = 0.2


@contextmanager
def held(path: Path, say=print) -> Iterator[None]:
    """Hold an exclusive lock on `path` while the block runs; wait up to ten minutes for another holder.

    The operating system lets go of the lock when the process ends, however it ends, so a killed
    installation never blocks the next one. Raises TimeoutError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        told = False
        end = time.monotonic() + WAIT_SECONDS
        while not _try_lock(descriptor):
            if not told:
                say("Another start of this checkout is installing; waiting for it ...")
                told = True
            if time.monotonic() > end:
                raise TimeoutError(f"{path} has been locked for more than {WAIT_SECONDS} seconds")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    """Take the lock at once or say False."""
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
