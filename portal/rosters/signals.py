"""What rosters tell the features above them, within the transaction in which it happens."""

from __future__ import annotations

from blinker import Signal

# Sent with a list of dwelling ids whose households a roster has just changed.
homes_mended = Signal()
