"""Planning the rota: ask, look at what is proposed and why, publish, withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from portal.access import Permission, me, requires
from portal.accounts.queries import names
from portal.clock import local, now, today
from portal.coverage.queries import find_round, rounds_visible_to
from portal.dates import day as day_words
from portal.db import db
from portal.errors import NotFoundError
from portal.files import FileKind
from portal.jobs import once_kept
from portal.once import once
from portal.shifts import plan_queries as queries
from portal.shifts import plan_words as words
from portal.shifts import plan_work, plans
from portal.shifts.bands import MINUTES_A_DOOR
from portal.shifts.blueprint import bp
from portal.shifts.models import RotaPlan
from portal.shifts.plan_forms import LONGEST, SHORTEST, PlanForm
from portal.shifts.proof_views import as_file
from portal.shifts.states import PlanState
from portal.shifts.wording import when, where
from portal.shifts.words import skills
from portal.tower.queries import find as find_place
from portal.tower.queries import places_to_choose, settings_of
from portal.tower.words import place_name
from portal.web import moved, page

FOUR_WEEKS = timedelta(days=27)
FEW, MOST_SHOWN = 5, 60  # turns that lack people: at once, and on demand; a file has them all
FIRST_ONES = 20  # of the seats that were not given; the others unfold


@bp.get("/rota/plans")
@requires(Permission.PLAN_SHIFTS)
def plan_index() -> ResponseReturnValue:
    return page(
        "shifts/plans.html",
        plans=queries.visible_to(me()),
        states=words.STATES,
        place_name=place_name,
        day_words=day_words,
    )


# Asking ------------------------------------------------------------------------------------------


@bp.get("/rota/plans/new")
@requires(Permission.PLAN_SHIFTS)
def plan_new() -> ResponseReturnValue:
    return show_form(plan_form())


@bp.post("/rota/plans")
@requires(Permission.PLAN_SHIFTS)
@once
def plan_create() -> ResponseReturnValue:
    form = plan_form()
    if not form.validate():
        return show_form(form, status=422)
    if reason := plans.why_not_days(form.first.data, form.last.data, form.wishes):
        form.last.errors = [reason]
        return show_form(form, status=422)
    place = find_place(me(), form.place_id.data, Permission.PLAN_SHIFTS)
    opened = find_round(me(), form.round_id.data) if form.round_id.data else None
    plan = plans.ask(
        place,
        first=form.first.data,
        last=form.last.data,
        wishes=form.wishes,
        round_id=opened.id if opened else None,
        by=me(),
        now=now(),
    )
    return begun(plan)


def plan_form() -> PlanForm:
    begin = today() + timedelta(days=1)
    places = places_to_choose(me(), Permission.PLAN_SHIFTS)
    size = settings_of(places[0].community_id).group_size if places else 0
    form = PlanForm(
        first=begin,
        last=begin + FOUR_WEEKS,
        minutes=min(LONGEST, max(SHORTEST, size * MINUTES_A_DOOR)),
    )
    form.place_id.choices = [
        SelectChoice(place.id, f"{'　' * (place.level - 1)}{place_name(place.level, place.name)}")
        for place in places
    ]
    opened = db.session.scalars(rounds_visible_to(me(), Permission.PLAN_SHIFTS))
    form.round_id.choices = [
        SelectChoice(0, gettext("None")),
        *(SelectChoice(one.id, one.name) for one in opened if one.is_open),
    ]
    return form


def show_form(form: PlanForm, *, status: int = 200) -> Response:
    return page("shifts/plan_new.html", status=status, form=form)


def begun(plan: RotaPlan) -> Response:
    """Show a plan; the job begins as soon as this request has been kept."""
    if plan.state is PlanState.SOLVING and not plan_work.desk().progress(plan.id).alive:
        once_kept(partial(plan_work.start, plan.id))
    return moved(url_for(".plan_show", plan_id=plan.id))


@bp.post("/rota/plans/<int:plan_id>/new-start")
@requires(Permission.PLAN_SHIFTS)
def plan_restart(plan_id: int) -> ResponseReturnValue:
    """The job has died, or something was in the way: try again."""
    plan = queries.find(me(), plan_id)
    plans.ask_again(plan)
    return begun(plan)


# Looking -----------------------------------------------------------------------------------------


@bp.get("/rota/plans/<int:plan_id>")
@requires(Permission.PLAN_SHIFTS)
def plan_show(plan_id: int) -> ResponseReturnValue:
    plan = queries.find(me(), plan_id)
    heard = plan_work.desk().progress(plan.id) if plan.state is PlanState.SOLVING else None
    return page(
        "shifts/plan.html",
        fragment="shifts/_plan.html",
        plan=plan,
        place=place_of(plan),
        state=words.STATES[plan.state],
        progress=heard,
        said=words.progress(heard) if heard else "",
        day_words=day_words,
        **(proposed(plan) if plan.state is PlanState.PROPOSED else {}),
        **(not_given(plan) if plan.state is PlanState.PUBLISHED else {}),
    )


def place_of(plan: RotaPlan) -> str:
    place = find_place(me(), plan.place_id, Permission.PLAN_SHIFTS)
    return place_name(place.level, place.name)


def proposed(plan: RotaPlan) -> dict[str, Any]:
    """What the page shows of a proposal."""
    figures: dict[str, Any] = plan.figures or {}
    short, lacking = figures["short"][:MOST_SHOWN], figures.get("lacking", [])  # once it had none
    binds = figures.get("binds", [])
    places = queries.groups_named(plan, [row[0] for row in (*short, *lacking)])
    estates = queries.names_of([bind[0] for bind in binds])
    return {
        "binds": [words.bind(bind, estates) for bind in binds],
        "lacking": [(where(places[unit]), skills(roles)) for unit, roles in lacking],
        "figures": figures,
        "days": queries.days(plan),
        "loads": words.loads(figures),
        "short": lacking_lines(short[:FEW], places),
        "more_short": lacking_lines(short[FEW:], places),
        "more_count": len(figures["short"]) - FEW,
        "in_files": len(figures["short"]) - len(short),
    }


def lacking_lines(
    short: Sequence[Any], places: Mapping[int, Any]
) -> list[tuple[str, str, bool, list[str]]]:
    """Turns that lack people, or that there is room for: when, where, and whom to look for."""
    return [
        (words.slot(slot), where(places[unit]), planned, [told_ask(ask, slot) for ask in asks])
        for unit, slot, planned, asks in short
    ]


def not_given(plan: RotaPlan) -> dict[str, Any]:
    """The seats that their people did not get when a plan was published, with why."""
    figures: dict[str, Any] = plan.figures or {}
    rows = figures.get("not_given", [])
    shifts = queries.shifts_named([shift_id for shift_id, _, _ in rows])
    people = names(who for _, who, _ in rows)
    lines = [
        (shift_id, " ".join(when(row.starts_at, row.ends_at)), where(row), people[who], told)
        for shift_id, who, why in rows
        for row, told in [(shifts[shift_id], words.since(why))]
    ]
    return {
        "not_given": len(lines),
        "freed": figures.get("freed", 0),
        "left": lines[:FIRST_ONES],
        "more_left": lines[FIRST_ONES:],
    }


def told_ask(ask: list[Any], at: str) -> str:
    """Whom to look for, with the hour where it is another one."""
    _estate, slot, lead, *roles = ask
    told = words.ask(lead, roles)
    return told if slot == at else f"{words.slot(slot)}: {told}"


@bp.get("/rota/plans/<int:plan_id>/missing")
@requires(Permission.PLAN_SHIFTS)
def plan_missing(plan_id: int) -> ResponseReturnValue:
    """Every turn that lacks people or that there is room for, as a file; it names nobody."""
    plan = queries.find(me(), plan_id)
    short = (plan.figures or {}).get("short", [])
    places = queries.groups_named(plan, {row[0] for row in short})
    kind = FileKind.XLSX if request.args.get("kind") == FileKind.XLSX.value else FileKind.CSV
    rows = words.missing_table(lacking_lines(short, places))
    return as_file(kind, rows, f"plan-{plan.id}", gettext("Who is missing"))


@bp.get("/rota/plans/<int:plan_id>/days/<day>")
@requires(Permission.PLAN_SHIFTS)
def plan_day(plan_id: int, day: str) -> ResponseReturnValue:
    """The turns a plan proposes for one day, by the hour."""
    plan = queries.find(me(), plan_id)
    turns = queries.turns_on(plan, date_in(day))
    people = names(member["id"] for turn in turns for member in turn.crew)
    there = queries.crews_of(turns)
    hours = groupby(turns, key=lambda turn: when(turn.starts_at, turn.ends_at)[1])
    return page(
        "shifts/plan_day.html",
        plan=plan,
        place=place_of(plan),
        day=day_words(date_in(day)),
        hours=[(hour, list(found)) for hour, found in hours],
        crew=lambda turn: [
            *there.get(turn.shift_id, []),
            *(people[member["id"]] for member in turn.crew),
        ],
        where=where,
    )


def date_in(text: str) -> date:
    """The day of an address; NotFoundError for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFoundError from error


@bp.get("/rota/plans/<int:plan_id>/turns/<int:turn_id>")
@requires(Permission.PLAN_SHIFTS)
def plan_turn(plan_id: int, turn_id: int) -> ResponseReturnValue:
    """One proposed turn with the reason of every seat."""
    plan = queries.find(me(), plan_id)
    turn = queries.find_turn(plan, turn_id)
    known = {member["id"] for member in turn.crew} | words.passed_over(turn.crew)
    people = names(known)
    return page(
        "shifts/plan_turn.html",
        plan=plan,
        place=place_of(plan),
        day=local(turn.starts_at).date(),
        head=" ".join(when(turn.starts_at, turn.ends_at)),
        where=where(turn),
        crew=[
            (people[member["id"]], member["leads"], words.reason(member["reason"], people))
            for member in turn.crew
        ],
        there=queries.crews_of([turn]).get(turn.shift_id, []),
        seats=turn.seats,
    )
