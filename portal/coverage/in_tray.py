"""The tray: what is valid but could not be entered, and doors that nobody had listed."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Person
from portal.audit.actions import record
from portal.clock import now
from portal.coverage import door_queries, event_queries, review, round_queries, tray_queries
from portal.coverage.actions import write_base
from portal.coverage.doors import derived
from portal.coverage.entries import Entry, Fate
from portal.coverage.following import follow
from portal.coverage.ledger import enter
from portal.coverage.models import Decision, Round, TrayItem, TrayKind, Visit
from portal.db import db
from portal.errors import RuleError
from portal.tower import actions as tower
from portal.tower.queries import maybe_dwelling_at


def report_found(
    person: Person, head: Row[Any], *, uuid: str, unit: str, floor: int, room: str, note: str
) -> TrayItem:
    """Put a door that nobody had listed into the tray; it counts only once approved (law 1).

    The same report sent twice makes one item.
    """
    body = {"unit": unit, "floor": floor, "room": room, "note": note}
    body_hash = review.fingerprint({**body, "path": head.path, "round": head.id, "by": person.id})
    known = tray_queries.kept_items(head.community_id, uuid)
    if all(item.body_hash != body_hash for item in known):
        _check_found(head, unit=unit, floor=floor, room=room)
    return review.keep_once(
        community_id=head.community_id,
        round_id=head.id,
        kind=TrayKind.FOUND,
        path=head.path,
        uuid=uuid,
        body=body,
        body_hash=body_hash,
        by=person,
    )


def _check_found(head: Row[Any], *, unit: str, floor: int, room: str) -> None:
    if head.closed_at:
        raise RuleError(gettext("This round is closed."))
    if door_queries.door_exists(head, unit=unit, floor=floor, room=room):
        raise RuleError(gettext("This door is on the plan already."))


def decide(person: Person, item: TrayItem, *, accept: bool, answer: str) -> None:
    """Accept or decline what waits in the tray; every decision has a name, a date and a reason."""
    if item.decision is not Decision.WAITING:
        raise RuleError(gettext("This has been decided already."))
    if not answer:
        raise RuleError(gettext("Give a reason."))
    if accept:
        _accept(person, item)
    item.decision = Decision.ACCEPTED if accept else Decision.DECLINED
    item.decided_by, item.decided_at, item.answer = person.id, now(), answer
    record(
        f"tray.{item.decision.value}",
        community_id=item.community_id,
        by=person.id,
        subject="tray",
        subject_id=item.id,
        details={"kind": item.kind.value},
    )


def _accept(person: Person, item: TrayItem) -> None:
    round_ = _hold(item)
    if not round_.is_open:
        raise RuleError(gettext("The round is closed and its figures are frozen: decline it."))
    if item.kind is TrayKind.FOUND:
        _join(person, round_, item)
    elif item.kind is TrayKind.BROKEN:
        raise RuleError(gettext("This cannot be entered as it stands: decline it with a reason."))
    else:
        _enter_late(person, round_, item)


def _hold(item: TrayItem) -> Round:
    """The round of an item, held; the tower before it, as a cut does whose doors then follow."""
    if item.kind is TrayKind.FOUND:
        tower.hold(item.community_id)
    return round_queries.hold_round(db.session.get_one(Round, item.round_id))


def _join(person: Person, round_: Round, item: TrayItem) -> None:
    """The found door becomes a dwelling and joins the base, with a date and a name."""
    if item.reported_by == person.id:
        raise RuleError(gettext("Somebody else has to approve what you reported."))
    building = round_queries.place_by_path(item.community_id, item.path)
    home = maybe_dwelling_at(building, **_where(item)) or tower.add_dwelling(
        building, **_where(item)
    )
    if door_queries.is_in_round(round_, home.id):
        raise RuleError(gettext("This door is on the plan already."))
    write_base(round_, at=now(), by=person.id, only=home.id)
    follow(round_, [building])
    _note_growth(person, round_, 1)


def admit(person: Person, opened: Round) -> int:
    """Let dwellings that joined the tower later join the base, with a date and a name (law 1)."""
    if not round_queries.hold_round(opened).is_open:
        raise RuleError(gettext("This round is closed."))
    buildings = round_queries.buildings_of_newcomers(opened)
    write_base(opened, at=now(), by=person.id)
    follow(opened, [building for building, _ in buildings])
    count = sum(newcomers for _, newcomers in buildings)
    _note_growth(person, opened, count)
    return count


def _note_growth(person: Person, opened: Round, count: int) -> None:
    record(
        "round.base_grown",
        community_id=opened.community_id,
        by=person.id,
        subject="round",
        subject_id=opened.id,
        details={"doors": count},
    )


def _where(item: TrayItem) -> dict[str, Any]:
    return {name: item.body[name] for name in ("unit", "floor", "room")}


def _enter_late(person: Person, round_: Round, item: TrayItem) -> None:
    """Enter a kept report; the credit stays with whoever reported it."""
    first = event_queries.maybe_visit(round_.community_id, item.uuid)
    if first and first.body_hash == item.body_hash:
        return  # it was sent again meanwhile, when it could be entered
    body = _body_of(item)
    if first:
        body |= _in_place_of(first, item)
    elif item.kind in {TrayKind.FOLLOWS, TrayKind.HELD}:
        _check_parent(round_, item)
    receipt = enter(person, round_.community_id, round_.id, [Entry(**body)])[0]
    if receipt.fate is not Fate.ACCEPTED:
        raise RuleError(gettext("This report is in the ledger already: decline it."))
    review.let_follow(item.reported_by, item.uuid)


def _body_of(item: TrayItem) -> dict[str, Any]:
    """The values of a kept report, its credit, and at worst the time when it was kept."""
    defaults = {"credit_id": item.reported_by, "happened_at": item.reported_at}
    return {**defaults, **review.values_of(item.body)}


def _in_place_of(first: Visit, item: TrayItem) -> dict[str, str]:
    """Later words under an id in use take the place of the earlier, with an id of their own."""
    if item.kind is not TrayKind.CONFLICT:
        raise RuleError(gettext("This report is in the ledger already: decline it."))
    if first.dwelling_id != item.dwelling_id or event_queries.is_replaced(first):
        raise RuleError(gettext("This has been corrected already: correct the newer entry."))
    return {"replaces": first.uuid, "uuid": derived(first.uuid, f"tray {item.id}")}


def _check_parent(round_: Round, item: TrayItem) -> None:
    if not event_queries.maybe_visit(round_.community_id, item.body["replaces"]):
        raise RuleError(gettext("Decide first about the report that this one belongs to."))
