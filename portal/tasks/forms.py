"""Forms of the tasks: they check shape and give back values; rules live in the actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.access import Permission, Person
from portal.accounts.place_queries import maybe_place
from portal.clock import at, today
from portal.fields import FILLED_IN, one_line
from portal.tasks.actions import SAY_WHY, Wanted
from portal.tasks.queries import dwelling_named
from portal.tasks.states import MADE, TaskKind, TaskOutcome
from portal.tasks.words import KINDS, OUTCOMES
from portal.tower.models import Dwelling, Level, Place


def _what() -> StringField:
    limits = [FILLED_IN, Length(max=120)]
    return StringField(lazy_gettext("What is to be done?"), validators=limits, filters=[one_line])


F = TypeVar("F", bound=FlaskForm)


def apart(form: F, name: str) -> F:
    """Give the fields of a form ids of their own, for a page on which the form stands twice."""
    for field in form:
        field.id = field.label.field_id = f"{name}-{field.id}"
    return form


class DueMixin(FlaskForm):
    """A day and an hour, as people here read their clocks."""

    day = DateField(lazy_gettext("Due on"), validators=[FILLED_IN])
    hour = TimeField(lazy_gettext("at"), validators=[FILLED_IN])

    def validate_day(self, field: Field) -> None:
        if not timedelta() <= field.data - today() <= timedelta(days=366):
            raise ValidationError(gettext("A day from today on, within a year."))

    def due_at(self) -> datetime:
        return at(self.day.data, self.hour.data)


class PlaceMixin(FlaskForm):
    """A place, and perhaps a door in it. `place_found` and `home` are what was named."""

    needs = Permission.RUN_TASKS  # at the place
    place_found: Place
    home: Dwelling | None = None
    place = StringField(lazy_gettext("Place"), validators=[FILLED_IN, Length(max=200)])
    unit = StringField(lazy_gettext("Unit"), validators=[Length(max=20)], filters=[one_line])
    room = StringField(lazy_gettext("Room number"), validators=[Length(max=20)], filters=[one_line])

    def __init__(self, *, by: Person, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by

    def validate_place(self, field: Field) -> None:
        place = maybe_place(self.by, field.data, self.needs)
        if place is None:
            raise ValidationError(
                gettext("There is no such place in your area. Choose one from the list.")
            )
        self.place_found = place

    def validate_room(self, field: Field) -> None:
        building = getattr(self, "place_found", None)
        if not field.data or building is None:
            return
        if building.level == Level.BUILDING:
            self.home = dwelling_named(building, unit=self.unit.data, room=field.data)
        if self.home is None:
            raise ValidationError(gettext("There is no such door in this building."))


class TaskForm(DueMixin, PlaceMixin):
    """A new task: what, where, until when."""

    kind = RadioField(
        lazy_gettext("Kind"),
        choices=[SelectChoice(kind.value, KINDS[kind]) for kind in MADE],
        validators=[InputRequired(lazy_gettext("Please choose one."))],
    )
    what = _what()
    note = TextAreaField(lazy_gettext("Note"), validators=[Optional(), Length(max=500)])

    def wanted(self) -> Wanted:
        return Wanted(
            kind=TaskKind(self.kind.data),
            what=self.what.data,
            note=(self.note.data or "").strip() or None,
            due_at=self.due_at(),
        )


class PartForm(DueMixin):
    """A part of a task."""

    what = StringField(
        lazy_gettext("What is to be done?"),
        validators=[FILLED_IN, Length(max=120)],
        filters=[one_line],
    )


class CloseForm(FlaskForm):
    """How a task ended."""

    outcome = RadioField(
        lazy_gettext("How did it end?"),
        choices=[SelectChoice(outcome.value, label) for outcome, label in OUTCOMES.items()],
        coerce=TaskOutcome,
        validators=[InputRequired(lazy_gettext("Please choose one."))],
    )
    reason = StringField(
        lazy_gettext("In a few words"), validators=[Length(max=200)], filters=[one_line]
    )

    def validate_reason(self, field: Field) -> None:
        if self.outcome.data and self.outcome.data.needs_reason and not field.data:
            raise ValidationError(str(SAY_WHY))


class ReasonForm(FlaskForm):
    """Why something is given back or declined."""

    reason = StringField(
        lazy_gettext("Why?"), validators=[FILLED_IN, Length(max=200)], filters=[one_line]
    )


class WhoForm(FlaskForm):
    """Somebody of the community."""

    user_id = SelectField(lazy_gettext("Who"), coerce=int)

    def __init__(self, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user_id.choices = [SelectChoice(user_id, name) for user_id, name in people]


class RulesForm(FlaskForm):
    """How much one person should carry, and how long a data question may take."""

    most_held = IntegerField(
        lazy_gettext("Tell the coordinator above this many open tasks"),
        validators=[
            FILLED_IN,
            NumberRange(1, 500, message=lazy_gettext("A number from 1 to 500.")),
        ],
    )
    mend_days = IntegerField(
        lazy_gettext("Days until a data question is due"),
        validators=[
            FILLED_IN,
            NumberRange(1, 90, message=lazy_gettext("A number from 1 to 90.")),
        ],
    )
