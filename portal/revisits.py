"""Pages that a browser holds and asks about again: told "unchanged" before a request even begins.

Such an answer (304) stands on a few questions: who asks, and in which state the page is. Whoever
gave it names them; when the same browser asks the same again, only these questions are put anew,
in one transaction. Where they all get the rows they had, the answer is the same; else, and about
anything not known here, the application decides as ever. What is kept is never an answer to anybody
else, for the key holds all that a page may depend on, the cookies among them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from portal.clock import today
from portal.db import lent
from portal.memo import Memo
from portal.questions import Ground

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

GROUNDS = "bulou.grounds"  # where in the environment an answer names what it stands on
TOLD_APART_BY = (  # all of a request that our pages look at
    *("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_HX_REQUEST", "HTTP_HX_HISTORY_RESTORE_REQUEST"),
)
LONGEST = 600.0  # seconds; then the application is asked, which also looks at a cookie's age
MOST_KEPT = 5000  # one takes about 3 kB
NOT_MODIFIED = "304 NOT MODIFIED"

Key = tuple[Any, ...]


class Told(NamedTuple):
    """An answer that was given, when, and what it stood on besides."""

    at: float
    day: date
    grounds: Sequence[Ground]
    headers: Sequence[tuple[str, str]]


class Revisits:
    """Stands before the application of one process; safe to ask from many threads."""

    def __init__(
        self, application: WSGIApplication, engines: Mapping[Any, Engine | Connection]
    ) -> None:
        self._application, self._engines = application, engines
        self._told = Memo[Told](most=MOST_KEPT)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if "HTTP_IF_NONE_MATCH" not in environ or environ["REQUEST_METHOD"] != "GET":
            return self._application(environ, start)
        key = tuple(map(environ.get, TOLD_APART_BY))
        told = self._told.maybe(key)
        if told and self._stands(told):
            start(NOT_MODIFIED, [*told.headers])
            return ()
        return self._application(environ, self._listening(key, environ, start))

    def _listening(self, key: Key, environ: WSGIEnvironment, start: StartResponse) -> StartResponse:
        """Remembers what the application is about to answer, if it says what that stands on."""

        def started(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            grounds = environ.get(GROUNDS)
            if (
                grounds
                and status == NOT_MODIFIED
                and not any(n == "Set-Cookie" for n, _ in headers)
            ):
                self._told.put(key, Told(time.monotonic(), today(), grounds, tuple(headers)))
            return start(status, headers, *error)

        return started

    def _stands(self, told: Told) -> bool:
        """Whether the same answer is right now."""
        if time.monotonic() - told.at > LONGEST or told.day != today():
            return False
        database = self._engines[None]
        try:
            with lent(database, for_several=True) as driven:
                return all(ground.is_firm(database, driven) for ground in told.grounds)
        except SQLAlchemyError:  # the application will meet it too, and say so
            return False
