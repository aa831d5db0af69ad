"""Handing in a roster, choosing the community."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from portal.tower.models import Place


class HandInForm(FlaskForm):
    community_id = SelectField(lazy_gettext("Community"), coerce=int)
    file = FileField(
        lazy_gettext("Roster"),
        validators=[FileRequired(lazy_gettext("Choose the file that holds the roster."))],
    )

    def offer(self, communities: Iterable[Place]) -> HandInForm:
        """Let one of these communities be chosen."""
        self.communities = {place.id: place for place in communities}
        self.community_id.choices = [
            SelectChoice(place.id, place.name) for place in self.communities.values()
        ]
        return self

    @property
    def community(self) -> Place:
        return self.communities[self.community_id.data]
