"""Hours as people write them, and the sessions they hold."""

from __future__ import annotations

from datetime import date, time

import pytest

from portal.clock import local
from portal.shifts.bands import (
    WEEK,
    WEEKEND,
    Band,
    is_late,
    overlap,
    read_bands,
    sessions,
    split,
)


@pytest.mark.parametrize(
    "text", ["10:00-11:30, 15:30-20:30", "15:30–20:30；10:00—11:30", "10:00至11:30、15:30到20:30"]
)
def test_bands_are_read_as_people_write_them(text: str) -> None:
    assert read_bands(text) == [Band(time(10), time(11, 30)), Band(time(15, 30), time(20, 30))]


@pytest.mark.parametrize("text", ["evenings", "18:30", "18:30-20:30 or so", "25:00-26:00"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_bands(text)


def test_a_long_band_holds_several_sessions_and_a_short_one_still_one() -> None:
    long, short = Band(time(15, 30), time(20, 30)), Band(time(10), time(11, 30))
    assert [str(part) for part in split(long, 120)] == ["15:30-18:00", "18:00-20:30"]
    assert split(short, 120) == [short]


def test_bands_that_end_late_or_overlap_are_told() -> None:
    assert is_late(read_bands("19:00-21:30"))
    assert not is_late(read_bands(WEEKEND))
    assert overlap(read_bands("10:00-12:00, 11:00-13:00"))
    assert overlap([Band(time(12), time(10))])
    assert not overlap(read_bands(WEEKEND))


def test_a_week_has_evenings_and_free_days_have_more() -> None:
    found = sessions(
        date(2030, 1, 4),  # a Friday
        date(2030, 1, 6),
        week=read_bands(WEEK),
        weekend=read_bands(WEEKEND),
        minutes=120,
    )
    starts = [f"{local(session.starts_at):%a %H:%M}" for session in found]
    assert starts == ["Fri 18:30"] + [
        f"{day} {hour}" for day in ("Sat", "Sun") for hour in ("10:00", "15:30", "18:00")
    ]
