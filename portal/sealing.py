"""Secrets that the database keeps but cannot tell: sealed under the application's key.

For the few short texts that must be said again to somebody else, such as the key of a group robot;
what need only be recognised is hashed instead. HMAC-SHA256 in counter mode makes the pad, a second
HMAC over number and text shows every change (encrypt-then-MAC): both from the standard library.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

NUMBER, MARK, BLOCK = 16, 32, 32  # bytes


class UnreadableError(Exception):
    """A sealed text was changed, or its key is no longer known."""


class Safe:
    """Seals under the first key and opens under any, so that keys can be changed one by one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [_pair(key) for key in keys]

    def seal(self, text: str) -> str:
        number, plain = secrets.token_bytes(NUMBER), text.encode()
        hiding, marking = self._keys[0]
        body = number + _padded(plain, hiding, number)
        return base64.b64encode(body + hmac.digest(marking, body, "sha256")).decode()

    def open(self, sealed: str) -> str:
        """The text; UnreadableError when it was changed or its key is gone."""
        try:
            raw = base64.b64decode(sealed, validate=True)
        except binascii.Error:
            raise UnreadableError from None
        body, mark = raw[:-MARK], raw[-MARK:]
        for hiding, marking in self._keys:
            if hmac.compare_digest(hmac.digest(marking, body, "sha256"), mark):
                return _padded(body[NUMBER:], hiding, body[:NUMBER]).decode()
        raise UnreadableError


def _pair(key: str) -> tuple[bytes, bytes]:
    """One key to hide with and one to mark with; neither tells the other, or the first one."""
    raw = key.encode()
    hiding = hmac.digest(raw, b"sealing: hide", "sha256")
    return hiding, hmac.digest(raw, b"sealing: mark", "sha256")


def _padded(text: bytes, key: bytes, number: bytes) -> bytes:
    blocks = range(-(-len(text) // BLOCK))
    pad = b"".join(
        hmac.digest(key, number + block.to_bytes(8, "big"), hashlib.sha256) for block in blocks
    )
    return bytes(a ^ b for a, b in zip(text, pad, strict=False))
