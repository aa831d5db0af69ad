"""A community's homes as CSV, in the columns that an import reads back unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from portal.access import below
from portal.db import db
from portal.formulas import harmless
from portal.tower.models import Dwelling, Place

COLUMNS = (
    "estate",
    "building",
    "unit",
    "floor",
    "room",
    "group",
    "vacant",
    "residents",
    "contact_label",
    "phone",
)
BOM = "\ufeff".encode()  # without it Excel takes UTF-8 for the local encoding
LINES_AT_ONCE = 2000
Cell = str | int


def homes_as_csv(place: Place) -> Iterator[bytes]:
    """The homes below a place, one line each, in walking order; with flat memory."""
    return _written(_homes(place))  # the lines are read later, when `place` may be out of reach


def _written(query: Select[Any]) -> Iterator[bytes]:
    homes = db.session.execute(query, execution_options={"yield_per": LINES_AT_ONCE})
    yield as_csv([COLUMNS])
    for lines in homes.partitions():
        yield as_csv(map(cells_of, lines))


def cells_of(home: Any) -> tuple[Cell, ...]:
    """A home of the tower as the columns have it; what nobody knows is an empty cell."""
    return (
        home.estate,
        home.building,
        home.unit,
        home.floor or "",
        home.room,
        home.number,
        int(home.vacant),
        "" if home.residents is None else home.residents,
        home.contact_label or "",
        home.phone or "",
    )


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of cells; no text of them is taken for a formula by a spreadsheet program."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _homes(place: Place) -> Select[Any]:
    estate, building, group = aliased(Place), aliased(Place), aliased(Place)
    return (
        select(
            estate.name.label("estate"),
            building.name.label("building"),
            group.number,
            Dwelling.unit,
            Dwelling.floor,
            Dwelling.room,
            Dwelling.vacant,
            Dwelling.residents,
            Dwelling.contact_label,
            Dwelling.phone,
        )
        .join(group, group.id == Dwelling.group_id)
        .join(building, building.id == Dwelling.building_id)
        .join(estate, estate.id == building.parent_id)
        .where(Dwelling.community_id == place.community_id, below(Dwelling.path, place.path))
        .order_by(estate.sort_key, estate.id, building.sort_key, building.id, Dwelling.position)
    )
