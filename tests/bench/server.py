"""The server under measurement: gunicorn with two workers of four threads, and its processor time.

Processor time is read from /proc, hence on Linux only.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.bench.town import ROOT

WORKERS, THREADS = 2, 4
TICKS = os.sysconf("SC_CLK_TCK")  # a second


class Server:
    """Serves `tests.bench.wsgi` on a free port of 127.0.0.1 until the `with` block ends."""

    def __init__(
        self, environment: Mapping[str, str], *, application: str = "tests.bench.wsgi:app"
    ) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        number = self._listening.fileno()
        command = (
            *(sys.executable, "-m", "gunicorn", application, f"--bind=fd://{number}"),
            *(f"--workers={WORKERS}", "--worker-class=gthread", f"--threads={THREADS}"),
            *("--no-control-socket", "--log-level=warning"),
        )
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, env=environment, pass_fds=[number]
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._listening.close()

    @property
    def workers(self) -> list[int]:
        """The process numbers of the workers."""
        master = self._process.pid
        return list(map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split()))

    def processor(self) -> float:
        """Seconds of processor time, user and system, that the workers have used so far."""
        return sum(map(_processor, self.workers))

    def memory(self) -> int:
        """Bytes that the largest worker holds in memory."""
        return max(map(_memory, self.workers))


def _processor(process: int) -> float:
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / TICKS


def _memory(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024
