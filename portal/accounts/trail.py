"""The trail of deeds, as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext

from portal.access import Permission, Person, Role
from portal.accounts import queries, words
from portal.accounts.place_queries import labels, labels_of_ids
from portal.audit import queries as audit
from portal.audit.models import AuditEvent


class Line(NamedTuple):
    """One deed in words."""

    at: datetime
    community: str
    who: str
    deed: str
    about: str
    note: str


def communities(person: Person) -> list[int]:
    """The communities whose trail somebody may read: those they look after as a whole."""
    return [
        community_id
        for community_id in person.community_ids
        if person.may(Permission.SEE_AUDIT, path=f"/{community_id}/")
    ]


def lines(community_ids: Sequence[int]) -> list[Line]:
    """The newest deeds in these communities, newest first."""
    events = audit.latest(tuple(community_ids))
    about = {event.subject_id for event in events if event.subject == "person"}
    people = queries.names(about | {event.person_id for event in events if event.person_id})
    scopes = {e.details["place"] for e in events if e.details.get("place")}
    places = labels_of_ids(scopes | {e.subject_id for e in events if e.subject == "place"})
    called = labels(f"/{community_id}/" for community_id in community_ids)
    return [
        Line(
            at=event.at,
            community=called[f"/{event.community_id}/"],
            who=_who(event, people),
            deed=words.deed(event.action),
            about=_about(event, people, places),
            note=_note(event, places),
        )
        for event in events
    ]


def _who(event: AuditEvent, people: Mapping[int, str]) -> str:
    if event.person_id is None:
        return str(gettext("Command on the server"))
    return people.get(event.person_id, str(event.person_id))


def _about(event: AuditEvent, people: Mapping[int, str], places: Mapping[int, str]) -> str:
    known = {"person": people, "place": places}.get(event.subject, {})
    if event.subject_id in known:
        return known[event.subject_id]
    if event.subject == "person":
        return str(event.subject_id)
    return f"{words.subject(event.subject)} {event.subject_id}"


def _note(event: AuditEvent, places: Mapping[int, str]) -> str:
    role, place = event.details.get("role"), event.details.get("place", 0)
    parts = [words.duty(Role(role))] if role in set(Role) else []
    parts += [places[place]] if place in places else []
    return " · ".join(parts + words.details(event.details))
