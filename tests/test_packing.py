"""A page with a part that was compressed before unpacks to the same page."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from portal.packing import packed, part_of

texts = st.text(max_size=400).map(lambda text: text * 7)


@given(before=texts, part=texts, after=texts)
def test_a_page_with_a_part_compressed_before_unpacks_to_itself(
    before: str, part: str, after: str
) -> None:
    page = f"{before}{part}{after}".encode()

    assert gzip.decompress(packed(page, part_of(part))) == page


@given(page=texts, other=st.text(min_size=1, max_size=50))
def test_a_part_that_is_not_in_the_page_is_left_out_of_it(page: str, other: str) -> None:
    assert gzip.decompress(packed(page.encode(), part_of(other))) == page.encode()


def test_it_is_one_stream_which_no_reader_ends_too_early() -> None:
    rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(2000))
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    text = stream.decompress(packed(f"<table>{rows}</table>".encode(), part_of(rows)))
    assert text.decode() == f"<table>{rows}</table>"
    assert stream.eof
    assert not stream.unused_data


def test_what_was_compressed_before_is_sent_as_it_is() -> None:
    part = part_of("<li>和风苑</li>" * 500)

    assert part.deflated in packed(b"<ul>" + part.text + b"</ul>", part)
