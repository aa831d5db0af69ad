"""Forms of the bulletins: they check shape and give back values; rules live in the actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.access import Permission, Person
from portal.accounts.place_queries import maybe_place
from portal.clock import at, now, today
from portal.fields import FILLED_IN, CheckboxesField, one_line
from portal.private import hide
from portal.relay.actions import Wanted
from portal.relay.models import Audience, Ending
from portal.relay.words import ADDRESSEES, AUDIENCES
from portal.tower.models import Level, Place


def _about_nobody(_: FlaskForm, field: Field) -> None:
    """A text that goes into hundreds of group chats must not carry anybody's numbers."""
    if hide(field.data or "")[1]:
        raise ValidationError(
            gettext("No numbers of persons, bank cards or mobile telephones, please.")
        )


class TextMixin(FlaskForm):
    """What a bulletin says and by when it shall have arrived."""

    title = StringField(
        lazy_gettext("Title"),
        validators=[FILLED_IN, Length(max=60), _about_nobody],
        filters=[one_line],
    )
    text = TextAreaField(
        lazy_gettext("The text"), validators=[FILLED_IN, Length(max=1000), _about_nobody]
    )
    day = DateField(lazy_gettext("Shall have arrived on"), validators=[FILLED_IN])
    hour = TimeField(lazy_gettext("at"), validators=[FILLED_IN])

    def validate_day(self, field: Field) -> None:
        if not timedelta() <= field.data - today() <= timedelta(days=60):
            raise ValidationError(gettext("A day from today on, within two months."))

    def validate_hour(self, field: Field) -> None:
        if not self.day.errors and self.day.data and field.data and self.arrive_by() <= now():
            raise ValidationError(gettext("That hour is over."))

    def arrive_by(self) -> datetime:
        return at(self.day.data, self.hour.data)

    def _wanted(self, audiences: Sequence[Audience]) -> Wanted:
        return Wanted(
            title=self.title.data,
            text="\n".join(line.rstrip() for line in self.text.data.strip().splitlines()),
            audiences=tuple(audiences),
            arrive_by=self.arrive_by(),
        )


class PlaceMixin(FlaskForm):
    """A part of the tower; `place_found` is what was named."""

    place_found: Place
    place = StringField(lazy_gettext("Place"), validators=[FILLED_IN, Length(max=200)])

    def __init__(self, *, by: Person, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by

    def validate_place(self, field: Field) -> None:
        place = maybe_place(self.by, field.data, Permission.ISSUE_BULLETINS)
        if place is None or place.level == Level.GROUP:
            raise ValidationError(
                gettext("There is no such place in your area. Choose one from the list.")
            )
        self.place_found = place


class BulletinForm(TextMixin, PlaceMixin):
    """A new bulletin: what, to whom, where, by when."""

    audiences = CheckboxesField(
        lazy_gettext("For whom"),
        choices=[SelectChoice(audience.value, label) for audience, label in AUDIENCES.items()],
        validators=[InputRequired(lazy_gettext("Please choose at least one."))],
    )

    def wanted(self) -> Wanted:
        return self._wanted([Audience(word) for word in self.audiences.data])


class CorrectionForm(TextMixin):
    """Another text in the place of one, for the same people."""

    reason = StringField(
        lazy_gettext("What was wrong?"),
        validators=[FILLED_IN, Length(max=200), _about_nobody],
        filters=[one_line],
    )

    def wanted(self, audiences: Sequence[str]) -> Wanted:
        return self._wanted([Audience(word) for word in audiences])


class EndForm(FlaskForm):
    """Why a bulletin is relayed no further."""

    ending = RadioField(
        lazy_gettext("What about it?"),
        choices=[
            SelectChoice(
                Ending.OVER.value, lazy_gettext("It is over: nobody needs to do anything")
            ),
            SelectChoice(
                Ending.WITHDRAWN.value,
                lazy_gettext("It is wrong: whoever relayed it is asked to say so"),
            ),
        ],
        coerce=Ending,
        validators=[InputRequired(lazy_gettext("Please choose one."))],
    )
    reason = StringField(
        lazy_gettext("Why?"),
        validators=[FILLED_IN, Length(max=200), _about_nobody],
        filters=[one_line],
    )


class ContactForm(FlaskForm):
    """What an addressee is called, and whom to ask for there."""

    name = StringField(
        lazy_gettext("Name"), validators=[FILLED_IN, Length(max=60)], filters=[one_line]
    )
    contact = StringField(
        lazy_gettext("Whom to ask for"),
        validators=[FILLED_IN, Length(max=60), _about_nobody],
        filters=[one_line],
    )


class AddresseeForm(ContactForm, PlaceMixin):
    """A school, shop or unit of a part of the tower."""

    audience = SelectField(
        lazy_gettext("Kind"),
        choices=[SelectChoice(kind.value, label) for kind, label in ADDRESSEES.items()],
    )


class RulesForm(FlaskForm):
    """Which seats of a group relay."""

    seats = CheckboxesField(
        lazy_gettext("Who relays in a group"),
        coerce=int,
        validators=[InputRequired(lazy_gettext("Please choose at least one."))],
    )

    def __init__(self, seat_names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seats.choices = [SelectChoice(n, name) for n, name in enumerate(seat_names, 1)]


class StopsForm(FlaskForm):
    """The stops that somebody has relayed, as the page listed them."""

    stops = HiddenField()

    def chosen(self) -> list[int]:
        """The numbers of the stops; empty where the form is damaged."""
        words = (self.stops.data or "").split(",")
        is_whole = all(w.isascii() and w.isdigit() and len(w) < 16 for w in words)
        return [int(word) for word in words] if is_whole else []
