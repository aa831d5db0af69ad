"""The rota as the coordinator watches and steers it: what stands, what is missing, one shift."""

from __future__ import annotations

from datetime import date

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.accounts.queries import names
from portal.clock import local, now, today
from portal.dates import day
from portal.once import once
from portal.shifts import plan_words, rota_queries, steering, words
from portal.shifts.blueprint import bp
from portal.shifts.drawing import rota_lines
from portal.shifts.rota_forms import CallOffForm, RetimeForm
from portal.shifts.rota_queries import Crewed, Wanted
from portal.shifts.states import ShiftState
from portal.shifts.wording import when, where
from portal.tower.models import Level, Place
from portal.tower.queries import find as find_place
from portal.tower.queries import places_to_choose
from portal.tower.words import place_name
from portal.web import done, page


@bp.get("/rota")
@requires(Permission.SEE_ROTA)
def index() -> ResponseReturnValue:
    """All that lies ahead, counted by days; with a day or a state, the shifts themselves."""
    place_id = request.args.get("place", type=int)
    place = find_place(me(), place_id, Permission.SEE_ROTA) if place_id else None
    wanted = Wanted(path=place.path if place else "", day=_day(), crewed=_crewed())
    listed = wanted.day is not None or wanted.crewed is not None
    found = rota_queries.shifts(me(), wanted, since=today()) if listed else []
    plans = me().may(Permission.PLAN_SHIFTS)
    address = url_for(".shift_show", shift_id=0)[:-1] if plans else ""
    return page(
        "shifts/index.html",
        overview=rota_queries.overview(me(), Wanted(path=wanted.path), since=today()),
        wanted=wanted,
        place=place,
        listed=listed,
        count=len(found),
        lines=rota_lines(found, address, with_days=wanted.day is None),
        missing=sum(max(0, row.seats - row.taken) for row in found),
        places=place_options(place),
        crewed=words.CREWED,
        day_words=day,
    )


def place_options(place: Place | None) -> list[tuple[str, str]]:
    """The places the list can be turned to, the one it shows among them."""
    found = places_to_choose(me(), Permission.SEE_ROTA)
    if place is not None and place.level == Level.GROUP:
        around = next((n for n, one in enumerate(found, 1) if one.id == place.parent_id), 0)
        found.insert(around, place)
    return [
        (str(one.id), f"{'　' * (one.level - 1)}{place_name(one.level, one.name)}") for one in found
    ]


def _day() -> date | None:
    return request.args.get("day", type=date.fromisoformat)


def _crewed() -> Crewed | None:
    return request.args.get("state", type=Crewed)


# One shift ---------------------------------------------------------------------------------------


@bp.get("/rota/shifts/<int:shift_id>")
@requires(Permission.PLAN_SHIFTS)
def shift_show(shift_id: int) -> ResponseReturnValue:
    return show_shift(shift_id, CallOffForm(), None)


def show_shift(
    shift_id: int, calling_off: CallOffForm, retiming: RetimeForm | None, *, status: int = 200
) -> Response:
    """A shift with its crew and their reasons, and whom else one may assign."""
    shift = rota_queries.find_planned(me(), shift_id)
    starts, ends = local(shift.starts_at), local(shift.ends_at)
    retiming = retiming or RetimeForm(
        day=starts.date(), starts=starts.time(), ends=ends.time(), formdata=None
    )
    crew = rota_queries.crew(shift_id)
    ahead = shift.state is ShiftState.OPEN and shift.ends_at > now()
    found = steering.candidates(shift, now()) if ahead else []
    told = {who for row in crew for who, _ in (row.reason or {}).get("passed_over", ())}
    people = names([*told, *(one.id for one in found)])
    return page(
        "shifts/rota_shift.html",
        status=status,
        shift=shift,
        head=" ".join(when(shift.starts_at, shift.ends_at)),
        where=where(shift),
        crew=[(row, plan_words.reason(row.reason, people)) for row in crew],
        origins=words.ORIGINS,
        ahead=ahead,
        needs=words.skills(shift.needs),
        lacking=words.skills(steering.lacking(shift)),
        free=[(one, people[one.id]) for one in found if one.why is None],
        others=[(people[one.id], words.OTHERS[one.why]) for one in found if one.why is not None],
        retiming=retiming,
        calling_off=calling_off,
    )


@bp.post("/rota/shifts/<int:shift_id>/crew")
@requires(Permission.PLAN_SHIFTS)
@once
def crew_create(shift_id: int) -> ResponseReturnValue:
    """Assign somebody by hand."""
    steering.assign(shift_id, request.form.get("person", 0, type=int), by=me(), at=now())
    url = url_for(".shift_show", shift_id=shift_id)
    return done("", otherwise=url, said=gettext("Assigned, and told."))


@bp.post("/rota/shifts/<int:shift_id>/crew/<int:user_id>/removal")
@requires(Permission.PLAN_SHIFTS)
@once
def crew_destroy(shift_id: int, user_id: int) -> ResponseReturnValue:
    steering.take_off(shift_id, user_id, by=me(), at=now())
    url = url_for(".shift_show", shift_id=shift_id)
    return done("", otherwise=url, said=gettext("Taken off, and told."))


@bp.post("/rota/shifts/<int:shift_id>/time")
@requires(Permission.PLAN_SHIFTS)
@once
def shift_update(shift_id: int) -> ResponseReturnValue:
    form = RetimeForm()
    if not form.validate():
        return show_shift(shift_id, CallOffForm(formdata=None), form, status=422)
    hours = (form.starts.data, form.ends.data)
    steering.retime(shift_id, form.day.data, hours, by=me(), at=now())
    url = url_for(".shift_show", shift_id=shift_id)
    return done("", otherwise=url, said=gettext("Moved. All who take part are told."))


@bp.post("/rota/shifts/<int:shift_id>/cancellation")
@requires(Permission.PLAN_SHIFTS)
@once
def shift_destroy(shift_id: int) -> ResponseReturnValue:
    form = CallOffForm()
    if not form.validate():
        return show_shift(shift_id, form, None, status=422)
    steering.call_off(shift_id, form.why.data, by=me(), at=now())
    url = url_for(".shift_show", shift_id=shift_id)
    return done("", otherwise=url, said=gettext("Called off. All who take part are told."))
