"""The sheet of one day on A4: which crew goes where, with boxes for who came."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby

from flask.typing import ResponseReturnValue

from portal.access import Permission, me, requires
from portal.dates import day as day_words
from portal.errors import NotFoundError
from portal.shifts import day_queries
from portal.shifts.blueprint import bp
from portal.shifts.wording import when
from portal.web import page


@bp.get("/rota/days/<day>")
@requires(Permission.RUN_SHIFTS)
def day_sheet(day: str) -> ResponseReturnValue:
    try:
        wanted = date.fromisoformat(day)
        before, after = wanted - timedelta(days=1), wanted + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise NotFoundError from error
    lines = day_queries.sheet(me(), wanted)
    by_estate = [(name, list(found)) for name, found in groupby(lines, key=lambda one: one.estate)]
    return page(
        "shifts/day_sheet.html",
        day=day_words(wanted),
        before=before,
        after=after,
        estates=by_estate,
        shifts=len(lines),
        when=when,
    )
