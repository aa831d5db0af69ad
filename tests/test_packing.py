"""A page with a part that was compressed before unpacks to the same page."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.packing import STAND_IN, packed, part_of, whole

texts = st.text(max_size=400).map(lambda text: text * 7)


@given(before=texts, part=texts, after=texts)
def test_a_page_with_a_part_compressed_before_unpacks_to_the_whole_page(
    before: str, part: str, after: str
) -> None:
    page, ready = f"{before}{STAND_IN}{after}".encode(), part_of(part)

    expected = f"{before}{part}{after}".encode()
    assert gzip.decompress(packed(page, ready)) == expected  # which looks at the checksum
    assert whole(page, ready) == expected


@pytest.mark.parametrize("length", [0, 1, 2, 3, 255, 65_536, 70_001])
def test_the_checksum_is_right_for_parts_of_every_length(length: int) -> None:
    page = packed(f"<ul>{STAND_IN}</ul>".encode(), part_of("x" * length))

    assert gzip.decompress(page) == b"<ul>" + b"x" * length + b"</ul>"


@given(page=texts, other=st.text(min_size=1, max_size=50))
def test_a_page_without_a_place_for_the_part_stays_as_it_is(page: str, other: str) -> None:
    assert gzip.decompress(packed(page.encode(), part_of(other))) == page.encode()
    assert whole(page.encode(), part_of(other)) == page.encode()


def test_it_is_one_stream_which_no_reader_ends_too_early() -> None:
    rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(2000))
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    text = stream.decompress(packed(f"<table>{STAND_IN}</table>".encode(), part_of(rows)))
    assert text.decode() == f"<table>{rows}</table>"
    assert stream.eof
    assert not stream.unused_data


def test_what_was_compressed_before_is_sent_as_it_is() -> None:
    part = part_of("<li>和风苑</li>" * 500)

    assert part.deflated in packed(f"<ul>{STAND_IN}</ul>".encode(), part)
