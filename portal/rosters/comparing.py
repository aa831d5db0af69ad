"""What a roster would change in one building: values in, values out.

A home is the same when unit, floor and room are. An empty cell never wipes out what is known, and
a home that a file no longer names is listed as missing, never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from portal.rosters.records import Dwelling


class Key(NamedTuple):
    """What makes a home within its building."""

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


def compare(homes: Iterable[Dwelling], known: Mapping[Key, Known]) -> Comparison:
    """Hold the homes of a file against those known in the building.

    `known` gives for every key the columns `id`, `vacant`, `residents`, `contact_label`, `phone`
    and `care_tag`.
    """
    result = Comparison()
    seen = set()
    for home in homes:
        key = key_of(home)
        seen.add(key)
        before = known.get(key)
        if before is None:
            result.new.append(home)
        elif changes := _changes(home, before):
            result.changed[before["id"]] = changes
        else:
            result.unchanged += 1
    result.missing = [key for key in known if key not in seen]
    return result


def _changes(home: Dwelling, before: Known) -> dict[str, Any]:
    told = {
        "residents": home.residents,
        "contact_label": home.contact_label or None,
        "phone": home.phone or None,
        "care_tag": home.care,
    }
    changes = {
        name: value for name, value in told.items() if value is not None and value != before[name]
    }
    somebody = bool(home.residents or home.contact_label)
    if home.vacant != before["vacant"] and (home.vacant or somebody):
        changes["vacant"] = home.vacant
    return changes
