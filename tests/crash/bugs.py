"""The portal with a mistake planted in it that only a crash brings to light."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import wsgi
from tests.phones.bugs import Application, Start

LATE = 0.05  # seconds by which an answer comes too soon


def answers_before_it_commits(app: Application) -> Application:
    """A phone's batch is acknowledged at once and entered a moment later."""

    def later(environ: dict[str, Any]) -> None:
        time.sleep(LATE)
        list(app(environ, lambda *_: None))

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/sync/visits":
            return app(environ, start)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        kept = environ | {"wsgi.input": BytesIO(body)}
        threading.Thread(target=later, args=(kept,), daemon=True).start()
        sent = json.loads(body)
        fates = [{"id": visit["id"], "fate": "accepted"} for visit in sent["visits"]]
        told = json.dumps({"batch": sent["batch"], "visits": fates}).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(told)))])
        return [told]

    return answer


app = answers_before_it_commits(wsgi.app)
