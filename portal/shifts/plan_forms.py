"""What a coordinator asks of a plan: shape only; the rules are in `plans`."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.shifts.bands import LATEST, WEEK, WEEKEND, is_late, overlap, read_bands
from portal.shifts.plans import Wishes
from portal.shifts.series_forms import SAY_WHEN

LARGEST_CREW, MOST_CREWS = 6, 500
SHORTEST, LONGEST = 30, 300  # minutes of a session


def _number(label: object, least: int, most: int, default: int) -> IntegerField:
    text = lazy_gettext(
        "Write a whole number between %(least)s and %(most)s.", least=least, most=most
    )
    wanted = [InputRequired(text), NumberRange(least, most, message=text)]
    return IntegerField(label, default=default, validators=wanted)


class PlanForm(FlaskForm):
    """One part of the tower, some days, the hours, and the crews."""

    place_id = SelectField(lazy_gettext("Where"), coerce=int)
    first = DateField(lazy_gettext("First day"), validators=[InputRequired(SAY_WHEN)])
    last = DateField(lazy_gettext("Last day"), validators=[InputRequired(SAY_WHEN)])
    week = StringField(
        lazy_gettext("Hours from Monday to Friday"),
        default=WEEK,
        validators=[Optional(), Length(max=100)],
    )
    weekend = StringField(
        lazy_gettext("Hours at the weekend"),
        default=WEEKEND,
        validators=[Optional(), Length(max=100)],
    )
    minutes = _number(lazy_gettext("Minutes one group takes"), SHORTEST, LONGEST, 120)
    crew_size = _number(lazy_gettext("People in a crew"), 1, LARGEST_CREW, 2)
    at_once = _number(lazy_gettext("Crews out at once, at most"), 1, MOST_CREWS, 4)
    lead = BooleanField(lazy_gettext("A leader of the estate in every crew"), default=True)
    round_id = SelectField(lazy_gettext("Round whose open doors weigh in"), coerce=int, default=0)

    def validate_week(self, field: StringField) -> None:
        _check(field)

    def validate_weekend(self, field: StringField) -> None:
        _check(field)

    @property
    def wishes(self) -> Wishes:
        """What is asked for; only of a valid form."""
        return Wishes(
            week=self.week.data or "",
            weekend=self.weekend.data or "",
            minutes=self.minutes.data,
            crew_size=self.crew_size.data,
            at_once=self.at_once.data,
            leads=int(self.lead.data),
        )


def _check(field: StringField) -> None:
    try:
        bands = read_bands(field.data or "")
    except ValueError as error:
        text = gettext("Write hours like %(example)s.", example=WEEKEND)
        raise ValidationError(text) from error
    if is_late(bands):
        raise ValidationError(gettext("Nobody knocks after %(time)s.", time=f"{LATEST:%H:%M}"))
    if overlap(bands):
        raise ValidationError(gettext("Each band must end after it starts, and before the next."))
