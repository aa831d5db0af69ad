"""Forms of what residents write, and of those who answer."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from portal.accounts.phones import LONGEST, normalise
from portal.public.actions import Message
from portal.public.queries import Rules
from portal.public.states import DEFAULT_HOURS, NEEDS_TEXT, InquiryKind
from portal.public.words import TITLES, WISHES
from portal.tasks.states import TaskOutcome
from portal.tasks.words import OUTCOMES

MOST_TEXT = 1000  # characters of a message or an answer
STILL_OPEN = "open"


def _lines(text: str | None) -> str:
    """What somebody wrote, its lines kept and nothing else that is white."""
    lines = (" ".join(line.split()) for line in (text or "").splitlines())
    return "\n".join(lines).strip()


class AskForm(FlaskForm):
    """What a resident writes. The mark of the form takes the place of a token and its cookie."""

    class Meta:
        csrf = False

    phone_found: str | None = None
    kind = RadioField(
        lazy_gettext("What is it about?"),
        choices=[SelectChoice(kind.value, label) for kind, label in WISHES.items()],
        coerce=InquiryKind,
        validators=[InputRequired(lazy_gettext("Please choose one."))],
    )
    text = TextAreaField(
        lazy_gettext("Your words"),
        validators=[
            Length(max=MOST_TEXT, message=lazy_gettext("At most %(max)d characters, please."))
        ],
        filters=[_lines],
    )
    room = StringField(
        lazy_gettext("Which door is it about?"), validators=[Length(max=20)], filters=[_lines]
    )
    phone = TelField(
        lazy_gettext("Phone number, if we may ring you"), validators=[Length(max=LONGEST)]
    )
    website = StringField(lazy_gettext("Please leave this empty"))  # only machines fill it in
    stamp = HiddenField()

    def validate_text(self, field: Field) -> None:
        asked = self.kind.data
        if not field.data and (asked in NEEDS_TEXT or not (self.room.data or self.phone.data)):
            raise ValidationError(gettext("Please write a few words."))

    def validate_phone(self, field: Field) -> None:
        self.phone_found = normalise(field.data) if field.data else None
        if field.data and not self.phone_found:
            raise ValidationError(gettext("This is not a phone number. It may also stay empty."))

    def validate_website(self, field: Field) -> None:
        if field.data:
            raise ValidationError(gettext("Please leave this field empty and send again."))

    def message(self) -> Message:
        return Message(
            kind=self.kind.data,
            text=self.text.data or "",
            room=self.room.data or "",
            phone=self.phone_found,
        )


class ReplyForm(FlaskForm):
    """An answer, and whether the matter is closed by it."""

    text = TextAreaField(
        lazy_gettext("Your answer"),
        validators=[
            InputRequired(lazy_gettext("Please fill this in.")),
            Length(max=MOST_TEXT, message=lazy_gettext("At most %(max)d characters, please.")),
        ],
        filters=[_lines],
    )
    outcome = RadioField(
        lazy_gettext("Is it settled?"),
        choices=[
            *(SelectChoice(outcome.value, label) for outcome, label in OUTCOMES.items()),
            SelectChoice(STILL_OPEN, lazy_gettext("Not yet, it stays open")),
        ],
        validators=[InputRequired(lazy_gettext("Please choose one."))],
    )

    @property
    def outcome_found(self) -> TaskOutcome | None:
        return None if self.outcome.data == STILL_OPEN else TaskOutcome(self.outcome.data)


class EntranceForm(FlaskForm):
    """Which entrance of a building; empty for the building's own."""

    unit = StringField(validators=[Length(max=20)], filters=[_lines])


def _number(least: int, most: int) -> list[Any]:
    text = gettext("A number from %(least)s to %(most)s.", least=least, most=most)
    return [InputRequired(gettext("Please fill this in.")), NumberRange(least, most, message=text)]


class RulesForm(FlaskForm):
    """How soon residents are answered, and how long what they wrote is kept."""

    keep_days = IntegerField(lazy_gettext("Days after closing until their words are deleted"))
    most_a_day = IntegerField(lazy_gettext("Messages a day from one entrance at most"))

    @classmethod
    def of(cls, rules: Rules, **kwargs: Any) -> RulesForm:
        """The form of a community, with its own hours for every kind."""
        asked = {f"hours_{kind.value}": _hours(kind) for kind in InquiryKind}
        form = type("RulesForm", (cls,), asked)
        now_set = {
            f"hours_{kind.value}": rules.hours.get(kind.value, DEFAULT_HOURS[kind])
            for kind in InquiryKind
        }
        made: RulesForm = form(
            keep_days=rules.keep_days, most_a_day=rules.most_a_day, **now_set, **kwargs
        )
        made.keep_days.validators = _number(1, 730)
        made.most_a_day.validators = _number(1, 1000)
        return made

    def fields_of_kinds(self) -> list[Field]:
        return [self[f"hours_{kind.value}"] for kind in InquiryKind]

    def hours(self) -> dict[str, int]:
        return {kind.value: self[f"hours_{kind.value}"].data for kind in InquiryKind}


def _hours(kind: InquiryKind) -> IntegerField:
    return IntegerField(TITLES[kind], validators=_number(1, 336))
