"""What people do at doors: visits, several at once, undo, correction, excuses, approval."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flask_babel import gettext

from portal.access import Permission, Person
from portal.clock import now
from portal.coverage import event_queries, queries, review
from portal.coverage.entries import Entry, Fate, Receipt
from portal.coverage.ledger import defer, enter
from portal.coverage.models import Door, Round, Visit
from portal.coverage.states import CONTACTS, Kind, Outcome, Pending, Reason, State
from portal.db import db
from portal.errors import NotFoundError, RuleError

UNDO_TIME = timedelta(minutes=10)
MOST_AT_ONCE = 300  # doors in one report; a tall tower has about 200
TRIES_BEFORE_UNREACHABLE = 3  # default of domain.md 2.6


def receive(person: Person, round_: Round, entry: Entry) -> Receipt:
    """Enter one report as somebody sent it, by a form or from a phone's queue; say its fate.

    The entry is a visit, or it replaces one: a correction or an undo under an id of its own. Sent
    again it fares as before. Raises RuleError for one that breaks a rule, NotFoundError for a door
    out of reach; then nothing has been written.
    """
    if entry.replaces is None and entry.kind is Kind.VISIT:
        return record_visit(person, round_, entry)
    first = event_queries.maybe_visit(round_.community_id, entry.replaces or "")
    if first is None:
        return defer(person, round_.community_id, round_.id, entry)
    if not _fits(round_, entry, first):
        raise NotFoundError
    if entry.kind is Kind.UNDO:
        receipt = _undo(person, round_, [entry], [first])[0]
    else:
        receipt = correct(person, round_, first, entry)
    _settle(person, round_, [receipt])
    return receipt


def receive_undos(person: Person, round_: Round, undos: Sequence[Entry]) -> list[Receipt]:
    """Enter together those undos of a phone's queue against which nothing speaks.

    The others (what they take back is missing, or a rule forbids it) get no receipt here; they are
    for `receive`, which says why.
    """
    named = {uuid for undo in undos for uuid in (undo.uuid, undo.replaces) if uuid}
    known = event_queries.visits_by_uuid(round_.community_id, named)
    pairs = [
        (u, known[u.replaces])
        for u in undos
        if u.replaces in known and _fits(round_, u, known[u.replaces])
    ]
    corrected = event_queries.corrected(round_, {visit.dwelling_id for _, visit in pairs})
    ready = [
        undo
        for undo, visit in pairs
        if undo.uuid in known or not _why_not_undo(person, visit, corrected, undo.happened_at)
    ]
    receipts = enter(person, round_.community_id, round_.id, ready) if ready else []
    _settle(person, round_, receipts)
    return receipts


def _settle(person: Person, round_: Round, receipts: Sequence[Receipt]) -> None:
    entered = [r.uuid for r in receipts if r.fate in {Fate.ACCEPTED, Fate.DUPLICATE}]
    if entered:
        review.settle_held(round_.community_id, entered, by=person)


def record_visit(person: Person, round_: Round, entry: Entry) -> Receipt:
    """Enter one visit."""
    return enter(person, round_.community_id, round_.id, [checked(entry)])[0]


def record_many(
    person: Person, round_: Round, entry: Entry, doors: Sequence[int], *, batch: str
) -> list[Receipt]:
    """Enter the same report for several doors in one transaction, undone together.

    The ids of the events follow from the batch and the door, so a report sent twice counts once.
    """
    if not doors:
        raise RuleError(gettext("Choose at least one door."))
    if len(set(doors)) > MOST_AT_ONCE:
        raise RuleError(gettext("At most %(n)s doors at once.", n=MOST_AT_ONCE))
    entries = [
        checked(replace(entry, uuid=derived(batch, door), dwelling_id=door))
        for door in sorted(set(doors))
    ]
    return enter(person, round_.community_id, round_.id, entries, batch=batch)


def undo(person: Person, round_: Round, visit: Visit) -> Receipt:
    """Take back one's own report within ten minutes."""
    return _undo(person, round_, [_undo_of(visit)], [visit])[0]


