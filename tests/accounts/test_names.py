"""Names keep every visible character and lose the others."""

from __future__ import annotations

import pytest

from portal.accounts.names import tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  王  秀英 ", "王 秀英"),
        ("Zhou\r\nSet-Cookie: x", "Zhou Set-Cookie: x"),
        ("Li\u202egnaf\u200b", "Lignaf"),
        ("Li\x00", "Li"),
        ("𠮷野 😀", "𠮷野 😀"),
        ("<script>{{7*7}}", "<script>{{7*7}}"),
    ],
)
def test_tidy(typed: str, kept: str) -> None:
    assert tidy(typed) == kept
