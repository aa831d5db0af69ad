"""The short form of `make crash`: a few kills of the real server, and a mistake is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.drill import crash
from tests.crash.server import Nest

pytestmark = [
    pytest.mark.commits,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the server needs Linux"),
]
PATIENCE = 60  # seconds; it takes about two


@pytest.fixture(scope="module")
def nest() -> Iterator[Nest]:
    with Nest() as nest:
        yield nest


def test_a_few_kills_lose_and_double_nothing(
    tmp_path: Path, another_database: str, nest: Nest
) -> None:
    report = crash(
        tmp_path, nest, url=another_database, kills=3, each=15, senders=3, patience=PATIENCE
    )
    assert report.is_clean, report
    assert report.kills == 3
    assert report.torn, "no kill met a request"
    assert report.sent_twice


@pytest.mark.any_database("the mistake is in what is answered, before any database is asked")
def test_an_answer_before_the_commit_is_noticed(
    tmp_path: Path, another_database: str, nest: Nest
) -> None:
    report = crash(
        tmp_path,
        nest,
        url=another_database,
        application="tests.crash.bugs:app",
        kills=3,
        each=15,
        senders=3,
        patience=PATIENCE,
    )
    assert report.lost, report
