"""What time brings to bulletins; part of `flask tick`."""

from __future__ import annotations

from datetime import datetime

from portal.lots import in_lots
from portal.relay.lapsing import raise_lapsed


def tick(at: datetime) -> int:
    """Tell the next level up of every level that has lapsed; how many bulletins were looked at."""
    return in_lots(lambda: raise_lapsed(at))
