"""The books are checked column by column: whatever is painted over is found (law 10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.models import User
from portal.clock import now
from portal.coverage import statements
from portal.coverage.models import Door, Round, Tally
from portal.coverage.states import Outcome, Pending, State
from portal.coverage.verify import differences
from portal.db import Moment, db
from tests.conftest import Tower, person_of
from tests.coverage.factory import door_of, make_round, visit

GIVEN = {"community_id", "round_id", "dwelling_id"}  # the name of a door; events carry it too
LASTING = {"joined_at", "joined_by", "care_tag"}  # written when a door joins, and true from then on
OTHERS: dict[str, Any] = {
    "state": State.VACANT,
    "pending": Pending.VACANCY,
    "met": True,
    "unit": "9",
    "room": "909",
    "path": "/9/9/9/9/",
}


def other(column: Any, kept: Any) -> Any:
    """Something else than what a column holds."""
    if column.name in OTHERS:
        return OTHERS[column.name]
    if isinstance(column.type, Moment):
        return (kept or now()) + timedelta(hours=1)
    return not kept if column.type.python_type is bool else (kept or 0) + 7


def painted(row: Any, name: str) -> None:
    column = row.__table__.c[name]
    key = [c == getattr(row, c.name) for c in row.__table__.primary_key]
    value = other(column, getattr(row, name))
    db.session.execute(row.__table__.update().where(*key).values({name: value}))
    db.session.expire_all()


def books(opened: Round) -> set[str]:
    return {difference.what for difference in differences(opened)}


@pytest.fixture
def opened(tower: Tower, zhou: User) -> Round:
    made = make_round(tower.building)
    visit(zhou, made, tower.dwellings(tower.building)[0].id, Outcome.NOT_HOME)
    assert books(made) == set()
    return made


@pytest.mark.parametrize("name", sorted({c.name for c in Door.__table__.c} - GIVEN - LASTING))
def test_every_column_of_a_door_is_compared(tower: Tower, opened: Round, name: str) -> None:
    for home in tower.dwellings(tower.building)[:2]:  # one visited, one not
        with db.session.begin_nested() as point:
            painted(door_of(opened, home.id), name)
            assert name in books(opened)
            point.rollback()
        db.session.expire_all()


@pytest.mark.parametrize(
    "name", sorted({c.name for c in Tally.__table__.c} - GIVEN - {"path", "version", "signed"})
)
def test_every_column_of_a_tally_is_compared(opened: Round, name: str) -> None:
    painted(db.session.query(Tally).order_by(Tally.path).first(), name)
    assert name in books(opened)


def test_a_statement_needs_its_mark_on_the_tally(tower: Tower, zhou: User, opened: Round) -> None:
    for home in tower.dwellings(tower.building):
        visit(zhou, opened, home.id, Outcome.MET)
    statements.sign_all_below(opened, tower.building, by=person_of(zhou))
    assert books(opened) == set()
    db.session.query(Tally).update({"signed": False})
    assert books(opened) == {"signed"}


def test_a_tally_that_is_gone_is_missed(opened: Round) -> None:
    db.session.delete(db.session.query(Tally).order_by(Tally.path).first())
    db.session.flush()
    assert "tally" in books(opened)
