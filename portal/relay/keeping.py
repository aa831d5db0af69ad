"""The list of addressees, who relays in a group, and who took a list along."""

from __future__ import annotations

from collections.abc import Collection

from portal.access import Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db
from portal.relay.models import Addressee, Audience, Bulletin, RelayRules
from portal.tower.models import Place
from portal.tower.settings import keep_rules


def add_addressee(
    place: Place, audience: Audience, *, name: str, contact: str, by: Person
) -> Addressee:
    """Put a school, shop or unit on the list; bulletins issued from now on go there."""
    addressee = Addressee(
        community_id=place.community_id,
        place_id=place.id,
        path=place.path,
        audience=audience,
        name=name,
        contact=contact,
    )
    db.session.add(addressee)
    db.session.flush()
    _note_addressee("addressee.added", addressee, by)
    return addressee


def rename_addressee(addressee: Addressee, *, name: str, contact: str, by: Person) -> None:
    """Call it something else, or name somebody else to ask for."""
    addressee.name, addressee.contact = name, contact
    _note_addressee("addressee.changed", addressee, by)


def retire_addressee(addressee: Addressee, *, by: Person) -> None:
    """Take it off the list; bulletins on their way keep their stop."""
    addressee.retired_at = now()
    _note_addressee("addressee.removed", addressee, by)


def _note_addressee(action: str, addressee: Addressee, by: Person) -> None:
    record(
        action,
        community_id=addressee.community_id,
        by=by.id,
        subject="addressee",
        subject_id=addressee.id,
        details={"place": addressee.place_id},
    )


def decide_rules(community_id: int, seats: Collection[int], *, by: Person) -> None:
    """Say which core seats of a group relay."""
    change = {"seats": sorted(seats)}
    keep_rules(RelayRules, community_id, change, named="relay", by=by)


def record_export(bulletin: Bulletin, *, kind: str, rows: int, by: Person) -> None:
    """Note who took the way of a bulletin along as a file."""
    record(
        "bulletin.exported",
        community_id=bulletin.community_id,
        by=by.id,
        subject="bulletin",
        subject_id=bulletin.id,
        details={"kind": kind, "rows": rows},
    )
