"""The tower: places of four levels, and the dwellings in them."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, PathText, word


class Level(IntEnum):
    COMMUNITY = 1
    ESTATE = 2
    BUILDING = 3
    GROUP = 4


class CareTag(StrEnum):
    """Coarse reasons to favour a door (domain.md 2.7); never health, never more than one word."""

    ELDER_ALONE = "elder_alone"
    ELDERLY = "elderly"
    STUDENT = "student"
    MIGRANT = "migrant"
    OTHER = "other"


def prefixes(path: str) -> list[str]:
    """The paths of a place and everything above it, the community's first."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


DEFAULT_LEVEL_NAMES = {
    "zh": ["社区", "苑", "楼栋", "小组"],
    "en": ["Community", "Estate", "Building", "Group"],
}
# The source names no seats; these six are the default of domain.md 2.3.
DEFAULT_SEAT_NAMES = {
    "zh": ["社区民警", "网格员", "楼栋长", "物业", "下沉党员", "志愿者组长"],
    "en": [
        "Community officer",
        "Grid worker",
        "Building leader",
        "Property manager",
        "Seconded party member",
        "Volunteer leader",
    ],
}
DEFAULT_GROUP_SIZE = 30


class Place(Model):
    """A node of the tower. `path` is `/1/4/37/912/`: scope is a prefix, a roll-up one range.

    A group's name is its `number` within the building; numbers are never used twice. `version`
    rises whenever something below the building changes that its pages show.
    """

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("community_id", "parent_id", "name"),
        Index(None, "community_id", "path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    level: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    name: Mapped[str] = mapped_column(String(60))
    sort_key: Mapped[str] = mapped_column(PathText)
    number: Mapped[int] = mapped_column(default=0)  # of a group; of a building: the highest used
    version: Mapped[int] = mapped_column(default=1)
    retired: Mapped[bool] = mapped_column(default=False)  # a group without dwellings


class Community(Model):
    """The settings of a community (the place of level 1 with the same id)."""

    __tablename__ = "communities"

    id: Mapped[int] = mapped_column(ForeignKey("places.id"), primary_key=True)
    level_names: Mapped[dict[str, list[str]]] = mapped_column(
        JSON, default=lambda: dict(DEFAULT_LEVEL_NAMES)
    )
    group_size: Mapped[int] = mapped_column(default=DEFAULT_GROUP_SIZE)
    whole_staircases: Mapped[bool] = mapped_column(default=False)
    seat_names: Mapped[dict[str, list[str]]] = mapped_column(
        JSON, default=lambda: dict(DEFAULT_SEAT_NAMES)
    )


class Dwelling(Model):
    """A home, lasting. `position` is its place in the walking order of the building."""

    __tablename__ = "dwellings"
    __table_args__ = (
        # Room numbers repeat across units, so the key is (building, unit, floor, room).
        UniqueConstraint("community_id", "building_id", "unit", "floor", "room"),
        Index(None, "community_id", "path", "position"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    building_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)  # of its group
    unit: Mapped[str] = mapped_column(String(20), default="")
    floor: Mapped[int] = mapped_column(default=0)
    room: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(default=0)
    moved_by_hand: Mapped[bool] = mapped_column(default=False)
    vacant: Mapped[bool] = mapped_column(default=False)
    residents: Mapped[int | None]
    contact_label: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(20))
    care_tag: Mapped[CareTag | None] = mapped_column(word(CareTag))
