"""What was drawn once is kept by everything it was drawn from, and within bounds."""

from __future__ import annotations

from portal.memo import Memo


def test_what_was_drawn_is_not_drawn_again_until_its_key_changes() -> None:
    drawn = []
    memo = Memo[str](most=10)

    def draw(version: str) -> str:
        drawn.append(version)
        return version

    assert [memo.get(version, lambda v=version: draw(v)) for version in "aab"] == ["a", "a", "b"]
    assert drawn == ["a", "b"]


def test_the_longest_unasked_values_go_when_there_is_no_more_room() -> None:
    memo = Memo[str](most=5, size=len)
    for text in ("aa", "bb", "aa", "ccc"):  # bb has waited longest when ccc comes
        memo.get(text, lambda t=text: t)

    assert len(memo) == 2
    assert memo.get("aa", lambda: "made anew") == "aa"
    assert memo.get("bb", lambda: "made anew") == "made anew"


def test_a_value_larger_than_all_room_is_given_and_not_kept() -> None:
    memo = Memo[str](most=3, size=len)

    assert memo.get("long", lambda: "too long") == "too long"
    assert len(memo) == 0


def test_what_is_put_takes_the_place_of_what_was_there() -> None:
    kept = Memo[str](most=10, size=len)
    assert kept.maybe("a") is None
    kept.put("a", "12345")
    kept.put("a", "1234567")  # with the first one it would be too much
    kept.put("b", "123")
    assert (kept.maybe("a"), kept.maybe("b")) == ("1234567", "123")
    kept.put("c", "1")
    assert (kept.maybe("a"), kept.maybe("b"), kept.maybe("c")) == (None, "123", "1")
