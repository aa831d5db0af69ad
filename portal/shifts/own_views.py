"""My shifts, my time, my calendar, my hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, ngettext

from portal.access import Permission, Person, me, public, requires
from portal.accounts import queries as accounts
from portal.clock import local, now, today
from portal.dates import date_of
from portal.dates import day as day_words
from portal.errors import NotFoundError
from portal.once import is_first, once, seed
from portal.shifts import attendance, choosing, needs, needs_queries, own_time, stand_ins
from portal.shifts import own_queries as queries
from portal.shifts import party_queries as party
from portal.shifts.blueprint import bp
from portal.shifts.calendars import calendar
from portal.shifts.free_time import BANDS, to_ticks
from portal.shifts.limits import MOST_A_WEEK
from portal.shifts.needs_forms import SkillsForm
from portal.shifts.own_forms import LeaveForm, TimeForm
from portal.shifts.skills import own
from portal.shifts.states import Standing
from portal.shifts.words import BAND_NAMES, WEEKDAYS, skills
from portal.tower.words import address
from portal.web import done, page


@bp.get("/shifts/mine")
@requires(Permission.TAKE_SHIFTS)
def mine() -> ResponseReturnValue:
    """What I have, where a stand-in is wanted, my calendar and my hours."""
    return mine_page()


def mine_page(calendar_address: str = "") -> Response:
    """The page; with a calendar address just made, which is never shown again."""
    at = now()
    year, ahead = local(at).year, queries.ahead(me().id, at)
    return page(
        "shifts/mine.html",
        shifts=choosing.own_lines(ahead),
        may_check_in=any(
            row.standing is Standing.HELD and attendance.is_open(row.starts_at, at) for row in ahead
        ),
        wanted=choosing.own_lines(stand_ins.wanted_for(me(), at)),
        hours=choosing.hours_of(*queries.count_served(me().id, year)),
        year=year,
        feed=queries.maybe_feed(me().id),
        calendar_address=calendar_address,
    )


# The calendar ------------------------------------------------------------------------------------


@bp.post("/shifts/calendar")
@requires(Permission.TAKE_SHIFTS)
def feed_create() -> ResponseReturnValue:
    """Show a new address; sent twice it is the same one, or the one shown might be the dead one."""
    token = own_time.token_from(seed())
    if is_first():
        own_time.open_feed(token, by=me())
    else:
        queries.find_reader(own_time.hash_of(token))
    return mine_page(url_for(".feed", token=token, _external=True))


@bp.post("/shifts/calendar/end")
@requires(Permission.TAKE_SHIFTS)
def feed_destroy() -> ResponseReturnValue:
    own_time.close_feed(by=me())
    said = gettext("The calendar address works no longer.")
    return done("", otherwise=url_for(".mine"), said=said)


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """The duty times of whoever holds the address; what it does not open looks always the same."""
    person = party.person_by_id(queries.find_reader(own_time.hash_of(token)))
    if person is None:
        raise NotFoundError
    with force_locale(person.locale):
        rows = queries.duty_times(person.id, now() - choosing.CALENDAR_REACHES_BACK)
        file = calendar(rows, name=gettext("My shifts"))
    response = Response(file, mimetype="text/calendar")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Disposition"] = 'inline; filename="shifts.ics"'
    return response


# Time --------------------------------------------------------------------------------------------


@bp.get("/shifts/time")
@requires(Permission.TAKE_SHIFTS)
def time_edit() -> ResponseReturnValue:
    """When I can come, what I can do, and my leave."""
    said = queries.maybe_availability(me().id)
    form = _time_form()
    form.most_a_week.data = said.most_a_week if said else MOST_A_WEEK
    can = own(queries.skills_of(me().id))
    form.skills.data = gettext(", ").join(skill for skill in can if skill not in _asked())
    form.home.data = said.home_path or "" if said else ""
    ticked = to_ticks(said.hours if said else None)
    return _time_page(form, LeaveForm(formdata=None), ticked=ticked, can=can)


@bp.post("/shifts/time")
@requires(Permission.TAKE_SHIFTS)
@once
def time_update() -> ResponseReturnValue:
    form = _time_form()
    if not form.validate_on_submit():
        ticked, can = set(request.form.getlist("free")), request.form.getlist("can")
        return _time_page(form, LeaveForm(formdata=None), ticked=ticked, can=can, status=422)
    own_time.say(form.time(), by=me())
    return done("", otherwise=url_for(".time_edit"), said=gettext("Saved."))


@bp.post("/shifts/leave")
@requires(Permission.TAKE_SHIFTS)
@once
def leave_create() -> ResponseReturnValue:
    form = LeaveForm()
    if not form.validate_on_submit():
        kept = queries.maybe_availability(me().id)
        ticked, can = to_ticks(kept.hours if kept else None), queries.skills_of(me().id)
        return _time_page(_time_form(), form, ticked=ticked, can=can, status=422)
    held = own_time.take_leave(form.first_day.data, form.last_day.data, by=me())
    clash = ngettext(
        "Saved. You have %(num)s shift on these days: please say there that you cannot come.",
        "Saved. You have %(num)s shifts on these days: please say there that you cannot come.",
        held,
    )
    said = clash if held else gettext("Saved.")
    return done("", otherwise=url_for(".mine" if held else ".time_edit"), said=said)


@bp.post("/shifts/leave/<int:leave_id>/end")
@requires(Permission.TAKE_SHIFTS)
@once
def leave_destroy(leave_id: int) -> ResponseReturnValue:
    own_time.end_leave(leave_id, by=me())
    return done("", otherwise=url_for(".time_edit"), said=gettext("Good, you can come then."))


def _time_form() -> TimeForm:
    homes = [(row.path, address(row.estate, row.name)) for row in queries.homes(me())]
    return TimeForm().offer(homes, gettext("Not said, or none of these"))


def _asked() -> list[str]:
    """What places near me ask for that one may say of oneself."""
    return own(needs_queries.asked_of(me()))


def _time_page(
    form: TimeForm, leave: LeaveForm, *, ticked: set[str], can: Sequence[str], status: int = 200
) -> Response:
    return page(
        "shifts/time.html",
        status=status,
        form=form,
        leave_form=leave,
        ticked=ticked,
        asked=[(skill, skill in can) for skill in _asked()],
        leaves=_leaves(me().id),
        **_week(),
    )


def _week() -> dict[str, Any]:
    return {
        "bands": [(band, f"{BAND_NAMES[band]} {band.replace('-', '–')}") for band in BANDS],
        "weekdays": list(enumerate(map(str, WEEKDAYS))),
    }


def _leaves(user_id: int) -> list[tuple[int, str]]:
    return [
        (row.id, f"{day_words(row.first_day)} – {day_words(row.last_day)}")
        for row in queries.leaves(user_id, today())
    ]


@bp.get("/people/<int:user_id>/time")
@requires(Permission.SEE_PEOPLE)
def time_show(user_id: int) -> ResponseReturnValue:
    """When somebody can come, for those who look after people."""
    user = accounts.find_user(me(), user_id)
    said, noted_in = queries.maybe_availability(user.id), needs.where_to_note(user, me())
    noted = own(queries.skills_of(user.id, noted_in))
    return page(
        "shifts/time_of.html",
        user_id=user.id,
        name=user.name,
        any_time=said is None or said.hours is None,
        ticked=to_ticks(said.hours if said else None),
        skills=skills(queries.skills_of(user.id, me().community_ids)),
        skills_form=SkillsForm(formdata=None, skills=gettext(", ").join(noted))
        if noted_in
        else None,
        most_a_week=said.most_a_week if said else MOST_A_WEEK,
        leaves=[words for _, words in _leaves(user.id)],
        shifts=choosing.own_lines(queries.ahead(user.id, now())),
        **_week(),
    )


# Hours -------------------------------------------------------------------------------------------


@bp.get("/shifts/certificate/<int:year>")
@requires(Permission.TAKE_SHIFTS)
def certificate(year: int) -> ResponseReturnValue:
    """A page to print: the shifts somebody came to in a year, with the hours."""
    if not 2000 <= year <= local(now()).year:
        raise NotFoundError
    return page("shifts/certificate.html", **_certificate(me(), year))


def _certificate(person: Person, year: int) -> dict[str, Any]:
    rows = queries.served(person.id, year)
    return {
        "name": person.name,
        "year": year,
        "hours": choosing.hours_of(*queries.count_served(person.id, year)),
        "lines": choosing.served_lines(rows),
        "day": date_of(today()),
    }
