"""What is drawn once and shown to many: the tree of gaps, a list of doors and its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import render_template
from markupsafe import Markup

from portal.access import Permission, Person
from portal.gaps import queries, tree
from portal.gaps.forms import FilterForm
from portal.gaps.listing import DoorLine, days
from portal.gaps.queries import Reach
from portal.gaps.tree import Line, Order
from portal.gaps.turns import GroupTurns
from portal.gaps.ways import Step, addresses, here, level_word, orders, row_name
from portal.packing import Part, part_of
from portal.tower.models import Level


class Drawn(NamedTuple):
    """A tree as it stands: the place it is about, and all that its page says."""

    here: str
    part: Part


def draw_tree(
    person: Person,
    reach: Reach,
    places: Sequence[Any],
    names: Mapping[int, str],
    missing: Mapping[str, int],
    turns: Sequence[GroupTurns],
    way: Sequence[Step],
    *,
    template: str,
    order: Order,
    today: date,
    live: str,
) -> Drawn:
    """The tree of one reach. Nothing of the person is in it but what `sight` tells, and the way."""
    lines = _lines(reach, places, missing, today)
    with_seats, may_plan, with_shifts = sight(person, reach)
    place = here(reach, names)
    html = render_template(
        template,
        reach=reach,
        here=place,
        steps=way,
        live=live,
        turns=turns,
        whole=tree.total(lines, today),
        lines=tree.in_order(lines, order),
        labels={place.id: row_name(reach, place, names) for place in places},
        level=level_word(reach, lines[0].level) if lines else "",
        days={line.days: days(line.days) for line in lines if line.days is not None},
        to=addresses(reach, may_plan=may_plan),
        orders=orders(reach, order),
        with_seats=with_seats,
        with_shifts=with_shifts,
        group_level=Level.GROUP,
    )
    return Drawn(place, part_of(html))


class DrawnList(NamedTuple):
    """A list of doors as it stands: how many there are, how many are shown, and these."""

    amount: int
    shown: int
    part: Part


def draw_list(reach: Reach, lines: Sequence[DoorLine], *, amount: int) -> DrawnList:
    """The first doors of a list of `amount`."""
    html = render_template("gaps/_door_lines.html", reach=reach, lines=lines)
    return DrawnList(amount, len(lines), part_of(html))


def draw_filters(
    reach: Reach, form: FilterForm, options: Sequence[tuple[int | str, str]]
) -> Markup:
    """The filters of a list of doors, with what is set and what was wrong."""
    html = render_template("gaps/_filters.html", reach=reach, form=form, options=options)
    return Markup(html)  # noqa: S704 - our own template, escaped there


def sight(person: Person, reach: Reach) -> tuple[bool, bool, bool]:
    """What else of these places the person may see: their teams, floor plans and rota."""
    return (
        all(person.may(Permission.SEE_TEAMS, path=path) for path in reach.paths),
        all(person.may(Permission.SEE_PLAN, path=path) for path in reach.paths),
        all(person.may(Permission.SEE_ROTA, path=path) for path in reach.paths),
    )


def _lines(
    reach: Reach, places: Sequence[Any], missing: Mapping[str, int], today: date
) -> list[Line]:
    """A line for each place with doors in the round, and for those that could have had some.

    An estate without a household shows as such, for nobody may have loaded its roster. Where a
    round took only doors with a care tag, places without any say nothing and are left out.
    """
    figures = {row.id: row for row in queries.figures(reach)}
    lines = []
    for place in places:
        line = tree.line(place, figures.get(place.id), today, missing=missing.get(place.path, 0))
        could = not (place.retired or reach.care_tag) and place.path.startswith(reach.path)
        if line.base or could:
            lines.append(line)
    return lines
