"""When somebody may be disturbed: quiet hours, the daily digest, another try after a failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from portal.clock import at, local
from portal.outbox.topics import Topic

# Waits after each failed try; then it is given up. A mail server may be down for two days.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))


class ByMail(StrEnum):
    """When notices come by e-mail, besides standing in the portal."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


# How a topic reaches whoever has not chosen: at once, but what has days of time comes together.
DEFAULTS: dict[Topic, ByMail] = {Topic.ROSTER: ByMail.DAILY}
# A warning that waits for a digest is none: at once by e-mail, or in the portal only.
NEVER_LATER = frozenset({Topic.WARNINGS})


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When not to disturb; equal hours mean no quiet at all.

    The defaults: nobody knocks after 21:00 (domain.md 2.6), and telephones keep quiet as long.
    """

    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)

    def first_try(self, moment: datetime, *, urgent: bool) -> datetime:
        """When to say what is due at a moment; what is urgent is said in the night as well."""
        return moment if urgent else self.after_quiet(moment)

    def is_quiet(self, moment: datetime) -> bool:
        """Whether this is no hour to disturb; quiet hours may run over midnight."""
        hour = local(moment).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until

    def after_quiet(self, moment: datetime) -> datetime:
        """The first moment from this one on at which somebody may be disturbed.

        When summer time ends, the hour at which quiet ends may come twice: the next one counts.
        """
        if not self.is_quiet(moment):
            return moment
        day, hour = local(moment).date(), self.quiet_until
        again = at(day, hour.replace(fold=1))
        return again if at(day, hour) <= moment < again else next_time(hour, moment)


@dataclass(frozen=True, kw_only=True)
class Wishes(Hours):
    """How somebody wants to be told; the digest comes before the evening's round."""

    digest_at: time = time(18, 0)
    by_topic: Mapping[Topic, ByMail] = field(default_factory=dict)

    def by_mail(self, topic: Topic) -> ByMail:
        """How what is about a topic comes by e-mail."""
        if topic is Topic.ACCOUNT:
            return ByMail.AT_ONCE
        chosen = self.by_topic.get(topic, DEFAULTS.get(topic, ByMail.AT_ONCE))
        is_late = chosen is ByMail.DAILY and topic in NEVER_LATER
        return ByMail.AT_ONCE if is_late else chosen

    def daily(self) -> frozenset[Topic]:
        """What comes together, once a day."""
        return frozenset(topic for topic in Topic if self.by_mail(topic) is ByMail.DAILY)

    def first_letter(self, moment: datetime, topic: Topic, *, urgent: bool) -> datetime:
        """When to send what is due at a moment: with the next digest, or as soon as one may."""
        if self.by_mail(topic) is ByMail.DAILY and not urgent:
            return next_time(self.digest_at, moment)
        return self.first_try(moment, urgent=urgent)


def next_time(hour: time, after: datetime) -> datetime:
    """The first moment later than `after` at which the clocks here show `hour`, once a day.

    Of an hour that comes twice it is the first; one that is left out comes as much later.
    """
    day = local(after).date()
    found = at(day, hour)
    return found if found > after else at(day + timedelta(days=1), hour)


def next_try(tries: int, failed_at: datetime) -> datetime | None:
    """When to try again after so many failed tries; None: no more."""
    return failed_at + RETRIES[tries - 1] if tries <= len(RETRIES) else None
