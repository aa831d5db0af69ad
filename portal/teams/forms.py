"""The form that seats somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.teams.models import MEMBER
from portal.teams.words import MEMBER_WORD


class SeatForm(FlaskForm):
    """Which seat, and who is to sit there; `q` narrows the people offered."""

    seat = SelectField(lazy_gettext("Seat"), coerce=int)
    q = StringField(lazy_gettext("Name, or last four digits"))
    user_id = RadioField(
        lazy_gettext("Who"),
        coerce=int,
        validate_choice=False,
        choices=(),
        validators=[InputRequired(lazy_gettext("Choose somebody."))],
    )

    def offer(self, seat_names: Sequence[str]) -> SeatForm:
        """Let somebody choose among the six seats and the other members."""
        self.seat.choices = [
            *(SelectChoice(number, name) for number, name in enumerate(seat_names, 1)),
            SelectChoice(MEMBER, MEMBER_WORD),
        ]
        return self

    def offer_people(self, people: Iterable[tuple[int, str]]) -> None:
        """The people to choose from (id, what to show)."""
        self.user_id.choices = [SelectChoice(user_id, label) for user_id, label in people]

    @property
    def text(self) -> str:
        """What the people are narrowed to."""
        return (self.q.data or "").strip()[:60]
