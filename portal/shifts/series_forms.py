"""Forms of recurring shifts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from portal.fields import CheckboxesField

WEEKDAYS = (
    (0, lazy_gettext("Mondays")),
    (1, lazy_gettext("Tuesdays")),
    (2, lazy_gettext("Wednesdays")),
    (3, lazy_gettext("Thursdays")),
    (4, lazy_gettext("Fridays")),
    (5, lazy_gettext("Saturdays")),
    (6, lazy_gettext("Sundays")),
)
SAY_WHEN = lazy_gettext("Say when.")


def _number(label: Any, most: int, default: int) -> IntegerField:
    limits = lazy_gettext("A number between 1 and %(most)s.", most=most)
    wanted = [InputRequired(limits), NumberRange(1, most, message=limits)]
    return IntegerField(label, wanted, default=default)


class SeriesForm(FlaskForm):
    """A series: where, on which days, at what time, and how many people go."""

    name = StringField(
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Give the series a name.")), Length(max=80)],
    )
    place_id = SelectField(lazy_gettext("Where"), coerce=int)
    weekdays = CheckboxesField(
        lazy_gettext("On which days"),
        [InputRequired(lazy_gettext("Choose at least one day."))],
        coerce=int,
        choices=[SelectChoice(n, label) for n, label in WEEKDAYS],
    )
    starts = TimeField(lazy_gettext("From"), [InputRequired(SAY_WHEN)])
    ends = TimeField(lazy_gettext("Until"), [InputRequired(SAY_WHEN)])
    seats = _number(lazy_gettext("People in a crew"), 9, 2)
    at_once = _number(lazy_gettext("Groups on one day"), 99, 1)
    starts_on = DateField(lazy_gettext("First day"), [InputRequired(SAY_WHEN)])


class StretchForm(FlaskForm):
    """From which day to which day shifts are made."""

    first = DateField(lazy_gettext("From"), [InputRequired(SAY_WHEN)])
    last = DateField(lazy_gettext("Until"), [InputRequired(SAY_WHEN)])
