"""What time brings to warnings: lapsed steps are raised, and what a fast clock dated put right."""

from __future__ import annotations

from datetime import datetime

from portal.clock import SKEW
from portal.db import db
from portal.outbox.actions import post, tell_groups
from portal.tasks import warning_queries
from portal.tasks.deadlines import ALARM_EVERY, due
from portal.tasks.warning_models import Warning
from portal.tasks.warnings import ALARMED
from portal.tower.models import Level


def raise_lapsed(at: datetime, *, most: int = 200) -> int:
    """Tell the next level of steps that have lapsed; how many warnings that were."""
    lapsed = warning_queries.to_alarm(at, most=most)
    for warning in lapsed:
        _raise(warning, at)
    return len(lapsed)


def _raise(warning: Warning, at: datetime) -> None:
    """Tell the next level above that has somebody; on top there is nobody left to tell."""
    by_level = warning_queries.holders(warning.community_id, warning.path, ALARMED)
    told = warning.raised_to or Level.GROUP + 1
    levels = [level for level in by_level if level < told]
    if not levels:
        warning.alarm_at = None
        return
    warning.raised_to = max(levels)
    warning.alarm_at = at + ALARM_EVERY
    # Named by the moves so far: what was sent back and lapses again is told again.
    lapse = f"warning/{warning.id}/{len(warning_queries.history(warning))}"
    post(
        "warning.lapsed",
        community_id=warning.community_id,
        subject=f"{lapse}/{warning.raised_to}",
        to=by_level[warning.raised_to],
        details={"warning": warning.id, "step": warning.step, "risk": warning.risk},
        urgent=True,
    )
    tell_groups(
        "warning.lapsed",
        community_id=warning.community_id,
        subject=lapse,
        path=warning.path,
        urgent=True,
    )


def redate(at: datetime) -> int:
    """Fit the time to act to warnings that came later than now, as they have it; how many that was.

    Either their clock ran ahead, and their steps would be due a day too late, or three; or this one
    is behind, and once it is right they have the time they had. Which, nobody can know: so when
    they came is left as it was entered, and until then they are due as if they had come now.
    """
    return sum(_fit(warning, at) for warning in warning_queries.out_of_time(at + SKEW))


def _fit(warning: Warning, at: datetime) -> bool:
    """Whether the time to act had to be changed: earlier from now, never again later than that."""
    minutes = warning_queries.minutes_of(warning.community_id)
    fit = due(warning.received_at, warning.step, warning.risk, minutes)
    if warning.received_at > at + SKEW:
        from_now = due(at, warning.step, warning.risk, minutes)
        fit = min(filter(None, (warning.due_at, from_now)))
    if fit == warning.due_at:
        return False
    warning.come_to(warning.step, due_at=fit)
    db.session.flush()
    return True
