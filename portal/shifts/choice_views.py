"""Shifts I may take: the list, one shift, signing up and giving back."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.clock import now
from portal.frame import page_url
from portal.once import once
from portal.shifts import choice_queries as queries
from portal.shifts import choosing, shift_doors, signups
from portal.shifts.blueprint import bp
from portal.shifts.drawing import choice_lines, days
from portal.shifts.refusals import WhyNotError
from portal.shifts.states import Standing
from portal.shifts.words import signed_up, taken_back
from portal.web import choose_locale, done, page


@bp.get("/shifts")
@requires(Permission.TAKE_SHIFTS)
def choices() -> ResponseReturnValue:
    return choices_page(asked_wish())


def choices_page(wish: queries.Wish, *, status: int = 200, refused: str = "") -> Response:
    """The list; with `refused`, why somebody cannot have what they wanted, and what else is."""
    at, base = now(), page_url("shifts.choices")
    here: dict[str, Any] = {"day": wish.day, "full": "1" if wish.with_full else None}
    found, frame = choosing.shown(me(), wish, at), choosing.frame(at)
    return page(
        "shifts/choices.html",
        status=status,
        drawn=[
            (frame.rings[ring], choice_lines(lines, base, frame.buttons))
            for ring, lines in found.rings
        ],
        wish=wish,
        refused=refused,
        base=base,
        days=days(frame, wish.day, base),
        next_url=url_for(".choices", **here, after=found.more) if found.more else "",
    )


def asked_wish() -> queries.Wish:
    """What the address narrows the list to; whatever it cannot mean is left out."""
    return queries.Wish(
        day=_day(request.args.get("day", "")),
        with_full=request.args.get("full") == "1",
        after=choosing.mark_of(request.args.get("after", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@bp.post("/shifts/<int:shift_id>/signup")
@requires(Permission.TAKE_SHIFTS)
@once
def signup_create(shift_id: int) -> ResponseReturnValue:
    """Take a place, ask for one, or wait for one."""
    wait = request.form.get("wait") == "1"
    try:
        standing = signups.sign_up(shift_id, me(), at=now(), wait=wait)
    except WhyNotError as error:
        return choices_page(queries.Wish(), status=409, refused=str(error))
    return done("", otherwise=_page_of(shift_id), said=signed_up(standing, choose_locale()))


@bp.post("/shifts/<int:shift_id>/signup/end")
@requires(Permission.TAKE_SHIFTS)
@once
def signup_destroy(shift_id: int) -> ResponseReturnValue:
    """Give a place back, and see what else there is."""
    was = signups.give_back(shift_id, me(), at=now())
    otherwise = page_url("shifts.choices") if was is Standing.HELD else _page_of(shift_id)
    return done("", otherwise=otherwise, said=taken_back(was, choose_locale()))


def _page_of(shift_id: int) -> str:
    return f"{page_url('shifts.choices')}/{shift_id}"


@bp.post("/shifts/<int:shift_id>/offer")
@requires(Permission.TAKE_SHIFTS)
@once
def offer_answer(shift_id: int) -> ResponseReturnValue:
    """Say yes or no to a place that came free."""
    accept = request.form.get("answer") == "yes"
    signups.answer_offer(shift_id, me(), accept=accept, at=now())
    said = gettext("The place is yours.") if accept else gettext("The next in line is asked.")
    return done("", otherwise=url_for(".choice", shift_id=shift_id), said=said)


@bp.get("/shifts/<int:shift_id>")
@requires(Permission.TAKE_SHIFTS)
def choice(shift_id: int) -> ResponseReturnValue:
    """One shift: when, where, who goes along, and what one can do about it."""
    row = queries.find_shift(me(), shift_id)
    doors = shift_doors.maybe_card(me(), row, now())
    return page("shifts/choice.html", **choosing.card(me(), row, now()), doors=doors)
