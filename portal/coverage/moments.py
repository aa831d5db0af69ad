"""When something happened, from the clocks of a phone that may be wrong: pure (law 12)."""

from __future__ import annotations

from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=1)  # of clocks set by the network; those set by hand differ


def happened(
    claimed: datetime | None, *, sent: datetime | None, received: datetime, opened: datetime
) -> datetime:
    """The moment of a visit as the ledger orders it.

    `claimed` and `sent` are the phone's clock at the door and when the report left; `received` and
    `opened` are ours, the latter when the round began. A phone whose clock was right when it sent
    is believed. One that was wrong has still measured the time between the two. What fits neither
    way has happened when it arrived.
    """
    if claimed is None:
        return received
    drift = sent - received if sent else timedelta()
    moment = claimed if abs(drift) <= TOLERANCE else claimed - drift
    if received < moment <= received + TOLERANCE:
        return received
    return moment if opened <= moment <= received else received


def agree(one: datetime, other: datetime) -> bool:
    """Whether two clocks say the same, as far as clocks of phones do."""
    return abs(one - other) <= 2 * TOLERANCE
