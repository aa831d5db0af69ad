"""The text for a group chat (接龙): counts of households only, fit to be passed on by anybody."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, ngettext

from portal.clock import today
from portal.coverage.states import GAPS, State
from portal.coverage.words import STATES
from portal.dates import date_of
from portal.reports.queries import Count
from portal.tower.models import Level, Place
from portal.tower.words import place_name, unit_name


def roll_call(
    round_name: str,
    place: str,
    lines: Sequence[tuple[str, Count]],
    total: Count,
) -> str:
    """The whole text: where and when, a line a part, and the sum with its remainder in words."""
    head = f"{place} · {round_name} · {date_of(today())}"
    return "\n".join([head, *(_line(name, count) for name, count in lines), *_sum(total)])


def part_name(place: Place, count: Count) -> str:
    """What a part is called: a unit in a building, else the place below."""
    if place.level >= Level.BUILDING:
        return unit_name(count.name) or str(gettext("Doors"))
    return place_name(place.level + 1, count.name)


def _line(name: str, count: Count) -> str:
    share = gettext("%(n)s / %(base)s households", n=f"{count.done:,}", base=f"{count.base:,}")
    if not count.to_do:
        return str(gettext("%(part)s: %(share)s ✓", part=name, share=share))
    return str(
        gettext("%(part)s: %(share)s, %(rest)s", part=name, share=share, rest=remainder(count))
    )


def _sum(total: Count) -> list[str]:
    share = gettext(
        "Together %(n)s / %(base)s households, %(rest)s",
        n=f"{total.done:,}",
        base=f"{total.base:,}",
        rest=remainder(total),
    )
    open_ = [f"{STATES[s]} {total.states[s]:,}" for s in State if s in GAPS and total.states[s]]
    return [str(share), *([" · ".join(open_)] if open_ else [])]


def remainder(count: Count) -> str:
    """What is missing, in words."""
    if not count.to_do:
        return str(gettext("nobody is missing"))
    return str(ngettext("%(num)s to go", "%(num)s to go", count.to_do))
