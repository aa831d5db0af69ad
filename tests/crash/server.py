"""A server that is killed and started again behind one listening socket, as systemd would keep it.

Whoever connects while no server runs waits in the socket's queue for the next one.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType

from tests.bench.town import ROOT

WAITING = 512  # connections that nobody has accepted yet


class Nest:
    """Servers on one free port of 127.0.0.1, one after the other, until the `with` block ends.

    `quiet` throws their log away, where it would tell of each trouble that the drill makes.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=WAITING)
        self.port: int = self._listening.getsockname()[1]
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PORTAL_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nest"],
            cwd=ROOT,
            env=kept,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            pass_fds=[self._listening.fileno()],
        )

    def __enter__(self) -> Nest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()
        self._listening.close()

    def start(
        self,
        environment: Mapping[str, str],
        *,
        application: str = "wsgi:app",
        workers: int = 2,
        threads: int = 4,
        connections: int = 1000,
    ) -> None:
        """Gunicorn with so many worker processes of so many threads; ready a moment later.

        `connections` is how many a process holds before it leaves new ones to the others.
        """
        command = (
            *(application, f"--bind=fd://{self._listening.fileno()}"),
            *(f"--workers={workers}", "--worker-class=gthread", f"--threads={threads}"),
            f"--worker-connections={connections}",
            *("--no-control-socket", "--log-level=warning"),
        )
        self._order({"do": "start", "command": command, "environment": dict(environment)})

    def kill(self) -> None:
        """SIGKILL for the master and all its workers; nothing of them is left afterwards."""
        self._order({"do": "kill"})

    def _order(self, order: dict[str, object]) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise RuntimeError("the process from which servers are started has ended")
