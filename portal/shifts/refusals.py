"""Refusals of the rota: each knows its reason, so that a page can offer what else there is."""

from __future__ import annotations

from flask_babel import gettext

from portal.errors import RuleError
from portal.shifts.eligibility import Why
from portal.shifts.words import WHYS


class WhyNotError(RuleError):
    """Somebody may not have this shift; `why` is the reason."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(WHYS[why]))
        self.why = why


class TooLateError(RuleError):
    """It is too late to give a seat back just so: somebody must stand in."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "It is too late to simply give the shift back. Say “I can't come”: "
                "we look for somebody to stand in."
            )
        )
