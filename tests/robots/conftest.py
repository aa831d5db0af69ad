"""A robot that listens on the loopback address, and an installation that may speak to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask

from tests.robots.factory import KEY


class Ear:
    """What a robot heard, and what it answers: by default as WeCom and DingTalk do when content."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.answer = b'{"errcode": 0, "errmsg": "ok"}'
        self.headers: dict[str, str] = {}
        self.before_answer: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/robot/send?access_token={KEY}"

    def texts(self) -> list[str]:
        return [body["text"]["content"] for _, body in self.heard]

    def says(self, code: int, words: str = "") -> None:
        self.answer = json.dumps({"errcode": code, "errmsg": words}).encode()


@pytest.fixture
def ear(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    """A real HTTP server; the installation may speak to robots nearby."""
    found = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            found.heard.append((self.path, json.loads(self.rfile.read(size))))
            if found.before_answer:
                found.before_answer(self)
                return
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.answer)))
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings = replace(app.config["SETTINGS"], robots_nearby=True, url="https://portal.example.org")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    yield found
    server.shutdown()
    server.server_close()
