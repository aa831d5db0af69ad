"""The page of one door, and what its reporter hears of a report that was not entered."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from sqlalchemy import Row

from portal.access import Permission, me
from portal.clock import now
from portal.coverage import door_queries, doors, words
from portal.coverage.entries import Fate, Receipt
from portal.coverage.forms import DecisionForm, ExclusionForm, VisitForm
from portal.coverage.models import Door, TrayKind
from portal.db import keep
from portal.errors import RuleError
from portal.tower.words import CARE_TAGS, door_name
from portal.web import kept, page


def show_door(row: Row[Any], form: VisitForm, *, status: int = 200) -> Response:
    """The door with its outcomes, its household (for those who may see it) and its history."""
    found: Door = row.Door
    history = door_queries.history(found.community_id, found.round_id, found.dwelling_id)
    replaced = {e.Visit.replaces for e in history}
    return page(
        "coverage/door.html",
        fragment="coverage/_door.html",
        status=status,
        row=row,
        door=found,
        form=form,
        history=history,
        undoable={e.Visit.uuid for e in history if may_undo(e.Visit)} - replaced,
        replaced=replaced,
        name=door_name(found.unit, found.room),
        words=words,
        care_tag=CARE_TAGS.get(found.care_tag) if found.care_tag else None,
        may_record=me().may(Permission.RECORD_VISITS, path=found.path) and row.Round.is_open,
        may_approve=me().may(Permission.APPROVE_DOORS, path=found.path) and row.Round.is_open,
        may_see=me().may(Permission.SEE_RESIDENTS, path=found.path),
        may_tag=me().may(Permission.SEE_CARE_TAGS, path=found.path),
        may_reveal=me().may(Permission.REVEAL_PHONES, path=found.path),
        exclusion=ExclusionForm(),
        decision=DecisionForm(),
    )


def may_undo(visit: Any) -> bool:
    """Whether the undo of a report stands beside it."""
    return bool(visit.author_id == me().id and visit.outcome and doors.undo_until(visit) > now())


def door_url(row: Row[Any]) -> str:
    return url_for("coverage.door", round_id=row.Door.round_id, dwelling_id=row.Door.dwelling_id)


def plan_url(row: Row[Any]) -> str:
    """The floor plan on which a door stands, at that door."""
    here = f"d{row.Door.dwelling_id}"
    about = {"round_id": row.Door.round_id, "building_id": row.building_id}
    return url_for("coverage.plan", **about, _anchor=here)


def waits(receipts: list[Receipt]) -> Response | None:
    """The answer about reports that were not entered: all are kept for review (laws 5 and 6)."""
    items = [receipt.item for receipt in receipts if receipt.item]
    if not items:
        return None
    if any(receipt.fate is Fate.CONFLICT for receipt in receipts):
        keep()
        raise RuleError(str(words.KEPT[TrayKind.CONFLICT]))
    said = " ".join(dict.fromkeys(words.kept(item) for item in items))
    return kept(said, otherwise=url_for("gaps.today"))
