"""Browsers without windows: one that signs in, and eight that ask as fast as they are answered."""

from __future__ import annotations

import gzip
import re
import socket
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode

from tests.bench.server import Server

CLIENTS = 8
MOST_TRIES = 500
PATIENCE = 60  # seconds for one answer
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Answer(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        found = re.search(rf"\r\n{name}: *([^\r]*)".encode(), self.head, re.IGNORECASE)
        return found[1].decode("latin-1") if found else ""

    def must_be(self, expected: int, request: bytes) -> None:
        if self.status != expected:
            asked = request.partition(b"\r\n")[0].decode()
            raise RuntimeError(f"{asked} was answered {self.status}: {self.text[:300]}")

    @property
    def size(self) -> int:
        return len(self.head) + len(self.body)

    @property
    def text(self) -> str:
        packed = self.header("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


class Connection:
    """One connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> Answer:
        self._socket.sendall(request)
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        head = got[: end + 4]
        length = _LENGTH.search(head)
        parts = [got[end + 4 :]]
        missing = (int(length[1]) if length else 0) - len(parts[0])
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return Answer(int(head[9:12]), head, b"".join(parts))

    def _more(self) -> bytes:
        found = self._socket.recv(262_144)
        if not found:
            raise ConnectionError("the server closed the connection")
        return found

    def close(self) -> None:
        self._socket.close()


class Browser:
    """Keeps its cookies and the last page's token, as a browser does."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.token = ""

    def sign_in(self, phone: str, password: str) -> None:
        """Through the page that everybody uses."""
        self.get("/sign-in")
        form = {"phone": phone, "password": password, "csrf_token": self.token}
        self._ask(self.request("POST", "/sign-in", form=form), expected=303)
        self.get("/")

    def get(self, path: str) -> Answer:
        """A page or file; any answer but 200 is an error."""
        answer = self._ask(self.request("GET", path), expected=200)
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        return answer

    def _ask(self, request: bytes, *, expected: int) -> Answer:
        connection = Connection(self.server.port)
        answer = connection.ask(request)
        connection.close()
        answer.must_be(expected, request)
        for line in re.findall(rb"\r\nset-cookie: *([^\r]*)", answer.head, re.IGNORECASE):
            for name, cookie in SimpleCookie(line.decode()).items():
                self.cookies[name] = cookie.value
        return answer

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, object] | None = None,
        json: bytes = b"",
    ) -> bytes:
        """The bytes of a request by this browser."""
        body = urlencode(form).encode() if form else json
        fields = {
            "Host": f"127.0.0.1:{self.server.port}",
            "User-Agent": "Mozilla/5.0 (Linux; Android 14)",
            "Accept": "text/html",
            "Accept-Encoding": "gzip",
            "Accept-Language": "zh-CN",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **(headers or {}),
        }
        if method == "POST":
            fields |= {
                "Content-Type": "application/json" if json else "application/x-www-form-urlencoded",
                "Content-Length": str(len(body)),
            }
        lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in fields.items() if v)]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Burst:
    """What so many requests by eight clients took: seconds, processor seconds, single waits."""

    requests: int
    seconds: float
    processor: float
    waits: tuple[float, ...]

    @property
    def processor_each(self) -> float:
        return self.processor / self.requests

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def evenly_spread(server: Server) -> list[Connection]:
    """A connection for each client, as many to each worker, as a proxy in front shares them out.

    Left to chance, one worker may get seven of eight, and one core does all the work.
    """
    share = CLIENTS // len(server.workers)
    by_worker: dict[str, list[Connection]] = defaultdict(list)
    spare = []
    for _ in range(MOST_TRIES):
        connection = Connection(server.port)
        worker = connection.ask(b"GET /floor/worker HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").text
        full = len(by_worker[worker]) == share
        (spare if full else by_worker[worker]).append(connection)
        if sum(map(len, by_worker.values())) == CLIENTS:
            break
    else:
        raise RuntimeError("one worker of the server takes no connections")
    for connection in spare:
        connection.close()
    return [connection for connections in by_worker.values() for connection in connections]


def burst(server: Server, requests: Sequence[bytes], *, expected: int) -> Burst:
    """Send requests over eight connections that are kept alive; any other answer is an error."""

    def send(connection: Connection, share: Sequence[bytes]) -> list[float]:
        waits = []
        for request in share:
            asked = time.perf_counter()
            answer = connection.ask(request)
            waits.append(time.perf_counter() - asked)
            answer.must_be(expected, request)
        connection.close()
        return waits

    connections = evenly_spread(server)
    shares = [requests[number::CLIENTS] for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        processor, started = server.processor(), time.perf_counter()
        waits = list(pool.map(send, connections, shares))
        seconds, used = time.perf_counter() - started, server.processor() - processor
    return Burst(len(requests), seconds, used, tuple(wait for each in waits for wait in each))
