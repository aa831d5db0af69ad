"""The invented tower: six estates and whoever lives in them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from portal.rosters.records import Dwelling

SEED = 20260412  # the same invented people on every machine
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁"
GIVEN = (
    "秀英|建国|桂兰|志强|玉珍|海燕|国庆|丽华|明|芳|伟|敏|静|磊|洋|艳|勇|娟|涛|霞|平|刚|红|玲|超|梅"
)
HOUSEHOLD_SIZES = (1, 2, 3, 4, 5, 6)
HOUSEHOLD_SHARES = (24, 33, 25, 11, 5, 2)  # Wuhan, domain.md 4


class Estate(NamedTuple):
    """How an invented estate is built: so many buildings of one kind; `worked` of them visited."""

    name: str
    buildings: int
    units: int
    floors: int
    doors: int
    worked: float


ESTATES = (
    Estate("和风苑", 6, 3, 7, 2, 0.6),
    Estate("望江里", 2, 1, 34, 6, 0.4),
    Estate("桂香苑", 4, 2, 11, 3, 0.8),
    Estate("樱园里", 5, 4, 6, 2, 0.95),
    Estate("银杏苑", 2, 3, 12, 5, 0.55),
    Estate("东篱新村", 5, 4, 6, 2, 0.75),
)


def homes(dice: random.Random) -> Iterator[Dwelling]:
    """Every home of the estates, as a roster brings them."""
    number = 0
    for estate in ESTATES:
        for building in range(1, estate.buildings + 1):
            for unit in range(1, estate.units + 1):
                for floor in range(1, estate.floors + 1):
                    for door in range(1, estate.doors + 1):
                        number += 1
                        yield _home(dice, estate, building, unit, floor, door, number)


def _home(
    dice: random.Random,
    estate: Estate,
    building: int,
    unit: int,
    floor: int,
    door: int,
    number: int,
) -> Dwelling:
    vacant = dice.random() < 0.08
    home = Dwelling(estate.name, str(building), str(unit), floor, f"{floor}{door:02d}", vacant)
    if not vacant:
        home.residents = dice.choices(HOUSEHOLD_SIZES, HOUSEHOLD_SHARES)[0]
        home.contact_label = invented_name(dice)
        home.phone = f"1000001{number:04d}"
        home.care = dice.choices(
            ["elder_alone", "elderly", "student", "migrant", None], [3, 9, 7, 6, 75]
        )[0]
    return home


def invented_name(dice: random.Random) -> str:
    """A surname and a given name."""
    return dice.choice(SURNAMES) + dice.choice(GIVEN.split("|"))
