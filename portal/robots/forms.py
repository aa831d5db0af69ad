"""How a robot is set up."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, StringField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from portal.fields import CheckboxesField
from portal.notices.timing import Hours
from portal.outbox.wording import offered_kinds
from portal.robots.actions import Line, Wanted
from portal.robots.formats import Maker
from portal.robots.line import LONGEST_ADDRESS, maybe_target
from portal.robots.words import MAKERS
from portal.web import LOCALES

_AN_HOUR = lazy_gettext("Please give an hour, such as 21:00.")
_DEFAULTS = Hours()


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class UnshownField(StringField):
    """A secret: what was typed is never drawn again, not even when it was wrong."""

    def _value(self) -> str:
        return ""


class RobotForm(FlaskForm):
    """A robot: what it is called, how it is reached, what it speaks of, and when not."""

    name = StringField(
        lazy_gettext("Name of the chat"),
        [DataRequired(lazy_gettext("Please name the chat.")), Length(max=60)],
        filters=[_stripped],
    )
    maker = RadioField(
        lazy_gettext("Whose robot"),
        [DataRequired(lazy_gettext("Please choose one."))],
        choices=[SelectChoice(maker.value, word) for maker, word in MAKERS.items()],
        default=Maker.WECOM.value,
    )
    address = UnshownField(lazy_gettext("Address of the robot (webhook)"), filters=[_stripped])
    secret = UnshownField(
        lazy_gettext("Signing secret (DingTalk only)"), [Length(max=200)], filters=[_stripped]
    )
    kinds = CheckboxesField(
        lazy_gettext("What it speaks of"),
        [InputRequired(lazy_gettext("Choose at least one."))],
    )
    locale = RadioField(
        lazy_gettext("Language"),
        [DataRequired(lazy_gettext("Please choose one."))],
        choices=[SelectChoice(code, name) for code, name in LOCALES.items()],
        default="zh",
    )
    quiet_from = TimeField(
        lazy_gettext("Silent from"), [InputRequired(_AN_HOUR)], default=_DEFAULTS.quiet_from
    )
    quiet_until = TimeField(
        lazy_gettext("until"), [InputRequired(_AN_HOUR)], default=_DEFAULTS.quiet_until
    )

    def __init__(self, *, nearby: bool, known: bool = False, **values: Any) -> None:
        super().__init__(**values)
        self.nearby = nearby
        self.known = known  # the robot has an address already, so an empty field keeps that
        self.kinds.choices = [SelectChoice(kind, word) for kind, word in offered_kinds().items()]

    def validate_address(self, field: Field) -> None:
        if not field.data and self.known:
            return
        if not maybe_target(field.data, nearby=self.nearby):
            limits = {"most": LONGEST_ADDRESS}
            raise ValidationError(
                gettext(
                    "Please copy the whole address from the chat's robot: it begins with https:// "
                    "and has at most %(most)s characters.",
                    **limits,
                )
            )

    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name.data,
            kinds=self.kinds.data,
            locale=self.locale.data,
            quiet_from=self.quiet_from.data,
            quiet_until=self.quiet_until.data,
        )

    def line(self) -> Line:
        """How the robot is reached; what is empty stays as it is."""
        target = maybe_target(self.address.data, nearby=self.nearby)
        return Line(
            maker=Maker(self.maker.data),
            host=target.host if target else "",
            address=self.address.data,
            secret=self.secret.data,
        )
