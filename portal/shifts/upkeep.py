"""What time alone brings about: offers lapse, stand-ins are asked again, people are reminded.

`tick` may run as often as one likes: whatever it has done, it does not do again.
"""

from __future__ import annotations

from datetime import datetime

from portal.shifts import attendance, stand_ins, upkeep_queries
from portal.shifts import party_queries as party
from portal.shifts.choice_queries import shift_by_id
from portal.shifts.limits import LATE, WAVE_EVERY
from portal.shifts.notices import remind
from portal.shifts.seats import move, pass_on
from portal.shifts.stand_in_queries import waves_due
from portal.shifts.states import LIVE, SEATED, Standing
from portal.shifts.transitions import Deed


def tick(at: datetime) -> int:
    """Bring the rota up to a moment; how many things were done."""
    return lapse(at) + free_of_blocked(at) + ask_again(at) + give_on(at) + remind_all(at)


def lapse(at: datetime) -> int:
    """End what was not answered in time; a seat that was offered goes to the next who waits."""
    due = upkeep_queries.unanswered(at)
    for assignment_id, shift_id in due:
        shift = shift_by_id(shift_id, lock=True)
        row = upkeep_queries.assignment(assignment_id)
        if row.standing not in {Standing.OFFERED, Standing.WAITING, Standing.ASKED}:
            continue  # answered at the last moment
        move(row, Deed.LAPSE, at)
        if row.standing is Standing.OFFERED:
            pass_on(shift, at=at)
    return len(due)


def free_of_blocked(at: datetime) -> int:
    """Let nobody keep a part in what lies ahead whose account is blocked: their seats come free."""
    parts = upkeep_queries.of_blocked(at)
    for assignment_id, shift_id in parts:
        shift = shift_by_id(shift_id, lock=True)
        part = upkeep_queries.assignment(assignment_id)
        if part.standing not in LIVE:
            continue
        move(part, Deed.REMOVE, at)
        if part.standing in SEATED:
            pass_on(shift, at=at)
    return len(parts)


def ask_again(at: datetime) -> int:
    """Ask the next few people where nobody has taken over yet."""
    asked = 0
    for row in waves_due(at, WAVE_EVERY):
        shift = shift_by_id(row.shift_id, lock=True)
        leaving = upkeep_queries.assignment(row.id)
        if leaving.stand_in_since is not None and leaving.standing is Standing.HELD:
            asked += stand_ins.ask_more(shift, leaving, at=at)
    return asked


def give_on(at: datetime) -> int:
    """Half an hour after the start, where others have checked in, an empty seat is free again."""
    missing = upkeep_queries.not_there(at, LATE)
    for assignment_id, shift_id in missing:
        shift = shift_by_id(shift_id, lock=True)
        seat = upkeep_queries.assignment(assignment_id)
        if seat.standing is Standing.HELD:
            attendance.miss(seat, shift, at)
    return len(missing)


def remind_all(at: datetime) -> int:
    """Remind everybody whose shift is near, while it can still be given back."""
    reminded = 0
    for community_id in upkeep_queries.communities(at):
        limits = party.limits_of(community_id)
        rows = upkeep_queries.to_remind(community_id, at, at + limits.remind)
        for row in rows:
            remind(row)
        upkeep_queries.note_reminded([row.assignment_id for row in rows], at)
        reminded += len(rows)
    return reminded
