"""Bringing a roster into the tower: what would change, or the change itself.

One course for both: buildings are compared a hundred at a time, so memory stays flat however large
the town; with `write` the changes are made as well, in the transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, update

from portal.db import db, table_of
from portal.rosters import queries
from portal.rosters.comparing import Comparison, Key, compare
from portal.rosters.layouts import dwellings_of
from portal.rosters.reading import Reading
from portal.rosters.records import Dwelling
from portal.rosters.report import Report
from portal.tower import actions as tower
from portal.tower.models import CareTag, Place
from portal.tower.models import Dwelling as Home
from portal.tower.queries import children_named
from portal.tower.standing import Arrival

AT_ONCE = 100  # buildings compared and written together
Building = tuple[str, str, Sequence[Dwelling]]  # estate, building, its homes
Progress = Callable[[int, int], None]


def bring_in(
    reading: Reading, community: Place, *, write: bool, progress: Progress | None = None
) -> Report:
    """What a reading changes in a community; written only with `write`.

    `progress(done, total)` hears about homes.
    """
    report = Report(ignored_columns=list(reading.ignored_columns))
    named: dict[str, set[str]] = {}
    for batch in _batches(_buildings(reading), AT_ONCE):
        _Batch(community, batch, report, write=write).run()
        for estate, building, _ in batch:
            named.setdefault(estate, set()).add(building)
        if progress:
            progress(report.dwellings, reading.dwelling_count)
    _miss_whole_buildings(community, named, report)
    return report


class _Batch:
    """Some buildings of a file held against the tower."""

    def __init__(
        self, community: Place, buildings: Sequence[Building], report: Report, *, write: bool
    ) -> None:
        self.community = community
        self.buildings = buildings
        self.report = report
        self.write = write

    def run(self) -> None:
        places = self._places()
        known = queries.known_homes([place.id for place in places.values()])
        arrivals: dict[int, list[Arrival]] = {}
        for estate, building, homes in self.buildings:
            place = places.get((estate, building))
            comparison = compare(homes, known.get(place.id, {}) if place else {})
            self._count(homes, comparison, estate, building)
            if place is None:
                self.report.groups += tower.foresee_groups(
                    self.community.community_id, [_arrival(home) for home in comparison.new]
                )
                continue
            if self.write:
                _write_changes(comparison)
            if comparison.new:
                arrivals[place.id] = [_arrival(home) for home in comparison.new]
            else:
                self.report.groups += queries.count_groups(place)
        self._settle(arrivals)

    def _places(self) -> dict[tuple[str, str], Place]:
        """The buildings that exist; with `write`, all of them."""
        wanted: dict[str, list[str]] = {}
        for estate, building, _ in self.buildings:
            wanted.setdefault(estate, []).append(building)
        find = tower.find_or_make_places if self.write else _find_places
        estates = find(self.community, list(wanted))
        found: dict[tuple[str, str], Place] = {}
        for name, names in wanted.items():
            if name not in estates:
                self.report.new_buildings += len(set(names))
                continue
            there = _find_places(estates[name], names)
            self.report.new_buildings += len(set(names) - there.keys())
            places = find(estates[name], names) if self.write else there
            found |= {(name, building): place for building, place in places.items()}
        self.report.buildings += sum(len(set(names)) for names in wanted.values())
        return found

    def _settle(self, arrivals: dict[int, list[Arrival]]) -> None:
        if not arrivals:
            return
        act = tower.settle if self.write else tower.foresee
        for recut in act(self.community.community_id, arrivals).values():
            self.report.groups += len(set(recut.assignment.values()))

    def _count(
        self, homes: Sequence[Dwelling], comparison: Comparison, estate: str, building: str
    ) -> None:
        self.report.dwellings += len(homes)
        self.report.new += len(comparison.new)
        self.report.changed += len(comparison.changed)
        self.report.unchanged += comparison.unchanged
        self.report.miss(_address(estate, building, key) for key in comparison.missing)


def _find_places(parent: Place, names: Sequence[str]) -> dict[str, Place]:
    return children_named(parent, list(names))


def _buildings(reading: Reading) -> Iterator[Building]:
    for building in reading.buildings:
        yield building.estate, building.name, list(dwellings_of(building))
    by_building: dict[tuple[str, str], list[Dwelling]] = {}
    for home in reading.homes:
        by_building.setdefault((home.estate, home.building), []).append(home)
    for (estate, name), homes in by_building.items():
        yield estate, name, homes


def _batches(buildings: Iterator[Building], size: int) -> Iterator[list[Building]]:
    while batch := list(islice(buildings, size)):
        yield batch


def _arrival(home: Dwelling) -> Arrival:
    return Arrival(
        unit=home.unit,
        floor=home.floor or 0,
        room=home.room,
        residents=home.residents,
        contact_label=home.contact_label or None,
        phone=home.phone or None,
        care_tag=CareTag(home.care) if home.care else None,
        vacant=home.vacant,
    )


def _write_changes(comparison: Comparison) -> None:
    table = table_of(Home)
    columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key, changes in comparison.changed.items():
        columns.setdefault(tuple(sorted(changes)), []).append({"key": key, **changes})
    for names, rows in columns.items():
        statement = update(table).where(table.c.id == bindparam("key"))
        values: dict[str, Any] = {name: bindparam(f"{name}_now") for name in names}
        db.session.connection().execute(
            statement.values(values),
            [{"key": row["key"], **{f"{name}_now": row[name] for name in names}} for row in rows],
        )


def _miss_whole_buildings(community: Place, named: dict[str, set[str]], report: Report) -> None:
    """Buildings of a named estate that the file leaves out: their homes are missing too."""
    for estate in _find_places(community, list(named)).values():
        for building in queries.buildings_not_in(estate, named[estate.name]):
            report.miss(
                _address(estate.name, building.name, Key(*home))
                for home in queries.homes_below(building)
            )


def _address(estate: str, building: str, key: Key) -> str:
    parts = (estate, building, key.unit, key.room)
    return "-".join(part for part in parts if part)
