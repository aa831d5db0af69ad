"""A proxy that does to requests what lifts, carriers and hotels do to them."""

from __future__ import annotations

import http.client
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

PORTAL = b"<!DOCTYPE html><title>Wi-Fi</title><p>Please agree to our terms."


@dataclass(frozen=True, kw_only=True)
class Faults:
    """How often each thing happens to a request, from 0 to 1; `delay`: the longest, in seconds."""

    lost_requests: float = 0.0
    lost_replies: float = 0.0
    doubled: float = 0.0
    truncated: float = 0.0
    portals: float = 0.0
    delay: float = 0.0


NONE = Faults()
BAD = Faults(
    lost_requests=0.3, lost_replies=0.2, doubled=0.2, truncated=0.05, portals=0.05, delay=0.05
)


class Line:
    """Passes requests to a server on 127.0.0.1, and their answers back, with faults.

    Delays differ from request to request, so what is sent first need not arrive first.
    """

    def __init__(self, port: int, faults: Faults, *, seed: int) -> None:
        self.server, self.faults = port, faults
        self.dice = random.Random(seed)  # noqa: S311 - invented faults, no secret
        self._proxy = _Proxy(("127.0.0.1", 0), _Handler)
        self._proxy.line = self
        self.port: int = self._proxy.server_address[1]
        self._thread = threading.Thread(target=self._proxy.serve_forever, args=(0.05,))

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._proxy.shutdown()
        self._thread.join()
        self._proxy.server_close()

    def happens(self, share: float) -> bool:
        return self.dice.random() < share

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.server, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            kind = answer.headers.get("Content-Type", "")
            cookie = answer.headers.get("Set-Cookie", "")
            return _Reply(answer.status, kind, answer.read(), cookie)
        finally:
            connection.close()


@dataclass(frozen=True)
class _Reply:
    status: int
    kind: str
    body: bytes
    cookie: str = ""


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    line: Line


class _Handler(BaseHTTPRequestHandler):
    server: _Proxy

    def do_GET(self) -> None:
        self._pass()

    def do_POST(self) -> None:
        self._pass()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written about what is meant to fail."""

    def _pass(self) -> None:
        line, faults = self.server.line, self.server.line.faults
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        time.sleep(line.dice.random() * faults.delay)
        if line.happens(faults.lost_requests):
            return
        if line.happens(faults.portals):
            self._answer(_Reply(200, "text/html", PORTAL))
            return
        headers = {name: self.headers[name] for name in self.headers if name != "Host"}
        try:
            if line.happens(faults.doubled):
                line.forward(self.command, self.path, headers, body)
            reply = line.forward(self.command, self.path, headers, body)
        except OSError:
            return
        if line.happens(faults.lost_replies):
            return
        time.sleep(line.dice.random() * faults.delay)
        self._answer(reply, cut=line.happens(faults.truncated))

    def _answer(self, reply: _Reply, *, cut: bool = False) -> None:
        with suppress(OSError):
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            if reply.cookie:
                self.send_header("Set-Cookie", reply.cookie)
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
