"""The month of a volunteer: free shifts and one's own on a calendar; each day leads to its list."""

from __future__ import annotations

from calendar import Calendar
from datetime import date, timedelta

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from portal.access import Permission, me, requires
from portal.clock import now, today
from portal.dates import day as day_words
from portal.dates import month as month_words
from portal.shifts import month_queries as queries
from portal.shifts.blueprint import bp
from portal.web import page

YEARS = range(2020, 2100)
WEEKS = Calendar(firstweekday=0)  # Monday


@bp.get("/shifts/month")
@requires(Permission.TAKE_SHIFTS)
def month() -> ResponseReturnValue:
    first = asked_month()
    weeks = WEEKS.monthdatescalendar(first.year, first.month)
    since, until = weeks[0][0], weeks[-1][-1]
    return page(
        "shifts/month.html",
        first=first,
        name=month_words(first),
        weeks=weeks,
        weekdays=[format_date(day, "EEE") for day in weeks[0]],
        free=queries.free_by_day(me(), since, until, at=now()),
        mine=queries.mine_by_day(me(), since, until),
        before=(first - timedelta(days=1)).replace(day=1),
        after=(first + timedelta(days=32)).replace(day=1),
        today=today(),
        day_words=day_words,
    )


def asked_month() -> date:
    """The first day of the month in the address; of this month for what is none."""
    try:
        found = date.fromisoformat(f"{request.args.get('of', '')}-01")
    except ValueError:
        return today().replace(day=1)
    return found if found.year in YEARS else today().replace(day=1)
