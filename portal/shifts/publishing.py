"""A plan becomes shifts that people see, in one transaction; and the way back while untouched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import Row, bindparam, delete, update

from portal.access import Person
from portal.audit.actions import record
from portal.db import db, insert_many, reserve_ids
from portal.errors import RuleError
from portal.shifts import approvals, helper_queries, meanwhile_queries, party_queries, plan_words
from portal.shifts import plan_queries as queries
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT
from portal.shifts.eligibility import NOBODY, Turn
from portal.shifts.models import ProposedTurn, RotaPlan
from portal.shifts.needs_queries import Needs, needs_in
from portal.shifts.notices import tell_rota
from portal.shifts.plans import wishes_of
from portal.shifts.rechecking import Member, NotGiven, Rechecking
from portal.shifts.seats import seat_row
from portal.shifts.series import crew_code
from portal.shifts.states import Origin, PlanState, ShiftState, Standing
from portal.tower.queries import place_at


class Published(NamedTuple):
    """What publishing brought: new shifts, seats with somebody, and what has changed since.

    `not_given` seats that their people do not get, of which `freed` stay open; `left_out` turns
    whose groups got a shift at that hour; `before` when somebody else has published the plan
    already.
    """

    shifts: int = 0
    seats: int = 0
    not_given: int = 0
    freed: int = 0
    left_out: int = 0
    before: bool = False


def publish(plan: RotaPlan, *, by: Person, now: datetime) -> Published:
    """Write the shifts of a proposed plan with their crews, and tell everybody who has a seat.

    Whoever cannot come any more, or could not complete a crew that its place asks for by now, is
    left out, and the plan keeps why. Publishing again changes nothing, and of two
    plans over the same groups and days only the first is published: the second knows nothing of it.
    """
    queries.lock(plan)
    party_queries.hold_rota(plan.community_id)
    if plan.state is PlanState.PUBLISHED:
        return Published(before=True)
    if plan.state is not PlanState.PROPOSED:
        raise RuleError(gettext("This plan cannot be published: make a new one."))
    proposed = queries.turns_ahead(plan, now)
    _refuse_if_overtaken(plan)
    taken = meanwhile_queries.taken_since(plan)
    turns = [turn for turn in proposed if turn.id not in taken]
    crews = _crews(plan, turns, now)
    _stop_waiting(crews, now)
    shifts = _write_shifts(plan, [turn for turn in turns if not turn.shift_id], now)
    rows = _write_assignments(plan, crews, shifts, by, now)
    told = len(tell_rota(plan, "shifts.rota", [row["shift_id"] for row in rows]))
    db.session.execute(delete(ProposedTurn).where(ProposedTurn.plan_id == plan.id))
    plan.state, plan.published_at = PlanState.PUBLISHED, now
    left, freed = _not_given(crews, shifts), sum(one.freed for one in crews)
    plan.figures = {**(plan.figures or {}), "not_given": left, "freed": freed}
    found = Published(len(shifts), len(rows), len(left), freed, len(proposed) - len(turns))
    _note("rota.published", plan, by, shifts=found.shifts, seats=found.seats, people=told)
    return found


def _refuse_if_overtaken(plan: RotaPlan) -> None:
    """Whoever publishes first wins; asked once nobody else can publish any more."""
    other = meanwhile_queries.maybe_overtaken_by(plan)
    if other is not None:
        raise RuleError(
            gettext(
                "Meanwhile the plan for %(plan)s has been published. "
                "This one does not know its shifts: make a new plan.",
                plan=plan_words.title(other),
            )
        )


# Who still can -----------------------------------------------------------------------------------


class Crewed(NamedTuple):
    """A turn with those of its crew who can still come, and the seats of those who cannot.

    Of these seats `freed` stay open: the others somebody else has, or the shift is called off.
    """

    turn: Row[Any]
    crew: list[Member]
    left: list[NotGiven]
    freed: int


def _crews(plan: RotaPlan, turns: Sequence[Row[Any]], now: datetime) -> list[Crewed]:
    """The crews of all turns by what is known now, and by what their places ask now."""
    shifts = queries.lock_shifts([turn.shift_id for turn in turns if turn.shift_id])
    there = party_queries.crews(shifts.values())
    found = helper_queries.helpers(place_at(plan.path), plan.first_day, plan.last_day)
    helpers = {helper.id: helper for helper in found}
    limits, asking = party_queries.limits_of(plan.community_id), queries.asking(list(shifts))
    rechecking = Rechecking(helpers, limits, now, asking)
    needs, leads = needs_in(plan.community_id), wishes_of(plan).leads
    crews = []
    for turn in turns:
        shift = shifts.get(turn.shift_id)
        asked = party_queries.turn_of(shift) if shift else _asked(turn, leads, needs)
        crew, left = rechecking.crew(asked, turn.crew, there.get(turn.shift_id, NOBODY))
        free = 0 if asked.cancelled else asked.free - len(crew)
        crews.append(Crewed(turn, crew, left, min(free, len(left))))
    return crews


def _asked(turn: Row[Any], leads: int, needs: Needs) -> Turn:
    """What a new turn asks of its crew; its number is none of a shift's."""
    return Turn(
        id=-turn.id,
        path=turn.path,
        starts_at=turn.starts_at,
        ends_at=turn.ends_at,
        seats=turn.seats,
        leads=min(leads, turn.seats),
        needs=tuple(needs.of(turn.path)),
    )


