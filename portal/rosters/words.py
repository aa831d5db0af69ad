"""The words of rosters in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext

from portal.jobs import Progress
from portal.rosters.jobs import READING
from portal.rosters.messages import Code, Refusal, Unreadable
from portal.rosters.models import Stage
from portal.rosters.report import Report

STAGES: dict[Stage, LazyString] = {
    Stage.CHECKING: lazy_gettext("being checked"),
    Stage.CHECKED: lazy_gettext("checked, not applied"),
    Stage.APPLYING: lazy_gettext("being applied"),
    Stage.APPLIED: lazy_gettext("applied"),
    Stage.REFUSED: lazy_gettext("refused"),
    Stage.DROPPED: lazy_gettext("dropped"),
}
CODES: dict[Code, LazyString] = {
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


def code_word(code: Code) -> str:
    """What a kind of message is about, as a heading; its code where no words have been found."""
    return str(CODES.get(code, code.value))


def refusal(report: dict[str, Any]) -> str:
    """Why a file as a whole was refused, from what was kept of it."""
    return Unreadable(Refusal(report["refused"]), **report["params"]).text(gettext)


def left_aside(report: Report) -> list[str]:
    """Columns and sheets of which nothing was kept, a line for each reason."""
    lists = [
        (gettext("Never kept"), report.ignored_columns),
        (gettext("Columns not used"), report.unused_columns),
        (gettext("Sheets not used"), report.ignored_sheets),
    ]
    return [labelled(what, gettext(", ").join(names)) for what, names in lists if names]


def labelled(what: str, value: str) -> str:
    return str(gettext("%(what)s: %(value)s", what=what, value=value))


def progress(heard: Progress) -> str:
    """How far a job has come."""
    counts = {"done": f"{heard.done:,}", "total": f"{heard.total:,}"}
    if not heard.total:
        return str(gettext("The work begins in a moment."))
    if heard.stage == READING:
        return str(gettext("%(done)s of about %(total)s rows read", **counts))
    return str(gettext("%(done)s of %(total)s households", **counts))


def summary(report: Report) -> str:
    """The counts of an import in one line."""
    return str(
        gettext(
            "Households: %(homes)s (new %(new)s, changed %(changed)s, unchanged %(same)s, missing "
            "from the file %(missing)s); buildings: %(buildings)s; groups: %(groups)s",
            homes=f"{report.dwellings:,}",
            new=f"{report.new:,}",
            changed=f"{report.changed:,}",
            same=f"{report.unchanged:,}",
            missing=f"{report.missing:,}",
            buildings=f"{report.buildings:,}",
            groups=f"{report.groups:,}",
        )
    )
