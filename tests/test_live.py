"""The board that tells open pages of changes, and the tickets they show."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import BadSignature

from portal.live import Board, Seal, Snapshot, Ticket

AT = datetime(2026, 4, 12, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WHOLE = Ticket(1, 7, ("/1/",))
KEY = "k" * 32


class Database:
    """Marks of groups that a test may change, and how often they were read."""

    def __init__(self, **marks: int) -> None:
        self.marks = {"/1/4/": 2, "/1/40/": 2, "/1/5/": 2, **marks}
        self.reads: list[tuple[int, int]] = []

    def read(self, community_id: int, round_id: int) -> list[tuple[str, int]]:
        self.reads.append((community_id, round_id))
        return sorted(self.marks.items())


def test_a_change_shows_within_a_second() -> None:
    database = Database()
    board = Board(database.read)
    before = board.mark(WHOLE, at=AT)
    database.marks["/1/4/"] += 2
    assert board.mark(WHOLE, at=AT + SECOND) != before


def test_a_change_elsewhere_does_not_show() -> None:
    database = Database()
    board = Board(database.read)
    estate = Ticket(1, 7, ("/1/4/",))
    before = board.mark(estate, at=AT)
    database.marks["/1/40/"] += 2
    assert board.mark(estate, at=AT + SECOND) == before


def test_five_hundred_pages_cost_one_reading_a_second() -> None:
    database = Database()
    board = Board(database.read)
    for n in range(1500):
        board.mark(WHOLE, at=AT + SECOND * n / 500)
    assert len(database.reads) == 3


def test_two_rounds_are_read_apart() -> None:
    database = Database()
    board = Board(database.read)
    for round_id in (7, 8, 7, 8):
        board.mark(Ticket(1, round_id, ("/1/",)), at=AT)
    assert database.reads == [(1, 7), (1, 8)]


def test_threads_do_not_read_twice() -> None:
    database, together = Database(), Barrier(8)
    board = Board(database.read)

    def ask(_: int) -> int:
        together.wait(timeout=10)
        return board.mark(WHOLE, at=AT)

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ask, range(8)))
    assert len(answers) == len(database.reads) == 1


def test_a_round_that_nobody_watches_is_forgotten() -> None:
    board = Board(Database().read)
    for round_id in range(5):
        board.mark(Ticket(1, round_id, ("/1/",)), at=AT)
    board.mark(WHOLE, at=AT + timedelta(seconds=61))
    assert len(board) == 1


def test_a_clock_put_back_does_not_stop_the_news() -> None:
    database = Database()
    board = Board(database.read)
    before = board.mark(WHOLE, at=AT)
    database.marks["/1/4/"] += 2
    assert board.mark(WHOLE, at=AT - timedelta(hours=72)) != before


def test_a_failed_reading_is_tried_again() -> None:
    database = Database()

    def read(community_id: int, round_id: int) -> list[tuple[str, int]]:
        found = database.read(community_id, round_id)
        if len(database.reads) == 1:
            raise ConnectionError("gone")
        return found

    board = Board(read)
    with pytest.raises(ConnectionError):
        board.mark(WHOLE, at=AT)
    assert board.mark(WHOLE, at=AT) == 6


GROUP_PATHS = st.builds("/1/{}/{}/{}/".format, *[st.integers(1, 120)] * 3)


@settings(deadline=None)
@given(st.dictionaries(GROUP_PATHS, st.integers(2, 50)), st.integers(1, 120))
def test_a_mark_is_the_sum_of_exactly_the_groups_below(marks: dict[str, int], estate: int) -> None:
    path = f"/1/{estate}/"
    snapshot = Snapshot(sorted(marks.items()), AT)
    assert snapshot.mark([path]) == sum(n for p, n in marks.items() if p.startswith(path))
    assert snapshot.mark(["/1/"]) == sum(marks.values())


def test_a_ticket_opens_as_it_was_signed() -> None:
    assert Seal([KEY], salt="test").open(Seal([KEY], salt="test").sign(WHOLE)) == WHOLE


def test_a_ticket_signed_with_an_old_key_still_opens() -> None:
    ticket = Seal(["o" * 32], salt="test").sign(WHOLE)
    assert Seal(["o" * 32, KEY], salt="test").open(ticket) == WHOLE


@pytest.mark.parametrize("forged", ["", "x", "x.y.z"])
def test_a_forged_ticket_does_not_open(forged: str) -> None:
    with pytest.raises(BadSignature):
        Seal([KEY], salt="test").open(forged)


def test_a_signature_does_not_serve_for_another_round() -> None:
    mine, other = (
        Seal([KEY], salt="test").sign(WHOLE),
        Seal([KEY], salt="test").sign(Ticket(1, 8, ("/1/",))),
    )
    with pytest.raises(BadSignature):
        Seal([KEY], salt="test").open(".".join([other.split(".")[0], *mine.split(".")[1:]]))


def test_a_ticket_of_a_round_does_not_serve_for_a_bulletin() -> None:
    with pytest.raises(BadSignature):
        Seal([KEY], salt="other").open(Seal([KEY], salt="test").sign(WHOLE))


def test_a_ticket_names_places_by_number_and_nothing_else() -> None:
    content = Seal([KEY], salt="test").sign(WHOLE).split(".")[0]
    assert base64.urlsafe_b64decode(content + "==") == b'[1,7,["/1/"]]'
