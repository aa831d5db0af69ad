"""The words of rosters in the reader's language."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

from portal.rosters.messages import Code
from portal.rosters.models import Stage

STAGES: dict[Stage, LazyString] = {
    Stage.CHECKING: lazy_gettext("being checked"),
    Stage.CHECKED: lazy_gettext("checked, not applied"),
    Stage.APPLYING: lazy_gettext("being applied"),
    Stage.APPLIED: lazy_gettext("applied"),
    Stage.REFUSED: lazy_gettext("refused"),
    Stage.DROPPED: lazy_gettext("dropped"),
}
CODES: dict[str, LazyString] = {
    Code.ADDRESS_IS_DATE: lazy_gettext("Addresses that became dates"),
    Code.ADDRESS_UNREADABLE: lazy_gettext("Addresses that cannot be read"),
    Code.ESTATE_UNKNOWN: lazy_gettext("Rows without an estate"),
    Code.UNIT_ASSUMED: lazy_gettext("Rows without a unit"),
    Code.DUPLICATE: lazy_gettext("The same home twice"),
    Code.BAD_PHONE: lazy_gettext("Phone numbers left out"),
    Code.BAD_COUNT: lazy_gettext("Numbers of people left out"),
    Code.LONG_NAME: lazy_gettext("Names cut off"),
    Code.CARE_UNKNOWN: lazy_gettext("Care tags left out"),
    Code.BAD_BUILDING: lazy_gettext("Buildings that cannot be used"),
    Code.BAD_UNITS: lazy_gettext("Numbers of units that cannot be used"),
    Code.BAD_FLOORS: lazy_gettext("Numbers of floors that cannot be used"),
    Code.BAD_DWELLINGS: lazy_gettext("Numbers of homes that cannot be used"),
    Code.TOO_FEW_DWELLINGS: lazy_gettext("Fewer homes than floors"),
}


def code_word(code: str) -> str:
    """What a kind of message is about, as a heading."""
    return str(CODES.get(code, code))
