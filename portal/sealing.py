"""Secrets that the database keeps but cannot tell: sealed under the application's key.

For the few short texts that must be said again to somebody else, such as the key of a group robot;
what need only be recognised is hashed instead. AES-256-GCM: what was changed does not open.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes, drawn anew for every text


class UnreadableError(Exception):
    """A sealed text was changed, or its key is no longer known."""


class Safe:
    """Seals under the first key and opens under any, so that keys can be changed one by one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._ciphers = [AESGCM(_derived(key)) for key in keys]

    def seal(self, text: str) -> str:
        nonce = secrets.token_bytes(NONCE)
        sealed = self._ciphers[0].encrypt(nonce, text.encode(), None)
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str) -> str:
        """The text; UnreadableError when it was changed or its key is gone."""
        try:
            raw = base64.b64decode(sealed, validate=True)
        except ValueError:
            raise UnreadableError from None
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(raw[:NONCE], raw[NONCE:], None).decode()
            except (InvalidTag, ValueError):  # another key; or too short to be one of ours
                continue
        raise UnreadableError


def _derived(key: str) -> bytes:
    """The key for sealing: it does not tell the application's key, and no other use shares it."""
    return hmac.digest(key.encode(), b"sealing: AES-256-GCM", "sha256")
