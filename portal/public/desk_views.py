"""Those who answer: what residents wrote in their area, one message, the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext, ngettext

from portal.access import Permission, me, requires, signed_in
from portal.accounts.phones import mask
from portal.accounts.place_queries import labels, labels_of_ids
from portal.clock import now
from portal.db import db, keep
from portal.errors import NotFoundError, RuleError
from portal.once import once
from portal.public import actions, queries, words
from portal.public.blueprint import bp
from portal.public.forms import ReplyForm, RulesForm
from portal.public.numbers import shown
from portal.public.states import InquiryKind, Progress
from portal.tasks import queries as tasks
from portal.tasks import words as task_words
from portal.tasks.where import Names
from portal.tasks.words import due_words
from portal.tower import queries as tower
from portal.tower.forms import RevealForm
from portal.tower.models import Dwelling
from portal.tower.reveals import show_phone
from portal.web import done, page

PERIODS = (30, 7, 90, 365)  # days back; the first unless somebody says otherwise


# All of an area ----------------------------------------------------------------------------------


@bp.get("/inquiries")
@requires(Permission.RUN_TASKS)
def index() -> ResponseReturnValue:
    """What came in at each building, and how far the answers are; numbers lead to lists."""
    days = _days()
    rows = queries.per_building(me(), _search(days), now())
    columns = ["all", *(where.value for where in Progress)]
    return page(
        "public/index.html",
        rows=rows,
        names=labels_of_ids(row.place_id for row in rows),
        totals={name: sum(row._mapping[name] for row in rows) for name in columns},
        words=words,
        Progress=Progress,
        days=days,
        periods=_periods(),
        community_id=_ruled(),
    )


@bp.get("/inquiries/list")
@requires(Permission.RUN_TASKS)
def listing() -> ResponseReturnValue:
    """The messages behind a number."""
    at, days = now(), _days()
    rows = queries.listed(me(), _search(days), at)
    listed = rows[: queries.MOST_SHOWN]
    doors = [(row.unit, row.room) if row.room else None for row in listed]
    names = Names((row.Task.path, door) for row, door in zip(listed, doors, strict=True))
    return page(
        "public/listing.html",
        rows=[
            (row, names.of(row.Task.path, door)) for row, door in zip(listed, doors, strict=True)
        ],
        complete=len(rows) <= queries.MOST_SHOWN,
        args=request.args,
        words=words,
        task_words=task_words,
        states=_options(gettext("All"), words.PROGRESS),
        kinds=_options(gettext("All kinds"), words.TITLES),
        places=_place_options(),
        days=days,
        periods=_periods(),
        due_words=due_words,
        at=at,
    )


def _search(days: int) -> queries.Search:
    """The filters of the address; 400 for what no form could have sent, 404 beyond one's area."""
    place, kind, where = (request.args.get(name, "") for name in ("place", "kind", "progress"))
    fits = kind in {"", *InquiryKind} and where in {"", *Progress}
    if not fits or not (place or "0").isdecimal() or len(place) > 15:
        abort(400)
    return queries.Search(
        since=now() - timedelta(days=days),
        path=tower.find(me(), int(place), Permission.RUN_TASKS).path if place else None,
        kind=InquiryKind(kind) if kind else None,
        progress=Progress(where) if where else None,
    )


def _days() -> int:
    text = request.args.get("days", str(PERIODS[0]))
    if text not in map(str, PERIODS):
        abort(400)
    return int(text)


def _periods() -> list[tuple[str, str]]:
    return [
        (str(days), ngettext("last %(num)s day", "last %(num)s days", days))
        for days in sorted(PERIODS)
    ]


def _options(everything: str, labels: Mapping[Any, LazyString]) -> list[tuple[str, str]]:
    return [("", everything), *((word.value, str(label)) for word, label in labels.items())]


def _place_options() -> list[tuple[str, str]]:
    places = tower.places_to_choose(me(), Permission.RUN_TASKS)
    names = labels(place.path for place in places)
    return [("", gettext("Everywhere")), *((str(place.id), names[place.path]) for place in places)]


# One message -------------------------------------------------------------------------------------


@bp.get("/inquiries/<int:task_id>")
@signed_in
def show(task_id: int) -> ResponseReturnValue:
    return _inquiry_page(task_id)


