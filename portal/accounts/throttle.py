"""How often somebody may try a password: counted in the database, so across all workers.

A try is counted and committed before the password is verified; of twenty tries in the same instant
ten are refused. Slices of ten seconds make the limit hold in any five minutes, not only in those
that begin on the clock.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from flask_babel import ngettext
from sqlalchemy import delete, update

from portal.accounts import sign_in_queries
from portal.accounts.models import Throttle
from portal.db import db, insert_or_update, one_at_a_time
from portal.errors import TooManyError

LIMIT = 10  # verifications per key and period (reliability.md, G20)
PERIOD = 300  # seconds
SLICE = 10  # seconds
SLICES = PERIOD // SLICE + 1  # a period touches so many slices, the first and last in part
LOCK = 7_600_000_000


@dataclass(frozen=True, slots=True)
class Try:
    """One counted try; given back when the password was right."""

    keys: tuple[str, ...]
    window: int


def account_key(phone: str) -> str:
    """Counts tries for a phone number, whether or not anybody has it."""
    return f"account:{phone}"


def address_key(address: str) -> str:
    """Counts tries from an address; a home or office has a whole /64 of IPv6."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address[:60]}"
    if known.version == 6:
        return f"address:{ipaddress.ip_network((known, 64), strict=False)}"
    return f"address:{known}"


def reserve(*keys: str, at: datetime) -> Try:
    """Count one try under every key; TooManyError when one of them is used up.

    Commit before verifying: nobody shall wait for the write lock meanwhile, and other workers must
    see the count.
    """
    one_at_a_time(LOCK)
    seconds = int(at.timestamp())
    window = seconds // SLICE
    oldest = window - SLICES + 1
    ahead = window + SLICES  # counted by a clock that ran ahead: it would lock out until it is then
    out = (Throttle.window < oldest) | (Throttle.window > ahead)
    db.session.execute(delete(Throttle).where(out))
    for key in keys:
        _count(key, window)
        tries = sign_in_queries.tries(key, since=oldest)
        if sum(tries.values()) > LIMIT:
            raise _too_many(_free_from(tries) - seconds)
    return Try(keys, window)


def give_back(tried: Try) -> None:
    """A right password is no guess."""
    db.session.execute(
        update(Throttle)
        .where(Throttle.key.in_(tried.keys), Throttle.window == tried.window)
        .values(tries=Throttle.tries - 1)
    )


def _count(key: str, window: int) -> None:
    table = Throttle.__table__
    row = {"key": key, "window": window, "tries": 1}
    statement = insert_or_update(
        table,  # type: ignore[arg-type]
        key=("key", "window"),
        row=row,
        change={"tries": table.c.tries + 1},
    )
    db.session.execute(statement)


def _free_from(tries: dict[int, int]) -> int:
    """The second at which enough old tries are out of the period for one more."""
    left = sum(tries.values())
    for window in sorted(tries):
        left -= tries[window]
        if left <= LIMIT:  # the try being refused is in the sum, and will not be kept
            return (window + SLICES) * SLICE
    raise AssertionError("an empty period has room")


def _too_many(wait: int) -> TooManyError:
    minutes = -(-wait // 60)
    text = ngettext(
        "Too many tries. Please wait %(count)s minute, then try again.",
        "Too many tries. Please wait %(count)s minutes, then try again.",
        minutes,
        count=minutes,
    )
    return TooManyError(text, wait=wait)
