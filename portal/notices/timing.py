"""When somebody may be disturbed: quiet hours, the daily digest, another try after a failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from portal.clock import at, local

# Waits after each failed try; then it is given up. A mail server may be down for two days.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))


class ByMail(StrEnum):
    """When notices come by e-mail, besides standing in the portal."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be told; equal hours mean no quiet at all.

    The defaults: nobody knocks after 21:00 (domain.md 2.6), and telephones keep quiet as long; the
    digest comes before the evening's round.
    """

    by_mail: ByMail = ByMail.AT_ONCE
    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)
    digest_at: time = time(18, 0)

    def first_try(self, moment: datetime, *, urgent: bool) -> datetime:
        """When to send what is due at a moment; what is urgent goes out in the night as well."""
        if urgent:
            return moment
        if self.by_mail is ByMail.DAILY:
            return next_time(self.digest_at, moment)
        return self.after_quiet(moment)

    def is_quiet(self, moment: datetime) -> bool:
        """Whether this is no hour to disturb; quiet hours may run over midnight."""
        hour = local(moment).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until

    def after_quiet(self, moment: datetime) -> datetime:
        """The first moment from this one on at which somebody may be disturbed."""
        return next_time(self.quiet_until, moment) if self.is_quiet(moment) else moment


def next_time(hour: time, after: datetime) -> datetime:
    """The first moment later than `after` at which the clocks here show `hour`."""
    day = local(after).date()
    found = at(day, hour)
    return found if found > after else at(day + timedelta(days=1), hour)


def next_try(tries: int, failed_at: datetime) -> datetime | None:
    """When to try again after so many failed tries; None: no more."""
    return failed_at + RETRIES[tries - 1] if tries <= len(RETRIES) else None
