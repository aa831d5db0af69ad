"""What people are told of a bulletin: at most once per bulletin, kind and person."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from portal.outbox.actions import post
from portal.relay.models import Bulletin


def tell(kind: str, bulletin: Bulletin, to: Collection[int], **more: Any) -> int:
    """Write a notice to each of these people; how many are new."""
    return post(
        kind,
        community_id=bulletin.community_id,
        subject=f"bulletin/{bulletin.id}",
        to=to,
        details={**about(bulletin), **more},
    )


def about(bulletin: Bulletin) -> dict[str, Any]:
    """What every notice says of its bulletin."""
    return {
        "bulletin": bulletin.id,
        "title": bulletin.title,
        "due": bulletin.arrive_by.isoformat(),
    }
