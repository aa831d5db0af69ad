"""What a roster would change in one building: values in, values out.

A home is the same when unit, floor and room are. An empty cell never wipes out what is known, and
a home that a file no longer names is listed as missing, never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from portal.rosters.book import ONLY_UNIT
from portal.rosters.records import Dwelling


class Key(NamedTuple):
    """What makes a home within its building. Floor 0 is an unknown one."""

    unit: str
    floor: int
    room: str


class Known(Protocol):
    """What the tower knows of a home, by column."""

    def __getitem__(self, column: str, /) -> Any: ...


@dataclass(slots=True)
class Comparison:
    """One building: homes to add, columns to change by dwelling id, and what stays as it is."""

    new: list[Dwelling] = field(default_factory=list)
    changed: dict[int, dict[str, Any]] = field(default_factory=dict)
    unchanged: int = 0
    missing: list[Key] = field(default_factory=list)


def key_of(home: Dwelling) -> Key:
    return Key(home.unit, home.floor or 0, home.room)


def compare(
    homes: Sequence[Dwelling], known: Mapping[Key, Known], *, tells_vacancy: bool
) -> Comparison:
    """Hold the homes of a file against those known in the building.

    `known` gives for every key the columns `id`, `vacant`, `residents`, `contact_label`, `phone`
    and `care_tag`. `tells_vacancy`: the file has a column that says which homes are vacant.
    """
    result = Comparison()
    named = {key for home in homes if (key := key_of(home)) in known}
    spare = _Spare(key for key in known if key not in named)
    for home in homes:
        key = key_of(home)
        meant = key if key in named else spare.take(key)
        if meant is None:
            result.new.append(home)
        elif changes := _changes(home, known[meant], tells_vacancy=tells_vacancy):
            result.changed[known[meant]["id"]] = changes
        else:
            result.unchanged += 1
    result.missing = spare.rest()
    return result


class _Spare:
    """Known homes that the file does not name exactly.

    Before one of them counts as missing and another as new: a unit without a name is the only one,
    and an unknown floor is any floor, where no second home fits.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = dict.fromkeys(keys)
        self._alike: dict[tuple[str, str], list[Key]] = {}
        for key in self._keys:
            self._alike.setdefault(_loosely(key), []).append(key)

    def take(self, wanted: Key) -> Key | None:
        """The known home that is meant, if there is exactly one; nobody else gets it."""
        fits = [
            key
            for key in self._alike.get(_loosely(wanted), ())
            if key in self._keys and (key.floor == wanted.floor or 0 in {key.floor, wanted.floor})
        ]
        if len(fits) != 1:
            return None
        del self._keys[fits[0]]
        return fits[0]

    def rest(self) -> list[Key]:
        return list(self._keys)


def _loosely(key: Key) -> tuple[str, str]:
    return key.unit or ONLY_UNIT, key.room


def _changes(home: Dwelling, before: Known, *, tells_vacancy: bool) -> dict[str, Any]:
    nobody = home.vacant and not home.residents and not before["residents"]  # 0 or unknown: no news
    told = {
        "residents": None if nobody else home.residents,
        "contact_label": home.contact_label or None,
        "phone": home.phone or None,
        "care_tag": home.care,
    }
    changes = {
        name: value for name, value in told.items() if value is not None and value != before[name]
    }
    somebody_lives_there = home.residents or (tells_vacancy and home.contact_label)
    if home.vacant != before["vacant"] and (home.vacant or somebody_lives_there):
        changes["vacant"] = home.vacant
    return changes
