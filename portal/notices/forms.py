"""How somebody wants to be told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask_babel import LazyString, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from portal.notices.timing import NEVER_LATER, ByMail, Wishes
from portal.notices.words import TOPICS, WAYS
from portal.outbox.topics import Topic

_AN_HOUR = lazy_gettext("Please give an hour, such as 21:00.")
# One "@", a dot in what follows, and nothing but what every mail server takes.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _hour(label: str) -> TimeField:
    return TimeField(label, validators=[InputRequired(_AN_HOUR)])


class WishesForm(FlaskForm):
    """One's address, what comes there and how, and when not."""

    email = StringField(
        lazy_gettext("E-mail address"),
        validators=[Optional(), Length(max=254)],
        filters=[lambda text: (text or "").strip()],
    )
    digest_at = _hour(lazy_gettext("The e-mail of the day comes at"))
    quiet_from = _hour(lazy_gettext("No e-mails from"))
    quiet_until = _hour(lazy_gettext("until"))

    def validate_email(self, field: Field) -> None:
        if not ADDRESS.fullmatch(field.data):
            raise ValidationError(gettext("This is no e-mail address."))

    def wishes(self) -> Wishes:
        return Wishes(
            quiet_from=self.quiet_from.data,
            quiet_until=self.quiet_until.data,
            digest_at=self.digest_at.data,
            by_topic={topic: ByMail(self[topic.value].data) for topic in TOPICS},
        )

    def choices(self) -> Iterator[tuple[Field, LazyString]]:
        """The field of every topic, and what belongs to that topic."""
        return ((self[topic.value], hint) for topic, (_, hint) in TOPICS.items())


def _choice(topic: Topic) -> SelectField:
    offered = [way for way in WAYS if way is not ByMail.DAILY or topic not in NEVER_LATER]
    return SelectField(
        TOPICS[topic][0], choices=[SelectChoice(way.value, WAYS[way]) for way in offered]
    )


for _topic in TOPICS:
    setattr(WishesForm, _topic.value, _choice(_topic))


def shown(wishes: Wishes) -> dict[str, object]:
    """The values of the form for what somebody wishes."""
    chosen = {topic.value: wishes.by_mail(topic).value for topic in TOPICS}
    hours = {name: getattr(wishes, name) for name in ("quiet_from", "quiet_until", "digest_at")}
    return {**chosen, **hours}
