"""Rounds in any state for the tests of gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from portal.clock import now
from portal.coverage.counting import recount
from portal.coverage.models import Door, Round
from portal.coverage.states import State
from portal.db import db
from portal.teams.models import Team
from portal.tower.models import Dwelling, Place
from tests.conftest import Tower
from tests.coverage.factory import make_round


def open_round(tower: Tower, place: Place | None = None, **changes: Any) -> Round:
    """A round just opened over the community, or over one place of it."""
    return make_round(place or tower.community, **changes)


def put(opened: Round, dwellings: list[Dwelling], state: State, **columns: object) -> None:
    """Let some doors stand in a state, as if visits had brought them there."""
    _set(opened, dwellings, {"state": state, **columns})
    _count(opened, dwellings)


def scatter(opened: Round, states: Mapping[Dwelling, State]) -> None:
    """Let each door stand in its own state."""
    for state in State:
        chosen = [dwelling for dwelling in states if states[dwelling] is state]
        _set(opened, chosen, {"state": state})
    _count(opened, list(states))


def _set(opened: Round, dwellings: list[Dwelling], columns: dict[str, object]) -> None:
    ids = [dwelling.id for dwelling in dwellings]
    door = Door.round_id == opened.id, Door.dwelling_id.in_(ids)
    db.session.execute(update(Door).where(*door).values(**columns))


def _count(opened: Round, dwellings: list[Dwelling]) -> None:
    recount(opened.community_id, opened.id, sorted({dwelling.path for dwelling in dwellings}))
    db.session.commit()


def make_team(tower: Tower, building: Place, *, vacant: int) -> None:
    """The teams of a building's groups, each with so many empty core seats."""
    for group in tower.groups(building):
        row = Team(
            community_id=group.community_id,
            path=group.path,
            estate_id=building.parent_id or 0,
            building_id=building.id,
            group_id=group.id,
            vacant=vacant,
        )
        db.session.merge(row)
    db.session.commit()


def days_ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def links(html: str) -> list[str]:
    """Every address on a page, as a browser would follow it."""
    return [address.replace("&amp;", "&") for address in re.findall(r'href="([^"]+)"', html)]


def rows(html: str) -> list[str]:
    """The rows of the body of a page's table."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.S)
    return re.findall(r"<tr>.*?</tr>", body[1], re.S) if body else []


def text(html: str) -> str:
    """What a reader sees, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def heading(html: str) -> str:
    found = re.search(r'<h1 id="heading"[^>]*>(.*?)</h1>', html, re.S)
    assert found
    return text(found[1])