@bp.post("/inquiries/<int:task_id>/replies")
@signed_in
@once
def create_reply(task_id: int) -> ResponseReturnValue:
    """Answer; the page then shows what else there is to do at this household."""
    task, inquiry = queries.find(me(), task_id, lock=True)
    form = ReplyForm()
    if not form.validate_on_submit():
        return _inquiry_page(task_id, form=form, status=422)
    actions.reply(task, inquiry, form.text.data, outcome=form.outcome_found, by=me())
    said = gettext("Answered: whoever asked can read it by number and code.")
    return done("", otherwise=url_for(".show", task_id=task_id), said=said)


@bp.post("/inquiries/<int:task_id>/phones/<int:slip_id>")
@requires(Permission.REVEAL_PHONES)
def reveal(task_id: int, slip_id: int) -> ResponseReturnValue:
    """Show one number, once, for a reason that is kept."""
    task, inquiry = queries.find(me(), task_id)
    if not me().may(Permission.REVEAL_PHONES, path=task.path):
        raise NotFoundError
    slip = queries.find_slip(inquiry, slip_id)
    form = RevealForm()
    if not form.validate():
        return _inquiry_page(task_id, asked=(slip_id, form), status=422)
    try:
        phone = show_phone(
            slip.phone,
            community_id=inquiry.community_id,
            subject=("inquiry", inquiry.id),
            reason=form.reason.data,
            by=me(),
        )
    except RuleError:
        keep()  # the alarm stays on record
        raise
    return _inquiry_page(task_id, revealed=(slip_id, phone))


def _inquiry_page(
    task_id: int,
    *,
    status: int = 200,
    form: ReplyForm | None = None,
    asked: tuple[int, RevealForm] | None = None,
    revealed: tuple[int, str] | None = None,
) -> Response:
    task, inquiry = queries.find(me(), task_id)
    home = db.session.get(Dwelling, task.dwelling_id) if task.dwelling_id else None
    door = (home.unit, home.room) if home else None
    may_answer = task.holder_id == me().id or me().may(Permission.RUN_TASKS, path=task.path)
    context: dict[str, Any] = {
        "task": task,
        "inquiry": inquiry,
        "home": home,
        "where": Names([(task.path, door)]).of(task.path, door),
        "holder": tasks.name_of(task.holder_id),
        "slips": queries.slips_of(inquiry),
        "replies": queries.replies_to(inquiry),
        "may_answer": may_answer and task.is_open,
        "may_reveal": me().may(Permission.REVEAL_PHONES, path=task.path),
        "form": form or ReplyForm(formdata=None),
        "asked": asked,
        "revealed": revealed,
    }
    return page(
        "public/show.html",
        status=status,
        **context,
        mask=mask,
        shown=shown,
        words=task_words,
        TITLES=words.TITLES,
        due=due_words(task.due_at, now()),
        is_overdue=task.is_overdue(now()),
    )


# The rules ---------------------------------------------------------------------------------------


@bp.get("/inquiries/rules/<int:community_id>")
@requires(Permission.SET_TASK_RULES)
def edit_rules(community_id: int) -> ResponseReturnValue:
    _must_rule(community_id)
    return _rules_page(community_id, _rules_form(community_id))


@bp.post("/inquiries/rules/<int:community_id>")
@requires(Permission.SET_TASK_RULES)
@once
def update_rules(community_id: int) -> ResponseReturnValue:
    """Set how soon residents are answered, and how long what they wrote is kept."""
    _must_rule(community_id)
    form = _rules_form(community_id)
    if not form.validate_on_submit():
        return _rules_page(community_id, form, status=422)
    actions.decide_rules(
        community_id,
        hours=form.hours(),
        keep_days=form.keep_days.data,
        most_a_day=form.most_a_day.data,
        by=me(),
    )
    return done("", otherwise=url_for(".index"), said=gettext("Saved."))


def _must_rule(community_id: int) -> None:
    if not me().may(Permission.SET_TASK_RULES, path=f"/{community_id}/"):
        raise NotFoundError


def _ruled() -> int | None:
    """The community whose rules somebody may set, if there is one."""
    ruled = (c for c in me().community_ids if me().may(Permission.SET_TASK_RULES, path=f"/{c}/"))
    return next(ruled, None)


def _rules_form(community_id: int) -> RulesForm:
    return RulesForm.of(queries.rules_of(community_id))


def _rules_page(community_id: int, form: RulesForm, *, status: int = 200) -> Response:
    return page("public/rules.html", status=status, form=form, community_id=community_id)
