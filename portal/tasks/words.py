"""Tasks in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext

from portal.clock import end_of_day, local
from portal.dates import moment
from portal.outbox.topics import Topic
from portal.outbox.wording import Message, Sight, tells
from portal.tasks import queries
from portal.tasks.states import Deed, TaskKind, TaskOutcome

KINDS: dict[TaskKind, LazyString] = {
    TaskKind.CALL_BACK: lazy_gettext("Call back"),
    TaskKind.DATA: lazy_gettext("Data question"),
    TaskKind.DECISION: lazy_gettext("Decision of a meeting"),
    TaskKind.APPOINTMENT: lazy_gettext("Appointment at a door"),
    TaskKind.FOUND: lazy_gettext("Reports to decide about"),
    TaskKind.WARNING: lazy_gettext("Police warning"),
    TaskKind.RESIDENT: lazy_gettext("From a resident"),
    TaskKind.STAND_IN: lazy_gettext("Stand-in wanted"),
    TaskKind.RELAY: lazy_gettext("Bulletin to relay"),
}
OUTCOMES: dict[TaskOutcome, LazyString] = {
    TaskOutcome.DONE: lazy_gettext("Done"),
    TaskOutcome.NOT_NEEDED: lazy_gettext("Not needed any more"),
    TaskOutcome.NOT_POSSIBLE: lazy_gettext("Could not be done"),
}
DEEDS: dict[Deed, LazyString] = {
    Deed.MADE: lazy_gettext("made the task"),
    Deed.ASSIGNED: lazy_gettext("gave it to %(name)s"),
    Deed.OFFERED: lazy_gettext("asked %(name)s to take it"),
    Deed.TAKEN: lazy_gettext("took it"),
    Deed.DECLINED: lazy_gettext("cannot take it"),
    Deed.RETURNED: lazy_gettext("gave it back"),
    Deed.ANSWERED: lazy_gettext("answered"),
    Deed.ASKED_AGAIN: lazy_gettext("asked for it once more"),
    Deed.SPLIT: lazy_gettext("split off a part"),
    Deed.CLOSED: lazy_gettext("closed it"),
}


def kind(what: TaskKind) -> str:
    """What kind of task it is."""
    return str(KINDS[what])


def kind_options() -> list[tuple[str, str]]:
    """The kinds to choose from in a filter."""
    return [("", gettext("All kinds")), *((what.value, kind(what)) for what in TaskKind)]


def outcome(what: TaskOutcome) -> str:
    """How a task ended."""
    return str(OUTCOMES[what])


def deed(what: Deed, name: str | None) -> str:
    """What somebody did to a task, `name` being whom they did it to."""
    return str(DEEDS[what]) % {"name": name or ""} if name else str(DEEDS[what])


def due_words(moment_due: datetime, at: datetime) -> str:
    """When something is due, as it reads at a moment."""
    return due(moment_due, local(at).date())


def due(moment_due: datetime, day: date) -> str:
    """When something is due: the hour if it is today, else the day as well."""
    if moment_due == end_of_day(day):
        return str(gettext("today by midnight"))
    here = local(moment_due)
    if here.date() == day:
        return str(gettext("today %(hour)s", hour=f"{here:%H:%M}"))
    return moment(moment_due)


# Notices -----------------------------------------------------------------------------------------


SEES = Sight(lambda details: [details["task"]], queries.seen_by)
SEES_WHO = Sight(lambda details: [details.get("holder", 0)], queries.loads_seen_by)


def _about(details: Mapping[str, Any]) -> str:
    due = moment(datetime.fromisoformat(details["due"]))
    return str(gettext("%(what)s, due %(when)s.", what=details["what"], when=due))


def _task(details: Mapping[str, Any], title: str) -> Message:
    return Message(title, _about(details), f"/tasks/{details['task']}")


@tells("task.arrived", Topic.RESIDENTS, SEES)
def _arrived(details: Mapping[str, Any]) -> Message:
    title = gettext("A resident waits for your answer")
    return Message(title, _about(details), f"/inquiries/{details['task']}")


@tells("task.assigned", Topic.TASKS, SEES)
def _assigned(details: Mapping[str, Any]) -> Message:
    return _task(details, gettext("A task for you, from %(name)s", name=details["by"]))


@tells("task.question", Topic.ROSTER, SEES)
def _question(details: Mapping[str, Any]) -> Message:
    title = gettext("A question about the roster: %(where)s", where=details["where"])
    return _task(details, title)


@tells("task.offered", Topic.TASKS, SEES)
def _offered(details: Mapping[str, Any]) -> Message:
    return _task(details, gettext("%(name)s asks you to take a task", name=details["by"]))


@tells("task.taken", Topic.TASKS)
def _taken(details: Mapping[str, Any]) -> Message:
    """Whoever had the task need not see it any more: so no word of what it is, and no link."""
    return Message(
        gettext("%(name)s has taken your task", name=details["by"]),
        gettext("Nothing is left for you to do."),
        "/tasks",
    )


@tells("task.declined", Topic.TASKS, SEES)
def _declined(details: Mapping[str, Any]) -> Message:
    return _task(
        details, gettext("%(name)s cannot take your task; it stays yours", name=details["by"])
    )


@tells("task.returned", Topic.TASKS, SEES)
def _returned(details: Mapping[str, Any]) -> Message:
    return _task(details, gettext("%(name)s has given a task back", name=details["by"]))


@tells("task.closed", Topic.TASKS, SEES)
def _closed(details: Mapping[str, Any]) -> Message:
    return _task(details, gettext("%(name)s has closed a task", name=details["by"]))


@tells("task.load", Topic.TASKS, SEES_WHO)
def _load(details: Mapping[str, Any]) -> Message:
    return Message(
        gettext("%(name)s carries much", name=details["who"]),
        gettext("%(count)s open tasks. Perhaps others can take some.", count=details["held"]),
        "/tasks/load",
    )
