"""What a coordinator writes about one shift."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, TimeField
from wtforms.validators import InputRequired, Length

from portal.shifts.series_forms import SAY_WHEN


class RetimeForm(FlaskForm):
    day = DateField(lazy_gettext("Day"), validators=[InputRequired(SAY_WHEN)])
    starts = TimeField(lazy_gettext("Starts"), validators=[InputRequired(SAY_WHEN)])
    ends = TimeField(lazy_gettext("Ends"), validators=[InputRequired(SAY_WHEN)])


class CallOffForm(FlaskForm):
    why = StringField(
        lazy_gettext("Why it is called off"),
        validators=[InputRequired(lazy_gettext("Say why.")), Length(max=200)],
    )
