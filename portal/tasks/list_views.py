"""Lists of tasks: one's own, all of an area, who carries how much."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Permission, me, requires, signed_in
from portal.accounts.place_queries import labels
from portal.clock import now
from portal.errors import NotFoundError
from portal.once import once
from portal.tasks import actions, queries, words
from portal.tasks.blueprint import bp
from portal.tasks.drawing import Wanted, drawn_inbox, way_to
from portal.tasks.forms import RulesForm
from portal.tasks.states import TaskKind
from portal.tasks.where import Door, Names
from portal.tasks.words import due_words
from portal.tower import queries as tower
from portal.web import done, page

AGES = (1, 3, 7, 30)  # days by which a coordinator looks for what has been left lying
MOST_DAYS = 3650


# One's own ---------------------------------------------------------------------------------------


@bp.get("/tasks")
@signed_in
def index() -> ResponseReturnValue:
    """What must I do next: by due time, the overdue first."""
    when = request.args.get("when", "")
    if when not in {"", "overdue", "today"}:
        abort(400)
    drawn = drawn_inbox(me(), now(), Wanted(_asked_kind(), when, _asked_text()))
    return page("tasks/index.html", inbox=drawn)


# All of an area ----------------------------------------------------------------------------------


@bp.get("/tasks/all")
@requires(Permission.RUN_TASKS)
def listing() -> ResponseReturnValue:
    """The tasks of one's area by person, place, kind and age."""
    at, search = now(), _search()
    rows = queries.listed(me(), search, at)
    shown = rows[: queries.MOST_SHOWN]
    names = Names((row.path, _door(row)) for row in shown)
    return page(
        "tasks/listing.html",
        rows=[
            (row, names.of(row.path, _door(row)), way_to(me(), row.path, row.dwelling_id))
            for row in shown
        ],
        complete=len(rows) <= queries.MOST_SHOWN,
        at=at,
        due_words=due_words,
        words=words,
        kinds=words.kind_options(),
        people=[(str(row.id), row.name) for row in queries.load(me(), at)],
        places=_place_options(),
        ages=[(str(days), gettext("older than %(count)s days", count=days)) for days in AGES],
        args=request.args,
    )


def _door(row: Row[Any]) -> Door | None:
    return (row.unit, row.room) if row.room else None


def _search() -> queries.Search:
    """The filters of the address; 400 for what no form could have sent, 404 beyond one's area."""
    person, place, age = (_number(name) for name in ("person", "place", "age"))
    state = request.args.get("state", "")
    if state not in {"", "overdue", "closed", "nobody"} or (age or 0) > MOST_DAYS:
        abort(400)
    return queries.Search(
        holder_id=person,
        path=_path_of(place) if place else None,
        kind=_asked_kind(),
        made_before=now() - timedelta(days=age) if age else None,
        overdue=state == "overdue",
        closed=state == "closed",
        nobody=state == "nobody",
        text=_asked_text(),
    )


def _path_of(place_id: int) -> str:
    return tower.find(me(), place_id, Permission.RUN_TASKS).path


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        abort(400)
    return int(text)


def _asked_kind() -> TaskKind | None:
    text = request.args.get("kind", "")
    if text and text not in set(TaskKind):
        abort(400)
    return TaskKind(text) if text else None


def _asked_text() -> str:
    return " ".join(request.args.get("q", "").split())[:60]


def _place_options() -> list[tuple[str, str]]:
    places = tower.places_to_choose(me(), Permission.RUN_TASKS)
    names = labels(place.path for place in places)
    return [("", gettext("Everywhere")), *((str(place.id), names[place.path]) for place in places)]


# Load --------------------------------------------------------------------------------------------


@bp.get("/tasks/load")
@requires(Permission.RUN_TASKS)
def load() -> ResponseReturnValue:
    """Who carries how much, by name."""
    return _load_page(None)


@bp.post("/tasks/load/<int:community_id>")
@requires(Permission.SET_TASK_RULES)
@once
def update_rules(community_id: int) -> ResponseReturnValue:
    """Set what is too much for one person, and how long a data question may take."""
    if not _may_rule(community_id):
        raise NotFoundError
    form = RulesForm()
    if not form.validate_on_submit():
        return _load_page(form, status=422)
    rules = {"most_held": form.most_held.data, "mend_days": form.mend_days.data}
    actions.decide_rules(community_id, **rules, by=me())
    return done("", otherwise=url_for(".load"), said=gettext("Saved."))


def _may_rule(community_id: int) -> bool:
    return me().may(Permission.SET_TASK_RULES, path=f"/{community_id}/")


def _load_page(form: RulesForm | None, *, status: int = 200) -> Response:
    community_id = me().community_ids[0]
    rules = queries.rules_of(community_id)
    return page(
        "tasks/load.html",
        status=status,
        rows=queries.load(me(), now()),
        most=rules.most_held,
        at=now(),
        due_words=due_words,
        form=(form or RulesForm(obj=rules)) if _may_rule(community_id) else None,
        community_id=community_id,
    )
