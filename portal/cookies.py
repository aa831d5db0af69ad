"""The signed cookie of a session, whose seal is looked at once and not in every request."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portal.clock import now

MOST_KEPT = 2000  # cookies; one takes about 500 bytes


class KeptCookies(SecureCookieSessionInterface):
    """Remembers cookies whose seal was found right: the same text is as right the next time.

    How old a cookie may be is asked anew in every request. One that seems to come from the future
    stays good, unlike with Flask's own: the clock of the server may have been put back.
    """

    def __init__(self, app: Flask) -> None:
        """The keys of the application must be known; one without a key keeps no sessions."""
        self._seal = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return self._seal

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        text = request.cookies.get(self.get_cookie_name(app))
        if self._seal is None or not text:
            return super().open_session(app, request)
        try:
            content, signed_at = _opened(self._seal, text)
        except BadSignature:
            return self.session_class()
        if now().timestamp() - signed_at > app.permanent_session_lifetime.total_seconds():
            return self.session_class()
        return self.session_class({name: _own(value) for name, value in content.items()})


@lru_cache(maxsize=MOST_KEPT)
def _opened(seal: URLSafeTimedSerializer, text: str) -> tuple[dict[str, Any], float]:
    """What a cookie holds, and when it was signed, in seconds; BadSignature if it was not by us."""
    content, signed_at = seal.loads(text, return_timestamp=True)
    return content, signed_at.timestamp()


def _own(value: Any) -> Any:
    """A value that a request may change in place without changing what is remembered."""
    return value if isinstance(value, str | int) else deepcopy(value)
