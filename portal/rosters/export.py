"""A community's homes as CSV, in the columns that an import reads back unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.access import below
from portal.db import db
from portal.rosters.cells import neutralise
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


def csv_lines(place: Place) -> Iterator[str]:
    """The homes below a place, one line each, in walking order; with flat memory."""
    yield _line(COLUMNS)
    estate, building, group = aliased(Place), aliased(Place), aliased(Place)
    rows = db.session.execute(
        select(
            estate.name.label("estate"),
            building.name.label("building"),
            Dwelling.unit,
            Dwelling.floor,
            Dwelling.room,
            group.number,
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
        .execution_options(yield_per=2000)
    )
    for row in rows:
        yield _line(_cells(tuple(row)))


def _cells(row: tuple[object, ...]) -> list[str]:
    estate, building, unit, floor, room, group, vacant, residents, label, phone = row
    texts = (estate, building, unit, floor or "", room, group, "1" if vacant else "")
    known = ("" if residents is None else residents, label or "", phone or "")
    return [neutralise(str(cell)) for cell in (*texts, *known)]


def _line(cells: object) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)  # type: ignore[arg-type]
    return buffer.getvalue()