def undo_batch(person: Person, round_: Round, batch: str) -> list[Receipt]:
    """Take back a report about several doors, all of it, within ten minutes."""
    visits = [v for v in event_queries.batch(round_.community_id, batch) if v.kind is Kind.VISIT]
    if not visits or any(visit.round_id != round_.id for visit in visits):
        raise NotFoundError
    return _undo(person, round_, [_undo_of(visit) for visit in visits], visits)


def correct(person: Person, round_: Round, visit: Visit, entry: Entry) -> Receipt:
    """Say what really happened at a visit: a new event in its place, the credit stays."""
    if visit.kind is not Kind.VISIT or visit.round_id != round_.id:
        raise NotFoundError
    path = _hold(round_, visit.dwelling_id)
    # An id that is known has been judged before.
    if not event_queries.maybe_visit(round_.community_id, entry.uuid):
        _check_correction(person, visit, entry, path)
    return record_visit(
        person,
        round_,
        replace(
            entry,
            dwelling_id=visit.dwelling_id,
            replaces=visit.uuid,
            happened_at=visit.happened_at,
            credit_id=visit.credit_id,
        ),
    )


def _check_correction(person: Person, visit: Visit, entry: Entry, path: str) -> None:
    """Whoever signs for the place of a door (`path`) may correct what others reported there."""
    if not may_correct(person, visit, path):
        raise RuleError(gettext("Only its author or somebody in charge may correct this."))
    if not entry.reason:
        raise RuleError(gettext("Say why this is being corrected."))
    if event_queries.is_replaced(visit):
        raise RuleError(gettext("This has been corrected already: correct the newer entry."))


def ask_exclusion(
    person: Person, round_: Round, door: Door, *, uuid: str, reason: Reason, text: str
) -> Receipt:
    """Propose to leave a door out of the count; it stays a gap until somebody else approves."""
    _hold(round_, door.dwelling_id)
    db.session.refresh(door)
    if reason is Reason.UNREACHABLE and door.attempts < TRIES_BEFORE_UNREACHABLE:
        raise RuleError(
            gettext(
                "Not reached counts after %(n)s visits; there were %(m)s.",
                n=TRIES_BEFORE_UNREACHABLE,
                m=door.attempts,
            )
        )
    entry = Entry(
        uuid=uuid,
        dwelling_id=door.dwelling_id,
        kind=Kind.EXCLUSION_ASKED,
        reason=f"{reason.value}: {text}".rstrip(": "),
    )
    return enter(person, round_.community_id, round_.id, [entry])[0]


def decide_exclusion(
    person: Person, round_: Round, door: Door, *, uuid: str, approve: bool, reason: str
) -> Receipt:
    """Approve or decline somebody else's proposal to leave a door out."""
    _hold(round_, door.dwelling_id)
    db.session.refresh(door)
    if door.pending is not Pending.EXCLUSION:
        raise RuleError(gettext("Nothing waits for approval at this door."))
    if approve and event_queries.asked_by(round_, door.dwelling_id) == person.id:
        raise RuleError(gettext("Somebody else has to approve what you proposed."))
    if not reason:
        raise RuleError(gettext("Give a reason."))
    entry = Entry(
        uuid=uuid,
        dwelling_id=door.dwelling_id,
        kind=Kind.EXCLUSION_APPROVED if approve else Kind.EXCLUSION_DECLINED,
        reason=reason,
    )
    return enter(person, round_.community_id, round_.id, [entry])[0]


def readmit(person: Person, round_: Round, door: Door, *, uuid: str, reason: str) -> Receipt:
    """Count an excluded door again: the approval is taken back, with a reason."""
    _hold(round_, door.dwelling_id)
    db.session.refresh(door)
    approval = event_queries.standing_approval(round_, door.dwelling_id)
    if door.state is not State.EXCLUDED or approval is None:
        raise RuleError(gettext("This door is not excluded."))
    if not reason:
        raise RuleError(gettext("Give a reason."))
    entry = Entry(
        uuid=uuid,
        dwelling_id=door.dwelling_id,
        kind=Kind.UNDO,
        replaces=approval.uuid,
        reason=reason,
    )
    return enter(person, round_.community_id, round_.id, [entry])[0]


