"""What a phone's queue may hold, and what is wrong with the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.coverage.moments import happened
from portal.coverage.posted import moment_sent, read
from portal.coverage.states import Kind, Outcome

ID, OTHER = "0d5c2c1e-8a61-4b7e-9d3c-0f6a2b9e4d11", "5f0b7c52-6f0e-4f0a-8f43-6a1a7c9d2e22"
GOOD: dict[str, Any] = {
    "id": ID,
    "round": 7,
    "dwelling": 1204,
    "outcome": "met_partial",
    "told": 1,
    "remaining": 2,
    "note": "明天再来",
    "device_at": "2026-11-24T18:30:00.250+08:00",
}


def test_a_visit_is_read_with_the_clock_of_the_phone() -> None:
    posted = read(GOOD)
    assert (posted.uuid, posted.round_id, posted.problem) == (ID, 7, "")
    entry = posted.entry
    assert entry is not None
    assert (entry.outcome, entry.told, entry.remaining) == (Outcome.MET_PARTIAL, 1, 2)
    assert (entry.note, entry.device_offset) == ("明天再来", 480)
    assert entry.device_at == datetime(2026, 11, 24, 10, 30, 0, 250_000, UTC)


def test_an_undo_names_what_it_takes_back() -> None:
    entry = read({"id": ID, "round": 7, "dwelling": 1, "kind": "undo", "replaces": OTHER}).entry
    assert entry is not None
    assert (entry.kind, entry.replaces) == (Kind.UNDO, OTHER)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "teleported"},
        {"outcome": None},
        {"outcome": ["met"]},
        {"kind": "undo"},
        {"kind": "exclusion_approved"},
        {"dwelling": "1204"},
        {"dwelling": True},
        {"dwelling": 2**63},
        {"told": -1},
        {"told": 51},
        {"remaining": 1.5},
        {"note": "x" * 201},
        {"note": "a\x00b"},
        {"note": "\ud800"},
        {"replaces": "me"},
        {"appointment_at": "tomorrow"},
    ],
)
def test_a_damaged_visit_keeps_its_id_and_says_what_is_wrong(
    app: Flask, changes: dict[str, Any]
) -> None:
    with app.test_request_context():
        posted = read({**GOOD, **changes})
    assert (posted.uuid, posted.entry) == (ID, None)
    assert posted.problem


@pytest.mark.parametrize("raw", [None, 7, "visit", [], {}, {**GOOD, "id": 7}, {**GOOD, "id": "x"}])
def test_what_has_no_id_cannot_be_named(app: Flask, raw: object) -> None:
    with app.test_request_context():
        assert (read(raw).uuid, read(raw).entry) == ("", None)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+14:00", "2026-11-24", 7])
def test_no_visit_is_refused_for_its_clock_alone(text: object) -> None:
    entry = read({**GOOD, "device_at": text}).entry
    assert entry is not None
    assert entry.device_at is None
    assert moment_sent(text) is None


# The moment of a visit ---------------------------------------------------------------------------

OPENED = datetime(2026, 11, 20, tzinfo=UTC)
CAME = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOURS = timedelta(hours=1)


def test_a_phone_whose_clock_is_right_is_believed() -> None:
    claimed = CAME - 72 * HOURS
    sent = CAME - timedelta(seconds=20)
    assert happened(claimed, sent=sent, received=CAME, opened=OPENED) == claimed


@pytest.mark.parametrize("years", [-56, 10])
def test_a_phone_whose_clock_is_years_wrong_has_still_measured_how_long_ago(years: int) -> None:
    wrong = timedelta(days=365 * years)
    claimed, sent = CAME - 5 * HOURS + wrong, CAME + wrong
    assert happened(claimed, sent=sent, received=CAME, opened=OPENED) == CAME - 5 * HOURS


def test_a_clock_that_was_moved_meanwhile_says_nothing() -> None:
    claimed = CAME + timedelta(days=3650)
    assert happened(claimed, sent=CAME, received=CAME, opened=OPENED) == CAME
    assert happened(OPENED - HOURS, sent=CAME, received=CAME, opened=OPENED) == CAME
    assert happened(None, sent=None, received=CAME, opened=OPENED) == CAME


def test_a_clock_a_little_fast_makes_no_visit_of_the_future() -> None:
    claimed = CAME + timedelta(seconds=30)
    assert happened(claimed, sent=claimed, received=CAME, opened=OPENED) == CAME
