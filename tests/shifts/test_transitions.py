"""What may follow what: the whole matrix, so that nothing becomes possible by accident."""

from __future__ import annotations

import pytest

from portal.shifts.states import LIVE, Standing
from portal.shifts.transitions import Deed, after

HELD, ASKED, WAITING, OFFERED = (
    Standing.HELD,
    Standing.ASKED,
    Standing.WAITING,
    Standing.OFFERED,
)
# deed: what it makes of whom; every pair that is not here is impossible.
ALLOWED = {
    Deed.APPROVE: {ASKED: HELD},
    Deed.REJECT: {ASKED: Standing.DECLINED},
    Deed.WITHDRAW: dict.fromkeys((HELD, ASKED, WAITING), Standing.CANCELLED),
    Deed.REMOVE: dict.fromkeys(LIVE, Standing.CANCELLED),
    Deed.OFFER: {WAITING: OFFERED},
    Deed.ACCEPT: {OFFERED: HELD},
    Deed.DECLINE: {OFFERED: Standing.DECLINED},
    Deed.LAPSE: dict.fromkeys((ASKED, WAITING, OFFERED), Standing.LAPSED),
    Deed.REPLACE: {HELD: Standing.REPLACED},
    Deed.ATTEND: dict.fromkeys((HELD, Standing.NO_SHOW), Standing.ATTENDED),
    Deed.MISS: dict.fromkeys((HELD, Standing.ATTENDED), Standing.NO_SHOW),
    Deed.CALL_OFF: dict.fromkeys(LIVE, Standing.CANCELLED),
}


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("standing", Standing)
def test_every_deed_at_every_standing(standing: Standing, deed: Deed) -> None:
    assert after(standing, deed) is ALLOWED[deed].get(standing)


def test_nothing_leaves_somebody_waiting_for_ever() -> None:
    """From every live standing the end of a shift, or of its time, leads out."""
    for standing in LIVE:
        ends = {after(standing, deed) for deed in (Deed.LAPSE, Deed.MISS, Deed.ATTEND)} - {None}
        assert ends
        assert not ends & LIVE
