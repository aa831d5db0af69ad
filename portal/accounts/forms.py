"""What people enter about themselves and about others."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, Length

from portal.access import Person, Role
from portal.accounts import passwords, phones, words
from portal.accounts.actions import LONGEST_NAME, givable
from portal.accounts.models import User
from portal.accounts.names import tidy
from portal.accounts.place_queries import maybe_place
from portal.fields import FILLED_IN
from portal.tower.models import Place

# Refused by length before anything is hashed, however long it is.
_NOT_HUGE = Length(
    max=passwords.LONGEST,
    message=lazy_gettext("At most %(count)s characters, please.", count=passwords.LONGEST),
)


def _tidied(text: str | None) -> str | None:
    return text if text is None else tidy(text)


class PhoneMixin(FlaskForm):
    """A phone number as the name to sign in by; `number` is its one spelling."""

    number: str
    phone = StringField(lazy_gettext("Phone number"), validators=[FILLED_IN], filters=[_tidied])

    def validate_phone(self, field: Field) -> None:
        number = phones.normalise(field.data)
        if number is None:
            raise ValidationError(gettext("This is no phone number; mobiles have eleven digits."))
        self.number = number


class SignInForm(PhoneMixin):
    password = PasswordField(lazy_gettext("Password"), validators=[FILLED_IN, _NOT_HUGE])


class PasswordForm(FlaskForm):
    """A new password for oneself, by whoever knows the present one."""

    current = PasswordField(lazy_gettext("Present password"), validators=[FILLED_IN, _NOT_HUGE])
    new = PasswordField(lazy_gettext("New password"), validators=[FILLED_IN, _NOT_HUGE])
    again = PasswordField(
        lazy_gettext("New password once more"),
        validators=[EqualTo("new", message=lazy_gettext("The two are not the same."))],
    )

    def __init__(self, *, user: User) -> None:
        super().__init__()
        self.user = user

    def validate_new(self, field: Field) -> None:
        _refuse_weak(field.data, phone=self.user.phone, name=self.user.name)


class DutyForm(FlaskForm):
    """A duty at a place, among those that `by` may give; `place_found` is the place written."""

    place_found: Place
    role = SelectField(lazy_gettext("Duty"), coerce=Role)
    place = StringField(
        lazy_gettext("Place"), validators=[FILLED_IN, Length(max=200)], filters=[_tidied]
    )

    def __init__(self, *, by: Person, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by
        self.role.choices = [SelectChoice(role.value, words.duty(role)) for role in givable(by)]

    def validate_place(self, field: Field) -> None:
        place = maybe_place(self.by, field.data)
        if place is None:
            raise ValidationError(
                gettext("There is no such place in your area. Choose one from the list.")
            )
        self.place_found = place


class PersonForm(DutyForm, PhoneMixin):
    """Somebody new, with a first duty; without a password one is made."""

    name = StringField(
        lazy_gettext("Full name"),
        validators=[FILLED_IN, Length(max=LONGEST_NAME)],
        filters=[_tidied],
    )
    password = PasswordField(lazy_gettext("First password"), validators=[_NOT_HUGE])

    def validate_password(self, field: Field) -> None:
        if field.data:
            _refuse_weak(field.data, phone=self.phone.data, name=self.name.data)


def _refuse_weak(password: str, *, phone: str, name: str) -> None:
    number = phones.normalise(phone or "") or ""
    if reason := passwords.why_weak(password, phone=number, name=name or ""):
        raise ValidationError(reason)
