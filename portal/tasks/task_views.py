"""One task: making it, and everything people do with it."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires, signed_in
from portal.accounts.models import User
from portal.accounts.place_queries import as_written, suggestions
from portal.clock import now, today
from portal.db import db
from portal.once import once
from portal.tasks import actions, queries, words
from portal.tasks.blueprint import bp
from portal.tasks.forms import CloseForm, PartForm, ReasonForm, TaskForm, WhoForm, apart
from portal.tasks.models import Task
from portal.tasks.where import Names
from portal.tasks.words import due_words
from portal.tower import queries as tower
from portal.tower.models import Dwelling, Place
from portal.web import done, page

EVENING = time(20, 0)  # when a new task is due unless somebody says otherwise


# Making ------------------------------------------------------------------------------------------


@bp.get("/tasks/new")
@requires(Permission.RUN_TASKS)
def new() -> ResponseReturnValue:
    """A form for a task; `dwelling` in the address fills in where."""
    form = TaskForm(by=me(), day=today() + timedelta(days=1), hour=EVENING)
    wanted = request.args.get("dwelling", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 16:
        home = tower.find_dwelling(me(), int(wanted), Permission.RUN_TASKS)
        building = db.session.get_one(Place, home.building_id)
        form.place.data = as_written([building.path])[building.path]
        form.unit.data, form.room.data = home.unit, home.room
    return _new_page(form)


@bp.post("/tasks/new")
@requires(Permission.RUN_TASKS)
@once
def create() -> ResponseReturnValue:
    form = TaskForm(by=me())
    if not form.validate_on_submit():
        return _new_page(form, status=422)
    task = actions.make(form.wanted(), form.place_found, home=form.home, holder=None, by=me())
    said = gettext("The task is made. Who is to do it?")
    return done("", otherwise=url_for(".show", task_id=task.id), said=said)


def _new_page(form: TaskForm, *, status: int = 200) -> Response:
    places = suggestions(me(), Permission.RUN_TASKS)
    return page("tasks/new.html", status=status, form=form, suggestions=places)


# One task ----------------------------------------------------------------------------------------


@bp.get("/tasks/<int:task_id>")
@signed_in
def show(task_id: int) -> ResponseReturnValue:
    return _task_page(queries.find(me(), task_id))


@bp.post("/tasks/<int:task_id>/assignment")
@requires(Permission.RUN_TASKS)
@once
def create_assignment(task_id: int) -> ResponseReturnValue:
    """Give a task to somebody."""
    task = queries.find_to_run(me(), task_id)
    form = _who(task)
    if not form.validate_on_submit():
        return _task_page(task, status=422)
    holder = db.session.get_one(User, form.user_id.data)
    actions.assign(task, holder, by=me())
    return _back(task, gettext("%(name)s has the task now.", name=holder.name))


@bp.post("/tasks/<int:task_id>/offer")
@signed_in
@once
def create_offer(task_id: int) -> ResponseReturnValue:
    """Ask somebody to take over one's task."""
    task = queries.find(me(), task_id, lock=True)
    form = _who(task)
    if not form.validate_on_submit():
        return _task_page(task, status=422)
    to = db.session.get_one(User, form.user_id.data)
    actions.offer(task, to, by=me())
    return _back(task, gettext("%(name)s is asked. Until then it stays yours.", name=to.name))


@bp.post("/tasks/<int:task_id>/taking")
@signed_in
@once
def create_taking(task_id: int) -> ResponseReturnValue:
    """Take a task one was asked to take."""
    task = queries.find(me(), task_id, lock=True)
    actions.take(task, by=me())
    return _back(task, gettext("The task is yours now."))


@bp.post("/tasks/<int:task_id>/refusal")
@signed_in
@once
def create_refusal(task_id: int) -> ResponseReturnValue:
    """Say that one cannot take a task."""
    task = queries.find(me(), task_id, lock=True)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _task_page(task, status=422)
    actions.decline(task, reason=form.reason.data, by=me())
    return done("", otherwise=url_for(".index"), said=gettext("It stays where it was."))


@bp.post("/tasks/<int:task_id>/return")
@signed_in
@once
def create_return(task_id: int) -> ResponseReturnValue:
    """Give a task back, with the reason."""
    task = queries.find(me(), task_id, lock=True)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _task_page(task, status=422)
    actions.give_back(task, reason=form.reason.data, by=me())
    return done("", otherwise=url_for(".index"), said=gettext("The coordinator has it again."))


@bp.post("/tasks/<int:task_id>/parts")
@signed_in
@once
def create_part(task_id: int) -> ResponseReturnValue:
    """Split off a part of a task."""
    task = queries.find(me(), task_id, lock=True)
    form = PartForm()
    if not form.validate_on_submit():
        return _task_page(task, part=form, status=422)
    actions.split(task, what=form.what.data, due_at=form.due_at(), by=me())
    return _back(task, gettext("The part is a task of its own now."))


@bp.post("/tasks/<int:task_id>/closing")
@signed_in
@once
def create_closing(task_id: int) -> ResponseReturnValue:
    """Say how a task ended; the page then shows what else there is to do at this household."""
    task = queries.find(me(), task_id, lock=True)
    form = CloseForm()
    if not form.validate_on_submit():
        return _task_page(task, close=form, status=422)
    actions.close(task, form.outcome.data, reason=form.reason.data or None, by=me())
    return _back(task, gettext("The task is closed."))


def _back(task: Task, said: str) -> Response:
    """The task again, unless it is out of one's sight now."""
    db.session.flush()
    sees = task.holder_id == me().id or me().may(Permission.RUN_TASKS, path=task.path)
    return done(
        "", otherwise=url_for(".show", task_id=task.id) if sees else url_for(".index"), said=said
    )


def _who(task: Task) -> WhoForm:
    runs = me().may(Permission.RUN_TASKS, path=task.path)
    people = queries.people_near(task, all_below=runs)
    return WhoForm([(row.id, row.name) for row in people if row.id != task.holder_id])


def _task_page(task: Task, *, status: int = 200, **forms: Any) -> Response:
    home = db.session.get(Dwelling, task.dwelling_id) if task.dwelling_id else None
    door = (home.unit, home.room) if home else None
    people = {task.holder_id, task.offered_to, task.made_by} - {None}
    runs = me().may(Permission.RUN_TASKS, path=task.path)
    return page(
        "tasks/show.html",
        status=status,
        task=task,
        where=Names([(task.path, door)]).of(task.path, door),
        home=home,
        names={user_id: db.session.get_one(User, user_id).name for user_id in people},
        is_mine=task.holder_id == me().id,
        is_asked=task.offered_to == me().id,
        runs=runs,
        history=[
            (row.TaskEvent, row.by, words.deed(row.TaskEvent.deed, row.to))
            for row in queries.history(task)
        ],
        words=words,
        due=due_words(task.due_at, now()),
        is_overdue=task.is_overdue(now()),
        offering=apart(_who(task), "offer"),
        giving=apart(_who(task), "give"),
        close=forms.get("close") or CloseForm(formdata=None),
        refusing=apart(ReasonForm(formdata=None), "refuse"),
        returning=apart(ReasonForm(formdata=None), "return"),
        splitting=forms.get("part") or PartForm(formdata=None, day=today(), hour=EVENING),
    )
