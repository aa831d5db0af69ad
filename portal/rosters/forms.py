"""Handing in a roster."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField


class HandInForm(FlaskForm):
    community_id = SelectField(lazy_gettext("Community"), coerce=int)
    file = FileField(
        lazy_gettext("Roster"),
        validators=[FileRequired(lazy_gettext("Choose the file that holds the roster."))],
    )


class ButtonForm(FlaskForm):
    """A button: nothing to fill in, but the token is checked."""
