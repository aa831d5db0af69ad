"""What people are told of a bulletin: at most once per bulletin, kind and person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from portal.outbox.actions import post
from portal.relay.models import Bulletin
from portal.robots.actions import announce, follow_up


def tell(kind: str, bulletin: Bulletin, to: Collection[int], **more: Any) -> int:
    """Write a notice to each of these people; how many are new."""
    return post(
        kind,
        community_id=bulletin.community_id,
        subject=_subject(bulletin),
        to=to,
        details={**about(bulletin), **more},
    )


def tell_chats(bulletin: Bulletin, places: Mapping[str, int]) -> None:
    """Let the robots of some places (number by path) say that a bulletin has come there."""
    subjects = {path: f"{_subject(bulletin)}/{place_id}" for path, place_id in places.items()}
    announce("relay.come", subjects, community_id=bulletin.community_id)


def tell_chats_withdrawn(bulletin: Bulletin) -> None:
    """Let the robots that have spoken of a bulletin say that it was wrong."""
    follow_up(
        "relay.withdrawn",
        of="relay.come",
        subjects=f"{_subject(bulletin)}/",
        community_id=bulletin.community_id,
    )


def number_in(subject: str) -> int:
    """The number of the bulletin in a subject."""
    return int(subject.split("/")[1])


def _subject(bulletin: Bulletin) -> str:
    return f"bulletin/{bulletin.id}"


def about(bulletin: Bulletin) -> dict[str, Any]:
    """What every notice says of its bulletin."""
    return {
        "bulletin": bulletin.id,
        "title": bulletin.title,
        "due": bulletin.arrive_by.isoformat(),
    }