def _not_given(crews: Iterable[Crewed], shifts: Mapping[int, int]) -> list[list[Any]]:
    """Shift, person and why, of every seat that its person does not get: kept with the plan."""
    return [
        [one.turn.shift_id or shifts[one.turn.id], who, why]
        for one in crews
        for who, why in one.left
    ]


def _stop_waiting(crews: Iterable[Crewed], now: datetime) -> None:
    """Whoever gets a seat waits no longer for the same shift."""
    for turn, crew, *_ in crews:
        if turn.shift_id and crew:
            db.session.execute(
                update(ASSIGNMENT)
                .where(
                    ASSIGNMENT.c.shift_id == turn.shift_id,
                    ASSIGNMENT.c.user_id.in_([member["id"] for member in crew]),
                    ASSIGNMENT.c.standing == Standing.WAITING,
                )
                .values(standing=Standing.CANCELLED, ended_at=now)
            )


# Writing -----------------------------------------------------------------------------------------


def _write_shifts(plan: RotaPlan, turns: Sequence[Row[Any]], now: datetime) -> dict[int, int]:
    """The new shifts, by the turns they come from."""
    wishes, cycles = wishes_of(plan), Counter[int]()
    asks = approvals.wanted(turn.building_id for turn in turns)
    needs = needs_in(plan.community_id)
    rows = []
    for number, turn in zip(reserve_ids(SHIFT, len(turns)), turns, strict=True):
        cycles[turn.group_id] += 1
        rows.append(
            {
                "id": number,
                "community_id": plan.community_id,
                "source": queries.source_of(plan),
                "cycle": cycles[turn.group_id],
                "plan_id": plan.id,
                "round_id": plan.round_id,
                "estate_id": turn.estate_id,
                "building_id": turn.building_id,
                "group_id": turn.group_id,
                "path": turn.path,
                "starts_at": turn.starts_at,
                "ends_at": turn.ends_at,
                "seats": turn.seats,
                "leads": wishes.leads,
                "needs": needs.of(turn.path),
                "approval": turn.building_id in asks,
                "crew_code": crew_code(),
                "made_at": now,
                "changed_at": now,
            }
        )
    insert_many(SHIFT, rows)
    return {turn.id: row["id"] for turn, row in zip(turns, rows, strict=True)}


def _write_assignments(
    plan: RotaPlan,
    crews: Iterable[Crewed],
    shifts: dict[int, int],
    by: Person,
    now: datetime,
) -> list[dict[str, Any]]:
    seated, rows = Counter[int](), list[dict[str, Any]]()
    for turn, crew, *_ in crews:
        shift_id = turn.shift_id or shifts[turn.id]
        seated[shift_id] += len(crew)
        rows += [
            seat_row(
                plan.community_id,
                shift_id,
                turn,
                member["id"],
                standing=Standing.HELD,
                origin=Origin.PLANNER,
                is_lead=member["leads"],
                since=now,
                given_by=by.id,
            )
            | {"reason": member["reason"]}
            for member in crew
        ]
    insert_many(ASSIGNMENT, rows)
    _count(seated)
    return rows


def _count(seated: Counter[int]) -> None:
    """Count the seats that were filled."""
    rows = [{"id_": shift_id, "more": more} for shift_id, more in seated.items() if more]
    if rows:
        statement = update(SHIFT).where(SHIFT.c.id == bindparam("id_"))
        change = statement.values(taken=SHIFT.c.taken + bindparam("more"))
        db.session.connection().execute(change, rows)


# The way back ------------------------------------------------------------------------------------


def withdraw(plan: RotaPlan, *, by: Person, now: datetime) -> tuple[int, int]:
    """Take back every shift of a plan that nobody has had to do with: (taken back, left).

    They are called off rather than removed: they may stand in somebody's calendar by now.
    """
    queries.lock(plan)
    if plan.state is PlanState.WITHDRAWN:
        return 0, queries.ahead(plan, now)
    if plan.state is not PlanState.PUBLISHED:
        raise RuleError(gettext("Only a published plan can be withdrawn."))
    ids = queries.untouched(plan, now)
    tell_rota(plan, "shifts.rota_withdrawn", ids)
    _call_off(ids, now)
    plan.state, plan.withdrawn_at = PlanState.WITHDRAWN, now
    left = queries.ahead(plan, now)
    _note("rota.withdrawn", plan, by, shifts=len(ids), left=left)
    return len(ids), left


def _call_off(ids: Sequence[int], now: datetime) -> None:
    rows = [{"id_": shift_id} for shift_id in ids]
    if not rows:
        return
    shift = update(SHIFT).where(SHIFT.c.id == bindparam("id_"))
    change = {"state": ShiftState.CANCELLED, "taken": 0, "changed_at": now}
    seat = update(ASSIGNMENT).where(ASSIGNMENT.c.shift_id == bindparam("id_"))
    connection = db.session.connection()
    connection.execute(shift.values(**change, sequence=SHIFT.c.sequence + 1), rows)
    connection.execute(seat.values(standing=Standing.CANCELLED, ended_at=now), rows)


def _note(action: str, plan: RotaPlan, by: Person, **details: int) -> None:
    record(
        action,
        community_id=plan.community_id,
        by=by.id,
        subject="rota",
        subject_id=plan.id,
        details={"place": plan.place_id, **details},
    )
