"""What a browser brings sealed, its session and its token: each seal is looked at once."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

from flask import Flask, Request, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portal.clock import now
from portal.memo import Memo

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


class KeptTokens(CSRFProtect):
    """Remembers tokens that were found to belong to a session; they do so as long as it lasts."""

    def __init__(self) -> None:
        super().__init__()
        self._good = Memo[bool](most=MOST_KEPT)

    def protect(self, apply_exemptions: bool = False) -> None:  # noqa: FBT001, FBT002 - as there
        sent = request.form.get("csrf_token") or request.headers.get("X-CSRFToken")
        key = (session.get("csrf_token"), sent)
        if all(key) and self._good.maybe(key):
            g.csrf_valid = True
            return
        super().protect(apply_exemptions)
        if all(key) and g.get("csrf_valid"):
            self._good.put(key, value=True)
