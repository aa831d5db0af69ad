"""What time brings to what residents wrote; part of `flask tick`."""

from __future__ import annotations

from datetime import datetime

from portal.lots import in_lots
from portal.public.actions import erase_some


def tick(at: datetime) -> int:
    """Delete the words of residents whose time is over, some at a time; how many messages."""
    return in_lots(lambda: erase_some(at))
