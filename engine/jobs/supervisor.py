"""Keeps a worker process beside the server: begun after the server listens, begun anew when it dies, ended with it.

A process and not a thread: an import of a hundred thousand rows must not slow down the pages (one Python thread runs
at a time), and a worker that is killed for its memory takes no server with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from engine.config import ADDRESS, DATA, DATABASE, Settings
from engine.logs import log

RESTS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before the first, second, ... new beginning of a worker that dies young."""
HEALTHY = 60.0
"""Seconds after which a worker has proved itself, so that its end is no reason to wait long."""


class Supervisor:
    """`command` runs one worker, with `environment` added to ours. It is given a pipe as its input: when that closes,
    the server is gone."""

    def __init__(self, command: Sequence[str], rests: Sequence[float] = RESTS,
                 environment: Mapping[str, str] = MappingProxyType({})):
        self._command, self._rests, self._environment = list(command), rests, dict(environment)
        self._stopping = threading.Event()
        self._process: subprocess.Popen | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-supervisor", daemon=True)

    def start(self) -> Supervisor:
        self._thread.start()
        return self

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def stop(self, patience: float = 10.0) -> None:
        """Ask the worker to end; kill it when it does not."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.stdin.close()  # type: ignore[union-attr]
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._thread.join(patience)

    def _keep(self) -> None:
        died = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                # Our own interpreter and module, no shell; stderr is the server's, for the log.
                self._process = subprocess.Popen(  # noqa: S603
                    self._command, stdin=subprocess.PIPE, env={**os.environ, **self._environment})
                code: object = self._process.wait()
                self._process.stdin.close()  # type: ignore[union-attr]
            except OSError as error:
                code = type(error).__qualname__
            if self._stopping.is_set():
                return
            died = 1 if time.monotonic() - began > HEALTHY else died + 1
            log.warning("worker ended", code=str(code), begun_again_in=self._rests[min(died, len(self._rests)) - 1])
            self._stopping.wait(self._rests[min(died, len(self._rests)) - 1])


def worker_of(settings: Settings) -> Supervisor:
    """The keeper of a worker over the same site. Where the database is goes by the environment: a command line, and the
    password in it, could be read by everybody on the machine."""
    command = [sys.executable, "-m", "engine.cli.main", "worker", "--child"]
    return Supervisor(command, environment={DATA: str(settings.data), DATABASE: settings.database_url, ADDRESS: settings.address})
