"""Printing the sheets of a building, and entering what was ticked on one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Permission, Person
from portal.clock import now
from portal.coverage.doors import checked, derived
from portal.coverage.entries import Entry, Receipt
from portal.coverage.ledger import enter
from portal.coverage.models import Round
from portal.db import db, insert_once, table_of
from portal.errors import RuleError
from portal.paper import queries
from portal.paper.models import CODE_LENGTH, Sheet

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else on paper


def print_sheets(person: Person, head: Row[Any], *, batch: str) -> None:
    """Make a sheet for every group of a building that a person may record at.

    `head` is the round and the building as `plan_head` gives them; sent twice, it prints once.
    """
    mine = [p for p in person.paths(Permission.RECORD_VISITS) if _touch(p, head.path)]
    inside = [p if p.startswith(head.path) else head.path for p in mine]
    groups = queries.doors_by_group(head.community_id, head.id, inside) if inside else {}
    if not groups:
        raise RuleError(gettext("There are no doors here that you report about."))
    ids, at = queries.group_ids(list(groups)), now()
    rows = [
        {
            "community_id": head.community_id,
            "round_id": head.id,
            "building_id": head.building_id,
            "group_id": ids[path],
            "path": path,
            "code": "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
            "batch": batch,
            "doors": doors,
            "printed_at": at,
            "printed_by": person.id,
        }
        for path, doors in groups.items()
    ]
    db.session.execute(insert_once(table_of(Sheet)), rows)


def _touch(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def problems(entries: Sequence[tuple[int, Entry]]) -> dict[int, str]:
    """What does not fit in some keyed rows: (row, entry) pairs in, the reason by row out."""
    found = {}
    for row, entry in entries:
        try:
            checked(entry)
        except RuleError as broken:
            found[row] = str(broken)
    return found


def why_not_then(opened: Round, happened_at: datetime) -> str:
    """Why a sheet cannot have been walked at a moment; empty if it can."""
    if happened_at > now():
        return str(gettext("That moment has not come yet."))
    if happened_at < opened.opened_at.replace(second=0, microsecond=0):  # people name minutes
        return str(gettext("The round was not open yet at that time."))
    return ""


def key_in(
    person: Person,
    sheet: Sheet,
    entries: Sequence[Entry],
    *,
    walker: int,
    happened_at: datetime,
    batch: str,
) -> list[Receipt]:
    """Enter the rows of a sheet in one transaction; the credit goes to who walked it.

    The ids of the events follow from the batch and the door, so a form sent twice counts once.
    What cannot be entered any more is kept in the tray, as from any other client.
    """
    ready = [
        replace(
            checked(entry),
            uuid=derived(batch, entry.dwelling_id),
            happened_at=happened_at,
            credit_id=walker,
        )
        for entry in entries
    ]
    return enter(person, sheet.community_id, sheet.round_id, ready, batch=batch)
