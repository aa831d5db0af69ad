"""The signed mark of a form for residents: instead of a captcha, and instead of a cookie.

It says for which entrance and when the form was drawn. A form that comes back sooner than anybody
can write, or a day later, is asked for again; one without a mark, or with somebody else's, was made
by a machine. The nonce in it gives the message its number, so that a form sent twice is one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

LEAST_AGE = timedelta(seconds=3)  # nobody reads the page and chooses sooner
MOST_AGE = timedelta(hours=24)


class ForgedError(Exception):
    """No form of ours carries this."""


@dataclass(frozen=True)
class Stamp:
    """A readable mark; `text` is how the form carries it."""

    text: str
    nonce: str
    drawn_at: datetime

    def is_too_young(self, at: datetime) -> bool:
        return timedelta() <= at - self.drawn_at < LEAST_AGE

    def is_too_old(self, at: datetime) -> bool:
        """Also of a page drawn by a clock that ran ahead: it would stay too young for long."""
        return not timedelta() <= at - self.drawn_at <= MOST_AGE


class Stamps:
    """Draws and reads marks; `keys` are the keys of this installation, the newest last."""

    def __init__(self, keys: list[str]) -> None:
        self.newest = keys[-1].encode()
        self.signer = URLSafeSerializer(keys, salt="public.form")

    def draw(self, entrance: str, *, at: datetime) -> Stamp:
        nonce = secrets.token_hex(16)
        text = self.signer.dumps([entrance, nonce, at.timestamp()])
        return Stamp(str(text), nonce, at)

    def read(self, text: str, entrance: str) -> Stamp:
        """The mark of a form of this entrance; ForgedError for anything else."""
        try:
            drawn_for, nonce, moment = self.signer.loads(text)
        except (BadSignature, ValueError, TypeError) as error:
            raise ForgedError from error
        if drawn_for != entrance:
            raise ForgedError
        return Stamp(text, nonce, datetime.fromtimestamp(moment, UTC))

    def seed(self, stamp: Stamp) -> bytes:
        """Thirty-two bytes that nobody can guess, the same for the same form."""
        return self._keyed("number", stamp.nonce)

    def veiled(self, address: str) -> str:
        """An address that can be counted, and read by nobody."""
        return self._keyed("address", address).hex()[:32]

    def _keyed(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self.newest, f"public {purpose} {text}".encode(), hashlib.sha256)
