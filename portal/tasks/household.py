"""What else waits at a household, in words: on the pages of doors and tasks, and after a report."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from portal.access import Person, me
from portal.clock import now
from portal.coverage.signals import Other, others_asked
from portal.tasks import words
from portal.tasks.blueprint import bp
from portal.tasks.drawing import address, title
from portal.tasks.household_queries import Beside, waiting_at
from portal.tasks.states import TaskKind
from portal.tower.words import door_name

_SORTS = {TaskKind.WARNING: "warning", TaskKind.APPOINTMENT: "appointment"}


@bp.app_template_global()
def others_at(dwelling_id: int, but: tuple[str, int]) -> list[dict[str, Any]]:
    """What else waits at a household, without the line one is looking at: (task, 7)."""
    at = now()
    return [
        {
            "what": title(one.entry),
            "who": one.who,
            "kind": words.kind(one.entry.kind),
            "due": words.due_words(one.entry.due_at, at),
            "is_overdue": one.entry.due_at < at,
            "url": address(one.entry),
        }
        for one in _besides(me(), [dwelling_id], but)
    ]


@others_asked.connect
def answer(
    dwelling_ids: Collection[int],
    *,
    person: Person,
    round_id: int,
    reports: Collection[str],
    **_: Any,
) -> list[Other]:
    """The same of several homes, after reports in a round, but for what these have asked."""
    return [
        Other(one.dwelling_id, door_name(one.unit, one.room), address(one.entry))
        for one in _besides(person, dwelling_ids, ("appointment", round_id))
        if one.report not in reports
    ]


def _besides(person: Person, dwelling_ids: Collection[int], but: tuple[str, int]) -> list[Beside]:
    return [
        one
        for one in waiting_at(person, dwelling_ids)
        if (_SORTS.get(one.entry.kind, "task"), one.entry.ids[0]) != but
    ]
