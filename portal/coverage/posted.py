"""Reading a report as a phone's queue holds it: from JSON to an entry, or to what is wrong."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import gettext

from portal.clock import at
from portal.coverage.entries import Entry
from portal.coverage.states import MOST_PEOPLE, Kind, Outcome
from portal.errors import RuleError

LONGEST_TEXT = 200  # characters of a note or a reason
LARGEST_ID = 2**63 - 1
LARGEST_ROUND = 2**31 - 1
HALF_A_PAIR = re.compile("[\ud800-\udfff]")
SENT_BY_PHONES = {Kind.VISIT, Kind.UNDO}

Word = TypeVar("Word", Kind, Outcome)


@dataclass(frozen=True)
class Posted:
    """One report of a batch; without an entry, `problem` says in words what cannot be read.

    `uuid` is empty and `round_id` 0 where even these are damaged. `raw` is what was sent.
    """

    uuid: str
    round_id: int
    raw: object
    entry: Entry | None = None
    problem: str = ""
    has_forgotten_note: bool = False

    def with_note(self, note: str | None) -> Posted:
        """The same with the words that its phone keeps no longer."""
        return replace(self, entry=self.entry and replace(self.entry, note=note))


def read(raw: object) -> Posted:
    """A report of a phone's queue.

    {"id": UUID, "round": number, "dwelling": number, "kind": "visit" or "undo", "outcome": word,
    "told": n, "remaining": n, "appointment_at": time here, "note": text, "reason": text,
    "replaces": UUID, "device_at": moment with the phone's offset, "noted": whether there was a
    note}; what does not apply may be absent.
    """
    fields = raw if isinstance(raw, Mapping) else {}
    round_id = _maybe(_round, fields.get("round"))
    try:
        entry = _entry(fields)
    except RuleError as broken:
        uuid = _maybe(_uuid, fields.get("id"))
        return Posted(uuid or "", round_id or 0, raw, problem=str(broken))
    forgotten = fields.get("noted") is True and entry.note is None
    return Posted(entry.uuid, round_id or 0, raw, entry, has_forgotten_note=forgotten)


def _round(value: object) -> int:
    """The number of a round; a larger one than a round can have is none."""
    number = _number(value)
    if number > LARGEST_ROUND:
        raise _damaged()
    return number


def _entry(fields: Mapping[str, Any]) -> Entry:
    device_at = _maybe(_moment, fields.get("device_at"))  # nothing is refused for its time alone
    offset = device_at.utcoffset() if device_at else None
    entry = Entry(
        uuid=_uuid(fields.get("id")),
        dwelling_id=_number(fields.get("dwelling")),
        kind=_one_of(Kind, fields.get("kind", Kind.VISIT)),
        outcome=_optional(fields.get("outcome"), lambda value: _one_of(Outcome, value)),
        told=_optional(fields.get("told"), _people),
        remaining=_optional(fields.get("remaining"), _people),
        appointment_at=_optional(fields.get("appointment_at"), _agreed),
        note=_optional(fields.get("note"), _text) or None,
        reason=_optional(fields.get("reason"), _text) or None,
        replaces=_optional(fields.get("replaces"), _uuid),
        device_at=device_at,
        device_offset=int(offset.total_seconds() // 60) if offset is not None else None,
    )
    is_visit = entry.kind is Kind.VISIT
    complete = entry.outcome is not None if is_visit else entry.replaces is not None
    if entry.kind not in SENT_BY_PHONES or not complete:
        raise _damaged()
    return entry


def _damaged() -> RuleError:
    return RuleError(gettext("This report is damaged, or made by a newer version."))


def _optional(value: object, read_it: Callable[[object], Any]) -> Any:
    return None if value is None else read_it(value)


def _maybe(read_it: Callable[[object], Any], value: object) -> Any:
    """The value where it can be read, else None."""
    try:
        return read_it(value)
    except RuleError:
        return None


def _uuid(value: object) -> str:
    try:
        return str(uuids.UUID(_text(value)))
    except ValueError as error:
        raise _damaged() from error


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID:
        return value
    raise _damaged()


def _people(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_PEOPLE:
        return value
    raise RuleError(gettext("A number of people between 0 and %(most)s.", most=MOST_PEOPLE))


def _one_of(kind: type[Word], value: object) -> Word:
    try:
        return kind(_text(value))
    except ValueError as error:
        raise _damaged() from error


def _text(value: object) -> str:
    """A text that every database keeps: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise _damaged()
    if not value.isascii() and HALF_A_PAIR.search(value):
        raise _damaged()
    return value


def _agreed(value: object) -> datetime:
    """When somebody is expected; a time without an offset is read off the clocks here."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise _damaged() from error
    return _within_reach(moment if moment.tzinfo else at(moment.date(), moment.time()))


def _moment(value: object) -> datetime:
    """A moment with the offset of the clock that showed it, far enough from the ends of time."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise _damaged() from error
    if moment.tzinfo is None:
        raise _damaged()
    return _within_reach(moment)


def _within_reach(moment: datetime) -> datetime:
    if not 1900 < moment.year < 2200:
        raise _damaged()
    return moment


def moment_sent(value: object) -> datetime | None:
    """The phone's clock when a batch left; None where it cannot be read."""
    found: datetime | None = _maybe(_moment, value)
    return found
