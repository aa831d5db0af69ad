"""Forms of the ledger: they check shape and give back values; rules live in the actions."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.clock import at
from portal.coverage.entries import Entry
from portal.coverage.states import MOST_PEOPLE, Outcome
from portal.coverage.words import OUTCOMES, REASONS
from portal.fields import QuickForm
from portal.tower.models import CareTag
from portal.tower.words import CARE_TAGS


class WithId(QuickForm):
    """A form whose sending counts once: it carries the id its event will have."""

    uuid = HiddenField(default=lambda: str(uuids.uuid4()))

    def validate_uuid(self, field: HiddenField) -> None:
        try:
            field.data = str(uuids.UUID(field.data or ""))
        except ValueError as error:
            text = lazy_gettext("The form is damaged: reload the page.")
            raise ValidationError(text) from error


def _people(label: object) -> IntegerField:
    limits = NumberRange(
        0,
        MOST_PEOPLE,
        message=lazy_gettext("A number of people between 0 and %(most)s.", most=MOST_PEOPLE),
    )
    return IntegerField(label, validators=[Optional(), limits])


class VisitForm(WithId):
    """One visit at one door."""

    outcome = SelectField(
        lazy_gettext("Outcome"),
        choices=[SelectChoice(outcome.value, label) for outcome, label in OUTCOMES.items()],
        validators=[InputRequired(lazy_gettext("Choose what happened."))],
    )
    told = _people(lazy_gettext("Told (people)"))
    remaining = _people(lazy_gettext("Still to tell (people)"))
    day = DateField(lazy_gettext("Day agreed"), validators=[Optional()])
    time = TimeField(lazy_gettext("Time agreed"), validators=[Optional()])
    note = StringField(lazy_gettext("Note"), validators=[Optional(), Length(max=200)])

    def entry(self, dwelling_id: int, **changes: Any) -> Entry:
        """What was reported; the agreed time is local to the community."""
        values = {
            "uuid": self.uuid.data,
            "dwelling_id": dwelling_id,
            "outcome": Outcome(self.outcome.data),
            "told": self.told.data,
            "remaining": self.remaining.data,
            "appointment_at": self._agreed(),
            "note": self.note.data or None,
            **changes,
        }
        return Entry(**values)

    def _agreed(self) -> datetime | None:
        if not self.day.data or not self.time.data:
            return None
        return at(self.day.data, self.time.data)


class CorrectionForm(VisitForm):
    reason = StringField(
        lazy_gettext("Why it is corrected"),
        validators=[InputRequired(lazy_gettext("Say why.")), Length(max=200)],
    )


class ManyForm(WithId):
    """The same report for several doors."""

    outcome = SelectField(
        choices=[
            SelectChoice(outcome.value, OUTCOMES[outcome])
            for outcome in (Outcome.NOT_HOME, Outcome.NOTE_LEFT)
        ]
    )
    door = SelectMultipleField(coerce=int, validate_choice=False)


class ExclusionForm(WithId):
    reason = SelectField(
        lazy_gettext("Why it should not count"),
        choices=[SelectChoice(reason.value, label) for reason, label in REASONS.items()],
    )
    text = StringField(lazy_gettext("In your words"), validators=[Optional(), Length(max=160)])


class DecisionForm(WithId):
    approve = BooleanField()
    reason = StringField(
        lazy_gettext("Reason"),
        validators=[InputRequired(lazy_gettext("Give a reason.")), Length(max=200)],
    )


class FoundForm(WithId):
    """A door that somebody found and nobody had listed."""

    unit = StringField(lazy_gettext("Unit"), validators=[Optional(), Length(max=20)])
    floor = IntegerField(
        lazy_gettext("Floor"),
        validators=[
            InputRequired(lazy_gettext("Say on which floor.")),
            NumberRange(-9, 150, message=lazy_gettext("A floor between -9 and 150.")),
        ],
    )
    room = StringField(
        lazy_gettext("Room"),
        validators=[InputRequired(lazy_gettext("Give the number on the door.")), Length(max=20)],
    )
    note = StringField(lazy_gettext("Note"), validators=[Optional(), Length(max=200)])


class RoundForm(FlaskForm):
    name = StringField(
        lazy_gettext("Name"),
        validators=[InputRequired(lazy_gettext("Give the round a name.")), Length(max=80)],
    )
    place_id = SelectField(lazy_gettext("Where"), coerce=int)
    care_tag = SelectField(
        lazy_gettext("Which doors"),
        choices=[
            SelectChoice("", lazy_gettext("All doors")),
            *(SelectChoice(tag.value, label) for tag, label in CARE_TAGS.items()),
        ],
    )

    @property
    def tag(self) -> CareTag | None:
        return CareTag(self.care_tag.data) if self.care_tag.data else None


class HandoverForm(FlaskForm):
    """The saved queue of somebody's phone: as a file, or as the text of its codes."""

    pieces = TextAreaField(lazy_gettext("What the codes say"))
    file = FileField(lazy_gettext("File from the phone"))

    def text(self) -> bytes:
        """What was pasted, else what is in the file; empty for neither."""
        pasted = (self.pieces.data or "").strip()
        file = self.file.data
        return pasted.encode() or (file.read() if file else b"")


class EmptyForm(FlaskForm):
    """A button: nothing to fill in, but the token is checked."""
