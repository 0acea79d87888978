"""Server processes: started, asked over one kept connection, weighed and stopped."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.school import ROOT, School
from benchmarks.serve import COUNTING

TICKS = os.sysconf("SC_CLK_TCK")
STARTING = 60.0
"""Seconds given to a server to answer for the first time."""


class Server:
    """One process that serves on 127.0.0.1, and a connection to it."""

    def __init__(self, command: list[str], port: int, first: str, headers: dict[str, str], environment: dict[str, str],
                 log: Path):
        self.port, self.headers = port, headers
        self.began = time.perf_counter()
        with log.open("ab") as said:  # the engine says a line a write; a terminal would slow it down
            # As installed: with compiled files, kept beside the measured data.
            compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(log.parent / "compiled")}
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **compiled, **environment}, stdout=said, stderr=said)
        self.seconds = self._wait(first)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _wait(self, path: str) -> float:
        while time.perf_counter() - self.began < STARTING:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}")
            try:
                asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=STARTING)
                asked.request("GET", path, headers=self.headers)
                asked.getresponse().read()
                asked.close()
            except OSError:
                time.sleep(0.005)
                continue
            return time.perf_counter() - self.began
        raise TimeoutError(f"no answer in {STARTING} s")

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[float, Any, bytes]:
        """Seconds until the whole answer was here, the answer, its body."""
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        return time.perf_counter() - began, answer, content

    def cpu(self) -> float:
        """Seconds of processor, user and system, that the process has used. PostgreSQL's own are not in it."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> dict[str, float]:
        """MiB resident, and proportional (what is shared with other processes counts in part)."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("Rss", "Pss:"))}
        return {"rss": kilobytes["Rss"] / 1024, "pss": kilobytes["Pss"] / 1024}

    def stop(self) -> None:
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(side: str, school: School, counting: bool = False) -> Iterator[Server]:
    """One side of the comparison, answering."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serve", side, "--folder", str(school.folder), "--database",
               school.dialect, "--port", str(port)]
    server = Server(command, port, "/health", {}, {COUNTING: "1"} if counting else {},
                    school.folder / f"{side}.log")
    try:
        yield server
    finally:
        server.stop()
