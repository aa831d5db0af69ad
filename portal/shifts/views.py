"""Everything people see of the rota: each file of views adds its routes to the blueprint."""

from __future__ import annotations

from portal.shifts import (  # noqa: F401 - each adds its routes, or says who is out
    choice_views,
    crew_views,
    day_views,
    gap_views,
    month_views,
    needs_views,
    on_duty_queries,
    own_views,
    plan_views,
    proof_views,
    publication_views,
    reply_views,
    rota_views,
    rules_views,
    series_views,
    stand_in_views,
)
from portal.shifts.blueprint import bp

__all__ = ["bp"]
