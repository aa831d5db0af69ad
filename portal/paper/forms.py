"""The keying page: one row a door, in the order of the paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from wtforms import (
    DateField,
    DateTimeLocalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.clock import at
from portal.coverage.entries import Entry
from portal.coverage.forms import WithId
from portal.coverage.states import KEYS, MOST_PEOPLE, Outcome
from portal.coverage.words import OUTCOMES


class RowForm(Form):
    """One door. The first letter of each choice is its key, so typing it chooses."""

    outcome = SelectField(
        lazy_gettext("Outcome"),
        choices=lambda: [
            SelectChoice("", "–"),
            *(SelectChoice(o.value, f"{KEYS[o]} {label}") for o, label in OUTCOMES.items()),
        ],
    )
    told = IntegerField(lazy_gettext("Told (people)"), [Optional(), NumberRange(0, MOST_PEOPLE)])
    remaining = IntegerField(
        lazy_gettext("Still to tell (people)"), [Optional(), NumberRange(0, MOST_PEOPLE)]
    )
    agreed = DateTimeLocalField(lazy_gettext("Time agreed"), [Optional()])
    note = StringField(lazy_gettext("Note"), [Optional(), Length(max=200)])

    @property
    def is_ticked(self) -> bool:
        return bool(self.outcome.data)

    def entry(self, dwelling_id: int) -> Entry:
        """What the row says; its id is given when it is entered."""
        agreed = self.agreed.data
        return Entry(
            uuid="",
            dwelling_id=dwelling_id,
            outcome=Outcome(self.outcome.data),
            told=self.told.data,
            remaining=self.remaining.data,
            appointment_at=at(agreed.date(), agreed.time()) if agreed else None,
            note=self.note.data or None,
        )


class KeyingForm(WithId):
    """A whole sheet: who walked it and when, then its rows."""

    day = DateField(
        lazy_gettext("Day of the walk"), [InputRequired(lazy_gettext("Say which day."))]
    )
    time = TimeField(lazy_gettext("About when"), [InputRequired(lazy_gettext("Say when."))])
    walker = SelectField(lazy_gettext("Who walked it"), coerce=int)
    rows = FieldList(FormField(RowForm))

    def happened_at(self) -> datetime:
        """The moment of the walk, local to the community."""
        return at(self.day.data, self.time.data)

    def ticked(self, doors: list[int]) -> list[tuple[int, Entry]]:
        """(row, what it says) for every row with an outcome."""
        return [
            (n, row.form.entry(door))
            for n, (row, door) in enumerate(zip(self.rows, doors, strict=True))
            if row.form.is_ticked
        ]

    def tell(self, reason: str, problems: dict[int, str]) -> None:
        """Put what does not fit beside its field: of the moment, and of rows by their number."""
        if reason:
            self.day.errors = [reason]
        for n, text in problems.items():
            self.rows[n].form.outcome.errors = [text]


class PrintForm(WithId):
    """A button that prints; it carries the id of the batch."""


def empty_rows(count: int) -> list[dict[str, Any]]:
    """Data for `count` blank rows."""
    return [{} for _ in range(count)]
