"""What the ledger tells the features above it, within the transaction in which it happens."""

from __future__ import annotations

from typing import NamedTuple

from blinker import Signal

# Sent with the entries just written that ask something of the roster, or replace an earlier one;
# `person` entered them, `doors` are their doors (rows with a path) by dwelling.
roster_doubted = Signal()


class Other(NamedTuple):
    """Something else that waits at a home: at which door, and the page about it."""

    dwelling_id: int
    door: str
    url: str


# Asked with the numbers of homes that reports were about: what else waits for `person` there, but
# for the agreed time of `round_id` and for what the `reports` (their ids) have asked themselves?
# Receivers answer with lists of `Other`, the most urgent first.
others_asked = Signal()
