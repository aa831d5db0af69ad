"""Bringing a roster into the tower: what would change, or the change itself.

One course for both: the buildings of the file are held against the tower some at a time, so memory
stays flat however large the town; when writing, the changes are made as well, in the transaction of
the caller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update

from portal.db import db, table_of
from portal.rosters import queries
from portal.rosters.columns import Field
from portal.rosters.comparing import Comparison, Key, compare
from portal.rosters.layouts import dwellings_of
from portal.rosters.reading import Reading
from portal.rosters.records import Dwelling
from portal.rosters.report import Missing, Report
from portal.rosters.signals import homes_mended
from portal.tower import actions as tower
from portal.tower.cutting import Home, Policy, cut, walking_order
from portal.tower.models import DEFAULT_GROUP_SIZE, CareTag, Level, Place
from portal.tower.models import Dwelling as TowerDwelling
from portal.tower.queries import rule_of
from portal.tower.standing import Arrival, Rule

BUILDINGS_AT_ONCE = 100
HOMES_AT_ONCE = 10_000
TELL_VACANCY = {Field.VACANT, Field.OCCUPIED, Field.STATUS}
Progress = Callable[[int, int], None]


def foresee(reading: Reading, community: Place, *, progress: Progress | None = None) -> Report:
    """What a reading would change in a community; nothing is written.

    `progress(done, total)` hears about homes.
    """
    return _Course(reading, community, write=False).run(progress)


def bring_in(reading: Reading, community: Place, *, progress: Progress | None = None) -> Report:
    """Bring a reading into a community and say what that changed.

    Nobody else changes the homes of the community until the caller's transaction ends.
    """
    tower.hold(community.community_id)
    report = _Course(reading, community, write=True).run(progress)
    db.session.expire_all()  # bulk statements pass by the objects read before
    return report


def community_to_be(name: str) -> Place:
    """A community that nobody has made yet, to foresee what a roster would bring into it."""
    return Place(id=0, community_id=0, level=Level.COMMUNITY, path="/0/", name=name)


class _Building(NamedTuple):
    """A building as the file has it."""

    estate: str
    name: str
    homes: Sequence[Dwelling]

    @property
    def place(self) -> tuple[str, str]:
        return self.estate, self.name


class _Course:
    """The buildings of a file against one community."""

    def __init__(self, reading: Reading, community: Place, *, write: bool) -> None:
        self.reading = reading
        self.community = community
        self.community_id = community.community_id
        self.write = write
        self.report = Report.of(reading)
        self.rule = _rule(community)
        self.tells_vacancy = not TELL_VACANCY.isdisjoint(reading.fields)
        self.named: defaultdict[str, set[str]] = defaultdict(set)

    def run(self, progress: Progress | None) -> Report:
        for batch in _batches(_buildings(self.reading)):
            self._take(batch)
            if progress:
                progress(self.report.dwellings, self.reading.dwelling_count)
        self._miss_whole_buildings()
        return self.report

    def _take(self, batch: Sequence[_Building]) -> None:
        """Compare some buildings, and settle those who are new."""
        ids = self._find_or_make([building.place for building in batch])
        known = queries.known_homes(self.community_id, ids.values())
        groups = queries.count_groups(self.community_id, ids.values())
        changed: dict[int, dict[int, dict[str, Any]]] = {}
        arrivals: dict[int, list[Arrival]] = {}
        for building in batch:
            key = ids.get(building.place)
            before = known.get(key, {}) if key else {}
            comparison = compare(building.homes, before, tells_vacancy=self.tells_vacancy)
            self._count(building, comparison)
            if key is None:
                self.report.groups += self._count_new_groups(comparison.new)
            elif comparison.new:
                arrivals[key] = [_arrival(home) for home in comparison.new]
            else:
                self.report.groups += groups.get(key, 0)
            if key and comparison.changed:
                changed[key] = comparison.changed
        self._settle(arrivals, changed)

    def _find_or_make(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The ids of the buildings that are there; when writing, of all."""
        ids = queries.buildings_named(self.community, names)
        missing = [name for name in names if name not in ids]
        self.report.buildings += len(names)
        self.report.new_buildings += len(missing)
        return ids | _make_buildings(self.community, missing) if self.write and missing else ids

    def _count(self, building: _Building, comparison: Comparison) -> None:
        self.named[building.estate].add(building.name)
        self.report.dwellings += len(building.homes)
        self.report.new += len(comparison.new)
        self.report.changed += len(comparison.changed)
        self.report.unchanged += comparison.unchanged
        self.report.miss(_missing(building.place, key) for key in comparison.missing)

    def _count_new_groups(self, homes: Sequence[Dwelling]) -> int:
        """How many groups a building that does not exist yet would have."""
        walk = [Home(n, home.unit, home.floor or 0, home.room) for n, home in enumerate(homes)]
        return len(cut(walking_order(walk), most=self.rule.most, policy=self.rule.policy))

    def _settle(
        self, arrivals: dict[int, list[Arrival]], changed: dict[int, dict[int, dict[str, Any]]]
    ) -> None:
        if self.write:
            _write_changes(changed)
        act = tower.settle if self.write else tower.foresee
        recuts = act(self.community_id, arrivals) if arrivals else {}
        for recut in recuts.values():
            self.report.groups += len(set(recut.assignment.values()))

    def _miss_whole_buildings(self) -> None:
        """Buildings of a named estate that the file leaves out: their homes are missing too."""
        left_out = queries.buildings_left_out(self.community, self.named)
        ids = list(left_out)
        for start in range(0, len(ids), BUILDINGS_AT_ONCE):
            some = ids[start : start + BUILDINGS_AT_ONCE]
            known = queries.known_homes(self.community_id, some)
            for building_id in some:
                homes = known.get(building_id, {})
                self.report.miss(_missing(left_out[building_id], key) for key in homes)


