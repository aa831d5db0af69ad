"""The cable between the server and its database: it can stand still, and it can be cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType


class Cable:
    """Passes bytes from a port of 127.0.0.1 to another and back until the `with` block ends."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._flows = threading.Event()
        self._flows.set()
        self._sockets: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Cable:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flows.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        self._thread.join()

    def stall(self) -> None:
        """Everything is taken and nothing passed on; who connects is heard by nobody."""
        self._flows.clear()

    def flow(self) -> None:
        """Pass on what has been taken, and everything from now on."""
        self._flows.set()

    def cut(self) -> None:
        """End every connection there is."""
        for end in list(self._sockets):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listening.accept()[0]
                far = socket.create_connection(("127.0.0.1", self._far))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, taken: socket.socket, given: socket.socket) -> None:
        self._sockets.add(taken)
        with suppress(OSError):
            while found := taken.recv(65536):
                self._flows.wait()
                given.sendall(found)
        with suppress(OSError):
            given.shutdown(socket.SHUT_RDWR)
        self._sockets.discard(taken)
        taken.close()
