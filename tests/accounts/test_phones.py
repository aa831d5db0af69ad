"""A phone number has one spelling, and lists show a part of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.accounts.phones import mask, normalise


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "１３８１２３４５６７８",
        "１３８—１２３４—５６７８",
        "+86 138 1234 5678",
        "0086-13812345678",
        "8613812345678",
        "\u200b138\u202e12345678",
    ],
)
def test_a_mobile_is_known_however_it_is_written(written: str) -> None:
    assert normalise(written) == "13812345678"


@pytest.mark.parametrize(
    "written", ["027-82345678", "(027) 8234 5678", "+86 27 82345678", "+86 (0)27 8234 5678"]
)
def test_a_landline_keeps_its_area_code(written: str) -> None:
    assert normalise(written) == "02782345678"


@pytest.mark.parametrize(
    "written",
    ["", "Auntie Zhou", "1.38E+10", "1381234567", "138\x0012345678", "1" * 41, "+65 91234567"],
)
def test_what_is_no_number_is_refused(written: str) -> None:
    assert normalise(written) is None


@given(st.text(max_size=50))
@settings(deadline=None, derandomize=True)
def test_a_number_once_normalised_stays_as_it_is(written: str) -> None:
    number = normalise(written)
    assert number is None or normalise(number) == number


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("02782345678", "027****5678"),
        ("075582345678", "0755****5678"),
        ("027-82345678", "027-****5678"),
        ("027-82345678-801", "027-****5678"),
        ("82345678", "****5678"),
        ("96110", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_four_digits_are_hidden(phone: str | None, shown: str) -> None:
    assert mask(phone) == shown
