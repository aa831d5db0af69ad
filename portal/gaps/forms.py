"""The filters of the list of doors, and the choice of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from portal.coverage.states import Pending, State
from portal.coverage.words import STATES
from portal.fields import CheckboxesField
from portal.gaps.wanted import ALL_PENDING, KINDS, Wanted
from portal.tower.models import CareTag
from portal.tower.words import CARE_TAGS

MOST_VISITS = 99
MOST_DAYS = 3660
LARGEST_ID = 2**31 - 1
LONGEST = 10  # digits
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"


class StatesField(CheckboxesField):
    """Several states, each with its box. `gap` and `result` stand for theirs."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([word for value in valuelist for word in _words(value)])


def _words(value: str) -> Iterator[str]:
    kind = KINDS.get(value)
    return iter([value]) if kind is None else (state.value for state in State if state in kind)


class WholeNumberField(IntegerField):
    """A whole number between two others, or nothing; says so in one sentence."""

    def __init__(self, label: object, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(label, validators=[Optional()], **kwargs)
        self.least, self.most = least, most

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = int(text) if text.isdecimal() and len(text) <= LONGEST else None
        if text and (self.data is None or not self.least <= self.data <= self.most):
            raise ValueError(
                gettext(
                    "Write a whole number between %(least)s and %(most)s.",
                    least=self.least,
                    most=self.most,
                )
            )


class FilterForm(FlaskForm):
    """Which doors to list; every field may stay empty."""

    place = WholeNumberField(lazy_gettext("Place"), least=1, most=LARGEST_ID)
    state = StatesField(
        lazy_gettext("State"),
        choices=[SelectChoice(state.value, label) for state, label in STATES.items()],
    )
    attempts = WholeNumberField(
        lazy_gettext("Visits without contact, at least"), least=0, most=MOST_VISITS
    )
    days = WholeNumberField(lazy_gettext("Days without a visit, at least"), least=0, most=MOST_DAYS)
    unit = StringField(
        lazy_gettext("Unit"),
        validators=[Optional(), Length(max=20), Regexp(PRINTABLE)],
        filters=[lambda text: (text or "").strip().removesuffix("单元")],
    )
    pending = SelectField(
        lazy_gettext("Waiting for"),
        choices=[
            SelectChoice("", lazy_gettext("Does not matter")),
            SelectChoice("any", lazy_gettext("A second person")),
            SelectChoice(Pending.VACANCY.value, lazy_gettext("Somebody to confirm it is vacant")),
            SelectChoice(Pending.EXCLUSION.value, lazy_gettext("Approval to leave it out")),
        ],
        default="",
    )
    care = SelectField(
        lazy_gettext("Care tag"),
        choices=[
            SelectChoice("", lazy_gettext("Does not matter")),
            *(SelectChoice(tag.value, label) for tag, label in CARE_TAGS.items()),
        ],
        default="",
    )
    due = BooleanField(lazy_gettext("An agreed time is today or past"))

    def __init__(self, *args: Any, with_care: bool, **kwargs: Any) -> None:
        """`with_care`: only those who may see care tags may ask for them."""
        super().__init__(*args, meta={"csrf": False}, **kwargs)  # a filter changes nothing
        if not with_care:
            del self.care

    def wanted(self) -> Wanted:
        """What is asked for; only of a valid form."""
        pending = self.pending.data or ""
        care = self.care.data if "care" in self else ""
        return Wanted(
            place_id=self.place.data,
            states=frozenset(State(word) for word in self.state.data or ()),
            attempts=self.attempts.data or 0,
            days=self.days.data or 0,
            unit=self.unit.data or "",
            pending=ALL_PENDING
            if pending == "any"
            else frozenset({Pending(pending)} if pending else ()),
            care=CareTag(care) if care else None,
            due=self.due.data,
        )


class ExportForm(FilterForm):
    """The same doors as a file."""

    kind = SelectField(
        lazy_gettext("Kind of file"),
        choices=[SelectChoice("csv", "CSV"), SelectChoice("xlsx", "Excel")],
        validators=[InputRequired()],
    )