def _hold(round_: Round, dwelling_id: int) -> str:
    """Let nobody else change a door between our question and our answer; the path of its group."""
    held = queries.lock_doors(round_.community_id, round_.id, [dwelling_id])
    if not held:
        raise NotFoundError
    return str(held[0].path)


def may_correct(person: Person, visit: Visit, path: str) -> bool:
    """The author may, and whoever signs for the place of the door."""
    return visit.author_id == person.id or person.may(Permission.SIGN_OFF, path=path)


def undo_until(visit: Visit) -> datetime:
    """When the ten minutes for taking a report back are over."""
    return visit.received_at + UNDO_TIME


def checked(entry: Entry) -> Entry:
    """An entry whose numbers fit its outcome; RuleError says what does not."""
    if entry.outcome in CONTACTS:
        told = 1 if entry.told is None else entry.told
        if told < 1:
            raise RuleError(gettext("A contact means that at least one person was told."))
        remaining = entry.remaining
        if entry.outcome is Outcome.MET_PARTIAL and not remaining:
            raise RuleError(gettext("Say how many people here are still to be told."))
        return replace(entry, told=told, remaining=remaining or 0)
    if entry.outcome is Outcome.APPOINTMENT and entry.appointment_at is None:
        raise RuleError(gettext("Say which day and time was agreed."))
    appointment = entry.appointment_at if entry.outcome is Outcome.APPOINTMENT else None
    return replace(entry, told=None, remaining=None, appointment_at=appointment)


def derived(batch: str, name: object) -> str:
    """An id that follows from a batch and a name, so that a repeated request repeats the id."""
    return str(uuids.uuid5(uuids.UUID(batch), str(name)))


def undo_id(visit: Visit) -> str:
    """The id of the undo of a visit, where the sender makes none."""
    return derived(visit.uuid, "undo")


def _undo_of(visit: Visit) -> Entry:
    """The undo of a visit by whoever has it on the screen."""
    return Entry(
        uuid=undo_id(visit), dwelling_id=visit.dwelling_id, kind=Kind.UNDO, replaces=visit.uuid
    )


def _undo(
    person: Person, round_: Round, undos: Sequence[Entry], visits: Sequence[Visit]
) -> list[Receipt]:
    """Take back visits, each by the undo at the same place of the other list."""
    known = event_queries.visits_by_uuid(round_.community_id, [undo.uuid for undo in undos])
    corrected = event_queries.corrected(round_, {visit.dwelling_id for visit in visits})
    for undo, visit in zip(undos, visits, strict=True):
        reason = _why_not_undo(person, visit, corrected, undo.happened_at)
        if reason and undo.uuid not in known:  # else it has been judged before
            raise RuleError(reason)
    return enter(person, round_.community_id, round_.id, undos)


def _fits(round_: Round, entry: Entry, first: Visit) -> bool:
    """Whether a report and the one it replaces are about the same door of the same round."""
    return (first.round_id, first.dwelling_id) == (round_.id, entry.dwelling_id)


def _why_not_undo(
    person: Person, visit: Visit, corrected: Collection[str], tapped_at: datetime | None
) -> str:
    """Why a visit cannot be taken back; empty if it can.

    A phone may bring an undo hours later: what counts is when it was tapped.
    """
    in_time = tapped_at is not None and tapped_at <= visit.happened_at + UNDO_TIME
    if visit.author_id != person.id:
        return str(gettext("Only whoever reported it may undo it; use a correction."))
    if not in_time and now() > undo_until(visit):
        return str(gettext("The ten minutes are over; use a correction."))
    if visit.uuid in corrected:
        return str(gettext("This has been corrected already: correct the newer entry."))
    return ""
