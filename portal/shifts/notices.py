"""What people are told of their shifts: the facts when it happens, the words when it is read.

A subject names the assignment or the shift, so that nobody hears the same thing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext, ngettext
from sqlalchemy import Row

from portal.clock import end_of_day
from portal.outbox.actions import post, post_each, tell_groups
from portal.outbox.topics import Topic
from portal.outbox.wording import Message, Sight, tells, tells_groups
from portal.shifts import sight_queries
from portal.shifts.answers import address_of
from portal.shifts.models import RotaPlan
from portal.shifts.plan_queries import holders
from portal.shifts.wording import hours_and_place

Facts = Mapping[str, Any]

# kind: title, and the sentence around when and where. The page of the shift says the rest.
TOLD: dict[str, tuple[LazyString, LazyString]] = {
    "shifts.assigned": (
        lazy_gettext("You have a shift"),
        lazy_gettext("%(shift)s. If you cannot come, say so in time."),
    ),
    "shifts.changed": (
        lazy_gettext("Your shift has changed"),
        lazy_gettext("It is now: %(shift)s."),
    ),
    "shifts.cancelled": (
        lazy_gettext("Your shift has been cancelled"),
        lazy_gettext("%(shift)s does not take place. Nothing is left for you to do."),
    ),
    "shifts.taken_off": (
        lazy_gettext("You are free of a shift"),
        lazy_gettext("The coordinator took you off: %(shift)s. Nothing is left for you to do."),
    ),
    "shifts.approved": (
        lazy_gettext("You may come"),
        lazy_gettext("The leader said yes: %(shift)s."),
    ),
    "shifts.rejected": (
        lazy_gettext("Another time"),
        lazy_gettext("The leader cannot take you on this time: %(shift)s."),
    ),
    "shifts.asked": (
        lazy_gettext("Somebody asks for a shift"),
        lazy_gettext("%(shift)s. Please say yes or no."),
    ),
    "shifts.promoted": (
        lazy_gettext("A place has come free for you"),
        lazy_gettext("%(shift)s. Please say yes or no soon: the place is kept for a short time."),
    ),
    "shifts.stand_in_wanted": (
        lazy_gettext("Somebody cannot come"),
        lazy_gettext("%(shift)s. A stand-in is being looked for."),
    ),
    "shifts.stand_in_asked": (
        lazy_gettext("Can you stand in?"),
        lazy_gettext("%(shift)s. Somebody cannot come; the first who says yes takes over."),
    ),
    "shifts.stand_in_found": (
        lazy_gettext("A stand-in has been found"),
        lazy_gettext("%(shift)s. Somebody has taken over."),
    ),
    "shifts.missed": (
        lazy_gettext("Your place was given on"),
        lazy_gettext("%(shift)s. You were not there at the start. If not so, tell the leader."),
    ),
}
TO_LEADERS = frozenset({"shifts.asked", "shifts.stand_in_wanted"})
OF_OTHERS = TO_LEADERS | {"shifts.stand_in_asked"}
SEES = Sight(lambda facts: [facts["shift"]], sight_queries.seen_by)
SEES_ONE_OF = Sight(
    lambda facts: [shift["shift"] for shift in facts["shifts"]], sight_queries.seen_by
)
RUNS = Sight(lambda facts: [facts["shift"]], sight_queries.run_by)
SERVES = Sight(lambda facts: [facts["assignment"]], sight_queries.served_by)


def tell(
    kind: str,
    shift: Row[Any],
    to: Iterable[int],
    *,
    about: str = "",
    stale_at: datetime | None = None,
    **more: Any,
) -> None:
    """Write a notice about a shift; `about` names what else may be told of it again."""
    post(
        kind,
        community_id=shift.community_id,
        subject=f"shift/{shift.id}/{about}" if about else f"shift/{shift.id}",
        to=to,
        details={**facts_of(shift), **more},
        stale_at=stale_at or shift.ends_at,
    )


def facts_of(shift: Row[Any]) -> dict[str, Any]:
    """What the words need to know of a shift (a row of `choice_queries.named`)."""
    return {
        "shift": shift.id,
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
        "estate": shift.estate,
        "building": shift.building,
        "group": shift.group,
    }


def tell_rota(plan: RotaPlan, kind: str, shift_ids: Sequence[int]) -> list[int]:
    """Tell everybody with a seat in shifts of a plan of all of theirs at once."""
    facts: dict[int, list[dict[str, Any]]] = {}
    for row in holders(shift_ids):
        facts.setdefault(row.user_id, []).append(facts_of(row))
    if kind == "shifts.rota":
        tell_groups(
            kind,
            community_id=plan.community_id,
            subject=f"plan/{plan.id}",
            path=plan.path,
            stale_at=end_of_day(plan.last_day),
        )
    return post_each(
        kind,
        {user_id: {"shifts": mine} for user_id, mine in facts.items()},
        community_id=plan.community_id,
        subject=f"plan/{plan.id}",
        stale_at=end_of_day(plan.last_day),
    )


def remind(row: Row[Any]) -> None:
    """Write the reminder of a seat: a row of `upkeep_queries.to_remind`."""
    post(
        "shifts.reminder",
        community_id=row.community_id,
        # The hour is part of it: who is moved is reminded again.
        subject=f"assignment/{row.assignment_id}/{int(row.starts_at.timestamp())}",
        to=[row.user_id],
        details={**facts_of(row), "assignment": row.assignment_id},
        stale_at=row.starts_at,
    )


def _declare(kind: str) -> None:
    title, sentence = TOLD[kind]

    topic = Topic.STAND_INS if kind in OF_OTHERS else Topic.SHIFTS

    @tells(kind, topic, RUNS if kind in TO_LEADERS else SEES)
    def words(facts: Facts) -> Message:
        page = f"/shifts/{facts['shift']}"
        address = f"{page}/crew" if kind in TO_LEADERS else page
        return Message(str(title), str(sentence) % {"shift": hours_and_place(facts)}, address)


for _kind in TOLD:
    _declare(_kind)


@tells("shifts.reminder", Topic.SHIFTS, SERVES)
def reminder(facts: Facts) -> Message:
    """The day before: one tap says yes, or that somebody else is needed; no sign-in for that."""
    return Message(
        gettext("Your shift is soon"),
        gettext("%(shift)s. Please say whether you come.", shift=hours_and_place(facts)),
        address_of(facts["assignment"]),
    )


@tells("shifts.rota", Topic.SHIFTS, SEES_ONE_OF)
def rota(facts: Facts) -> Message:
    """A published plan: one message with all shifts somebody has in it."""
    count = len(facts["shifts"])
    title = ngettext("You have %(num)s shift", "You have %(num)s shifts", count)
    text = gettext("%(shifts)s. If you cannot come, say so in time.", shifts=_listed(facts))
    return Message(title, text, "/shifts/mine")


@tells("shifts.rota_withdrawn", Topic.SHIFTS)
def rota_withdrawn(facts: Facts) -> Message:
    """The shifts are gone, so nobody can be asked whether they see them."""
    count = len(facts["shifts"])
    title = ngettext(
        "Your shift has been withdrawn", "%(num)s of your shifts have been withdrawn", count
    )
    text = gettext("%(shifts)s: nothing is left for you to do.", shifts=_listed(facts))
    return Message(title, text, "/shifts/mine")


def _listed(facts: Facts) -> str:
    return str(gettext("; ")).join(map(hours_and_place, facts["shifts"]))


# For group chats: how many, and nothing else. ---------------------------------------------------


def want_stand_in(shift: Row[Any], leaders: Iterable[int], *, about: str) -> None:
    """Tell the leaders that somebody cannot come, and group chats that somebody is wanted."""
    kind = "shifts.stand_in_wanted"
    tell(kind, shift, leaders, about=about)
    tell_groups(
        kind,
        community_id=shift.community_id,
        subject=f"shift/{shift.id}/{about}",
        path=shift.path,
        stale_at=shift.starts_at,
    )


@tells_groups("shifts.stand_in_wanted", lazy_gettext("Stand-ins wanted"))
def _stand_ins_for_groups(count: int) -> str:
    return str(ngettext("%(num)s stand-in wanted", "%(num)s stand-ins wanted", count))


@tells_groups("shifts.rota", lazy_gettext("Plans of the rota published"))
def _rota_for_groups(_count: int) -> str:
    return str(gettext("the rota is published, please look at your shifts"))
