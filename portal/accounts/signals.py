"""What the accounts tell the features above them, within the transaction in which it happens."""

from __future__ import annotations

from blinker import Signal

# Sent with a User whose account has just been blocked, and `by`, the number of whoever did it.
account_blocked = Signal()
