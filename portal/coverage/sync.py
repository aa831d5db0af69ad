"""Entering what a phone has queued: every report gets its own fate, and none stops the others.

The plain visits of a round are entered together, so that each door is folded and each group counted
once. Undos against which nothing speaks too; whatever else replaces a report follows one by one,
after what it replaces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Person
from portal.coverage import doors, event_queries, ledger, queries, review, tray_queries
from portal.coverage.entries import Entry, Fate, Receipt
from portal.coverage.models import Round, TrayItem, TrayKind
from portal.coverage.moments import happened
from portal.coverage.posted import Posted
from portal.coverage.states import Kind
from portal.db import db
from portal.errors import NotFoundError, RuleError

MOST_VISITS = 500  # in one batch


@dataclass(frozen=True)
class Clocks:
    """When a batch left, by the phone's clock (None: unknown), and when it came, by ours."""

    sent: datetime | None
    received: datetime


def enter_batch(person: Person, batch: Sequence[Posted], clocks: Clocks) -> list[Receipt]:
    """Enter the reports of a batch; the fate of each, in the order given."""
    rounds = queries.rounds_by_id({posted.round_id for posted in batch})
    fates: dict[int, Receipt] = {}
    for round_id in sorted(rounds):
        numbered = [(n, posted) for n, posted in enumerate(batch) if posted.round_id == round_id]
        fates |= _Sitting(person, rounds[round_id], clocks).enter(numbered)
    _release(person, [r for r in fates.values() if r.fate in {Fate.ACCEPTED, Fate.DUPLICATE}])
    return [fates.get(n) or Receipt(posted.uuid, 0, Fate.REFUSED) for n, posted in enumerate(batch)]


class _Sitting:
    """The part of a batch that belongs to one round."""

    def __init__(self, person: Person, round_: Round, clocks: Clocks) -> None:
        self.person = person
        self.round = round_
        self.clocks = clocks
        self.home = queries.maybe_home(person, round_.community_id)
        self.doors: dict[int, Row[Any]] = {}

    def enter(self, numbered: Iterable[tuple[int, Posted]]) -> dict[int, Receipt]:
        """The fates of reports by their numbers."""
        bare = list(numbered)
        ids = {posted.entry.dwelling_id for _, posted in bare if posted.entry}
        self.doors = ledger.hold(self.round.community_id, self.round.id, ids)
        fates: dict[int, Receipt] = {}
        ready: list[tuple[int, Posted, Entry]] = []
        for n, posted in self._with_notes(bare):
            entry = self._checked(posted)
            if isinstance(entry, Receipt):
                fates[n] = entry
            else:
                ready.append((n, posted, entry))
        alone, together = _apart(ready)
        fates |= self._enter_together(together)
        undone, alone = self._undo_together(_parents_first(alone))
        fates |= undone
        for n, posted, entry in alone:
            fates[n] = self._enter_alone(posted, entry)
        return fates

    def _with_notes(self, numbered: list[tuple[int, Posted]]) -> list[tuple[int, Posted]]:
        """A phone forgets the note of a confirmed visit: sent again, it has the one we know.

        Asked once the doors are held, so that what another sending is just entering is known too.
        """
        bare = [posted.uuid for _, posted in numbered if posted.has_forgotten_note]
        if not bare:
            return numbered
        notes = event_queries.notes(self.round.community_id, bare)
        return [
            (n, posted.with_note(notes.get(posted.uuid)) if posted.has_forgotten_note else posted)
            for n, posted in numbered
        ]

    def _checked(self, posted: Posted) -> Entry | Receipt:
        """The entry of a report with its moment, or the receipt of one that cannot be entered."""
        if posted.entry is None:
            return self._broken(posted, posted.problem)
        if not self._reaches(posted.entry):
            return self._broken(posted, gettext("This door is not in the round, or not yours."))
        moment = happened(
            posted.entry.device_at,
            sent=self.clocks.sent,
            received=self.clocks.received,
            opened=self.round.opened_at,
        )
        entry = replace(posted.entry, happened_at=moment)
        try:
            return doors.checked(entry) if entry.kind is Kind.VISIT else entry
        except RuleError as broken:
            return self._broken(posted, str(broken))

    def _reaches(self, entry: Entry) -> bool:
        door = self.doors.get(entry.dwelling_id)
        if door is None:
            return False
        try:
            review.why_kept(self.person, door)
        except NotFoundError:
            return False
        return True

    def _enter_together(self, reports: list[tuple[int, Posted, Entry]]) -> dict[int, Receipt]:
        if not reports:
            return {}
        entries = [entry for _, _, entry in reports]
        receipts = ledger.enter(
            self.person, self.round.community_id, self.round.id, entries, held=self.doors
        )
        return {n: receipt for (n, _, _), receipt in zip(reports, receipts, strict=True)}

    def _undo_together(
        self, reports: list[tuple[int, Posted, Entry]]
    ) -> tuple[dict[int, Receipt], list[tuple[int, Posted, Entry]]]:
        """The fates of undos that can be entered at once, and all other reports.

        An id that comes twice, and what others of these reports replace, is not among the former.
        """
        ids = Counter(entry.uuid for _, _, entry in reports)
        replaced = Counter(entry.replaces for _, _, entry in reports)
        undos = [
            entry
            for _, _, entry in reports
            if entry.kind is Kind.UNDO
            and (ids[entry.uuid], replaced[entry.uuid], replaced[entry.replaces]) == (1, 0, 1)
        ]
        if not undos:
            return {}, reports
        receipts = {r.uuid: r for r in doors.receive_undos(self.person, self.round, undos)}
        fates = {n: receipts[entry.uuid] for n, _, entry in reports if entry.uuid in receipts}
        return fates, [report for report in reports if report[0] not in fates]

    def _enter_alone(self, posted: Posted, entry: Entry) -> Receipt:
        try:
            with db.session.begin_nested():
                return doors.receive(self.person, self.round, entry)
        except RuleError as broken:
            return self._broken(posted, str(broken))
        except NotFoundError:
            return self._broken(posted, gettext("It replaces a report of another door."))

    def _broken(self, posted: Posted, problem: str) -> Receipt:
        """Keep what cannot be entered, at the door if it is in reach, else where its sender serves.

        Whether a door out of reach exists is told to nobody.
        """
        if not posted.uuid or self.home is None:
            return Receipt(posted.uuid, 0, Fate.REFUSED)
        entry = posted.entry
        near = self.doors[entry.dwelling_id] if entry and self._reaches(entry) else None
        item = review.keep_once(
            community_id=self.round.community_id,
            round_id=self.round.id,
            kind=TrayKind.BROKEN,
            path=near.path if near else self.home,
            dwelling_id=near.dwelling_id if near else None,
            uuid=posted.uuid,
            body={"problem": problem, "raw": ascii(posted.raw)[:1000]},
            body_hash=review.fingerprint({"raw": ascii(posted.raw), "by": self.person.id}),
            by=self.person,
        )
        return Receipt(posted.uuid, near.dwelling_id if near else 0, Fate.REVIEW, item=item)


