"""What places ask of their crews, decided by who plans there; and what people are known to have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import delete, update

from portal.access import Permission, Person
from portal.accounts.models import User
from portal.accounts.queries import acting_as
from portal.audit.actions import record
from portal.db import db, insert_or_update
from portal.errors import RuleError
from portal.shifts import needs_queries as queries
from portal.shifts import own_queries
from portal.shifts import party_queries as party
from portal.shifts.choice_queries import SHIFT
from portal.shifts.needs_queries import NEEDS
from portal.shifts.own_queries import AVAILABILITY
from portal.shifts.series_queries import groups_below
from portal.shifts.skills import GIVEN, own
from portal.tower.models import Level, Place

# A place -----------------------------------------------------------------------------------------


def decide(place: Place, skills: Sequence[str], *, by: Person, at: datetime) -> None:
    """Change what a place asks of its crews, its shifts to come too; who has a seat keeps it."""
    if place.level == Level.COMMUNITY:
        raise RuleError(gettext("Needs are of an estate, a building or a group."))
    party.hold_rota(place.community_id)
    key = {"community_id": place.community_id, "place_id": place.id}
    if skills:
        row = {**key, "path": place.path, "skills": list(skills)}
        change = {"skills": list(skills)}
        db.session.execute(insert_or_update(NEEDS, key=list(key), row=row, change=change))
    else:
        db.session.execute(delete(NEEDS).where(NEEDS.c.place_id == place.id))
    _pass_down(place, at)
    record(
        "shifts.needs_changed",
        community_id=place.community_id,
        by=by.id,
        subject="place",
        subject_id=place.id,
        details={"place": place.id},
    )


def _pass_down(place: Place, at: datetime) -> None:
    """Let the shifts to come ask what their groups ask now."""
    needs = queries.needs_in(place.community_id)
    groups: dict[tuple[str, ...], list[int]] = {}
    for group in groups_below(place.path, place.community_id):
        groups.setdefault(tuple(needs.of(group.path)), []).append(group.id)
    for asked, ids in groups.items():
        ahead = SHIFT.c.group_id.in_(ids), SHIFT.c.starts_at > at
        db.session.execute(update(SHIFT).where(*ahead).values(needs=list(asked)))


# A person ----------------------------------------------------------------------------------------


def note_skills(user: User, skills: Sequence[str], *, by: Person, at: datetime) -> None:
    """Keep what a coordinator knows somebody can, in every community of `where_to_note`.

    What is known elsewhere stays as it is, and stays there.
    """
    communities = where_to_note(user, by)
    if not communities:
        raise RuleError(
            gettext("This person has no duty in a community where you plan, so nothing was saved.")
        )
    known = own_queries.skills_by_community(user.id)
    for community_id in sorted(communities):
        given = [skill for skill in known.get(community_id, ()) if skill in GIVEN]
        key = {"community_id": community_id, "user_id": user.id}
        change = {"skills": [*given, *own(skills)], "changed_at": at}
        row = {**key, **change}
        db.session.execute(insert_or_update(AVAILABILITY, key=list(key), row=row, change=change))
        record(
            "person.skills_noted",
            community_id=community_id,
            by=by.id,
            subject="person",
            subject_id=user.id,
        )


def where_to_note(user: User, by: Person) -> set[int]:
    """The communities where a coordinator plans and somebody serves."""
    plans = {int(path.split("/")[1]) for path in by.paths(Permission.PLAN_SHIFTS)}
    return plans.intersection(acting_as(user).community_ids)
