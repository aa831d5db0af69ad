"""The short form of `make phones`: few phones, few visits, all faults; and mistakes are noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.phones.bugs import BUGS
from tests.phones.drill import three_days_without_signal
from tests.phones.line import BAD, Faults

pytestmark = [
    pytest.mark.commits,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the server needs Linux"),
]
SOON = 0.1  # seconds, the longest that these few phones wait: they do not press a server
WET = Faults(lost_replies=0.3, doubled=0.3)


@pytest.fixture
def url(another_database: str) -> str:
    """A database for the phones alone."""
    return another_database


def test_a_few_phones_over_a_bad_line_lose_and_double_nothing(tmp_path: Path, url: str) -> None:
    report = three_days_without_signal(
        tmp_path, phones=4, visits=40, faults=BAD, url=url, longest_wait=SOON
    )
    assert report.is_clean, report
    assert report.sent == 160
    assert report.conflicts == 12


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_mistake_is_noticed(tmp_path: Path, url: str, bug: str) -> None:
    report = three_days_without_signal(
        tmp_path, phones=4, visits=30, faults=WET, bug=bug, url=url, patience=3, longest_wait=SOON
    )
    assert not report.is_clean, report
    noticed = {
        "answers before it commits": report.lost,
        "no unique id": report.doubled,
        "swallows conflicts": report.conflicts - report.conflicts_kept,
    }
    assert noticed[bug] > 0
