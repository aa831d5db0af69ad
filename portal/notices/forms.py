"""How somebody wants to be told."""

from __future__ import annotations

import re
from datetime import time

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, StringField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.notices.timing import ByMail, Wishes

_AN_HOUR = lazy_gettext("Please give an hour, such as 21:00.")
# One "@", a dot in what follows, and nothing but what every mail server takes.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _hour(label: str) -> TimeField:
    return TimeField(label, validators=[InputRequired(_AN_HOUR)])


class WishesForm(FlaskForm):
    """One's address, when e-mails may come, and when not."""

    email = StringField(
        lazy_gettext("E-mail address"),
        validators=[Optional(), Length(max=254)],
        filters=[lambda text: (text or "").strip()],
    )
    by_mail = RadioField(
        lazy_gettext("E-mails"),
        validators=[DataRequired(lazy_gettext("Please choose one."))],
        choices=[
            SelectChoice(ByMail.AT_ONCE.value, lazy_gettext("For each notice at once")),
            SelectChoice(ByMail.DAILY.value, lazy_gettext("Once a day, all together")),
            SelectChoice(ByMail.NEVER.value, lazy_gettext("None; I look here")),
        ],
    )
    digest_at = _hour(lazy_gettext("Once a day at"))
    quiet_from = _hour(lazy_gettext("No e-mails from"))
    quiet_until = _hour(lazy_gettext("until"))

    def validate_email(self, field: Field) -> None:
        if not ADDRESS.fullmatch(field.data):
            raise ValidationError(gettext("This is no e-mail address."))

    def wishes(self) -> Wishes:
        hours: tuple[time, ...] = (
            self.quiet_from.data,
            self.quiet_until.data,
            self.digest_at.data,
        )
        return Wishes(ByMail(self.by_mail.data), *hours)
