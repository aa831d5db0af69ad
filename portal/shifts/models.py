"""Plans, shifts, who stands where with a shift, and what people said about their time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment, PathText, only_where, word
from portal.shifts.states import Origin, PlanState, ShiftState, Standing


class RotaPlan(Model):
    """One run of the planner over one part of the tower.

    `settings` are the dates, bands, crew size and limits it was asked for; `figures` what it
    reached beside the bounds, or what was in the way.
    """

    __tablename__ = "rota_plans"
    __table_args__ = (Index(None, "community_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[PlanState] = mapped_column(word(PlanState), default=PlanState.DRAFT)
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class ProposedTurn(Model):
    """One turn of a plan that nobody but the coordinator sees yet; gone once it is published.

    `crew` holds for each person the number, whether they lead, and the reason (see `reasons`);
    `shift_id` names the shift that stands already, whose free seats this would fill.
    """

    __tablename__ = "proposed_turns"
    __table_args__ = (
        UniqueConstraint("plan_id", "group_id", "starts_at"),
        Index(None, "plan_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("rota_plans.id"))
    estate_id: Mapped[int]
    building_id: Mapped[int]
    group_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    seats: Mapped[int]
    crew: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id"))


class Batch(Model):
    """Shifts made in one go by a template or a series: undone in one go while untouched."""

    __tablename__ = "shift_batches"
    __table_args__ = (Index(None, "template_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("shift_templates.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None] = mapped_column(Moment)


class ShiftTemplate(Model):
    """A series of recurring shifts: the groups of a place take turns on some weekdays.

    A template is never edited: another rhythm is another series, and what was made stays.
    """

    __tablename__ = "shift_templates"
    __table_args__ = (Index(None, "community_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    weekdays: Mapped[list[int]] = mapped_column(JSON)  # 0 is Monday
    starts: Mapped[str] = mapped_column(String(5))  # HH:MM as people here read their clocks
    ends: Mapped[str] = mapped_column(String(5))
    seats: Mapped[int] = mapped_column(default=2)
    at_once: Mapped[int] = mapped_column(default=1)  # groups that have their turn on one day
    starts_on: Mapped[date]  # the day from which the turns are counted
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Shift(Model):
    """One turn of one group: about thirty doors, walked by a crew.

    `cycle` counts the turns of a group in its source (`source` is `plan/7`, `template/3` or
    `gap/UUID`); the key over both means that running a generator twice, or editing a time, never
    brings a shift back. `taken` counts the seats filled, kept with every change of an assignment.
    `sequence` rises whenever people's calendars must change.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        UniqueConstraint("community_id", "source", "group_id", "cycle"),
        Index(None, "community_id", "path", "starts_at"),
        Index(None, "community_id", "starts_at", "id", "path"),  # as lists of shifts go on
        Index(None, "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    source: Mapped[str] = mapped_column(String(60))
    cycle: Mapped[int]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("rota_plans.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("shift_batches.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"))
    estate_id: Mapped[int]
    building_id: Mapped[int]
    group_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)  # of the group
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    seats: Mapped[int] = mapped_column(default=2)
    taken: Mapped[int] = mapped_column(default=0)
    leads: Mapped[int] = mapped_column(default=0)  # how many seats want somebody of the estate
    needs: Mapped[list[str]] = mapped_column(JSON, default=list)  # skills one of the crew must have
    approval: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ShiftState] = mapped_column(word(ShiftState), default=ShiftState.OPEN)
    sequence: Mapped[int] = mapped_column(default=0)
    crew_code: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    cancelled_why: Mapped[str | None] = mapped_column(String(200))


class Assignment(Model):
    """Where one person stands with one shift: at most one live row for each pair.

    `reason` is why this person: the rule, the rank and who was passed over, as the planner gives
    it. `stand_in_since` marks "I can't come": the holder stays responsible until it is replaced.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        Index(
            "uq_assignments_live",
            "shift_id",
            "user_id",
            unique=True,
            **only_where("standing IN ('held', 'asked', 'waiting', 'offered')"),
        ),
        Index(None, "shift_id"),
        Index(None, "user_id", "starts_at"),
        Index(  # what was given back is never read again to see who is free
            "ix_assignments_engaged",
            "user_id",
            "starts_at",
            **only_where("standing IN ('held', 'asked', 'waiting', 'offered', 'attended')"),
        ),
        Index(
            "ix_assignments_stand_in", "community_id", **only_where("stand_in_since IS NOT NULL")
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    starts_at: Mapped[datetime] = mapped_column(Moment)  # of the shift, for "my shifts" and clashes
    ends_at: Mapped[datetime] = mapped_column(Moment)
    standing: Mapped[Standing] = mapped_column(word(Standing))
    origin: Mapped[Origin] = mapped_column(word(Origin))
    is_lead: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    since: Mapped[datetime] = mapped_column(Moment)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answer_by: Mapped[datetime | None] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    stand_in_since: Mapped[datetime | None] = mapped_column(Moment)
    stand_in_why: Mapped[str | None] = mapped_column(String(200))
    arrived_at: Mapped[datetime | None] = mapped_column(Moment)
    minutes: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class StandInRequest(Model):
    """Somebody was asked to stand in: the least recently asked first, nobody twice for one seat."""

    __tablename__ = "stand_in_requests"
    __table_args__ = (
        UniqueConstraint("assignment_id", "user_id"),
        Index(None, "user_id", "asked_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    assignment_id: Mapped[int] = mapped_column(BigId, ForeignKey("assignments.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    accepted: Mapped[bool | None]


class Availability(Model):
    """What somebody said about their time and themselves, in one community.

    `hours` maps weekdays ("0" is Monday) to the bands they can come in (["18:30-20:30", …]); no
    entry at all means "any". `skills` are roles a shift may need (officer, a language).
    """

    __tablename__ = "availabilities"

    community_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    hours: Mapped[dict[str, list[str]] | None] = mapped_column(JSON)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    home_path: Mapped[str | None] = mapped_column(PathText)  # of the building they live in
    most_a_week: Mapped[int] = mapped_column(default=2)
    changed_at: Mapped[datetime] = mapped_column(Moment)


class Leave(Model):
    """Days on which somebody cannot come, both included."""

    __tablename__ = "leaves"
    __table_args__ = (Index(None, "user_id", "last_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class RotaRules(Model):
    """What a community asks of shifts, where it decided so; otherwise `limits.DEFAULT`."""

    __tablename__ = "rota_rules"

    community_id: Mapped[int] = mapped_column(primary_key=True)
    rest_hours: Mapped[int]
    most_a_day: Mapped[int]
    cancel_hours: Mapped[int]
    answer_hours: Mapped[int]


class BuildingRule(Model):
    """How a building wants its shifts: `approval` lets its leader say yes to every sign-up."""

    __tablename__ = "building_rules"

    community_id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("places.id"), primary_key=True)
    approval: Mapped[bool] = mapped_column(default=False)


class PlaceNeeds(Model):
    """What an estate, a building or a group asks of every crew: skills one of them must have."""

    __tablename__ = "place_needs"

    community_id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), primary_key=True)
    path: Mapped[str] = mapped_column(PathText)
    skills: Mapped[list[str]] = mapped_column(JSON)


class CalendarFeed(Model):
    """The secret address under which somebody's calendar reads their own duty times."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
