"""Forms of the tower: they check shape and give back values; rules live in the actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from portal.tower.cutting import Policy
from portal.tower.models import Community, Level
from portal.tower.standing import Rule
from portal.tower.words import POLICIES

SMALLEST_GROUP, LARGEST_GROUP = 5, 60  # dwellings; beyond these a group is no team's work


def _group_size() -> IntegerField:
    text = lazy_gettext(
        "Write a whole number between %(least)s and %(most)s.",
        least=SMALLEST_GROUP,
        most=LARGEST_GROUP,
    )
    return IntegerField(
        lazy_gettext("Households in a group, at most"),
        validators=[InputRequired(text), NumberRange(SMALLEST_GROUP, LARGEST_GROUP, message=text)],
    )


def _policies() -> list[SelectChoice]:
    return [SelectChoice(policy.value, label) for policy, label in POLICIES.items()]


class CutForm(FlaskForm):
    """How to cut, and which preview was seen. The preview itself asks by GET, without a token."""

    policy = SelectField(lazy_gettext("What matters most"), choices=_policies)
    most = _group_size()
    digest = HiddenField()

    @property
    def rule(self) -> Rule:
        """How groups shall be cut."""
        return Rule(self.most.data, Policy(self.policy.data))


class ChosenForm(FlaskForm):
    """Ticked dwellings of a building."""

    door = SelectMultipleField(coerce=int, validate_choice=False)

    @property
    def homes(self) -> set[int]:
        return set(self.door.data or [])


class MoveForm(ChosenForm):
    """Ticked dwellings, and the group they are to join (0: a new one)."""

    group = SelectField(lazy_gettext("Move to"), coerce=int)

    def offer(self, groups: Iterable[tuple[int, str]]) -> MoveForm:
        """Let somebody choose among groups (number, name) or a new one."""
        self.group.choices = [
            *(SelectChoice(number, name) for number, name in groups),
            SelectChoice(0, lazy_gettext("a new group")),
        ]
        return self

    @property
    def number(self) -> int | None:
        return self.group.data or None


class RevealForm(FlaskForm):
    """Why somebody needs a number."""

    reason = StringField(
        lazy_gettext("Why do you need it?"),
        filters=[lambda text: (text or "").strip()],
        validators=[
            InputRequired(lazy_gettext("Give a reason.")),
            Length(1, 200, message=lazy_gettext("A reason of at most 200 characters.")),
        ],
    )


def _name(label: object, longest: int) -> StringField:
    text = lazy_gettext("A name of at most %(most)s characters.", most=longest)
    return StringField(
        label,
        filters=[lambda text: " ".join((text or "").split())],
        validators=[InputRequired(text), Length(1, longest, message=text)],
    )


class SettingsForm(FlaskForm):
    """What a community decides about its tower. One field a name: each has its own message."""

    most = _group_size()
    policy = RadioField(lazy_gettext("What matters most"), choices=_policies)
    zh_1 = _name(lazy_gettext("Level 1 in Chinese"), 12)
    zh_2 = _name(lazy_gettext("Level 2 in Chinese"), 12)
    zh_3 = _name(lazy_gettext("Level 3 in Chinese"), 12)
    zh_4 = _name(lazy_gettext("Level 4 in Chinese"), 12)
    en_1 = _name(lazy_gettext("Level 1 in English"), 24)
    en_2 = _name(lazy_gettext("Level 2 in English"), 24)
    en_3 = _name(lazy_gettext("Level 3 in English"), 24)
    en_4 = _name(lazy_gettext("Level 4 in English"), 24)
    seat_zh_1 = _name(lazy_gettext("Seat 1 in Chinese"), 24)
    seat_zh_2 = _name(lazy_gettext("Seat 2 in Chinese"), 24)
    seat_zh_3 = _name(lazy_gettext("Seat 3 in Chinese"), 24)
    seat_zh_4 = _name(lazy_gettext("Seat 4 in Chinese"), 24)
    seat_zh_5 = _name(lazy_gettext("Seat 5 in Chinese"), 24)
    seat_zh_6 = _name(lazy_gettext("Seat 6 in Chinese"), 24)
    seat_en_1 = _name(lazy_gettext("Seat 1 in English"), 24)
    seat_en_2 = _name(lazy_gettext("Seat 2 in English"), 24)
    seat_en_3 = _name(lazy_gettext("Seat 3 in English"), 24)
    seat_en_4 = _name(lazy_gettext("Seat 4 in English"), 24)
    seat_en_5 = _name(lazy_gettext("Seat 5 in English"), 24)
    seat_en_6 = _name(lazy_gettext("Seat 6 in English"), 24)

    @property
    def rule(self) -> Rule:
        """How groups shall be cut."""
        return Rule(self.most.data, Policy(self.policy.data))

    def all_of(self, kind: str) -> list[StringField]:
        """The fields of one list of names: zh, en, seat_zh or seat_en."""
        return [field for field in self if field.name.startswith(f"{kind}_")]

    def names(self, kind: str) -> list[str]:
        return [field.data for field in self.all_of(kind)]

    def validate(self, extra_validators: dict[str, Sequence[object]] | None = None) -> bool:
        """Also: no two levels, and no two seats, of the same name."""
        fine = bool(super().validate(extra_validators))
        for kind in ("zh", "en", "seat_zh", "seat_en"):
            fine &= self._tell_apart(kind)
        return fine

    def _tell_apart(self, kind: str) -> bool:
        seen: set[str] = set()
        fine = True
        for field in self.all_of(kind):
            if field.data and field.data in seen:
                field.errors = [*field.errors, lazy_gettext("This name stands there twice.")]
                fine = False
            seen.add(field.data)
        return fine

    @classmethod
    def showing(cls, community: Community) -> SettingsForm:
        """The form with what is set now."""
        levels = community.level_names
        values = {f"zh_{n}": levels["zh"][n - 1] for n in Level}
        values |= {f"en_{n}": levels["en"][n - 1] for n in Level}
        for language, names in community.seat_names.items():
            values |= {f"seat_{language}_{n}": name for n, name in enumerate(names, 1)}
        policy = Policy.WHOLE_STAIRCASES if community.whole_staircases else Policy.FEWEST_GROUPS
        return cls(most=community.group_size, policy=policy.value, **values)
