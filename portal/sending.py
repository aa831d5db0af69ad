"""What every answer carries and what no request may bring: headers, compression, first refusals."""

from __future__ import annotations

import gzip
import logging
from functools import lru_cache

from flask import Flask, Response, abort, g, request

from portal.db import SAFE_METHODS
from portal.packing import packed, whole

security = logging.getLogger("portal.security")  # who was refused, never with names or numbers
WORTH_PACKING = 1400  # bytes; what fits into one packet travels no faster when it is smaller
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
YEAR = 31_536_000  # seconds
PACKED = frozenset({"application/json", "image/svg+xml"})
OK = 200
STATIC = frozenset({"static", "vendor.static"})
SEVERAL = frozenset({"state"})  # the boxes of a filter: the only name an address may hold twice


def init_app(app: Flask) -> None:
    app.before_request(refuse_foreign)
    app.before_request(refuse_damaged_text)
    app.after_request(protect)


def refuse_foreign() -> None:
    """A form of ours is sent from a page of ours: a browser that says otherwise is refused (403).

    Browsers that say nothing are old; the token of the form is asked for all the same. The log has
    the route, for an address may carry a token, or a line break that forges a line.
    """
    came_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method not in SAFE_METHODS and came_from not in {"same-origin", "none"}:
        route = request.url_rule or "to no page"
        security.warning("refused %s %s sent from another site", request.method, route)
        abort(403)


def refuse_damaged_text() -> None:
    """A NUL in a field comes from no keyboard, and no database keeps it: say 400, not 500."""
    for values in (request.args, request.form):
        if any("\x00" in text for _, text in values.items(multi=True)):
            abort(400)
    if any(len(texts) > 1 and name not in SEVERAL for name, texts in request.args.lists()):
        abort(400)  # two answers to one question: no page of ours asks so


def protect(response: Response) -> Response:
    """Headers of every answer, and compression of the larger ones."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    if request.endpoint not in STATIC and "ETag" not in response.headers:
        response.headers.setdefault("Cache-Control", "no-store")
    if _may_be_packed(response):
        _pack(response)
    elif "part" in g:
        response.set_data(whole(response.get_data(), g.part))
    return response


def _may_be_packed(response: Response) -> bool:
    kind = response.mimetype or ""
    return (
        response.status_code == OK
        and (kind.startswith("text/") or kind in PACKED)
        and "gzip" in request.headers.get("Accept-Encoding", "")
        and "Content-Encoding" not in response.headers
        and (request.endpoint in STATIC or not response.is_streamed)
    )


def _pack(response: Response) -> None:
    if request.endpoint in STATIC:
        response.direct_passthrough = False  # a file of ours: small, and packed once
        tag, _ = response.get_etag()
        response.set_data(_packed_file(tag, response.get_data()))
        response.close()  # the file has been read: it need not wait for a browser that has left
    else:
        text = response.get_data()
        if len(text) < WORTH_PACKING and "part" not in g:
            return
        response.set_data(packed(text, g.get("part")))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")


@lru_cache(maxsize=32)
def _packed_file(_tag: str | None, data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
