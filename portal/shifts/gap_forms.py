"""The form that makes a shift of a gap."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, TimeField
from wtforms.validators import InputRequired, NumberRange

from portal.shifts.series_forms import SAY_WHEN

MOST = 9
_LIMITS = lazy_gettext("A number between 1 and %(most)s.", most=MOST)


class TurnForm(FlaskForm):
    """When a crew goes, and how many."""

    day = DateField(lazy_gettext("Day"), [InputRequired(SAY_WHEN)])
    starts = TimeField(lazy_gettext("From"), [InputRequired(SAY_WHEN)])
    ends = TimeField(lazy_gettext("Until"), [InputRequired(SAY_WHEN)])
    seats = IntegerField(
        lazy_gettext("People in a crew"),
        [
            InputRequired(_LIMITS),
            NumberRange(1, MOST, message=_LIMITS),
        ],
        default=2,
    )
