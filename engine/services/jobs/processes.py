"""Names of worker processes, and whether the one behind a name is gone.

A killed process is known at once on its own machine; of another machine's process only its silence tells.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import uuid
from functools import cache

import psutil


def process_name() -> str:
    """A name for a worker in this process: where it runs, its number, when it began, and something of its own."""
    return f"{_place()}.{os.getpid()}.{_began(psutil.Process())}.{secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """True when the process behind `name` was one of this machine and is no more. False when nobody here can tell."""
    place, _, rest = name.partition(".")
    pid, _, rest = rest.partition(".")
    began = rest.partition(".")[0]
    if place != _place() or not pid.isdecimal() or not began.isdecimal():
        return False
    try:
        process = psutil.Process(int(pid))
        # A number is given again: the process that has it now began at another time.
        return abs(_began(process) - int(began)) > 1 or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _began(process: psutil.Process) -> int:
    return round(process.create_time() * 100)


@cache
def _place() -> str:
    """This machine - and on Linux this container: numbers of processes mean nothing outside."""
    try:
        inside = os.readlink("/proc/self/ns/pid")
    except OSError:
        inside = ""
    return hashlib.sha256(f"{socket.gethostname()} {uuid.getnode()} {inside}".encode()).hexdigest()[:12]
