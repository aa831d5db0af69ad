"""What a place asks of its crews, and what a coordinator knows of somebody."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField

from portal.shifts.skills import GIVEN, OFFICER, read


class NeedsForm(FlaskForm):
    """An officer, languages, whatever else one of every crew must bring."""

    officer = BooleanField(lazy_gettext("A police liaison comes along"))
    skills = StringField(lazy_gettext("Languages and other skills, with commas in between"))

    def needs(self) -> list[str]:
        """What is asked; the officer by the box alone."""
        said = [word for word in read(self.skills.data) if word not in GIVEN]
        return [*([OFFICER] if self.officer.data else []), *said]


class SkillsForm(FlaskForm):
    """What somebody can, as their coordinator enters it."""

    skills = StringField(lazy_gettext("What this person can, with commas in between"))
