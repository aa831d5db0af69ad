"""What may follow what where one person stands with one shift: a table, and nothing beside it."""

from __future__ import annotations

from enum import StrEnum

from portal.shifts.states import Standing


class Deed(StrEnum):
    """What can happen to an assignment."""

    APPROVE = "approve"  # the leader says yes to a sign-up
    REJECT = "reject"  # the leader says no
    WITHDRAW = "withdraw"  # the person gives it back
    REMOVE = "remove"  # somebody above takes the person off
    OFFER = "offer"  # a seat came free for the first who waits
    ACCEPT = "accept"
    DECLINE = "decline"
    LAPSE = "lapse"  # nobody answered in time, or the shift is over
    REPLACE = "replace"  # a stand-in took over
    ATTEND = "attend"
    MISS = "miss"
    CALL_OFF = "call_off"  # the whole shift is cancelled


_HELD, _ASKED, _WAITING, _OFFERED = (
    Standing.HELD,
    Standing.ASKED,
    Standing.WAITING,
    Standing.OFFERED,
)
TABLE: dict[tuple[Standing, Deed], Standing] = {
    (_ASKED, Deed.APPROVE): _HELD,
    (_ASKED, Deed.REJECT): Standing.DECLINED,
    (_ASKED, Deed.LAPSE): Standing.LAPSED,
    (_WAITING, Deed.OFFER): _OFFERED,
    (_WAITING, Deed.LAPSE): Standing.LAPSED,
    (_OFFERED, Deed.ACCEPT): _HELD,
    (_OFFERED, Deed.DECLINE): Standing.DECLINED,
    (_OFFERED, Deed.LAPSE): Standing.LAPSED,
    (_HELD, Deed.REPLACE): Standing.REPLACED,
    (_HELD, Deed.ATTEND): Standing.ATTENDED,
    (_HELD, Deed.MISS): Standing.NO_SHOW,
    # Who was ticked off by mistake, and who came late after all.
    (Standing.ATTENDED, Deed.MISS): Standing.NO_SHOW,
    (Standing.NO_SHOW, Deed.ATTEND): Standing.ATTENDED,
}
for _live in (_HELD, _ASKED, _WAITING, _OFFERED):
    TABLE |= {(_live, deed): Standing.CANCELLED for deed in (Deed.REMOVE, Deed.CALL_OFF)}
for _own in (_HELD, _ASKED, _WAITING):
    TABLE[_own, Deed.WITHDRAW] = Standing.CANCELLED


def after(standing: Standing, deed: Deed) -> Standing | None:
    """Where somebody stands after a deed; None where the deed is not possible."""
    return TABLE.get((standing, deed))
