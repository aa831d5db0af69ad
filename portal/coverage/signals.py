"""What the ledger tells the features above it, within the transaction in which it happens."""

from __future__ import annotations

from blinker import Signal

# Sent with the entries just written that ask something of the roster, or replace an earlier one;
# `person` entered them, `doors` are their doors (rows with a path) by dwelling.
roster_doubted = Signal()
