"""Marks of forms and numbers of messages, without an application."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.public.numbers import LETTERS, number_and_code, shown, typed
from portal.public.stamps import ForgedError, Stamps

KEY, OLDER = "k" * 40, "o" * 40
NOON = datetime(2026, 4, 12, 4, 0, tzinfo=UTC)


def test_a_mark_is_read_back_also_after_the_key_was_changed() -> None:
    stamp = Stamps([OLDER]).draw("entrance", at=NOON)
    read = Stamps([OLDER, KEY]).read(stamp.text, "entrance")
    assert (read.nonce, read.drawn_at) == (stamp.nonce, NOON)


@pytest.mark.parametrize("text", ["", "x", "a.b", "ÿ" * 9, "W10.x"])
def test_nothing_else_is_a_mark(text: str) -> None:
    with pytest.raises(ForgedError):
        Stamps([KEY]).read(text, "entrance")


def test_the_mark_of_another_entrance_or_installation_is_none() -> None:
    stamp = Stamps([KEY]).draw("entrance", at=NOON)
    for stamps, entrance in ((Stamps([KEY]), "another"), (Stamps([OLDER]), "entrance")):
        with pytest.raises(ForgedError):
            stamps.read(stamp.text, entrance)


def test_its_age_is_neither_too_young_nor_too_old() -> None:
    stamp = Stamps([KEY]).draw("entrance", at=NOON)
    ages = {timedelta(seconds=1): (True, False), timedelta(minutes=5): (False, False)}
    for age, (young, old) in {**ages, timedelta(hours=25): (False, True)}.items():
        at = NOON + age
        assert (stamp.is_too_young(at), stamp.is_too_old(at)) == (young, old)


def test_numbers_are_the_same_for_the_same_form_and_never_for_two() -> None:
    stamps = Stamps([KEY])
    one, other = (stamps.draw("entrance", at=NOON) for _ in range(2))
    assert number_and_code(stamps.seed(one)) == number_and_code(stamps.seed(one))
    assert number_and_code(stamps.seed(one)) != number_and_code(stamps.seed(other))
    assert number_and_code(Stamps([OLDER]).seed(one)) != number_and_code(stamps.seed(one))


def test_a_number_is_read_as_people_type_it() -> None:
    number, code = number_and_code(b"seed")
    assert (len(number), len(code)) == (10, 8)
    assert set(number + code) <= set(LETTERS)
    assert typed(shown(number)) == number
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in number)
    assert typed(f" {full_width[:5]}　－{full_width[5:]}\n") == number


def test_an_address_is_counted_but_not_kept() -> None:
    veiled = Stamps([KEY]).veiled("10.0.0.1")
    assert veiled == Stamps([KEY]).veiled("10.0.0.1")
    assert veiled != Stamps([OLDER]).veiled("10.0.0.1")
    assert "10.0" not in veiled