def _missing(building: tuple[str, str], home: Key) -> Missing:
    return Missing(*building, home.unit, home.floor, home.room)


def _rule(community: Place) -> Rule:
    if community.id:
        return rule_of(community.community_id)
    return Rule(DEFAULT_GROUP_SIZE, Policy.FEWEST_GROUPS)


# What the file holds -----------------------------------------------------------------------------


def _buildings(reading: Reading) -> Iterator[_Building]:
    for building in reading.buildings:
        yield _Building(building.estate, building.name, list(dwellings_of(building)))
    by_building: defaultdict[tuple[str, str], list[Dwelling]] = defaultdict(list)
    for home in reading.homes:
        by_building[home.estate, home.building].append(home)
    for (estate, name), homes in by_building.items():
        yield _Building(estate, name, homes)


def _batches(buildings: Iterable[_Building]) -> Iterator[list[_Building]]:
    """As many buildings as are worth a statement, and not too many homes."""
    batch: list[_Building] = []
    homes = 0
    for building in buildings:
        batch.append(building)
        homes += len(building.homes)
        if len(batch) == BUILDINGS_AT_ONCE or homes >= HOMES_AT_ONCE:
            yield batch
            batch, homes = [], 0
    if batch:
        yield batch


# What is written ---------------------------------------------------------------------------------


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


def _make_buildings(
    community: Place, names: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """New buildings (estate, building), with the estates that are not there yet; their ids."""
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for estate, name in names:
        wanted[estate].append(name)
    estates = queries.estates_named(community, wanted)
    unmade = [name for name in wanted if name not in estates]
    estates |= dict(zip(unmade, tower.make_places(community, unmade), strict=True))
    return {
        (estate, name): building.id
        for estate, buildings in wanted.items()
        for name, building in zip(
            buildings, tower.make_places(estates[estate], buildings), strict=True
        )
    }


def _write_changes(changed: dict[int, dict[int, dict[str, Any]]]) -> None:
    """Change homes (columns by dwelling id, by building id), and let the pages of their buildings
    know."""
    if not changed:
        return
    homes = [(key, row) for rows in changed.values() for key, row in rows.items()]
    table = table_of(TowerDwelling)
    for columns, alike in groupby(sorted(homes, key=_columns), key=_columns):
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
        db.session.connection().execute(
            update(table).where(table.c.id == bindparam("key")).values(values),
            [{"key": key} | {f"new_{n}": v for n, v in row.items()} for key, row in alike],
        )
    homes_mended.send([key for key, _ in homes])
    places = table_of(Place)
    db.session.execute(
        update(places).where(places.c.id.in_(changed)).values(version=places.c.version + 1)
    )


def _columns(home: tuple[int, dict[str, Any]]) -> list[str]:
    return sorted(home[1])
