"""Tasks, what happened to them, and how a community wants to work with them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment, PathText, only_where, word
from portal.tasks.states import Deed, TaskKind, TaskOutcome, TaskState

DEFAULT_MEND_DAYS = 7  # until a data question is due: rosters are mended about once a week
DEFAULT_MOST_HELD = 20  # open tasks of one person; above that the coordinator is told


class Task(Model):
    """Something one person has to do by a time, at a place or a door.

    The holder stays responsible while the task is offered to somebody else, until that person
    takes it. Without a holder it waits for a coordinator to give it to somebody.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_held", "holder_id", "due_at", **only_where("state = 'open'")),
        Index("ix_tasks_offered", "offered_to", **only_where("offered_to IS NOT NULL")),
        Index("ix_tasks_open", "community_id", "path", "due_at", **only_where("state = 'open'")),
        Index(None, "dwelling_id"),
        Index(
            "ix_tasks_one_a_door",
            "dwelling_id",
            unique=True,
            **only_where("visit IS NOT NULL AND state = 'open'"),
        ),
        Index("ix_tasks_of_a_visit", "visit", **only_where("visit IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    kind: Mapped[TaskKind] = mapped_column(word(TaskKind))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)  # of the place; of the group for a door
    dwelling_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("dwellings.id"))
    what: Mapped[str] = mapped_column(String(120))
    note: Mapped[str | None] = mapped_column(String(500))
    due_at: Mapped[datetime] = mapped_column(Moment)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    offered_to: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[TaskState] = mapped_column(word(TaskState), default=TaskState.OPEN)
    outcome: Mapped[TaskOutcome | None] = mapped_column(word(TaskOutcome))
    visit: Mapped[str | None] = mapped_column(String(36))  # that found the roster wrong
    warning_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("warnings.id"))  # seen again
    part_of: Mapped[int | None] = mapped_column(BigId, ForeignKey("tasks.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: a resident
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def is_open(self) -> bool:
        return self.state is TaskState.OPEN

    def is_overdue(self, at: datetime) -> bool:
        return self.is_open and self.due_at < at

    def give_to(self, user_id: int | None) -> None:
        """Make somebody responsible; nobody is asked any more."""
        self.holder_id, self.offered_to = user_id, None

    def close(self, outcome: TaskOutcome, *, at: datetime) -> None:
        self.state, self.outcome, self.closed_at = TaskState.CLOSED, outcome, at
        self.offered_to = None


class TaskEvent(Model):
    """Something that happened to a task: append-only."""

    __tablename__ = "task_events"
    __table_args__ = (Index(None, "task_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    task_id: Mapped[int] = mapped_column(BigId, ForeignKey("tasks.id"))
    deed: Mapped[Deed] = mapped_column(word(Deed))
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: a resident
    to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(String(200))


class TaskRules(Model):
    """How a community works with tasks; without a row the defaults hold."""

    __tablename__ = "task_rules"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), primary_key=True)
    most_held: Mapped[int] = mapped_column(default=DEFAULT_MOST_HELD)
    mend_days: Mapped[int] = mapped_column(default=DEFAULT_MEND_DAYS)