def _apart(
    reports: list[tuple[int, Posted, Entry]],
) -> tuple[list[tuple[int, Posted, Entry]], list[tuple[int, Posted, Entry]]]:
    """Reports to be entered one by one, and plain visits whose ids come for the first time."""
    alone: list[tuple[int, Posted, Entry]] = []
    together: list[tuple[int, Posted, Entry]] = []
    seen: set[str] = set()
    for report in reports:
        entry = report[2]
        is_plain = entry.kind is Kind.VISIT and entry.replaces is None
        (together if is_plain and entry.uuid not in seen else alone).append(report)
        seen.add(entry.uuid)
    return alone, together


def _parents_first(
    reports: list[tuple[int, Posted, Entry]],
) -> list[tuple[int, Posted, Entry]]:
    """What replaces another report of the batch comes after it; a circle keeps its order."""
    ordered: list[tuple[int, Posted, Entry]] = []
    waiting = reports
    while waiting:
        ids = {entry.uuid for _, _, entry in waiting}
        ready = [report for report in waiting if report[2].replaces not in ids] or waiting
        ordered += ready
        waiting = [report for report in waiting if report not in ready]
    return ordered


# What was held -----------------------------------------------------------------------------------


def _release(person: Person, arrived: Sequence[Receipt]) -> None:
    """Enter what a person sent earlier than the reports it replaces, now that these are here."""
    uuids = {receipt.uuid for receipt in arrived}
    for item in tray_queries.held_items(person.id) if uuids else ():
        if item.body["replaces"] in uuids:
            _enter_held(person, item)


def _enter_held(person: Person, item: TrayItem) -> None:
    round_ = db.session.get_one(Round, item.round_id)
    try:
        with db.session.begin_nested():
            doors.receive(person, round_, Entry(**review.values_of(item.body)))
    except (RuleError, NotFoundError) as broken:
        item.kind, item.body = TrayKind.BROKEN, {**item.body, "problem": str(broken)}
