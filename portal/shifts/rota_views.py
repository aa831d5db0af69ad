"""The rota as the coordinator watches it: day by day, what stands and what is missing."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.access import Permission, me, requires
from portal.clock import today
from portal.shifts import rota_queries
from portal.shifts.blueprint import bp
from portal.web import day, page


@bp.get("/rota")
@requires(Permission.SEE_ROTA)
def index() -> ResponseReturnValue:
    return page("shifts/index.html", day_words=day, days=rota_queries.days(me(), since=today()))
