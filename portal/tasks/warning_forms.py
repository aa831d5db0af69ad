"""Forms of the warnings: they check shape and give back values; rules live in the actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.access import Permission, Person
from portal.clock import local, now, past, today
from portal.fields import FILLED_IN
from portal.tasks.forms import PlaceMixin
from portal.tasks.pasting import Pasted
from portal.tasks.steps import Deal, How, Move, Result, Risk
from portal.tasks.warning_models import Method
from portal.tasks.warning_words import HOWS, METHODS, RESULTS, RISKS
from portal.tasks.warnings import News

_ONE = InputRequired(lazy_gettext("Please choose one."))
LONGEST_KNOWN = timedelta(days=731)  # a day before is a slip of the pen


class NewsForm(PlaceMixin):
    """A warning as the liaison enters it, in the order of the platform."""

    needs = Permission.RUN_WARNINGS
    risk = RadioField(
        lazy_gettext("Risk"),
        choices=[SelectChoice(risk.value, label) for risk, label in RISKS.items()],
        validators=[_ONE],
    )
    method = SelectField(
        lazy_gettext("Kind of fraud"),
        choices=[SelectChoice(method.value, label) for method, label in METHODS.items()],
        default=Method.OTHER.value,
    )
    day = SelectField(
        lazy_gettext("Came"),
        choices=[
            SelectChoice(0, lazy_gettext("today")),
            SelectChoice(1, lazy_gettext("yesterday")),
        ],
        coerce=int,
        default=0,
    )
    received = TimeField(
        lazy_gettext("at"),
        validators=[DataRequired(lazy_gettext("Please give an hour, such as 21:00."))],
    )
    reference = StringField(lazy_gettext("Number on the platform"), validators=[Length(max=40)])
    story = TextAreaField(
        lazy_gettext("What the police know"), validators=[Optional(), Length(max=1000)]
    )

    def validate_received(self, field: Field) -> None:
        is_offered = self.day.data in {value for value, *_ in self.day.iter_choices()}
        if is_offered and self.received_at() > now():
            raise ValidationError(gettext("That hour has not come yet."))

    @classmethod
    def fresh(cls, *, by: Person) -> NewsForm:
        """As it is first shown: a warning that comes this very minute."""
        return cls(by=by, formdata=None, received=local(now()).time().replace(second=0))

    def fill_in(self, found: Pasted) -> None:
        """Take over what was understood of a text, but for its building."""
        self.story.data, self.reference.data = found.text, found.reference
        self.risk.data = found.risk
        self.method.data = (found.method or Method.OTHER).value
        if found.address:
            self.unit.data, self.room.data = found.address.unit, found.address.room
        ago = (today() - found.came.date()).days if found.came else None
        if found.came and ago in {0, 1}:
            self.day.data, self.received.data = ago, found.came.time()

    def received_at(self) -> datetime:
        """The day and hour as typed."""
        day = today() - timedelta(days=self.day.data)
        return past(day, self.received.data, until=now())

    def news(self) -> News:
        return News(
            risk=Risk(self.risk.data),
            method=Method(self.method.data),
            received_at=self.received_at(),
            story=(self.story.data or "").strip(),
            reference=(self.reference.data or "").strip(),
        )


class PasteForm(FlaskForm):
    """A text copied from the platform."""

    text = TextAreaField(
        lazy_gettext("Text from the platform"),
        validators=[FILLED_IN, Length(max=4000)],
    )


class FileForm(FlaskForm):
    """A file of warnings."""

    file = FileField(
        lazy_gettext("CSV file"),
        validators=[FileRequired(lazy_gettext("Please choose a file."))],
    )


class LossForm(FlaskForm):
    """When money went, as far as is known."""

    day = DateField(lazy_gettext("Money went on"), validators=[FILLED_IN])
    hour = TimeField(lazy_gettext("at"), validators=[FILLED_IN])

    @classmethod
    def of(cls, lost_at: datetime | None) -> LossForm:
        """As it is first shown: what is known so far, else this very minute."""
        known = local(lost_at or now())
        return cls(formdata=None, day=known.date(), hour=known.time().replace(second=0))

    def validate_day(self, field: Field) -> None:
        if field.data and field.data < today() - LONGEST_KNOWN:
            raise ValidationError(gettext("That is years ago: please look at the year again."))
        if field.data and field.data > today():
            raise ValidationError(gettext("That hour has not come yet."))

    def validate_hour(self, field: Field) -> None:
        if self.day.data and field.data and not self.day.errors and self.went_at() > now():
            raise ValidationError(gettext("That hour has not come yet."))

    def went_at(self) -> datetime:
        return past(self.day.data, self.hour.data, until=now())


class MoveForm(FlaskForm):
    """A move with a warning; which fields are shown depends on the move."""

    move = HiddenField()
    visitor = SelectField(lazy_gettext("Who goes"), coerce=int, validate_choice=False)
    companion = SelectField(lazy_gettext("Together with"), coerce=int, validate_choice=False)
    how = RadioField(
        lazy_gettext("How"),
        choices=[SelectChoice(how.value, label) for how, label in HOWS.items()],
        validators=[Optional()],
    )
    result = RadioField(
        lazy_gettext("Result"),
        choices=[SelectChoice(result.value, label) for result, label in RESULTS.items()],
        validators=[Optional()],
    )
    minutes = IntegerField(
        lazy_gettext("Minutes"),
        validators=[
            Optional(),
            NumberRange(0, 600, message=lazy_gettext("A number from 0 to 600.")),
        ],
    )
    advice = StringField(lazy_gettext("What was advised"), validators=[Length(max=200)])
    reason = StringField(lazy_gettext("Reason"), validators=[Length(max=200)])
    ticked = SelectMultipleField(validate_choice=False)

    def __init__(self, people: dict[int, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices = [SelectChoice(user_id, name) for user_id, name in people.items()]
        self.people = people
        self.visitor.choices = choices
        self.companion.choices = [SelectChoice(0, lazy_gettext("nobody")), *choices]

    def validate_move(self, field: Field) -> None:
        if field.data not in set(Move):
            raise ValidationError(gettext("The form is damaged: reload the page."))

    def validate_visitor(self, field: Field) -> None:
        if self.move.data == Move.ASSIGN and field.data not in self.people:
            raise ValidationError(gettext("Please choose somebody from the list."))

    def validate_companion(self, field: Field) -> None:
        chosen = field.data or 0
        if self.move.data != Move.ASSIGN or not chosen:
            return
        if chosen not in self.people or chosen == self.visitor.data:
            raise ValidationError(gettext("Please choose somebody else from the list."))

    def deal(self, by: Person) -> Deal:
        assigns = self.move.data == Move.ASSIGN
        return Deal(
            move=Move(self.move.data),
            by=by.id,
            visitor=self.visitor.data if assigns else None,
            companion=(self.companion.data or None) if assigns else None,
            how=How(self.how.data) if self.how.data else None,
            minutes=self.minutes.data,
            result=Result(self.result.data) if self.result.data else None,
            advice=" ".join((self.advice.data or "").split()),
            reason=" ".join((self.reason.data or "").split()),
            ticked=frozenset(self.ticked.data or ()),
        )
