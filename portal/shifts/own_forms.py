"""The forms about one's own time."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.shifts.free_time import from_ticks
from portal.shifts.own_time import Time
from portal.shifts.skills import read

_NEEDED = lazy_gettext("Choose a day.")


class TimeForm(FlaskForm):
    """When somebody can come (boxes `free`), what they can (boxes `can`), where they live."""

    most_a_week = IntegerField(
        lazy_gettext("Shifts a week at most"),
        validators=[
            InputRequired(lazy_gettext("Write a number.")),
            NumberRange(1, 7, lazy_gettext("From 1 to 7.")),
        ],
    )
    skills = StringField(lazy_gettext("What else you can do, with commas in between"))
    home = SelectField(
        lazy_gettext("The building you live in"), choices=(), validators=[Optional()]
    )

    def offer(self, homes: Iterable[tuple[str, str]], nowhere: str) -> TimeForm:
        """The buildings to choose from (path, name)."""
        listed = [SelectChoice(path, name) for path, name in homes]
        self.home.choices = [SelectChoice("", nowhere), *listed]
        return self

    def time(self) -> Time:
        """What was said."""
        return Time(
            hours=from_ticks(request.form.getlist("free")),
            skills=read(self.skills.data, *request.form.getlist("can")),
            home_path=self.home.data or None,
            most_a_week=self.most_a_week.data,
        )


class LeaveForm(FlaskForm):
    """From which day to which somebody cannot come."""

    first_day = DateField(lazy_gettext("From"), validators=[InputRequired(_NEEDED)])
    last_day = DateField(lazy_gettext("Until"), validators=[InputRequired(_NEEDED)])
